"""What each edge of a circuit does in it: the weights that circuits are stored with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphdb.topology import BoolArray
from ingest.compute.backward import norm_back
from ingest.compute.circuit_gradient import mask_and_position_gradient, mask_gradient
from ingest.compute.prompt_runs import Pair, Runs
from ingest.discovery.search import Floats
from ingest.measures import controls

NEEDED = 0.01
"""Share of what a circuit does that an edge's removal must cost for the edge to count as needed."""


@dataclass(frozen=True)
class Effects:
    """Effects of circuits and of their edges, mean over some donors, in logits of the metric."""

    edges: Floats  # [b, n] what removing the edge costs, to first order; 0 for edges of no circuit
    circuit: Floats  # [b] m(C) - m(no edge)
    n_edges: NDArray[np.int64]  # [b] edges of the circuits
    places: Floats | None = None
    """[b, s, p] sum over the edges that leave a source, by the position that it writes at; suffix only."""

    @property
    def needed(self) -> Floats:
        """Share of each circuit's edges [b] whose removal costs more than `NEEDED` of what the circuit does."""
        needed = (self.edges > NEEDED * np.abs(self.circuit)[:, None]).sum(1)
        return (needed / np.maximum(self.n_edges, 1)).astype(np.float32)


def edge_effects(runs: Runs, pairs: Sequence[Pair], mask: BoolArray, *, by_place: bool = False) -> Effects:
    """Return the effects of circuits [b, s, t]: the gradient of m(C) by an edge's mask, at the circuit C itself.

    `by_place`: how they divide over positions, too, for one product more than the gradient takes.
    """
    floats = controls.as_mask(runs, mask)
    found = zip(*(_effects(runs, pair, floats, by_place=by_place) for pair in pairs), strict=True)
    whole, values, *places = (torch.stack(each).mean(0).float().cpu().numpy() for each in found)
    return Effects(np.where(runs.weights.topology.pack(mask), values, 0), whole, mask.sum((1, 2)), *places)


def _effects(runs: Runs, pair: Pair, mask: Tensor, *, by_place: bool) -> tuple[Tensor, ...]:
    """Of circuits [b, s, t] against one donor each: of all [b], of edges [b, n]; of sources by position [b, s, p]."""
    run = runs.run_circuit(pair, mask, keep=True)
    last = run.final[:, -1]
    at_final = norm_back(runs.weights.final_norm, last, last, pair.direction)
    whole = runs.metric(run.final, pair.direction) - pair.metric_ablated
    if by_place:
        edges, places = mask_and_position_gradient(runs.weights, run, mask, at_final, runs.start)
        return whole, edges[:, runs.allowed], places
    return whole, mask_gradient(runs.weights, run, mask, at_final, runs.start)[:, runs.allowed]
