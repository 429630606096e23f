"""The prompts that an edit learns from, run up to the MLP that is edited, so that only what follows is run again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ingest.compute.prompt_runs import prefix_of
from ingest.editing.layers import hidden, resume
from ingest.editing.prompts.wording import Asked
from ingest.facts.prompts import Tokens
from ingest.model.forward import KeysValues, normalise, run
from ingest.model.weights import Weights


@dataclass(frozen=True)
class Context:
    """Prompts with the same number of tokens, from the subject's last token on: that is suffix position 0."""

    weights: Weights
    layer: int
    start: int
    """Position of the subject's last token."""
    x: Tensor  # [b, p, d] residual stream that the MLP reads
    hidden: Tensor  # [b, p, m] what its down projection reads
    out: Tensor  # [b, p, d] what that gives
    above: KeysValues
    """Keys and values of the layers above at the positions before."""
    answer: Tokens
    """The last positions are the prompt's last and those of all but the last of these."""

    def __len__(self) -> int:
        return len(self.x)

    def log_probabilities(self, out: Tensor, n: int = 1) -> Tensor:
        """Log probabilities of the next token [b, n, v] at the last n positions.

        The down projection gives `out` [b, p, d].
        """
        final = resume(self.weights, self.layer, self.x, out, self.start, list(self.above))[:, -n:]
        return (normalise(self.weights.final_norm, final) @ self.weights.unembed.T).log_softmax(-1)

    def nll(self, out: Tensor) -> Tensor:
        """Nats a token of the answer [b] when the down projection gives `out` [b, p, d]."""
        n = len(self.answer)
        wanted = torch.tensor(self.answer, device=out.device).expand(len(self), -1)
        return -self.log_probabilities(out, n).gather(2, wanted[..., None]).mean((1, 2))


@torch.no_grad()
def contexts(weights: Weights, layer: int, asked: Sequence[Asked], *, whole: bool = False) -> list[Context]:
    """Run prompts with their answers up to the MLP of a layer, those of equal length together.

    `whole` keeps every position: a change of the weights acts at all of them, not at the subject alone.
    """
    groups: dict[tuple[int, int, Tokens], list[Tokens]] = defaultdict(list)
    for each in asked:
        groups[0 if whole else each.at, len(each.tokens), each.answer].append((*each.tokens, *each.answer[:-1]))
    return [
        _context(weights, layer, start, torch.tensor(rows, device=weights.embed.device), answer)
        for (start, _, answer), rows in groups.items()
    ]


def _context(weights: Weights, layer: int, start: int, tokens: Tensor, answer: Tokens) -> Context:
    prefix = prefix_of(weights, tokens[:, :start])
    trace = run(weights, tokens[:, start:], start, prefix or None)
    mlp = trace.mlp[layer]
    return Context(weights, layer, start, mlp.x, hidden(weights.mlp[layer], mlp), mlp.out, prefix[layer + 1 :], answer)


def mean_nll(found: Sequence[Context], outs: Sequence[Tensor]) -> Tensor:
    """Nats a token of the answer, mean over all prompts."""
    return torch.cat([each.nll(out) for each, out in zip(found, outs, strict=True)]).mean()
