"""The run of a model at the last position of its prompts, apart from what comes before.

Nothing that changes at the last position reaches an earlier one, so the earlier ones are run once and kept as keys and
values: whatever is asked of the last position then costs one position's run.

Axes as in `ingest.model.forward`, p = 1; G = group of positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from graphdb.role_records import GROUPS
from ingest.compute.prompt_runs import prefix_of
from ingest.model.forward import KeysValues, Trace, run
from ingest.model.weights import Weights
from ingest.roles.facts import RoleFact, batches


@dataclass(frozen=True)
class LastPosition:
    """A batch of facts, run."""

    facts: tuple[RoleFact, ...]
    """In the order of b."""
    start: int
    """Number of the last position."""
    prefix: KeysValues
    """Of the positions before it."""
    trace: Trace
    """Of the last position alone."""
    members: Tensor  # [b, P, G] 1 where the position is of the group, else 0

    def of(self, *groups: int) -> Tensor:
        """Whether each position belongs to one of the groups [b, P]."""
        return self.members[..., list(groups)].sum(-1) > 0


@torch.no_grad()
def run_last(weights: Weights, facts: Sequence[RoleFact], n_groups: int = len(GROUPS)) -> LastPosition:
    """Run facts whose prompts have one length, of two tokens or more, and so many groups of positions."""
    device = weights.embed.device
    tokens = torch.tensor([fact.prompt.tokens for fact in facts], device=device)
    start = tokens.shape[1] - 1
    prefix = prefix_of(weights, tokens[:, :start])
    trace = run(weights, tokens[:, start:], start, prefix)
    members = one_hot(torch.tensor([fact.groups for fact in facts], device=device), n_groups)
    return LastPosition(tuple(facts), start, prefix, trace, members.to(weights.embed.dtype))


def run_all(weights: Weights, facts: Sequence[RoleFact]) -> list[LastPosition]:
    """Run facts batch by batch, each with prompts of one length."""
    return [run_last(weights, batch) for batch in batches(facts)]


def without(log_p: Tensor, cut: Tensor) -> Tensor:
    """Log attention pattern [..., P] without the positions `cut`, renormalised over the others.

    Some position has to remain; the last one always does where only the others are cut.
    """
    return log_p.masked_fill(cut, -torch.inf).log_softmax(-1)
