from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from graphdb.errors import UserError
from graphdb.records import Reason
from graphdb.store import Store, open_store
from graphdb.store.score_files import load_scores
from ingest import pipeline
from ingest.discovery import discovery
from ingest.discovery.discovery import Found, discover
from ingest.discovery.recall import Why
from ingest.execution import finder
from ingest.facts.sets import FactSet, read_facts, with_template
from ingest.facts.task import Task
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from ingest.options import Options
from ingest.pipeline import ingest
from ingest.settings import Settings
from tests.conftest import empty

MODEL = "small-llama"
SETTINGS = Settings(method="secant", effort="quick")
OPTIONS = Options(SETTINGS, include_unknown=True, batch=4)


class Steps:
    """Records what an ingest reports; may press Ctrl-C after so many facts of the stage `circuits`."""

    def __init__(self, stop_after: int = 10_000) -> None:
        self.stages: list[tuple[str, int]] = []
        self.done = 0
        self.stop_after = stop_after

    def stage(self, name: str, total: int) -> None:
        self.stages.append((name, total))
        self.done = 0

    def advance(self, facts: int) -> None:
        self.done += facts
        if self.stages[-1][0] == "circuits" and self.done >= self.stop_after:
            raise KeyboardInterrupt

    def within(self, facts: float) -> None: ...

    def note(self, line: str) -> None: ...


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    return _facts(tmp_path)


def _facts(folder: Path) -> list[FactSet]:
    """Two relations of words; the last subject of `first` has more tokens than any other name, so no donor."""
    lines = ["relation,subject,object,prompt"]
    for number in range(1, 10):
        lines.append(f"first,w{number},w{number + 20},w40 w41 {{}} w42")
        lines.append(f"second,w{number},w{number + 30},{{}} w43")
    lines.append(f"first,{' '.join(f'w{number}' for number in range(44, 58))},w59,w40 w41 {{}} w42")
    path = folder / "facts.csv"
    path.write_text("\n".join(lines))
    return read_facts(path)


@pytest.fixture(scope="module")
def folder(small_folders: dict[str, ModelFolder]) -> ModelFolder:
    return small_folders["llama"]


def _contents(store: Store) -> dict[str, pd.DataFrame]:
    """All of the store but the times of its runs."""
    tables = {name: store.query(name) for name in ("models", "circuits", "recalls", "fingerprints")}
    edges = (
        "MATCH (c:Circuit)-[:HAS_NODE]->(s:CircuitNode)-[f:FLOWS]->(t:CircuitNode) "
        "RETURN c.id AS c, s.name AS s, f.edge_id AS e, f.channel AS ch, f.weight AS w, f.rank AS r ORDER BY c, r"
    )
    return {**tables, "edges": store.read(edges), "runs": store.query("runs").drop(columns=["started", "ended"])}


def _assert_same(one: dict[str, pd.DataFrame], two: dict[str, pd.DataFrame]) -> None:
    assert one.keys() == two.keys()
    for name in one:
        assert len(one[name])
        pd.testing.assert_frame_equal(one[name], two[name], obj=name)


def attempts_for(store: Store, *reasons: Reason) -> set[str]:
    """Facts whose circuit was sought and not found, for one of these reasons, or for any."""
    attempts = store.query("attempts")
    return set(attempts[attempts["reason"].isin(reasons or tuple(Reason))]["fact"])


