"""What the parts of discovery cost, in F a fact, each between two timings of F on the same batch."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from benchmarks.plain import forward_seconds, prompt_tokens, single
from benchmarks.report import Row
from benchmarks.timing import seconds
from ingest.compute.prompt_runs import Runs
from ingest.discovery.references import RELATIONS, others
from ingest.discovery.search import Floats, Trial, minimal_circuits, pruned, strongest
from ingest.facts.task import Task
from ingest.measures.controls import trial
from ingest.measures.effects import edge_effects
from ingest.measures.measure import References, measure
from ingest.measures.scoring import of_part, score_edges
from ingest.methods import EFFORTS, METHODS
from ingest.methods.trained import train
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from ingest.settings import Settings

PRICES = {"eap": 4.5, "secant": 4.5, "relp": None, "secant+relp": None, "eap-ig": 13.2}
"""Method -> F a fact that its scores against one donor may cost. k integration steps: (2 k + 1) and a fifth."""
INTEGRATION_STEPS = 5
TRAINING_STEPS = 2
EDGES = 1000
"""Edges of the circuits of a masked run."""
ROUNDS = 2
PRODUCTS = ("matmul", "__matmul__", "bmm", "baddbmm", "baddbmm_", "embedding_bag")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of discovery that is timed on a batch."""

    figure: str
    what: str
    work: Callable[[], object]
    at_most: float | None = None
    count: int = 1
    """How often the work does what is priced."""
    rounds: int = ROUNDS


class Contractions(TorchFunctionMode):
    """Adds up the time of the products of sources' writes and slots' gradients, whose axis of p * d is `width`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width, self.seconds = width, 0.0

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        start = time.perf_counter()
        result = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in PRODUCTS and any(map(self._contracted, args)):
            self.seconds += time.perf_counter() - start
        return result

    def _contracted(self, value: object) -> bool:
        return isinstance(value, Tensor) and value.ndim > 1 and self.width in value.shape[1:]


def part_rows(model: LanguageModel, folder: ModelFolder, batches: Sequence[Sequence[Task]]) -> list[Row]:
    """Measure attribution, training, search, controls and transformers' own forward pass on the batches."""
    peer, compared = _transformers(folder), References(others(model, Settings(), RELATIONS))
    prices, shares = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    parts: list[Part] = []
    for batch in batches:
        parts = [*_parts(model, compared, batch), _peer_part(peer, batch)]
        for part, price in zip(parts, _prices(model, parts, batch), strict=True):
            prices[part.figure].append(price)
        for figure, share in _contraction_shares(model, batch).items():
            shares[figure].append(share)
    sizes = sorted(map(len, batches))
    how = f"median over {len(batches)} batches of {sizes[0]} to {sizes[-1]} packaged facts"
    return [
        *(_price_row(part, prices[part.figure], how) for part in parts),
        *(_share_row(figure, values, how) for figure, values in shares.items()),
    ]


def _price_row(part: Part, prices: Sequence[float], how: str) -> Row:
    return Row(part.figure, median(prices), "F a fact", f"{part.what}; {how}", at_most=part.at_most)


def _share_row(figure: str, shares: Sequence[float], how: str) -> Row:
    what = "share of the time that goes to products over the residual stream of sources and slots"
    return Row(f"contraction, {figure}", median(shares), "", f"{what}; {how}", at_most=0.5)


def _transformers(folder: ModelFolder) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder.path, dtype=torch.float32, local_files_only=True).eval()


def _peer_part(peer: Any, batch: Sequence[Task]) -> Part:
    work = partial(peer, input_ids=prompt_tokens(batch), logits_to_keep=1, use_cache=False)
    what = "the same batches and last logits in transformers, for comparison: below 1, it is the faster"
    return Part("transformers' forward pass", what, work)


@torch.no_grad()
def _prices(model: LanguageModel, parts: Sequence[Part], batch: Sequence[Task]) -> list[float]:
    """Time of each part over that of F before and after it, for each time that the part does what is priced."""
    prices, before = list[float](), forward_seconds(model.weights, batch)
    for part in parts:
        taken = median(seconds(part.work) for _ in range(part.rounds)) / part.count
        after = forward_seconds(model.weights, batch)
        prices.append(2 * taken / (before + after))
        before = after
    return prices


