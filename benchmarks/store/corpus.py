"""A corpus of any number of circuits, made from circuits that were really ingested (`benchmarks.store.pool`).

Every circuit is a resampled one of a real relation, with edges swapped: each score gets a factor of the corpus'
relation and one of its own, and within every pair of layers and kinds as many edges as before are kept, those of the
largest |score|. So a circuit keeps its size and its layer profile, and circuits of a relation share more than others.
The third model is the first with its heads renamed. The same seed gives the same corpus, and a smaller corpus is part
of a larger one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.store.pool import Real, Source
from graphdb.components import n_nodes, parse
from graphdb.records import Circuit, Edge, Fact, Model, Recall, Relation, Run
from graphdb.topology import Topology

N_RELATIONS = 100
MEAN_EDGES = 500
OF_RELATION, OF_CIRCUIT = 0.3, 0.8
"""Standard deviations of the logarithms of the factors."""
CANDIDATES = 6
"""The strongest edges that swaps choose from, as a multiple of the circuit."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """How a fact is recalled, and its circuit."""

    recall: Recall
    circuit: Circuit


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of a model's edges in the order of their scores, and which can stand for each other."""

    sources: tuple[str, ...]
    targets: tuple[tuple[str, str], ...]
    """Component and channel."""
    strata: NDArray[np.int64]
    """Pair of layers and kinds [n_edges]."""


@dataclass(frozen=True, slots=True)
class Swaps:
    """The edges that the swaps of one circuit choose from, stratum by stratum."""

    edges: NDArray[np.intp]
    log: Floats
    """Logarithm of |score| [candidate]."""
    stratum: NDArray[np.intp]
    """[candidate], ascending from 0."""
    first: NDArray[np.intp]
    """First candidate of each stratum [stratum]."""
    quota: NDArray[np.int64]
    """Edges of the circuit in each stratum [stratum]."""


class Corpus:
    """Facts of 100 relations and their circuits in three models."""

    def __init__(self, sources: Sequence[Source], n_circuits: int, seed: int = 0) -> None:
        self.n_circuits, self.seed = n_circuits, seed
        twin = replace(sources[0].model, id=f"{sources[0].model.id}-twin", name=f"{sources[0].model.name}, twin")
        self._sources = (*sources, replace(sources[0], model=twin))
        self._layouts = (*(layout(each.topology) for each in sources), layout(sources[0].topology, renamed=True))
        shared = set.intersection(*({real.fact.relation_id for real in each.circuits} for each in sources))
        self._real_relations = sorted(shared)

    @property
    def models(self) -> tuple[Model, ...]:
        """The three models."""
        return tuple(each.model for each in self._sources)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """The hundred relations."""
        names = [f"{self._real(number)}_{number}" for number in range(N_RELATIONS)]
        return tuple(Relation(name, name.replace("_", " "), "corpus", ("{} is",)) for name in names)

    @property
    def facts(self) -> Iterator[Fact]:
        """The facts, as many of each relation as its circuits in one model need."""
        for number in range(N_RELATIONS):
            for of_relation in range(max(self._count(number, model) for model in range(len(self.models)))):
                yield self._fact(number, of_relation)

    @property
    def runs(self) -> tuple[Run, ...]:
        """A run for each model."""
        return tuple(
            Run(
                id=f"corpus-{model.id}",
                model_id=model.id,
                method=self._sources[0].circuits[0].circuit.method,
                settings="{}",
                versions="{}",
                weights_sha256=model.weights_sha256,
                seed=self.seed,
                started="2026-01-01T00:00:00+00:00",
                ended="2026-01-01T01:00:00+00:00",
                n_circuits=sum(self._count(relation, number) for relation in range(N_RELATIONS)),
            )
            for number, model in enumerate(self.models)
        )

    def __iter__(self) -> Iterator[Sample]:
        """Yield every circuit: model by model, relation by relation."""
        for model in range(len(self._sources)):
            swaps = self._swaps(model)
            for relation in range(N_RELATIONS):
                yield from self._samples(relation, model, swaps)

    def by_id(self) -> Iterator[Sample]:
        """Yield every circuit by ascending id, with those of one relation in one model in memory."""
        relations = sorted(range(N_RELATIONS), key=lambda relation: f"{self.relations[relation].id}/")
        for model in sorted(range(len(self.models)), key=lambda model: f"{self.models[model].id}|"):
            swaps = self._swaps(model)
            for relation in relations:
                yield from sorted(self._samples(relation, model, swaps), key=lambda sample: sample.circuit.id)

    def _swaps(self, model: int) -> dict[str, Swaps]:
        """Real circuit id -> its swaps."""
        return {real.circuit.id: swaps_of(real, self._layouts[model]) for real in self._sources[model].circuits}

    def _samples(self, relation: int, model: int, swaps: dict[str, Swaps]) -> Iterator[Sample]:
        source, draw = self._sources[model], np.random.default_rng((self.seed, relation, model))
        real = [each for each in source.circuits if each.fact.relation_id == self._real(relation)]
        factors = draw.normal(0, OF_RELATION, source.model.n_edges).astype(np.float32)
        for number in range(self._count(relation, model)):
            chosen = real[draw.integers(len(real))]
            edges = swapped(chosen, swaps[chosen.circuit.id], factors, self._layouts[model], draw)
            yield self._sample(self._fact(relation, number), chosen.circuit, source.model, edges)

    def _real(self, relation: int) -> str:
        return self._real_relations[relation % len(self._real_relations)]

    def _count(self, relation: int, model: int) -> int:
        """Circuits of a relation in a model: all cells have equally many, or one more."""
        cells = N_RELATIONS * len(self._sources)
        return self.n_circuits // cells + (relation * len(self._sources) + model < self.n_circuits % cells)

    def _fact(self, relation: int, number: int) -> Fact:
        name = self.relations[relation].id
        return Fact(f"{name}/subject {number}", name, f"subject {number}", f"object {number}", (f"object {number}",))

    def _sample(self, fact: Fact, real: Circuit, model: Model, edges: tuple[Edge, ...]) -> Sample:
        assert real.rank_model is not None, "real circuits are measured"
        recall = Recall(
            id=f"{model.id}|{fact.id}",
            model_id=model.id,
            fact_id=fact.id,
            prompt=real.contrast.clean_prompt,
            answer=real.contrast.answer,
            rank=real.rank_model,
            probability=0.5,
            known=True,
        )
        circuit = replace(
            real,
            id=f"{model.id}|{fact.id}|{real.method}",
            model_id=model.id,
            fact_id=fact.id,
            run_id=f"corpus-{model.id}",
            fingerprint=fact.id,
            contrast=replace(real.contrast, model_id=model.id, fact_id=fact.id),
            n_edges=len(edges),
            n_edges_searched=len(edges),
            n_nodes=n_nodes({name for edge in edges for name in (edge.source, edge.target)}),
            other="",
            artifact="",
            artifact_sha256="",
            edges=edges,
        )
        return Sample(recall, circuit)


