import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.corpus import TOPOLOGY, Sample, relations, samples
from benchmarks.processes import peak_memory, write_facts
from benchmarks.report import Results, Row, read, render, results, write
from graphdb.topology import prune_dangling
from ingest.facts import builtin_relations, read_facts

N_EDGES = 400
SOURCES = TOPOLOGY.source_names


@pytest.fixture(scope="module")
def corpus() -> list[Sample]:
    return list(samples(22, N_EDGES))


def test_the_corpus_is_the_same_for_a_seed_and_another_for_another(corpus: list[Sample]) -> None:
    assert list(samples(2, N_EDGES)) == corpus[:2]
    assert next(samples(1, N_EDGES, seed=1)).circuit.edges != corpus[0].circuit.edges


def test_the_corpus_has_the_sizes_asked_for(corpus: list[Sample]) -> None:
    assert [len(sample.circuit.edges) for sample in corpus] == [N_EDGES] * 22
    assert all(len({edge.id for edge in sample.circuit.edges}) == N_EDGES for sample in corpus)
    of_relation = Counter(sample.fact.relation_id for sample in corpus)
    assert of_relation == {"relation_0": 20, "relation_1": 2}
    assert set(of_relation) == {relation.id for relation in relations(22)}


def test_the_edges_of_a_synthetic_circuit_lie_on_paths(corpus: list[Sample]) -> None:
    wanted = {edge.id for edge in corpus[0].circuit.edges}
    ids = [[f"{source}->{name}.{channel}" in wanted for name, channel in TOPOLOGY.slot_names] for source in SOURCES]
    mask = TOPOLOGY.allowed & ids
    assert mask.sum() == N_EDGES
    assert prune_dangling(TOPOLOGY, mask).sum() >= 0.98 * N_EDGES


def test_circuits_of_a_relation_share_more_than_those_of_two(corpus: list[Sample]) -> None:
    edges = [{edge.id for edge in sample.circuit.edges} for sample in corpus]
    within = [len(edges[0] & other) for other in edges[1:4]]
    across = [len(edges[0] & other) for other in edges[20:]]
    assert min(within) > max(across) > 0


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("a", 60, "F", "", at_most=60), "yes"),
        (Row("a", 60.1, "F", "", at_most=60), "no"),
        (Row("a", 15_000, "edges/s", "", at_least=15_000), "yes"),
        (Row("a", 14_999, "edges/s", "", at_least=15_000), "no"),
        (Row("a", None, "F", "", at_most=60), ""),
        (Row("a", 1, "F", ""), ""),
    ],
)
def test_whether_a_target_is_met_is_computed(row: Row, met: str) -> None:
    assert row.met == met


def test_the_page_follows_from_the_results_file(tmp_path: Path) -> None:
    rows = (
        Row("whole ingest", 31.25, "F a fact", "timed", at_most=60),
        Row("written", 16_123.4, "edges/s", "batches", at_least=15_000),
        Row("GPU", None, "", "none is used"),
    )
    measured = results(rows)
    write(measured, tmp_path / "results.json", tmp_path / "page.md")
    assert read(tmp_path / "results.json") == measured
    page = (tmp_path / "page.md").read_text().splitlines()
    assert "| whole ingest | 31.2 F a fact | ≤ 60 | yes | timed |" in page
    assert "| written | 16,123 edges/s | ≥ 15,000 | yes | batches |" in page
    assert "| GPU | – |  |  | none is used |" in page
    assert f"Measured on {measured.date[:10]}." in page
    assert set(measured.machine) >= {"cores", "memory", "processor"}


def test_results_are_rendered_on_any_machine() -> None:
    foreign = Results("2026-01-02T03:04+00:00", {"cores": "64"}, {"torch": "2.6.0"}, ())
    assert {"| cores | 64 |", "| torch | 2.6.0 |"} <= set(render(foreign).splitlines())


def test_peak_memory_is_that_of_the_process_at_its_largest() -> None:
    # Written to, so that it is resident, and freed, so that only the high-water mark tells of it.
    code = "import time; x = b'x' * (200 << 20); del x; time.sleep(0.5)"
    assert 200 < peak_memory([sys.executable, "-c", code]) / 2**20 < 260


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        peak_memory([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_facts_written_for_an_ingest_are_the_packaged_ones(tmp_path: Path) -> None:
    sets = builtin_relations()
    write_facts(sets, 60, tmp_path / "facts.csv")
    written = [fact for each in read_facts(tmp_path / "facts.csv") for fact in each.facts]
    assert written == [fact for each in sets for fact in each.facts][:60]
