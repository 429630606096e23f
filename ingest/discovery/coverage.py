"""How many facts of a relation a model knows, how many get a circuit, and on what these are judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphdb.records import Kind, Reason
from ingest.discovery.recall import Recalled, recall
from ingest.facts.prompts import prepare
from ingest.facts.sets import FactSet
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


def coverage(given: FactSet, recalled: Recalled) -> Coverage:
    """Count the facts of a relation after `recall`."""
    ids = [fact.id for fact in given.facts]
    sought = [recalled.tasks[each] for each in ids if each in recalled.tasks]
    known, judged = sum(recalled.recalls[each].known for each in ids), sum(bool(task.unseen) for task in sought)
    return Coverage(given.relation.id, len(ids), known, len(sought), judged)


def foresee(model: LanguageModel, sets: Sequence[FactSet], options: Options, progress: Progress) -> list[Coverage]:
    """Return what an ingest with these options would cover, without finding a circuit."""
    found = list[Coverage]()
    progress.stage("recall", sum(len(each.facts) for each in sets))
    for each in sets:
        found.append(coverage(each, recall(model, prepare(each, model.encode), {}, options, Silent())))
        progress.advance(len(each.facts))
    return found


def donor_line(given: FactSet, recalled: Recalled) -> str:
    """Say how many donors the facts of a relation have that a circuit is, or would be, sought of."""
    counted, tasks = coverage(given, recalled), recalled.tasks
    asked = [fact.id for fact in given.facts if recalled.recalls[fact.id].known or fact.id in tasks]
    donors = [tasks[each].donors if each in tasks else () for each in asked]
    line = f"{counted.relation}: {counted.facts} facts, {counted.known} known"
    without = sum(
        recalled.why_not[fact.id].code is Reason.NO_PAIR for fact in given.facts if fact.id in recalled.why_not
    )
    line += f", {without} without a pair" if without else ""
    if not donors:
        return line
    fewest, most = min(map(len, donors)), max(map(len, donors))
    names = sum(not donor.is_fact for each in donors for donor in each)
    span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    words = any(task.kind is Kind.RELATION for task in tasks.values())
    what = "words of no known fact" if words else "other names"
    return f"{line}, donors a fact {span}" + (f" (of them {names} {what})" if names else "")