@torch.no_grad()
def _parts(model: LanguageModel, compared: References, batch: Sequence[Task]) -> Iterator[Part]:
    """Yield the parts of discovering the circuits of a batch."""
    yield from _method_parts(model, single(batch))
    runs, settings = Runs(model.weights, batch), Settings()
    find = of_part([task.find for task in batch])
    scores = score_edges(runs, find[:1], replace(settings, method="secant"))
    yield _training_part(runs, scores)
    yield _masked_part(runs, scores)
    yield from _circuit_parts(runs, scores, settings, compared)


def _method_parts(model: LanguageModel, batch: Sequence[Task]) -> Iterator[Part]:
    """Yield the methods, on tasks of one donor."""
    effort, rounds = replace(EFFORTS["default"], steps=INTEGRATION_STEPS), [[0] * len(batch)]
    what = "scores of all edges against one donor, the clean and the donor's run included"
    for name, price in PRICES.items():
        steps = f", {INTEGRATION_STEPS} steps" if name == "eap-ig" else ""
        work = partial(_scores_from_the_start, model, batch, name, rounds, effort)
        yield Part(f"attribution, `{name}`{steps}", what, work, price)


def _scores_from_the_start(
    model: LanguageModel, batch: Sequence[Task], method: str, rounds: Sequence[Sequence[int]], effort: Any
) -> Tensor:
    return METHODS[method].score_edges(Runs(model.weights, batch), rounds, effort)


def _training_part(runs: Runs, scores: Floats) -> Part:
    find = of_part([task.find for task in runs.tasks])
    work = partial(train, runs, torch.from_numpy(scores), find, TRAINING_STEPS)
    what = "of every fact's own mask: the pair, the circuits, the gradient, the update"
    return Part("training step", what, work, 3.5, TRAINING_STEPS)


def _masked_part(runs: Runs, scores: Floats) -> Part:
    mask = strongest(runs.weights.topology, scores, np.full(len(scores), EDGES))
    work = partial(runs.run_circuit, _pair(runs), torch.from_numpy(mask).to(runs.weights.embed.dtype))
    return Part("masked run", f"every fact with its own {EDGES} strongest edges", work)


def _pair(runs: Runs) -> Any:
    return runs.pair([0] * len(runs.tasks))


def _circuit_parts(runs: Runs, scores: Floats, settings: Settings, compared: References) -> Iterator[Part]:
    """Yield what follows the scores in an ingest: search, pruning and all that is measured of a circuit."""
    top, prunings = runs.weights.topology, EFFORTS[settings.effort].prunings
    pairs = [runs.pair(donors) for donors in of_part([task.size for task in runs.tasks])]
    test = partial(trial, runs, pairs, target=settings.target)

    def effects(mask: Any) -> Floats:
        return edge_effects(runs, pairs[:1], mask).edges

    def search() -> Trial:
        return minimal_circuits(top, scores, test, settings.target)

    found = search()
    size = f"{len(pairs)} donors choose the size"
    yield Part("search for the size", f"scores given; {size}", search, 15, rounds=1)
    work = partial(pruned, top, found, effects, test, settings.target, prunings)
    yield Part("pruning", f"by exact tests, rounds: {prunings}; {size}", work, rounds=1)
    work = partial(measure, runs, scores, found, found, settings, compared)
    yield Part("controls", "all figures of a circuit; the circuit from other donors included", work, rounds=1)


@torch.no_grad()
def _contraction_shares(model: LanguageModel, batch: Sequence[Task]) -> dict[str, float]:
    """Part -> share of its time that the contraction takes."""
    runs = Runs(model.weights, batch)
    width, first = runs.clean.final[0].numel(), [[0] * len(batch)]
    attribution = partial(METHODS["secant"].score_edges, runs, first, EFFORTS["default"])
    scores = attribution()
    parts = {"`secant`": attribution, "training step": partial(train, runs, scores, first, TRAINING_STEPS)}
    shares = {}
    for figure, work in parts.items():
        with Contractions(width) as contractions:
            whole = seconds(work)
        shares[figure] = contractions.seconds / whole
    return shares
