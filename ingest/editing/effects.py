"""What an edit changed: whether the new object is given, in these words and in others, and what else changed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.conditions.edits import FIRM, EditChange, EditEffects
from ingest.editing.prompts.bystanders import Bystanders
from ingest.editing.prompts.wording import Asked
from ingest.model import LanguageModel
from ingest.model.forward import normalise, run


@dataclass(frozen=True)
class Questions:
    """What is asked of a model before and after an edit."""

    edited: Asked
    """The prompt that was edited, with the new object."""
    prefixes: Sequence[Asked]
    """The same prompt behind words that the edit did not see."""
    templates: Sequence[Asked]
    """The same fact in its relation's other templates."""
    relation_id: str
    bystanders: Bystanders


@dataclass(frozen=True, slots=True)
class Given:
    """Whether a model gives an answer."""

    first: bool
    """Every token of it is the first choice behind those before."""
    probability: float


@torch.no_grad()
def gives(model: LanguageModel, asked: Sequence[Asked]) -> list[Given]:
    """Say of each prompt whether the model gives its answer."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, each in enumerate(asked):
        groups[len(each.tokens), len(each.answer)].append(row)
    found = dict[int, Given]()
    for (_, n), rows in groups.items():
        tokens = torch.tensor([(*asked[row].tokens, *asked[row].answer[:-1]) for row in rows])
        wanted = torch.tensor([asked[row].answer for row in rows]).to(model.weights.embed.device)
        final = run(model.weights, tokens.to(wanted.device)).final[:, -n:]
        log_p = (normalise(model.weights.final_norm, final) @ model.weights.unembed.T).float().log_softmax(-1)
        chances = log_p.gather(2, wanted[..., None]).sum((1, 2)).exp()
        first = (log_p.argmax(-1) == wanted).all(1)
        found.update(zip(rows, map(Given, first.tolist(), chances.tolist()), strict=True))
    return [found[row] for row in range(len(asked))]


@dataclass(frozen=True, slots=True)
class Shifts:
    """What a model makes of the facts beside an edit."""

    answers: Tensor
    """Its first choices [fact]."""
    kl: Tensor
    """KL(before || after) of the next token, nats [fact]."""


@torch.no_grad()
def shifts(after: LanguageModel, facts: Bystanders) -> Shifts:
    """Ask the model `after` for the facts that the one before the edit knew."""
    states = facts.states_in(after)
    return Shifts(facts.first_choices(states).cpu(), facts.divergences(states).cpu())


def changes(facts: Bystanders, edit: Shifts, sham: Shifts, variant_id: str) -> tuple[EditChange, ...]:
    """Set what the edit does to each fact beside what its sham does."""
    columns = facts.answers.cpu(), edit.answers, sham.answers, edit.kl, sham.kl
    rows = zip(facts.facts, *(each.tolist() for each in columns), strict=True)
    return tuple(
        EditChange(
            variant_id=variant_id,
            bystander=each.prompt.fact_id,
            kl=kl,
            kl_sham=kl_sham,
            answer_before=facts.model.decode(before),
            answer=facts.model.decode(now),
            answer_sham=facts.model.decode(then),
            flipped=now != before,
            flipped_sham=then != before,
        )
        for each, before, now, then, kl, kl_sham in rows
    )


@torch.no_grad()
def effects(after: LanguageModel, asked: Questions, found: Shifts, variant_id: str, *, is_sham: bool) -> EditEffects:
    """Measure what the model `after` answers otherwise than the one that the bystanders were asked of.

    `found`: what it makes of these bystanders.
    """
    edited, *others = gives(after, [asked.edited, *asked.prefixes, *asked.templates])
    prefixes, templates = others[: len(asked.prefixes)], others[len(asked.prefixes) :]
    facts = asked.bystanders
    same = torch.tensor([each.relation_id == asked.relation_id for each in facts.facts], dtype=torch.bool)
    before, now, kl = facts.answers.cpu(), found.answers, found.kl
    flipped = before != now
    new = asked.edited.answer[0]
    return EditEffects(
        variant_id=variant_id,
        is_sham=is_sham,
        efficacy=float(edited.first),
        probability=edited.probability,
        paraphrase_prefix=_share(prefixes),
        paraphrase_template=_share(templates),
        neighbourhood=_mean(~flipped[same]),
        other=_mean(~flipped[~same]),
        kl_neighbourhood=_mean(kl[same]),
        kl_other=_mean(kl[~same]),
        spread=_mean(now[same & (before != new)] == new),
        flips=int(flipped.sum()),
        flips_firm=int((flipped & (facts.margins.cpu() >= FIRM)).sum()),
        n_neighbourhood=int(same.sum()),
        n_other=int((~same).sum()),
    )


def _share(found: Sequence[Given]) -> float | None:
    return sum(each.first for each in found) / len(found) if found else None


def _mean(values: Tensor) -> float | None:
    return float(values.double().mean()) if len(values) else None
