"""Two facts with one donor each in a small model, and a plain run of circuits that autograd can follow."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from ingest.compute.masked import Ablation
from ingest.compute.prompt_runs import Pair, Runs
from ingest.facts.prompts import Prompt
from ingest.facts.task import Task
from ingest.model import LanguageModel
from ingest.model.forward import attend, embed, head_writes, mlp_from_normed, normalise, post
from ingest.model.weights import Attention, Weights

CLEAN = torch.tensor([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 14, 5, 6, 8]])
CORRUPT = torch.tensor([[1, 2, 9, 4, 5, 6, 7], [1, 2, 3, 11, 5, 6, 8]])
ANSWER, FOIL = torch.tensor([7, 8]), torch.tensor([20, 21])


def prompt(fact: str, tokens: Iterable[int], answer: int) -> Prompt:
    tokens = tuple(tokens)
    return Prompt(fact, " ".join(f"w{token}" for token in tokens), tokens, (answer,))


def pair_tasks() -> list[Task]:
    return [
        Task(
            prompt(f"r/{row}", CLEAN[row].tolist(), int(ANSWER[row])),
            (prompt(f"r/donor {row}", CORRUPT[row].tolist(), int(FOIL[row])),),
            int(ANSWER[row]),
            rank=1,
            n_find=1,
            n_size=0,
        )
        for row in range(2)
    ]


@torch.no_grad()
def run_pairs(model: LanguageModel) -> tuple[Runs, Pair]:
    """The facts are run from position 2 on, the first at which a pair differs."""
    runs = Runs(model.weights, pair_tasks())
    return runs, runs.pair([0, 0])


def metric(weights: Weights, final: Tensor) -> Tensor:
    """logit(answer) - logit(foil) of each fact, from all logits."""
    logits = normalise(weights.final_norm, final[:, -1]) @ weights.unembed.T
    return (logits.gather(1, ANSWER[:, None]) - logits.gather(1, FOIL[:, None]))[:, 0]


def random_mask(weights: Weights, batch: int, seed: int) -> Tensor:
    """A soft mask [b, s, t]: every edge of every fact has a number of its own between 0 and 1."""
    shape = (batch, *weights.topology.allowed.shape)
    drawn = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return drawn * torch.as_tensor(weights.topology.allowed)


def run_plainly(
    weights: Weights, tokens: Tensor, ablation: Ablation, mask: Tensor, probes: Tensor | None = None
) -> tuple[Tensor, list[Tensor]]:
    """Run circuits slot by slot, as their definition says: the final residual stream, and what every slot reads.

    `probes` [b, t, p, d] are added to what the slots read: a probe's gradient is the gradient at its slot.
    """
    reads = list[Tensor]()
    live = [embed(weights, tokens, ablation.start) - ablation.writes[:, 0]]

    def read(ablated: Tensor) -> Tensor:
        slot = len(reads)
        carried = [mask[:, source, slot, None, None] * each for source, each in enumerate(live)]
        reads.append(ablated + sum(carried) + (0 if probes is None else probes[:, slot]))
        return reads[-1]

    for layer, (block, mlp) in enumerate(zip(weights.attention, weights.mlp, strict=True)):
        prefix = ablation.prefix[layer] if ablation.prefix else None
        heads = _heads(block, lambda: read(ablation.reads[2 * layer]), ablation.start, prefix)  # noqa: B023
        live += [write - ablation.writes[:, len(live) + head] for head, write in enumerate(heads.unbind(1))]
        x = read(ablation.reads[2 * layer + 1])
        out = post(mlp.post_norm, mlp_from_normed(mlp, x, normalise(mlp.norm, x)).out)
        live.append(out - ablation.writes[:, len(live)])
    return read(ablation.reads[-1]), reads


def _heads(block: Attention, read: Callable[[], Tensor], start: int, prefix: tuple[Tensor, Tensor] | None) -> Tensor:
    """What each head writes [b, h, p, d], with an input of its own for every query, key and value."""
    kinds = ((block.q, block.q_bias), (block.k, block.k_bias), (block.v, block.v_bias))
    q, k, v = (
        torch.stack([normalise(block.norm, read()) @ head for head in weight], 2) + (0 if bias is None else bias)
        for weight, bias in kinds
    )
    trace = attend(block, q, q, k, v, start, prefix)
    return head_writes(block, trace.z, trace.out)
