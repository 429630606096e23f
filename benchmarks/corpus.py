"""Synthetic circuits, as large as wished and the same for a seed, in the shape of the default model.

Components and edges have lognormal strengths: a few matter in all circuits, some in those of a relation, and the
rest is the fact's own. So circuits share components as real ones do, more within a relation than across.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphdb.records import Circuit, Edge, Fact, Model, Recall, Relation, Run
from graphdb.rethreshold import strongest_edges
from graphdb.topology import Topology

TOPOLOGY = Topology(n_layers=30, n_heads=9, n_kv_heads=3)
FACTS_A_RELATION = 20
MODEL = Model(
    id="synthetic",
    name="Synthetic",
    architecture="LlamaForCausalLM",
    source="benchmarks",
    n_layers=TOPOLOGY.n_layers,
    n_heads=TOPOLOGY.n_heads,
    n_kv_heads=TOPOLOGY.n_kv_heads,
    d_model=576,
    n_edges=TOPOLOGY.n_edges,
    weights_sha256="0" * 64,
)
RUN = Run(
    id="synthetic",
    model_id=MODEL.id,
    method="secant",
    settings="{}",
    versions="{}",
    weights_sha256=MODEL.weights_sha256,
    seed=0,
    started="2026-01-01T00:00:00+00:00",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One fact, how it is recalled and its circuit."""

    fact: Fact
    recall: Recall
    circuit: Circuit


def relations(n_circuits: int) -> list[Relation]:
    """Return the relations of a corpus of `n_circuits`, at most 20 circuits each."""
    count = -(-n_circuits // FACTS_A_RELATION)
    return [Relation(f"relation_{i}", f"relation {i}", "synthetic", ("{} is",)) for i in range(count)]


def samples(n_circuits: int, n_edges: int, seed: int = 0) -> Iterator[Sample]:
    """Yield `n_circuits` circuits of exactly `n_edges` edges."""
    draw = np.random.default_rng(seed)
    common = of_relation = _strengths(draw, 1.0)
    for number in range(n_circuits):
        if number % FACTS_A_RELATION == 0:
            of_relation = common + _strengths(draw, 0.5)
        noise = draw.normal(0.3, 1, TOPOLOGY.n_edges)
        scores = 0.01 * np.exp(of_relation + _strengths(draw, 0.2)) * noise
        yield _sample(number, _edges(scores, n_edges))


def _strengths(draw: np.random.Generator, spread: float) -> NDArray[np.float64]:
    """Logarithms of the edges' strengths [n_edges]: the source's plus the slot's."""
    sources = draw.normal(0, spread, TOPOLOGY.n_sources)
    slots = draw.normal(0, spread, TOPOLOGY.n_slots)
    sources[0] += 2 * spread
    slots[-1] += 3 * spread
    return TOPOLOGY.pack(sources[:, None] + slots[None, :])


def _edges(scores: NDArray[np.float64], n_edges: int) -> tuple[Edge, ...]:
    """Return the `n_edges` strongest of hardly more edges, which all lie on paths."""
    edges, chosen = (), n_edges
    while len(edges) < n_edges:
        edges = strongest_edges(scores, TOPOLOGY, chosen)
        chosen += n_edges - len(edges)
    return edges[:n_edges]


def _sample(number: int, edges: tuple[Edge, ...]) -> Sample:
    relation = f"relation_{number // FACTS_A_RELATION}"
    fact = Fact(f"{relation}/subject {number}", relation, f"subject {number}", f"object {number}")
    recall = Recall(
        id=f"{MODEL.id}|{fact.id}",
        model_id=MODEL.id,
        fact_id=fact.id,
        prompt=f"{fact.subject} is",
        answer=f" {fact.object}",
        rank=1,
        probability=0.5,
        known=True,
        donors=(fact.id,),
        reason="",
    )
    return Sample(fact, recall, _circuit(fact, edges))


def _circuit(fact: Fact, edges: tuple[Edge, ...]) -> Circuit:
    names = {edge.source for edge in edges} | {edge.target for edge in edges}
    return Circuit(
        id=f"{MODEL.id}|{fact.id}|{RUN.method}",
        model_id=MODEL.id,
        fact_id=fact.id,
        run_id=RUN.id,
        method=RUN.method,
        fingerprint=fact.id,
        donor=fact.id,
        clean_prompt=f"{fact.subject} is",
        corrupt_prompt=f"{fact.subject} is",
        answer=f" {fact.object}",
        foil=f" {fact.object}",
        target=0.85,
        reached=True,
        faithfulness_size=0.9,
        faithfulness=0.9,
        faithfulness_random=0.1,
        random_draws=3,
        metric_clean=4.0,
        metric_ablated=-4.0,
        metric_circuit=3.2,
        n_edges=len(edges),
        n_nodes=sum(".kv" not in name for name in names),
        rank_model=1,
        rank_circuit=1,
        rank_random=100,
        hit10_model=True,
        hit10_circuit=True,
        hit10_random=0.0,
        artifact="",
        edges=edges,
    )
