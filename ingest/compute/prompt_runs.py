"""The prompt runs of a batch of facts: every clean prompt and every donor's prompt once, and the pairs of them.

A *pair* joins the clean run of each fact with the corrupt run of one of its donors. Facts of a relation serve as
each other's donors, so a batch runs far fewer prompts than it has pairs.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ingest.compute.masked import Ablation, CircuitRun, run_masked, zero_ablation
from ingest.facts.task import Task
from ingest.model.forward import KeysValues, Trace, normalise, run, token_ranks, writes
from ingest.model.weights import Weights

CORRUPT, MEAN, ZERO = "corrupt", "mean", "zero"
ABLATIONS = (CORRUPT, MEAN, ZERO)
"""What edges outside a circuit carry: the run on one donor's prompt, the mean over all donors' runs, or nothing."""

Rounds = Sequence[Sequence[int]]
"""Donor numbers [round][fact]: in each round every fact of the batch stands against one of its donors."""


@dataclass(frozen=True)
class Pair:
    """Clean and corrupt run of every fact of a batch, suffix positions only; m is the metric, in logits."""

    rows: Tensor
    """[b] of the donors' runs, see `Runs.corrupt`."""
    tokens: Tensor  # [b, p] of the clean prompts
    foils: Tensor  # [b] first token of the donor's object
    direction: Tensor  # [b, d] unembedding of the answer less that of the foil
    metric_clean: Tensor  # [b] m(M)
    metric_ablated: Tensor  # [b] m(empty circuit)
    ablate: Callable[[], Ablation]

    @cached_property
    def ablation(self) -> Ablation:
        """What edges outside a circuit carry; a copy of much of the runs, so only made for what runs circuits."""
        return self.ablate()

    @property
    def effect(self) -> Tensor:
        """m(M) - m(empty circuit) [b]."""
        return self.metric_clean - self.metric_ablated

    def take(self, rows: Tensor) -> "Pair":
        """Return the pair of these facts [r] alone."""
        return Pair(
            self.rows[rows],
            self.tokens[rows],
            self.foils[rows],
            self.direction[rows],
            self.metric_clean[rows],
            self.metric_ablated[rows],
            lambda: self.ablation.take(rows),
        )


