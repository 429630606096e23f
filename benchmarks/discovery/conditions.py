"""What it costs to ask for facts under other conditions: an edit, a wrong answer, demonstrations."""

from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from time import process_time

import torch

from benchmarks.discovery.roles import forward
from benchmarks.quality.editing import requests
from benchmarks.report import Row
from benchmarks.timing import median_seconds
from graphdb.conditions.edits import EditMethod
from graphdb.role_records import RoleKind
from ingest.demonstrations.heads import References
from ingest.demonstrations.measure import measure
from ingest.demonstrations.pipeline import pose
from ingest.editing.bench import bench_at, learn
from ingest.editing.prompts.bystanders import known_facts
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.options import Options
from ingest.rivals.rivals import rivals
from ingest.roles.checks import mask
from ingest.roles.pipeline import Asked, ask
from ingest.roles.roles import roles, score_heads
from ingest.roles.vocabularies import packaged_vocabularies

EDITS = 3
LAYER = 0
"""Of the edits: the farther down, the more of the model is run again."""
SHOTS = 3
RELATION = "country_capital"
ROUNDS = 3


@torch.no_grad()
def condition_rows(model: LanguageModel, sets: Sequence[FactSet]) -> Iterator[Row]:
    """Yield prices of a wrong answer, of demonstrations and of an edit."""
    given = next(each for each in sets if each.relation.id == RELATION)
    asked = ask(model, given, {}, packaged_vocabularies(model.encode), Options())
    n, how = len(asked.relation.facts), f"{len(asked.relation.facts)} facts of {RELATION}; processor time"
    plain = forward(model, asked)
    yield Row("a fact against its rival", _rivals(model, given, asked) / plain, "F", how, at_most=2.0)
    yield Row(f"{SHOTS} demonstrations, heads cut", _demonstrations(model, asked) / plain, "F", f"{how}; own labels")
    yield from _edits(model, sets, plain / n)


def _rivals(model: LanguageModel, given: FactSet, asked: Asked) -> float:
    movers = [each.component for each in roles(score_heads(model, asked.relation)) if each.role.is_of(RoleKind.MOVER)]
    subjects = {fact.id: fact.subject for fact in (*given.facts, *given.donors)}
    return median_seconds(lambda: rivals(model, asked.relation, movers, subjects), ROUNDS, process_time)


def _demonstrations(model: LanguageModel, asked: Asked) -> float:
    posed, chosen = pose(model, asked, SHOTS), References(model, SHOTS).chosen_for(RELATION)
    cuts = [mask(model.weights.topology, chosen.heads)]
    facts = list(posed.own.values())
    return median_seconds(lambda: measure(model.weights, facts, posed.objects, cuts), ROUNDS, process_time)


def _edits(model: LanguageModel, sets: Sequence[FactSet], plain: float) -> Iterator[Row]:
    """What ROME takes to learn an edit, in seconds of one core and in F of a prompt of `plain` seconds."""
    bench = bench_at(model, sets, known_facts(model, sets), EditMethod.ROME, LAYER, 0)
    times, steps = list[float](), list[int]()
    for each in islice(requests(bench, 0), EDITS):
        began = process_time()
        steps.append(learn(bench, each.request).steps)
        times.append(process_time() - began)
    how = f"median of {EDITS} edits in layer {LAYER}, {', '.join(map(str, steps))} steps; processor time"
    yield Row("an edit by ROME", median(times), "s", how, at_most=5.0)
    yield Row("an edit by ROME", median(times) / plain, "F", how)
