"""How well the circuits of relations carry facts: with right answers, with shuffled ones, and by random circuits.

Axes: c = circuit, f = fact, b = batch, l = label, v = vocabulary, s = source, t = slot.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import torch
from torch import Tensor

from graphdb.records import Transfer
from graphdb.topology import BoolArray
from ingest.compute.batching import batches
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.search import Floats
from ingest.facts.task import Task
from ingest.measures import controls
from ingest.measures.bootstrap import interval
from ingest.measures.scoring import of_part
from ingest.model import LanguageModel

HIT = 10


@dataclass(frozen=True)
class Figures:
    """Figures of circuits on facts, each a mean over the donors that judge the fact's own circuit: [c, f]."""

    faithfulness: Floats
    faithfulness_shuffled: Floats
    """The same for the answers of the relation's other facts, on average; NaN where all have the fact's own."""
    hit10: Floats
    hit10_shuffled: Floats


@dataclass(frozen=True, slots=True)
class Part:
    """Facts of a relation on which circuits are judged."""

    relation_id: str
    name: str
    """`train` or `held_out`."""
    tasks: Sequence[Task]
    answers: Sequence[tuple[str, int]]
    """Of all facts of the relation, both parts: what shuffled labels are drawn from. Beginning of the object, token."""
    ablation: str


@dataclass(frozen=True)
class Labels:
    """Answers of a relation's facts that stand in for each fact's own."""

    tokens: Tensor  # [l]
    share: Tensor  # [b, l] how often each is drawn; a fact's own accepted answers never

    @classmethod
    def of(cls, runs: Runs, answers: Sequence[tuple[str, int]]) -> "Labels":
        """Labels of a batch from the answers of all facts of the relation that are read behind the same beginning."""
        counts, tokens = Counter(answers), list(dict.fromkeys(token for _, token in answers))
        rows = [
            [0 if token in task.prompt.answers else counts[task.beginning, token] for token in tokens]
            for task in runs.tasks
        ]
        share = torch.tensor(rows, dtype=runs.weights.embed.dtype, device=runs.answers.device)
        return cls(torch.tensor(tokens, device=share.device), share / share.sum(1, keepdim=True))


def judge(
    model: LanguageModel, part: Part, circuits: Sequence[Sequence[BoolArray]], advance: Callable[[int], None]
) -> list[Transfer]:
    """Judge circuits on a part: each is a mask [s, t], and behind it random ones of its size and layer profile."""
    masks = [model.weights.topology.allowed, *chain.from_iterable(circuits)]
    figures = run_all(model, part, masks, advance)
    ends = np.cumsum([1, *map(len, circuits)])
    return [_transfer(figures, part, int(first), slice(first + 1, stop)) for first, stop in pairwise(ends)]


@torch.no_grad()
def run_all(model: LanguageModel, part: Part, masks: Sequence[BoolArray], advance: Callable[[int], None]) -> Figures:
    """Run every circuit [s, t] on every fact of a part."""
    column = {task.prompt.fact_id: place for place, task in enumerate(part.tasks)}
    values = np.empty((4, len(masks), len(part.tasks)), np.float32)
    for batch in batches(part.tasks, model.weights, None):
        runs = Runs(model.weights, batch, part.ablation)
        labels = Labels.of(runs, part.answers)
        pairs = [runs.pair(donors) for donors in of_part([task.judges for task in batch])]
        places = [column[task.prompt.fact_id] for task in batch]
        for number, mask in enumerate(masks):
            values[:, number, places] = _on_batch(runs, pairs, labels, mask)
        advance(len(batch))
    return Figures(*values)


def _on_batch(runs: Runs, pairs: Sequence[Pair], labels: Labels, mask: BoolArray) -> Floats:
    """The four figures [4, b] of one circuit."""
    every = controls.as_mask(runs, mask[None]).expand(len(runs.tasks), -1, -1)
    figures = []
    for pair in pairs:
        final = runs.run_circuit(pair, every).final
        hit, hit_shuffled = hits(runs.logits(final), runs.answers, labels)
        shuffled = _shuffled_faithfulness(runs, pair, final, labels)
        figures.append(torch.stack([runs.faithfulness(pair, final), shuffled, hit, hit_shuffled]))
    return torch.stack(figures).mean(0).float().cpu().numpy()


def hits(logits: Tensor, answers: Tensor, labels: Labels) -> tuple[Tensor, Tensor]:
    """Whether each fact's answer is among the ten best of its logits [b, v], and the share of the labels that are."""
    least = logits.topk(min(HIT, logits.shape[1]), 1).values[:, -1:]
    hit = (logits.gather(1, answers[:, None]) >= least)[:, 0]
    return hit.to(logits.dtype), ((logits[:, labels.tokens] >= least) * labels.share).sum(1)


def _shuffled_faithfulness(runs: Runs, pair: Pair, final: Tensor, labels: Labels) -> Tensor:
    """What the circuit adds to logit(label) - logit(foil), as a share of the fact's own effect [b]."""

    def margin(state: Tensor) -> Tensor:
        logits = runs.logits(state)
        return logits[:, labels.tokens] - logits.gather(1, pair.foils[:, None])

    gain = (margin(final) - margin(pair.ablation.reads[-1])) * labels.share
    return gain.sum(1) / pair.effect


def _transfer(figures: Figures, part: Part, circuit: int, randoms: slice) -> Transfer:
    """Average one circuit's figures over facts; the whole model is circuit 0."""
    low, high = interval(figures.faithfulness[circuit])
    hit10_low, hit10_high = interval(figures.hit10[circuit])
    return Transfer(
        relation_id=part.relation_id,
        part=part.name,
        n_facts=figures.hit10.shape[1],
        faithfulness=float(figures.faithfulness[circuit].mean()),
        faithfulness_low=low,
        faithfulness_high=high,
        faithfulness_shuffled=_mean(figures.faithfulness_shuffled[circuit]),
        faithfulness_random=float(figures.faithfulness[randoms].mean()),
        hit10=float(figures.hit10[circuit].mean()),
        hit10_low=hit10_low,
        hit10_high=hit10_high,
        hit10_shuffled=_mean(figures.hit10_shuffled[circuit]),
        hit10_random=float(figures.hit10[randoms].mean()),
        hit10_model=float(figures.hit10[0].mean()),
        hit10_model_shuffled=_mean(figures.hit10_shuffled[0]),
    )


def _mean(values: Floats) -> float | None:
    """Mean over the facts that have another label; None where none has."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