def layout(shape: Topology, *, renamed: bool = False) -> Layout:
    """Return the names of a model's edges; renamed, every layer's heads change places, groups as a whole."""
    rename = (lambda name: turned(name, shape)) if renamed else str
    sources, slots = np.nonzero(shape.allowed)
    of_source = _numbers([_without_head(name) for name in shape.source_names])
    of_slot = _numbers([f"{_without_head(name)}.{channel}" for name, channel in shape.slot_names])
    targets = [(rename(name), channel) for name, channel in shape.slot_names]
    names = [rename(name) for name in shape.source_names]
    strata = of_source[sources] * (of_slot.max() + 1) + of_slot[slots]
    return Layout(tuple(names[each] for each in sources), tuple(targets[each] for each in slots), strata)


def turned(name: str, shape: Topology) -> str:
    """Return the name of the head or kv-head whose place another takes: so many groups on as the layer's number."""
    part = parse(name)
    if part.layer is None or part.head is None:
        return name
    step, count = (shape.group_size, shape.n_heads) if part.kind == "head" else (1, shape.n_kv_heads)
    return f"{_without_head(name)}{(part.head + part.layer * step) % count}"


def _without_head(name: str) -> str:
    head = parse(name).head
    return name if head is None else name.removesuffix(str(head))


def _numbers(names: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def swaps_of(real: Real, names: Layout) -> Swaps:
    """Return what the swaps of a circuit choose from: its edges, and the strongest others of the same strata."""
    size = np.abs(real.scores)
    strongest = np.argsort(-size, kind="stable")[: CANDIDATES * len(real.edges)]
    candidates = np.union1d(strongest, real.edges)
    candidates = candidates[np.isin(names.strata[candidates], names.strata[real.edges])]
    candidates = candidates[np.argsort(names.strata[candidates], kind="stable")]
    found, first, stratum = np.unique(names.strata[candidates], return_index=True, return_inverse=True)
    quota = np.bincount(np.searchsorted(found, names.strata[real.edges]), minlength=len(found))
    tiny = np.finfo(np.float32).tiny
    return Swaps(candidates, np.log(np.maximum(size[candidates], tiny)), stratum, first, quota)


def swapped(real: Real, swaps: Swaps, factors: Floats, names: Layout, draw: np.random.Generator) -> tuple[Edge, ...]:
    """Return as many edges of every stratum as the circuit has, those of the largest |score| times the factors."""
    noise = factors[swaps.edges] + draw.normal(0, OF_CIRCUIT, len(swaps.edges)).astype(np.float32)
    order = np.lexsort((-(swaps.log + noise), swaps.stratum))
    place = np.arange(len(order)) - swaps.first[swaps.stratum]
    kept = order[place < swaps.quota[swaps.stratum]]
    weights = real.scores[swaps.edges[kept]] * np.exp(noise[kept])
    by_size = np.argsort(-np.abs(weights), kind="stable")
    edges, values = swaps.edges[kept[by_size]].tolist(), weights[by_size].tolist()
    ends = [(names.sources[edge], names.targets[edge]) for edge in edges]
    return tuple(
        Edge(source, target, channel, weight, rank)
        for rank, ((source, (target, channel)), weight) in enumerate(zip(ends, values, strict=True), start=1)
    )
