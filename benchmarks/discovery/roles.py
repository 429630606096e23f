"""What roles and lenses cost beside circuits, in F a fact."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import process_time

import torch

from benchmarks.report import Row
from benchmarks.timing import median_seconds
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from ingest.options import Options
from ingest.roles.checks import check_roles
from ingest.roles.facts import batches
from ingest.roles.last_position import run_all
from ingest.roles.pipeline import Asked, ask, head_roles, lenses_of
from ingest.roles.roles import score_heads
from ingest.roles.vocabularies import packaged_vocabularies

ROUNDS = 3
RELATIONS = 3
"""Relations that are timed, evenly among all."""


@torch.no_grad()
def role_rows(model: LanguageModel, sets: Sequence[FactSet]) -> Iterator[Row]:
    """Yield the prices of roles with what heads write and the closed lens, and of a check, each in F a fact."""
    vocabularies = packaged_vocabularies(model.encode)
    chosen = sets[:: max(1, len(sets) // RELATIONS)][:RELATIONS]
    asked = [
        each for each in (ask(model, given, {}, vocabularies, Options()) for given in chosen) if each.relation.facts
    ]
    prices = [_prices(model, each) for each in asked]
    how = f"median over {len(asked)} relations of {', '.join(str(len(each.relation.facts)) for each in asked)} facts"
    limits = {"the run that they share": None, "roles and closed lens": 4.0, "a check by cutting": None}
    for place, (name, at_most) in enumerate(limits.items()):
        yield Row(name, median(price[place] for price in prices), "F", f"{how}; processor time", at_most=at_most)


def _prices(model: LanguageModel, asked: Asked) -> tuple[float, float, float]:
    plain, scores = forward(model, asked), score_heads(model, asked.relation)
    work = (
        lambda: run_all(model.weights, asked.relation.facts),
        lambda: _roles_and_lenses(model, asked),
        lambda: check_roles(model, scores),
    )
    shared, whole, check = (_timed(each) / plain for each in work)
    return shared, whole, check


def _roles_and_lenses(model: LanguageModel, asked: Asked) -> None:
    """What an ingest finds of a relation, without writing it; lenses of the facts that roles are told from."""
    runs = run_all(model.weights, asked.relation.facts)
    lenses_of(model, asked, [fact.prompt.fact_id for fact in asked.relation.facts], runs)
    head_roles(model, asked, score_heads(model, asked.relation, runs), runs)


def forward(model: LanguageModel, asked: Asked) -> float:
    """The time of the forward pass of all facts, in the batches in which roles are found."""
    device = model.weights.embed.device
    prompts = [
        torch.tensor([fact.prompt.tokens for fact in some], device=device) for some in batches(asked.relation.facts)
    ]
    return _timed(lambda: [last_logits(model.weights, run(model.weights, tokens).final) for tokens in prompts])


def _timed(work: Callable[[], object]) -> float:
    return median_seconds(work, ROUNDS, process_time)
