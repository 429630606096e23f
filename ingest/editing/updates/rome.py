"""ROME: a fact is changed by a rank-one change of one down projection (Meng et al. 2022, section 3.1).

The projection is seen as a linear memory of keys and values: W k = v. It is given the pair (k*, v*) with the least
change of what it gives other keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.conditions.edits import EditMethod
from ingest.editing.change import RankOne
from ingest.editing.moment import Moment
from ingest.editing.prompts.contexts import Context, mean_nll
from ingest.editing.updates.tuning import DECAY, ENOUGH, ESSENCE, Tuning


@dataclass(frozen=True)
class Value:
    """What is added to the value of the subject's key so that the model gives the new object."""

    added: Tensor  # [d]
    steps: int
    nll: float
    """Nats a token of the object, mean over all prompts."""


@torch.enable_grad()
def find_value(found: Sequence[Context], essence: Context, tuning: Tuning) -> Value:
    """Find δ = v* - W k* by Adam: the loss is the object's nats, the change of what the subject is, and δ's length.

    `essence` is "{subject} is a": the model's next token there is to stay what it was.
    """
    unit = _unit(found, tuning)
    width = found[0].out.shape[-1]
    moved = torch.zeros(width, dtype=found[0].out.dtype, device=found[0].out.device, requires_grad=True)
    scale = unit / width**0.5
    adam = torch.optim.Adam([moved], lr=tuning.rate)
    before = essence.log_probabilities(essence.out)[:, -1].detach()
    for step in range(tuning.steps + 1):
        added = moved * scale
        nll = mean_nll(found, [with_added(each.out, added) for each in found])
        if nll.item() < ENOUGH or step == tuning.steps:
            return Value(added.detach(), step, nll.item())
        after = essence.log_probabilities(with_added(essence.out, added))[:, -1]
        kl = (after.exp() * (after - before)).sum(-1).mean()
        adam.zero_grad()
        (nll + ESSENCE * kl + DECAY * moved.square().mean()).backward()
        adam.step()
        with torch.no_grad():
            moved *= (tuning.longest * width**0.5 / moved.norm()).clamp(max=1)
    raise AssertionError("the last step returns")


def _unit(found: Sequence[Context], tuning: Tuning) -> Tensor:
    """The median over prompts: where the subject is the first token of one, its norm there is out of all proportion."""
    norms = [(each.x + each.out if tuning.in_residual else each.out)[:, 0].norm(dim=-1) for each in found]
    return torch.cat(norms).median()


def with_added(out: Tensor, added: Tensor) -> Tensor:
    """Add a value [d] at the subject, suffix position 0 of `out` [b, p, d]."""
    return torch.cat((out[:, :1] + added, out[:, 1:]), 1)


def mean_key(found: Sequence[Context]) -> Tensor:
    """k* [m]: the mean over all prompts of the key at the subject's last token."""
    return torch.cat([each.hidden[:, 0] for each in found]).mean(0)


def rank_one(key: Tensor, added: Tensor, moment: Moment, own_key: Tensor | None = None) -> RankOne:
    """Return the change u rᵀ with W' k* = W k* + δ: u = δ, r = C⁻¹k* / (k*ᵀC⁻¹k*) (equation 2).

    It leaves alone every key that is orthogonal to k* under C⁻¹. With `own_key`, that of the prompt without a prefix,
    it is the original implementation's, which has k*ᵀC⁻¹k_own below the line and so changes that key's value by δ.
    """
    solved = moment.solve(key)
    return RankOne(added, solved / (solved @ (key if own_key is None else own_key)))


def rome(
    found: Sequence[Context], essence: Context, moment: Moment, tuning: Tuning, method: EditMethod
) -> tuple[RankOne, Value]:
    """Return the change that makes the model give the object, and how its value was found.

    The first context is the prompt without a prefix.
    """
    value = find_value(found, essence, tuning)
    own = found[0].hidden[0, 0] if method == EditMethod.ROME_ORIGINAL else None
    return rank_one(mean_key(found), value.added, moment, own), value
