from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.store.corpus import N_RELATIONS, Corpus, Layout, Sample, layout, turned
from benchmarks.store.corpus_dump import write_corpus
from benchmarks.store.loads import Batch, load, load_rows, rate
from benchmarks.store.pool import Real, Source, circuits_of, cut
from benchmarks.store.questions import QUESTIONS, asked, growth_row
from benchmarks.store.stores import Place
from graphdb.dump import dump
from graphdb.dump.restore import import_dump
from graphdb.records import Edge
from graphdb.store import Store
from graphdb.topology import Topology, prune_dangling
from tests import sample
from tests.conftest import empty

SHAPE = Topology(n_layers=6, n_heads=6, n_kv_heads=3)
SIZES = (40, 80, 160)
RELATIONS = ("capital", "currency")


def _source(name: str, seed: int) -> Source:
    """A model with a few circuits of two relations, whose facts have scores in common."""
    draw = np.random.default_rng(seed)
    model = replace(
        sample.MODEL, id=name, n_layers=6, n_heads=6, n_kv_heads=3, n_edges=SHAPE.n_edges, weights_sha256=name
    )
    circuits = list[Real]()
    for relation in RELATIONS:
        common = _strengths(draw)
        for number, size in enumerate(SIZES):
            scores = np.exp(common + draw.normal(0, 0.3, SHAPE.n_edges)).astype(np.float32)
            fact = replace(sample.FACTS[0], id=f"{relation}/{number}", relation_id=relation)
            circuit = replace(
                sample.CIRCUITS[0], id=f"{name}|{fact.id}|secant", model_id=name, fact_id=fact.id, edges=()
            )
            (edges,) = cut([size], [scores], SHAPE, size)
            circuits.append(Real(fact, circuit, edges, scores))
    return Source(model, tuple(circuits))


def _strengths(draw: np.random.Generator) -> NDArray[np.float64]:
    """Logarithms of scores [n_edges]: most that is strong lies on paths from the embedding to the logits."""
    sources, slots = draw.normal(0, 1, SHAPE.n_sources), draw.normal(0, 1, SHAPE.n_slots)
    sources[0] += 3
    slots[-1] += 3
    return SHAPE.pack(sources[:, None] + slots[None, :])


SOURCES = (_source("one", 1), _source("two", 2))


@pytest.fixture(scope="module")
def corpus() -> list[Sample]:
    return list(Corpus(SOURCES, 900))


def _edge_ids(each: Sample) -> set[str]:
    return {edge.id for edge in each.circuit.edges}


@pytest.mark.slow
def test_the_corpus_is_the_same_for_a_seed_and_another_for_another(corpus: list[Sample]) -> None:
    assert list(Corpus(SOURCES, 900)) == corpus
    assert next(iter(Corpus(SOURCES, 900, seed=1))).circuit.edges != corpus[0].circuit.edges


def test_a_smaller_corpus_is_part_of_a_larger_one(corpus: list[Sample]) -> None:
    whole = {each.circuit.id: each for each in corpus}
    few = list(Corpus(SOURCES, 310))
    assert len(few) == 310
    assert all(whole[each.circuit.id] == each for each in few)


def test_circuits_are_spread_over_a_hundred_relations_and_three_models(corpus: list[Sample]) -> None:
    made = Corpus(SOURCES, 900)
    cells = Counter((each.circuit.model_id, each.recall.fact_id.split("/")[0]) for each in corpus)
    assert set(cells.values()) == {3}
    assert {model for model, _ in cells} == {model.id for model in made.models} == {"one", "two", "one-twin"}
    assert {relation for _, relation in cells} == {relation.id for relation in made.relations}
    assert len(made.relations) == N_RELATIONS
    assert {each.recall.fact_id for each in corpus} == {fact.id for fact in made.facts}


def test_swaps_keep_the_size_and_the_layer_profile_of_a_real_circuit(corpus: list[Sample]) -> None:
    names = layout(SHAPE)
    real = {_profile(_named(each, names)): len(each.edges) for source in SOURCES for each in source.circuits}
    swapped = 0
    for each in corpus[::7]:
        assert real[_profile(each.circuit.edges)] == len(each.circuit.edges)
        swapped += all(_edge_ids(each) != {edge.id for edge in _named(one, names)} for one in SOURCES[0].circuits)
    assert swapped > 100


def _named(real: Real, names: Layout) -> list[Edge]:
    ends = [(names.sources[edge], names.targets[edge]) for edge in real.edges]
    return [Edge(source, target, channel, 1.0, 1) for source, (target, channel) in ends]