class Runs:
    """The clean and corrupt prompt runs of tasks whose prompts all have the same number of tokens."""

    def __init__(
        self,
        weights: Weights,
        tasks: Sequence[Task],
        ablation: str = CORRUPT,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        self.weights, self.tasks, self._ablation, self._on_step = weights, tasks, ablation, on_step
        self.start = first_position(tasks, ablation)
        clean = [task.prompt.tokens for task in tasks]
        prompts = dict.fromkeys((*clean, *(donor.tokens for task in tasks for donor in task.donors)))
        self._row = {tokens: row for row, tokens in enumerate(prompts)}
        device = weights.embed.device
        every = torch.tensor(list(prompts), device=device)
        self._prefix = prefix_of(weights, every[:, : self.start])
        self._trace = run(weights, every[:, self.start :], self.start, self._prefix)
        self._writes = writes(weights, self._trace)
        rows = slice(len(tasks)) if len(set(clean)) == len(tasks) else self._rows(clean)  # a slice copies nothing
        self.tokens = every[rows, self.start :]
        self.prefix = [(keys[rows], values[rows]) for keys, values in self._prefix]
        self.clean = self._trace.rows(rows)
        self.clean_writes = self._writes[rows]  # [b, s, p, d]
        self.answers = torch.tensor([task.answer for task in tasks], device=device)
        self.allowed = torch.as_tensor(weights.topology.allowed, device=device)

    def take(self, rows: Sequence[int]) -> "Runs":
        """Return the runs of these tasks alone; nothing is run again."""
        some, chosen = copy(self), torch.tensor(rows, device=self.answers.device)
        for name in ("_zero", "_mean", "clean_log_p"):
            some.__dict__.pop(name, None)
        some.tasks = [self.tasks[row] for row in rows]
        some.tokens, some.answers = self.tokens[chosen], self.answers[chosen]
        some.prefix = [(keys[chosen], values[chosen]) for keys, values in self.prefix]
        some.clean, some.clean_writes = self.clean.rows(chosen), self.clean_writes[chosen]
        return some

    def _rows(self, prompts: Sequence[tuple[int, ...]]) -> Tensor:
        return torch.tensor([self._row[tokens] for tokens in prompts], device=self.weights.embed.device)

    def pair(self, donors: Sequence[int]) -> Pair:
        """Join each fact with its donor of this number."""
        chosen = [task.donors[donor] for task, donor in zip(self.tasks, donors, strict=True)]
        rows = self._rows([donor.tokens for donor in chosen])
        foils = torch.tensor([donor.answers[0] for donor in chosen], device=self.answers.device)
        direction = self.weights.unembed[self.answers] - self.weights.unembed[foils]
        ablated = self._trace.final[rows] if self._ablation == CORRUPT else self._ablated(rows).reads[-1]
        clean, empty = (self.metric(final, direction) for final in (self.clean.final, ablated))
        return Pair(rows, self.tokens, foils, direction, clean, empty, lambda: self._ablated(rows))

    def corrupt(self, pair: Pair) -> Trace:
        """The donors' runs of a pair, whatever its ablation."""
        return self._trace.rows(pair.rows)

    def difference(self, pair: Pair) -> Tensor:
        """What each source writes in the clean run less what it writes in the donor's [b, s, p, d]."""
        self._on_step()
        donors = self._writes[pair.rows]
        return torch.sub(self.clean_writes, donors, out=donors)

    def _ablated(self, rows: Tensor) -> Ablation:
        """What edges outside a circuit carry when these are the donors' runs."""
        if self._ablation == CORRUPT:
            read = tuple(read[rows] for read in reads(self._trace))
            return Ablation(self.start, self.prefix, read, self._writes[rows], is_run=True)
        return self._zero if self._ablation == ZERO else self._mean

    @cached_property
    def _zero(self) -> Ablation:
        return zero_ablation(self.weights, self.clean.embed)

    @cached_property
    def _mean(self) -> Ablation:
        """The mean over all donors of each fact."""
        share = torch.zeros(len(self.tasks), len(self._writes), device=self.answers.device)
        for row, task in enumerate(self.tasks):
            share[row, self._rows([donor.tokens for donor in task.donors])] = 1 / len(task.donors)
        share = share.to(self._writes.dtype)

        def mean(values: Tensor) -> Tensor:
            finite = values.flatten(1).nan_to_num(0, 0, 0)  # a run of one fact that is no number is none of the others'
            return (share @ finite).unflatten(1, values.shape[1:])

        return Ablation(self.start, self.prefix, tuple(map(mean, reads(self._trace))), mean(self._writes), is_run=False)

    def finite(self) -> list[bool]:
        """Whether the clean run of each fact and all its donors' runs are numbers throughout."""
        rows = self._trace.final.isfinite().all(-1).all(-1)
        needed = [self._rows([prompt.tokens for prompt in (task.prompt, *task.donors)]) for task in self.tasks]
        return [bool(rows[each].all()) for each in needed]

    def metric(self, final: Tensor, direction: Tensor) -> Tensor:
        """m = logit(answer) - logit(foil) [b] from the residual stream [b, p, d], at the last position."""
        return (normalise(self.weights.final_norm, final[:, -1]) * direction).sum(-1)

    def run_circuit(self, pair: Pair, mask: Tensor, *, keep: bool = False) -> CircuitRun:
        """Run the circuits `mask` [b, s, t] against a pair."""
        self._on_step()
        return run_masked(self.weights, pair.tokens, pair.ablation, mask, keep=keep)

    def faithfulness(self, pair: Pair, final: Tensor) -> Tensor:
        """f [b] of circuits from their residual stream [b, p, d]; 0 where the pair has no effect at all."""
        f = (self.metric(final, pair.direction) - pair.metric_ablated) / pair.effect
        return f.nan_to_num(0, 0, 0)

    def logits(self, final: Tensor) -> Tensor:
        """Next-token logits [b, v] from the residual stream [b, p, d]."""
        return normalise(self.weights.final_norm, final[:, -1]) @ self.weights.unembed.T

    def ranks(self, final: Tensor) -> Tensor:
        """Rank of each answer among all next tokens [b], 1 = best."""
        return token_ranks(self.logits(final), self.answers)

    def divergence(self, final: Tensor) -> Tensor:
        """KL(clean || circuit) of the next token [b], in nats."""
        log_p = self.logits(final).log_softmax(-1)
        return (self.clean_log_p.exp() * (self.clean_log_p - log_p)).sum(-1)

    @cached_property
    def clean_log_p(self) -> Tensor:
        """Log probabilities of the next token in the model [b, v]."""
        return self.logits(self.clean.final).log_softmax(-1)


def first_position(tasks: Sequence[Task], ablation: str) -> int:
    """First position that is run for each fact alone: zero ablation changes what is before the donors differ, too."""
    return 0 if ablation == ZERO else min(task.start for task in tasks)


def reads(trace: Trace) -> tuple[Tensor, ...]:
    """Residual stream that attention 0, MLP 0, attention 1, ..., and the logits read in a run."""
    layers = zip(trace.attention, trace.mlp, strict=True)
    return (*(block.x for pair in layers for block in pair), trace.final)


def prefix_of(weights: Weights, tokens: Tensor) -> KeysValues:
    """Keys and values of a common prefix [b, P]; each different prefix is run once."""
    if tokens.shape[1] == 0:
        return []
    distinct, where = torch.unique(tokens, dim=0, return_inverse=True)
    return [(keys[where], values[where]) for keys, values in run(weights, distinct).keys_values()]
