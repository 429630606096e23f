"""What the parts of discovery cost, in F a fact, each between two timings of F on the same batch."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from statistics import mean, median
from typing import Any

import numpy as np
import torch

from benchmarks.plain import ROUNDS, forward_seconds, prompt_tokens
from benchmarks.report import Row
from benchmarks.timing import median_seconds
from graphdb.topology import BoolArray
from ingest.methods import METHODS
from ingest.discovery import Task, _Batch
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder

MASKED_EDGES = 1000
TRANSFORMERS = "transformers"
MASKED = "masked"


def part_rows(model: LanguageModel, folder: ModelFolder, batches: Sequence[Sequence[Task]]) -> list[Row]:
    """Measure attribution, a masked run and transformers' own forward pass on the batches."""
    peer = _peer(folder)
    ratios: dict[str, list[float]] = defaultdict(list)
    for batch in batches:
        for part, ratio in _ratios(model, peer, batch).items():
            ratios[part].append(ratio)
    how = f"median over {len(batches)} batches of {len(batches[0])} to {len(batches[-1])} facts"
    return [
        *(_attribution_row(method, median(ratios[method]), how) for method in METHODS),
        Row(
            "one run of circuits",
            median(ratios[MASKED]),
            "F a fact",
            f"every fact with its own {MASKED_EDGES} strongest edges; {how}",
        ),
        Row(
            "transformers' forward pass",
            median(ratios[TRANSFORMERS]),
            "F a fact",
            f"the same batches and last logits in transformers, for comparison: below 1, it is the faster; {how}",
        ),
    ]


def _attribution_row(method: str, ratio: float, how: str) -> Row:
    what = "scores of all edges, the clean and the corrupt run included"
    return Row(f"attribution, `{method}`", ratio, "F a fact", f"{what}; {how}", at_most=10)


def _peer(folder: ModelFolder) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder.path, dtype=torch.float32, local_files_only=True).eval()


@torch.no_grad()
def _ratios(model: LanguageModel, peer: Any, batch: Sequence[Task]) -> dict[str, float]:
    """Part -> its time over that of F before and after it."""
    state, tokens = _Batch(model.weights, batch), prompt_tokens(batch)
    parts: dict[str, Callable[[], object]] = {
        **{method: lambda method=method: _Batch(model.weights, batch).scores(method) for method in METHODS},
        MASKED: partial(state.test, _strongest(state)),
        TRANSFORMERS: partial(peer, input_ids=tokens, logits_to_keep=1, use_cache=False),
    }
    ratios, before = {}, forward_seconds(model.weights, batch)
    for part, work in parts.items():
        taken = median_seconds(work, ROUNDS)
        after = forward_seconds(model.weights, batch)
        ratios[part], before = taken / mean((before, after)), after
    return ratios


def _strongest(state: _Batch) -> BoolArray:
    """Return the mask [b, s, t] of every fact's strongest edges."""
    strength = np.abs(state.scores("secant"))
    least = np.partition(strength, -MASKED_EDGES, axis=1)[:, -MASKED_EDGES]
    return state.weights.topology.unpack(strength >= least[:, None])
