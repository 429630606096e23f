from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdb.artifacts import load_scores
from graphdb.errors import UserError
from graphdb.store import Store, open_store
from ingest.discovery import Settings, Task
from ingest.facts import FactSet, read_facts
from ingest.model_files import ModelFolder
from ingest.options import Options
from ingest.pipeline import POSITIONS, batches, ingest
from ingest.prompts import Prompt

MODEL = "small-llama"
OPTIONS = Options(include_unknown=True, batch=4)


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

    def note(self, line: str) -> None: ...


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    """Two relations of words; the last subject of `first` has two tokens, so no donor."""
    lines = ["relation,subject,object,prompt"]
    for number in range(1, 10):
        lines.append(f"first,w{number},w{number + 20},w40 w41 {{}} w42")
        lines.append(f"second,w{number},w{number + 30},{{}} w43")
    lines.append("first,w50 w51,w52,w40 w41 {} w42")
    path = tmp_path / "facts.csv"
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
    for name in one:
        pd.testing.assert_frame_equal(one[name], two[name], obj=name)


def test_an_ingest_leaves_circuits_recalls_and_scores(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    report = ingest(facts, folder, OPTIONS, store, Steps())
    circuits, recalls = store.query("circuits"), store.query("recalls")
    assert len(recalls) == report.facts == 19
    assert report.without["no donor of equal token count"] == 1
    assert report.circuits == len(circuits) == 19 - sum(report.without.values()) >= 5
    assert set(circuits["model"]) == {MODEL}
    assert (recalls[recalls["reason"] == ""]["fact"].sort_values().to_list()) == circuits[
        "fact"
    ].sort_values().to_list()
    scores = load_scores(store.data_folder, circuits["artifact"][0])
    edges = store.query("circuit_edges", circuit=circuits["circuit"][0])
    assert len(scores) == store.query("models")["native_edges"][0]
    assert np.isclose(np.abs(scores).max(), edges["weight"].abs().max(), rtol=1e-3)


def test_an_ingest_twice_is_an_ingest_once(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    first = ingest(facts, folder, OPTIONS, store, Steps())
    before, steps = _contents(store), Steps()
    assert ingest(facts, folder, OPTIONS, store, steps) == first
    assert steps.stages == []  # a finished run loads no model
    _assert_same(before, _contents(store))


@pytest.mark.parametrize("stop_after", [1, 5, 12])
def test_an_interrupted_ingest_goes_on_and_ends_in_the_same_store(
    store: Store, facts: list[FactSet], folder: ModelFolder, tmp_path: Path, stop_after: int
) -> None:
    with open_store(tmp_path / "whole") as whole:
        report = ingest(facts, folder, OPTIONS, whole, Steps())
        expected = _contents(whole)
    with pytest.raises(KeyboardInterrupt):
        ingest(facts, folder, OPTIONS, store, Steps(stop_after))
    assert 0 < len(store.query("circuits")) < report.circuits
    assert ingest(facts, folder, OPTIONS, store, Steps()) == report
    _assert_same(expected, _contents(store))


def test_changed_settings_replace_the_circuits_and_nothing_else(
    store: Store, facts: list[FactSet], folder: ModelFolder
) -> None:
    ingest(facts, folder, OPTIONS, store, Steps())
    kept = store.query("circuits", relation="second")
    tighter = Options(Settings(target=0.95), include_unknown=True, batch=4)
    report = ingest([each for each in facts if each.relation.id == "first"], folder, tighter, store, Steps())
    assert set(store.query("circuits", relation="first")["target"]) == {0.95}
    assert set(store.query("circuits", relation="first")["run"]) == {report.run_id}
    pd.testing.assert_frame_equal(store.query("circuits", relation="second"), kept)
    orphans = "MATCH (n:CircuitNode) WHERE NOT (n)<-[:HAS_NODE]-(:Circuit) RETURN count(n) AS n"
    assert store.read(orphans)["n"][0] == 0


def test_another_method_stands_beside_the_first(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    ingest(facts, folder, OPTIONS, store, Steps())
    ingest(facts, folder, Options(Settings(method="eap"), include_unknown=True, batch=4), store, Steps())
    circuits = store.query("circuits")
    by_method = [set(circuits[circuits["method"] == method]["fact"]) for method in ("eap", "secant")]
    assert by_method[0] == by_method[1] != set()


def test_unknown_facts_are_stored_without_a_circuit(store: Store, facts: list[FactSet], folder: ModelFolder) -> None:
    report = ingest(facts, folder, Options(known_rank=1), store, Steps())
    recalls = store.query("recalls")
    assert report.without["unknown to the model"] == (recalls["reason"] == "unknown to the model").sum() > 0
    assert set(recalls[recalls["reason"] == "unknown to the model"]["known"]) == {False}
    assert (recalls[recalls["known"]]["rank"] == 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(settings=Settings(target=0)), "faithfulness 0 is out of range"),
        (Options(settings=Settings(target=1.01)), "faithfulness 1.01 is out of range"),
        (Options(settings=Settings(method="secand")), "method 'secand' is unknown; nearest: secant"),
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


@given(st.lists(st.tuples(st.integers(2, 40), st.integers(0, 39)), max_size=60), st.integers(1, 20))
def test_batches_hold_prompts_of_one_length_and_a_bounded_number_of_positions(
    shapes: list[tuple[int, int]], size: int
) -> None:
    tasks = [_task(number, length, min(start, length - 1)) for number, (length, start) in enumerate(shapes)]
    found = batches(tasks, size)
    assert sorted(task.prompt.fact_id for batch in found for task in batch) == sorted(t.prompt.fact_id for t in tasks)
    for batch in found:
        (length,) = {len(task.prompt.tokens) for task in batch}
        positions = len(batch) * (length - min(task.start for task in batch))
        assert len(batch) <= size
        assert positions <= POSITIONS or len(batch) == 1


def _task(number: int, length: int, start: int) -> Task:
    """A task whose prompts differ at one position."""
    clean = Prompt(f"r/{number:03}", "", tuple(range(length)), (1,))
    corrupt = Prompt("r/donor", "", (*range(start), 99, *range(start + 1, length)), (2,))
    return Task(clean, corrupt, 1, 1)