def _profile(edges: Sequence[Edge]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """How many edges go from each layer and kind to each layer, kind and channel."""
    ends = Counter((_stratum(edge.source), _stratum(edge.target), edge.channel) for edge in edges)
    return tuple(sorted(ends.items()))


def _stratum(name: str) -> str:
    return name.rstrip("0123456789") if "." in name else name


def test_edges_are_in_the_order_of_their_weights(corpus: list[Sample]) -> None:
    for each in corpus[::50]:
        weights = [abs(edge.weight) for edge in each.circuit.edges]
        assert weights == sorted(weights, reverse=True)
        assert [edge.rank for edge in each.circuit.edges] == list(range(1, len(weights) + 1))
        assert each.circuit.n_edges == len(_edge_ids(each)) == len(weights)


def test_circuits_of_a_relation_share_more_than_those_of_two(corpus: list[Sample]) -> None:
    first = {}
    for each in corpus[:300]:
        first.setdefault(each.recall.fact_id.split("/")[0], []).append(_edge_ids(each))
    within = [_jaccard(a, b) for group in first.values() for a, b in combinations(group, 2)]
    across = [_jaccard(a[0], b[0]) for a, b in combinations(first.values(), 2)]
    assert np.mean(within) > np.mean(across) + 0.05


def _jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b)


def test_the_twin_has_the_circuits_of_the_first_model_under_other_names() -> None:
    names = set(SHAPE.source_names) | {name for name, _ in SHAPE.slot_names}
    renamed = {turned(name, SHAPE) for name in names}
    assert renamed == names
    assert turned("a1.h5", SHAPE) == "a1.h1"
    assert turned("a1.kv2", SHAPE) == "a1.kv0"
    assert turned("m3", SHAPE) == "m3"


def test_circuits_are_cut_by_one_factor_to_a_mean_and_lie_on_paths() -> None:
    draw = np.random.default_rng(0)
    scores = [np.exp(_strengths(draw)).astype(np.float32) for _ in range(40)]
    edges = cut([100, 200, 300, 400] * 10, scores, SHAPE, 120)
    sizes = [len(each) for each in edges]
    assert np.mean(sizes) == pytest.approx(120, rel=0.05)
    means = [np.mean(sizes[each::4]) for each in range(4)]
    assert means == sorted(means)
    for each in edges:
        mask = np.zeros(SHAPE.n_edges, bool)
        mask[each] = True
        assert (SHAPE.pack(prune_dangling(SHAPE, SHAPE.unpack(mask))) == mask).all()


def test_ingested_circuits_are_read_back_as_records(store: Store) -> None:
    sample.fill(store)
    read = {each.id: each for each in circuits_of(store, sample.MODEL.id)}
    written = [sample.with_scores(store, each) for each in sample.CIRCUITS]
    assert read == {each.id: replace(each, edges=(), places=()) for each in written}


def test_a_corpus_is_loaded_and_every_question_answered(store: Store, tmp_path: Path) -> None:
    batches = load(store, Corpus(SOURCES, 40))
    stored = store.read("MATCH (:CircuitNode)-[e:FLOWS]->() RETURN count(e) AS n").iloc[0, 0]
    assert sum(each.edges for each in batches) == stored
    times = asked(Place(store, store.engine, tmp_path, tmp_path))
    assert set(times) == {each.name for each in QUESTIONS}
    assert min(times.values()) > 0


def test_a_load_is_as_fast_as_its_median_and_slows_down_by_its_tenths() -> None:
    batches = [Batch(1000, 1.0)] * 10 + [Batch(1000, 1.25)] * 80 + [Batch(1000, 2.0)] * 10
    assert rate(batches) == 800
    rows = list(load_rows("an engine", "a corpus", batches))
    assert [row.value for row in rows] == [800, 2]
    assert [row.met for row in rows] == ["no", "no"]


def test_growth_is_that_of_the_question_that_grows_most() -> None:
    few = {each.name: 0.01 for each in QUESTIONS}
    many = few | {"relation profile": 0.02, "edges in every fact": 1.0}
    row = growth_row("an engine", "from few to many", few, many)
    assert row.value == 2
    assert "relation profile 2.00" in row.how
    assert "edges in every fact" not in row.how


def test_a_corpus_written_as_a_dump_is_the_dump_of_the_store_that_imports_it(
    embedded_store: Store, tmp_path: Path
) -> None:
    empty(embedded_store)
    made = Corpus(SOURCES, 310)
    n_edges = write_corpus(made, tmp_path / "corpus.jsonl")
    assert n_edges == sum(len(each.circuit.edges) for each in made)
    import_dump(embedded_store, tmp_path / "corpus.jsonl")
    assert b"".join(dump(embedded_store, scores=False)) == (tmp_path / "corpus.jsonl").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.jsonl"]
