"""An edit and a fact beside it: what is known before the edit, and what the edit, and its sham, did to the answer."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import torch

from benchmarks.foretell.damage.circuits import MEASURES, Alike
from benchmarks.quality.editing import requests
from ingest.editing.bench import Bench, control, learn
from ingest.editing.edit import risks_with
from ingest.editing.moment import moment
from ingest.editing.prompts.bystanders import Bystanders
from ingest.editing.prompts.request import Request
from ingest.editing.variant import apply
from ingest.facts.prompts import Tokens
from ingest.model import LanguageModel


@dataclass(frozen=True, slots=True)
class Pair:
    """One edit and one known fact that is not the edited one."""

    edit: str
    """Id of the edited fact."""
    fact: str
    margin: float
    """Nats between the fact's first and second choice before the edit."""
    log_probability: float
    """Of the first choice, which is right, before the edit."""
    key: float
    """What share of a change at the edited subject's key reaches the fact's (`ingest.editing.risk`)."""
    prompts: float
    """Jaccard index of the two prompts' sets of tokens."""
    profile: float
    """Cosine of circuits, by component; it and the next three are NaN where a fact has no scores."""
    edges: float
    profile_random: float
    edges_random: float
    flipped: bool
    """Whether the first choice is another after the edit."""
    kl: float
    """KL(before || after) of the next token, nats."""
    flipped_sham: bool
    kl_sham: float


def pairs(bench: Bench, n_edits: int, chosen: slice, likeness: Alike) -> list[Pair]:
    """Make some of a bench's first edits, and return each with every known fact beside it."""
    asked = list(islice(requests(bench, bench.seed), n_edits))[chosen]
    found = list[Pair]()
    for each in asked:
        mine = list(pairs_of(bench, each.request, likeness))
        print(f"{each.request.fact.id}: {sum(pair.flipped for pair in mine)} of {len(mine)} flipped", file=sys.stderr)
        found += mine
    return found


def pairs_of(bench: Bench, request: Request, likeness: Alike) -> Iterator[Pair]:
    """Yield an edit with every known fact beside it."""
    facts = bench.known.beside(request.fact, None)
    # Fine-tuning needs no moment, but how much two keys overlap is only told with one.
    whitened = replace(bench, moment=bench.moment or moment(bench.model, bench.layer, bench.seed))
    risks = {each.fact_id: each for each in risks_with(whitened, request, None)}
    change = learn(bench, request).change
    after = zip(*moved(facts, apply(bench.model, change)), *moved(facts, control(bench, change)), strict=True)
    for each, log_p, (flipped, kl, flipped_sham, kl_sham) in zip(
        facts.facts, facts.log_probabilities.tolist(), after, strict=True
    ):
        name = each.prompt.fact_id
        alike = dict(zip(MEASURES, likeness.between(request.fact.id, name), strict=True))
        yield Pair(
            edit=request.fact.id,
            fact=name,
            margin=risks[name].margin,
            log_probability=log_p,
            key=risks[name].key,
            prompts=jaccard(request.asked.tokens, each.asked.tokens),
            **alike,
            flipped=flipped,
            kl=kl,
            flipped_sham=flipped_sham,
            kl_sham=kl_sham,
        )


@torch.no_grad()
def moved(facts: Bystanders, after: LanguageModel) -> tuple[list[bool], list[float]]:
    """Say of each fact whether another model's first choice is another, and KL(before || after) in nats."""
    states = facts.states_in(after)
    flipped = facts.first_choices(facts.states) != facts.first_choices(states)
    return flipped.tolist(), facts.divergences(states).tolist()


def jaccard(one: Tokens, other: Tokens) -> float:
    """Tokens in both, as a share of those in either."""
    return len({*one} & {*other}) / len({*one} | {*other})
