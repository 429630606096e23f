"""How well edits hold and how much they spare: `python -m benchmarks.quality.editing`.

Facts that the model knows are given another object of their relation, one edit at a time, and each edit is measured
beside a sham of equal norm. Prints a table in Markdown: means over edits, with 95% intervals over edits for what is
unchanged.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from graphdb.conditions.edits import EditEffects, EditMethod
from graphdb.errors import UserError
from ingest.editing.bench import Bench
from ingest.editing.edit import Edited, edit_with, prepare_edits
from ingest.editing.prompts.request import Request, check_method, check_request
from ingest.facts.sets import FactSet, builtin_relations
from ingest.measures.bootstrap import interval
from ingest.model import load
from ingest.model_files import DEFAULT_MODEL, resolve

SHARES = ("efficacy", "paraphrase_prefix", "paraphrase_template", "neighbourhood", "other")
FIGURES = (*SHARES, "kl_neighbourhood", "kl_other", "spread", "flips", "flips_firm")


@dataclass(frozen=True)
class Asked:
    """An edit to make."""

    request: Request
    facts: FactSet
    """Of the fact's relation."""


def requests(bench: Bench, seed: int) -> Iterator[Asked]:
    """Yield edits of known facts in random order, no relation twice before each had its turn."""
    draw = np.random.default_rng(seed)
    sets = {each.relation.id: each for each in bench.sets}
    known = bench.known.facts
    turns = dict.fromkeys(sets, 0)
    queue = list[tuple[int, int]]()
    for index in map(int, draw.permutation(len(known))):
        queue.append((turns[known[index].relation_id], index))
        turns[known[index].relation_id] += 1
    for _, index in sorted(queue, key=lambda each: each[0]):
        given = sets[known[index].relation_id]
        fact = next(each for each in given.facts if each.id == known[index].prompt.fact_id)
        try:
            to = _other_object(given, fact.accepted, draw)
            yield Asked(check_request(bench.model, fact, to, bench.sets, 0), given)
        except UserError:
            continue


def _other_object(given: FactSet, accepted: Sequence[str], draw: np.random.Generator) -> str:
    objects = sorted({each.object for each in given.facts} - set(accepted))
    return str(draw.choice(objects))


def show(found: Sequence[Edited]) -> None:
    """Print the table."""
    print("|  | " + " | ".join(FIGURES) + " |")
    print("|---" * (len(FIGURES) + 1) + "|")
    for name, rows in (("edit", [each.effects for each in found]), ("sham", [each.sham for each in found])):
        print(f"| {name} | " + " | ".join(_cell(rows, figure) for figure in FIGURES) + " |")
    seconds = np.mean([each.record.seconds for each in found])
    steps = np.mean([each.record.steps for each in found])
    share = np.mean([each.record.share for each in found])
    print(f"\n{len(found)} edits; {seconds:.1f} CPU-s and {steps:.1f} steps an edit; norm {share:.4f} of the matrix's")


def _cell(rows: Sequence[EditEffects], figure: str) -> str:
    values = np.array([value for row in rows if (value := getattr(row, figure)) is not None], dtype=np.float32)
    if not len(values):
        return "–"
    if figure not in ("neighbourhood", "other"):
        return f"{values.mean():.3f}"
    low, high = interval(values)
    return f"{values.mean():.3f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=24)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--method", default=EditMethod.ROME.value)
    parser.add_argument("--layer", type=int)
    parser.add_argument("--per-relation", type=int, default=5, help="facts of each other relation; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    model = load(resolve(asked.model, print))
    bench = prepare_edits(model, builtin_relations(), check_method(asked.method), asked.layer, asked.seed)
    print(f"{model.record.id}, {bench.method.value}, layer {bench.layer}, {len(bench.known.facts)} known facts\n")
    chosen = islice(requests(bench, asked.seed), asked.edits)
    show([edit_with(bench, each.request, asked.per_relation or None) for each in chosen])


if __name__ == "__main__":
    main()
