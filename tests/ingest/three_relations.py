"""Relations of the small models' words, as roles are told from them, and what other relations' objects are there."""

from pathlib import Path

from ingest.facts.sets import FactSet, read_facts

VOCABULARIES = {"one": (50, 51, 52), "two": (53, 54, 55), "three": (56, 57, 58)}
"""The small tokenizer knows none of the packaged objects: other relations' objects are words of its own."""


def three_relations(folder: Path) -> list[FactSet]:
    """A relation that can be tested, one with too few facts, and one whose subjects are where attention sinks."""
    lines = ["relation,subject,object,prompt"]
    lines += [f"first,w{number},w{number + 20},w40 w41 {{}} w42" for number in range(1, 15)]
    lines += [f"second,w{number},w{number + 30},w45 {{}} w43" for number in range(1, 5)]
    lines += [f"third,w{number},w{number + 30},{{}} w43" for number in range(1, 5)]
    path = folder / "facts.csv"
    path.write_text("\n".join(lines))
    return read_facts(path)
