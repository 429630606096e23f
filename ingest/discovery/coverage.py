"""How many facts of a relation a model knows, how many get a circuit, and on what these are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphdb.records import NAME, Recall
from ingest.discovery.recall import recall
from ingest.facts.prompts import prepare
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.model import LanguageModel
from ingest.options import Options, Progress, Silent


@dataclass(frozen=True, slots=True)
class Coverage:
    """What becomes of the facts of a relation."""

    relation: str
    facts: int
    """Facts to explain."""
    known: int
    covered: int
    """Facts of which a circuit is sought: known, and with a donor."""
    judged: int
    """Those whose circuit is judged on a donor never used."""


def coverage(given: FactSet, recalls: Mapping[str, Recall], tasks: Mapping[str, Task]) -> Coverage:
    """Count the facts of a relation after `recall`."""
    ids = [fact.id for fact in given.facts]
    sought = [tasks[each] for each in ids if each in tasks]
    known, judged = sum(recalls[each].known for each in ids), sum(bool(task.unseen) for task in sought)
    return Coverage(given.relation.id, len(ids), known, len(sought), judged)


def foresee(model: LanguageModel, sets: Sequence[FactSet], options: Options, progress: Progress) -> list[Coverage]:
    """Return what an ingest with these options would cover, without finding a circuit."""
    found = list[Coverage]()
    progress.stage("recall", sum(len(each.facts) for each in sets))
    for each in sets:
        recalls, tasks = recall(model, prepare(each, model.encode), {}, options, Silent())
        found.append(coverage(each, recalls, tasks))
        progress.advance(len(each.facts))
    return found


def donor_line(given: FactSet, recalls: Mapping[str, Recall], tasks: Mapping[str, Task]) -> str:
    """Say how many donors the facts of a relation have that a circuit is, or would be, sought of."""
    counted = coverage(given, recalls, tasks)
    donors = [recalls[fact.id].donors for fact in given.facts if recalls[fact.id].known or fact.id in tasks]
    line = f"{counted.relation}: {counted.facts} facts, {counted.known} known"
    if not donors:
        return line
    fewest, most = min(map(len, donors)), max(map(len, donors))
    names = sum(donor.startswith(NAME) for each in donors for donor in each)
    span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"{line}, donors a fact {span}" + (f" (of them {names} other names)" if names else "")