def test_an_ingest_leaves_circuits_recalls_and_scores(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    report = ingest(facts, folder, OPTIONS, store, Steps())
    circuits, recalls = store.query("circuits"), store.query("recalls")
    assert len(recalls) == report.facts == 19
    assert report.without[Reason.NO_EQUAL_LENGTH] == 1
    assert report.circuits == len(circuits) == 19 - sum(report.without.values()) >= 5
    assert set(circuits["model"]) == {MODEL}
    assert sorted(circuits["fact"]) == sorted(set(recalls["fact"]) - attempts_for(store))
    scores = load_scores(store.data_folder, circuits["artifact"][0])
    edges = store.query("circuit_edges", circuit=circuits["circuit"][0])
    assert len(scores) == store.query("models")["native_edges"][0]
    assert np.isfinite(scores).all()
    assert list(edges["rank"]) == list(edges["weight"].abs().rank(ascending=False))


def test_another_wording_has_circuits_beside_those_of_the_first(
    embedded_store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    """The relation `second` has no second template; `first` has the words of `second` for its own."""
    empty(embedded_store)
    first, second = (next(each for each in facts if each.relation.id == name) for name in ("first", "second"))
    two = replace(first.relation, templates=("w40 w41 {} w42", "w44 {} w45"))
    plain = replace(first, relation=two, facts=tuple(replace(fact, prompt="") for fact in first.facts))
    ingest([plain, second], folder, OPTIONS, embedded_store, Steps())
    before = _contents(embedded_store)
    options = replace(OPTIONS, settings=replace(SETTINGS, template=1))
    report = ingest(with_template([plain, second], 1), folder, options, embedded_store, Steps())
    assert report.facts == len(plain.facts)
    after = embedded_store.query("circuits", method="secant/wording1")
    assert set(after["relation"]) == {"first"}
    assert set(after["wording"]) == {"1"}
    assert all(prompt.startswith("w44 ") for prompt in after["clean_prompt"])
    assert before["recalls"].equals(embedded_store.query("recalls")), "recall is of the first wording"
    again = embedded_store.query("circuits", method="secant")
    pd.testing.assert_frame_equal(again, before["circuits"])
    with pytest.raises(UserError, match="no relation has a template 2: give a number from 0 to 1"):
        with_template([plain, second], 2)


def test_why_one_method_finds_no_circuit_is_no_reason_for_another(
    embedded_store: Store, facts: list[FactSet], folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first seeks changes the metric too little: it is not sought again by that, and by the next method is."""
    empty(embedded_store)
    sought, discover = list[str](), finder.discover

    def counted(model: LanguageModel, tasks: Any, settings: Any, *rest: Any) -> Any:
        sought.extend(settings.label for _ in tasks)
        return discover(model, tasks, settings, *rest)

    monkeypatch.setattr(finder, "discover", counted)
    with monkeypatch.context() as patch:
        patch.setattr(discovery, "why_not", lambda runs: [Why(Reason.NO_EFFECT, "0.1 logits")] * len(runs.tasks))
        first = ingest(facts, folder, OPTIONS, embedded_store, Steps())
        patch.setattr(pipeline, "is_finished", lambda *_: False)
        assert ingest(facts, folder, OPTIONS, embedded_store, Steps()) == first
    assert first.without[Reason.NO_EFFECT] == len(sought) >= 5
    assert embedded_store.query("circuits").empty
    attempts = embedded_store.query("attempts", method=OPTIONS.settings.label)
    assert (attempts["detail"] == "0.1 logits").sum() == len(sought)
    other = replace(OPTIONS, settings=replace(OPTIONS.settings, method="eap"))
    second = ingest(facts, folder, other, embedded_store, Steps())
    assert second.circuits == first.without[Reason.NO_EFFECT]
    assert Reason.NO_EFFECT not in second.without


def test_an_ingest_twice_is_an_ingest_once(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    first = ingest(facts, folder, OPTIONS, store, Steps())
    before, steps = _contents(store), Steps()
    assert ingest(facts, folder, OPTIONS, store, steps) == first
    assert steps.stages == []  # a finished run loads no model
    _assert_same(before, _contents(store))


@pytest.fixture(scope="module")
def whole(
    folder: ModelFolder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pipeline.Report, dict[str, pd.DataFrame]]:
    """Report and store of an ingest that nothing disturbs."""
    with open_store(tmp_path_factory.mktemp("whole") / "store") as store:
        report = ingest(_facts(tmp_path_factory.mktemp("facts")), folder, OPTIONS, store, Steps())
        return report, _contents(store)


@pytest.mark.parametrize("stop_after", [1, 5, 12])
def test_an_interrupted_ingest_goes_on_and_ends_in_the_same_store(
    embedded_store: Store,
    facts: list[FactSet],
    folder: ModelFolder,
    whole: tuple[pipeline.Report, dict[str, pd.DataFrame]],
    stop_after: int,
) -> None:
    empty(embedded_store)
    with pytest.raises(KeyboardInterrupt):
        ingest(facts, folder, OPTIONS, embedded_store, Steps(stop_after))
    assert 0 < len(embedded_store.query("circuits")) < whole[0].circuits
    assert ingest(facts, folder, OPTIONS, embedded_store, Steps()) == whole[0]
    _assert_same(whole[1], _contents(embedded_store))


def test_changed_settings_replace_the_circuits_and_nothing_else(
    store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    ingest(facts, folder, OPTIONS, store, Steps())
    kept = store.query("circuits", relation="second")
    tighter = replace(OPTIONS, settings=replace(SETTINGS, target=0.95))
    report = ingest([each for each in facts if each.relation.id == "first"], folder, tighter, store, Steps())
    assert set(store.query("circuits", relation="first")["target"]) == {0.95}
    assert set(store.query("circuits", relation="first")["run"]) == {report.run_id}
    pd.testing.assert_frame_equal(store.query("circuits", relation="second"), kept)
    orphans = "MATCH (n:CircuitNode) WHERE NOT (n)<-[:HAS_NODE]-(:Circuit) RETURN count(n) AS n"
    assert store.read(orphans)["n"][0] == 0


def test_circuits_found_in_another_way_stand_beside_the_first(
    embedded_store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    empty(embedded_store)
    ingest(facts, folder, OPTIONS, embedded_store, Steps())
    others = (replace(SETTINGS, method="eap"), replace(SETTINGS, ablation="mean"), replace(SETTINGS, robust=False))
    for other in others:
        ingest(facts, folder, replace(OPTIONS, settings=other), embedded_store, Steps())
    circuits = embedded_store.query("circuits")
    by_method = {method: set(group["fact"]) for method, group in circuits.groupby("method")}
    assert by_method.keys() == {"secant", "eap", "secant/mean", "secant/single"}
    assert by_method["secant"] == by_method["eap"] == by_method["secant/single"]
    assert set() != by_method["secant/mean"] <= by_method["secant"]
    assert embedded_store.query("runs")["method"].nunique() == 4


def test_unknown_facts_are_stored_without_a_circuit(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    report = ingest(facts, folder, Options(SETTINGS, known_rank=1), store, Steps())
    recalls = store.query("recalls")
    unknown = attempts_for(store, Reason.UNKNOWN)
    assert report.without[Reason.UNKNOWN] == len(unknown) > 0
    assert set(recalls[recalls["fact"].isin(unknown)]["known"]) == {False}
    assert (recalls[recalls["known"]]["rank"] == 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(settings=Settings(target=0)), "faithfulness 0 is out of range"),
        (Options(settings=Settings(target=1.01)), "faithfulness 1.01 is out of range"),
        (Options(settings=Settings(method="secand")), "method 'secand' is unknown; nearest: secant"),
        (Options(settings=Settings(effort="most")), "effort 'most' is unknown"),
        (Options(settings=Settings(ablation="means")), "ablation 'means' is unknown; nearest: mean"),
        (Options(device="tpu"), "device 'tpu' is unknown"),
        (Options(dtype="float16"), "dtype 'float16' is unknown"),
        (Options(batch=0), "batch 0 is out of range"),
        (Options(known_rank=0), "known-rank 0 is out of range"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    options: Options, message: str, facts: list[FactSet], folder: ModelFolder, tmp_path: Path
) -> None:
    with open_store(tmp_path / "store") as store:
        with pytest.raises(UserError, match=message):
            ingest(facts, folder, options, store, Steps())
        assert store.query("runs").empty


class _SmallDevice:
    """A fake: raises what torch raises where a GPU's memory is full, for batches of more facts than fit."""

    def __init__(self, fits: int) -> None:
        self.fits = fits
        self.tried: list[int] = []

    def __call__(self, model: LanguageModel, tasks: Sequence[Task], *rest: Any) -> list[Found]:
        self.tried.append(len(tasks))
        if len(tasks) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return discover(model, tasks, *rest)


def test_a_full_device_halves_the_batch_and_ends_in_the_same_circuits(
    embedded_store: Store,
    facts: list[FactSet],
    folder: ModelFolder,
    whole: tuple[pipeline.Report, dict[str, pd.DataFrame]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty(embedded_store)
    monkeypatch.setattr(finder, "discover", small := _SmallDevice(fits=1))
    assert ingest(facts, folder, OPTIONS, embedded_store, Steps()) == whole[0]
    assert small.tried[small.tried.index(4) :][:4] == [4, 2, 1, 1]
    found, expected = embedded_store.query("circuits"), whole[1]["circuits"]
    exact = ["circuit", "edges", "nodes", "donor", "foil", "answer", "rank_circuit"]
    pd.testing.assert_frame_equal(found[exact], expected[exact])
    assert np.allclose(found["faithfulness"], expected["faithfulness"], atol=1e-4)


def test_a_device_too_small_for_one_fact_is_named(
    embedded_store: Store, facts: list[FactSet], folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty(embedded_store)
    monkeypatch.setattr(finder, "discover", _SmallDevice(fits=0))
    with pytest.raises(UserError, match=r"fact .*: the device has too little memory for even one fact"):
        ingest(facts, folder, OPTIONS, embedded_store, Steps())
    assert embedded_store.query("circuits").empty


def test_circuits_in_half_the_precision_are_stored(
    embedded_store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    empty(embedded_store)
    report = ingest(facts, folder, replace(OPTIONS, dtype="bfloat16"), embedded_store, Steps())
    circuits = embedded_store.query("circuits")
    assert report.circuits == len(circuits) >= 5
    assert np.isfinite(circuits["faithfulness"]).all()
    assert '"dtype": "bfloat16"' in embedded_store.query("runs")["settings"][0]


def test_facts_whose_activations_are_no_numbers_are_named_and_the_others_found(
    embedded_store: Store, facts: list[FactSet], folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedding of one word is broken: the fact that asks it has no circuit and is nobody's donor."""
    load = pipeline.load

    def broken(*arguments: Any) -> LanguageModel:
        model = load(*arguments)
        embed = model.weights.embed.clone()
        embed[3] = torch.nan
        return replace(model, weights=replace(model.weights, embed=embed))

    empty(embedded_store)
    monkeypatch.setattr(pipeline, "load", broken)
    report = ingest(facts, folder, OPTIONS, embedded_store, Steps())
    recalls, circuits = embedded_store.query("recalls"), embedded_store.query("circuits")
    assert report.without[Reason.NOT_FINITE] == 2
    refused = attempts_for(embedded_store, Reason.NOT_FINITE)
    assert refused == {"first/w3", "second/w3"}
    assert not recalls[recalls["fact"].isin(refused)]["known"].any()
    assert len(circuits) == report.circuits >= 5
    assert not circuits["donor"].str.endswith("/w3").any()
