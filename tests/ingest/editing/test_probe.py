"""The layer that is tried out: which layers and facts are tried, and that it is done once."""

from collections.abc import Sequence

import pytest

from graphdb.conditions.edits import EditMethod
from ingest.editing import probe
from ingest.editing.bench import Bench, bench_at
from ingest.editing.edit import edit_with
from ingest.editing.probe import best_layer, candidates, probes, score
from ingest.editing.prompts.bystanders import known_facts
from ingest.editing.prompts.request import Request
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.options import Progress, Silent
from tests.ingest.editing.known import known_sets

SCORES = {0: 0.5, 2: 0.75}


@pytest.fixture
def sets(llama: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> list[FactSet]:
    """Facts that the model knows, in place of the packaged ones."""
    found = known_sets(llama)
    monkeypatch.setattr(probe, "builtin_relations", lambda: found)
    return found


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The layers that were tried; the keys of layer 1 overlap too much."""
    layers = list[int]()

    def scored(bench: Bench, requests: Sequence[Request], progress: Progress) -> float:
        assert requests
        layers.append(bench.layer)
        progress.advance(len(requests))
        return SCORES[bench.layer]

    monkeypatch.setattr(probe, "kept_overlaps", lambda *_: [0.2, 0.5, 0.25])
    monkeypatch.setattr(probe, "score", scored)
    return layers


def test_layers_of_nearly_the_smallest_overlap_are_tried_once(
    llama: LanguageModel, sets: list[FactSet], tried: list[int]
) -> None:
    assert sets
    assert candidates(llama, 3) == [0, 2]
    assert [best_layer(llama, 3, Silent()), best_layer(llama, 3, Silent())] == [2, 2]
    assert tried == [0, 2]
    (path,) = probe.models_cache().glob("probes-*-3.json")
    for damaged in ('{"0": 0.5', '{"0": 0.5}', "[1]", '{"0": null, "2": 1}'):
        path.write_text(damaged)
        assert best_layer(llama, 3, Silent()) == 2
    assert tried == [0, 2] * 5


def test_a_layer_that_stands_alone_is_not_tried(
    llama: LanguageModel, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "kept_overlaps", lambda *_: [0.5, 0.2, 0.3])
    assert best_layer(llama, 4, Silent()) == 1
    assert tried == []


def test_a_model_that_knows_no_packaged_fact_has_the_layer_of_least_overlap(
    llama: LanguageModel, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "builtin_relations", list)
    assert best_layer(llama, 5, Silent()) == 0
    assert tried == []


def test_a_layer_is_tried_with_known_facts_of_different_relations(llama: LanguageModel, sets: list[FactSet]) -> None:
    known = known_facts(llama, sets)
    found, again = (probes(llama, sets, known) for _ in range(2))
    assert [each.fact.id for each in found] == [each.fact.id for each in again]
    assert 0 < len({each.fact.relation_id for each in found}) == len(found)
    assert all(each.to not in each.fact.accepted for each in found)


def test_a_score_is_the_mean_of_what_holds_and_what_is_spared(llama: LanguageModel, sets: list[FactSet]) -> None:
    known = known_facts(llama, sets)
    bench, requests = bench_at(llama, sets, known, EditMethod.ROME, 1, 0), probes(llama, sets, known)
    effects = [edit_with(bench, each).effects for each in requests]
    shares = [share for each in effects for share in (each.paraphrase_prefix, each.neighbourhood) if share is not None]
    assert score(bench, requests, Silent()) == pytest.approx(sum(shares) / len(shares))
