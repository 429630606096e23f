"""A circuit as large as those of a real model: 30 layers of 9 heads over 3 kv-heads, seeded."""

from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphdb.circuits.rethreshold import strongest_edges
from graphdb.topology import Topology

TOPOLOGY = Topology(n_layers=30, n_heads=9, n_kv_heads=3)


def large_scores(seed: int = 0) -> NDArray[np.float64]:
    """Edge scores [n_edges]: few components matter, late ones write to the logits, about a third hinder."""
    draw = np.random.default_rng(seed)
    sources = draw.lognormal(0, 1.3, TOPOLOGY.n_sources)
    sources[0] = 12
    slots = draw.lognormal(0, 1.3, TOPOLOGY.n_slots)
    slots[-1] = 40
    noise = draw.normal(0.3, 1, (TOPOLOGY.n_sources, TOPOLOGY.n_slots))
    return (0.01 * sources[:, None] * slots[None, :] * noise)[TOPOLOGY.allowed]


def large_circuit(size: int = 1600, seed: int = 0) -> pd.DataFrame:
    """About 600 edges that lie on paths, of the `size` strongest."""
    return pd.DataFrame([asdict(edge) for edge in strongest_edges(large_scores(seed), TOPOLOGY, size)])
