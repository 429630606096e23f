"""What a model gives for facts behind demonstrations, or without: the answer, where heads look, what they move.

All from one run of each prompt, and one more of its last position for each set of heads that is cut.

Axes: n = fact, h = head of the model, o = token of the relation's objects, c = set of heads that is cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphdb.topology import BoolArray
from ingest.demonstrations.prompts import ANSWERS, N_GROUPS, WORDS
from ingest.model.forward import last_logits, token_ranks
from ingest.model.weights import Weights
from ingest.roles.attribution import attention_shares, direct_attribution
from ingest.roles.facts import RoleFact, batches
from ingest.roles.knockout import knock_out
from ingest.roles.last_position import LastPosition, run_last
from ingest.roles.metrics import Doubles
from ingest.roles.positions import SUBJECTS


@dataclass(frozen=True)
class Measured:
    """Facts asked in one way, ascending by id."""

    facts: tuple[RoleFact, ...]
    log_p: Doubles
    """[n] log probability of the answer, in nats."""
    first: BoolArray
    """[n] whether it is the model's first choice."""
    attention: Doubles
    """[n, h] share of the last position's attention on the demonstrations' answers."""
    even: Doubles
    """[n, h] what of it that would be if the attention on the demonstrations were spread evenly."""
    table: Doubles
    """[n, h, o] direct logit attribution of each object through the subject."""
    drops: Doubles
    """[n, c] what the log probability loses when heads are cut from the demonstrations."""

    def take(self, ids: Sequence[str]) -> "Measured":
        """Return what was measured of these facts, in their order."""
        places = {fact.prompt.fact_id: row for row, fact in enumerate(self.facts)}
        rows = [places[each] for each in ids]
        return Measured(
            tuple(self.facts[row] for row in rows),
            self.log_p[rows],
            self.first[rows],
            self.attention[rows],
            self.even[rows],
            self.table[rows],
            self.drops[rows],
        )


@torch.no_grad()
def measure(
    weights: Weights, facts: Sequence[RoleFact], objects: Sequence[int], cuts: Sequence[Tensor] = ()
) -> Measured:
    """Ask facts, at least one. `objects` [o] are the tokens of the relation's, `cuts` [c] masks of heads [l, h]."""
    tokens = torch.tensor(objects, device=weights.embed.device)
    found, kept = list[tuple[Doubles, ...]](), list[RoleFact]()
    for batch in batches(facts):
        last = run_last(weights, batch, N_GROUPS)
        answers = torch.tensor([fact.answer for fact in batch], device=weights.embed.device)
        logits = last_logits(weights, last.trace.final)
        log_p = _log_p(logits, answers)
        cut = [_log_p(last_logits(weights, knock_out(weights, last, each, WORDS, ANSWERS)), answers) for each in cuts]
        heads = direct_attribution(weights, last, tokens).heads.flatten(1, 2)
        parts = (log_p, token_ranks(logits, answers) == 1, *on_answers(last), heads[:, :, SUBJECTS])
        drops = torch.stack([log_p - each for each in cut], 1) if cut else log_p.new_empty(len(batch), 0)
        found.append(tuple(each.double().cpu().numpy() for each in (*parts, drops)))
        kept += batch
    log_p, first, *arrays = (np.concatenate(each) for each in zip(*found, strict=True))
    every = Measured(tuple(kept), log_p, first > 0, *arrays)
    finite = [fact.prompt.fact_id for fact, good in zip(kept, np.isfinite(log_p), strict=True) if good]
    return every.take(sorted(finite))


def on_answers(last: LastPosition) -> tuple[Tensor, Tensor]:
    """Return the attention on the demonstrations' answers, and what an even spread would give them, each [b, h].

    Even: the attention on the demonstrations, position 0 left out, by the answers' share of their tokens.
    """
    shares, sizes = attention_shares(last).flatten(1, 2), last.members.sum(1)
    n_answers, n_tokens = sizes[:, ANSWERS], sizes[:, [WORDS, ANSWERS]].sum(-1)
    part = n_answers / n_tokens.clamp(min=1)
    return shares[..., ANSWERS], shares[..., [WORDS, ANSWERS]].sum(-1) * part[:, None]


def _log_p(logits: Tensor, answers: Tensor) -> Tensor:
    """Log probability of one token [b] in logits [b, v]."""
    return logits.log_softmax(-1).gather(1, answers[:, None])[:, 0]
