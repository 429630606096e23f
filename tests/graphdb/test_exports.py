"""Exports read back: every format, every size of selection, and files that are whole or not there."""

import io
import json
import re
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from graphdb.errors import UserError
from graphdb.formats import exports, one_each
from graphdb.formats.exports import Kind, export
from graphdb.plain_text import xml_text
from graphdb.store import Store
from tests import hostile_names, sample
from tests.conftest import Kept, empty

EDGES = ["edge", "source", "target", "channel", "weight", "rank", "search_rank"]


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read."""
    return kept(sample.fill)


def test_csv_of_a_circuit(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "circuit.csv"
    assert export(filled, sample.circuit_id("country_capital/France"), Kind.CSV, target) == 1
    frame = pd.read_csv(target)
    assert list(frame.columns) == [*exports.CONTEXT, *EDGES]
    rows = list(zip(frame["source"], frame["target"], frame["channel"], frame["weight"], strict=True))
    assert rows == [*sample.FRANCE_EDGES]
    assert set(frame["faithfulness_random"]) == {0.125}


def test_parquet_of_a_relation(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "relation.parquet"
    assert export(filled, "country_capital", Kind.PARQUET, target) == 3
    frame = pd.read_parquet(target)
    assert len(frame) == 6 + 4 + 5
    assert set(frame["relation"]) == {"country_capital"}
    assert frame["rank"].dtype.kind == "i"


def test_json_of_everything(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "all.json"
    assert export(filled, "", Kind.JSON, target) == 5
    circuits = json.loads(target.read_text("utf-8"))["circuits"]
    by_id = {circuit["circuit"]: circuit for circuit in circuits}
    for circuit in sample.CIRCUITS:
        found = by_id[circuit.id]
        assert (found["faithfulness"], found["donor"], found["reached"]) == (
            circuit.faithfulness,
            circuit.donor,
            circuit.reached,
        )
        assert [edge["edge"] for edge in found["edges"]] == [edge.id for edge in circuit.edges]


def test_graphml_keeps_circuits_apart_and_paths_whole(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "relation.graphml"
    export(filled, "country_capital", Kind.GRAPHML, target)
    graph = nx.read_graphml(target, force_multigraph=True)
    circuit = sample.circuit_id("country_capital/France")
    assert graph.nodes[f"{circuit}|a1.h2"]["kind"] == "head"
    assert "layer" not in graph.nodes[f"{circuit}|embed"]
    assert sum(data["channel"] != "group" for _, _, data in graph.edges(data=True)) == 6 + 4 + 5
    # kv-heads lead on to the heads that read them, so that both paths of the circuit are there.
    paths = list(nx.all_simple_paths(graph, f"{circuit}|embed", f"{circuit}|logits"))
    assert len(paths) == 2
    assert nx.number_weakly_connected_components(graph) == 3


def test_standard_output(embedded_store: Store, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sample.fill(embedded_store)
    export(embedded_store, "Italy", Kind.CSV, None)
    assert len(pd.read_csv(io.BytesIO(capfdbinary.readouterr().out))) == 4


def test_what_cannot_be_exported(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no circuit to export"):
        export(filled, "Mexico", Kind.CSV, tmp_path / "x.csv")
    with pytest.raises(UserError, match="unknown"):
        export(filled, "Atlantis", Kind.CSV, tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written(embedded_store: Store, tmp_path: Path) -> None:
    sample.fill(embedded_store)
    with pytest.raises(UserError, match="is a folder"):
        export(embedded_store, "", Kind.CSV, tmp_path)
    with pytest.raises(UserError, match="cannot be written"):
        export(embedded_store, "", Kind.CSV, tmp_path / "missing" / "x.csv")


def test_a_failed_export_leaves_the_old_file(
    embedded_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.fill(embedded_store)
    target = tmp_path / "all.csv"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(exports, "edge_table", fail)
    with pytest.raises(KeyboardInterrupt):
        export(embedded_store, "", Kind.CSV, target)
    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"]
    assert target.read_text() == "old"


def test_hostile_names_are_no_formulas_and_break_no_format(embedded_store: Store, tmp_path: Path) -> None:
    empty(embedded_store)
    hostile_names.fill(embedded_store)
    for kind in (Kind.CSV, Kind.PARQUET, Kind.JSON, Kind.GRAPHML):
        assert export(embedded_store, "", kind, tmp_path / f"all.{kind}") == len(hostile_names.NAMES)
    facts = {f"{hostile_names.relation(number)}/{name}" for number, name in enumerate(hostile_names.PARTS)}
    table = pd.read_csv(tmp_path / "all.csv", lineterminator="\n")
    assert set(table["fact"]) == {f"'{fact}" if fact.startswith("=") else fact for fact in facts}
    assert set(table["weight"]) == {weight for *_, weight in sample.FRANCE_EDGES}
    assert set(pd.read_parquet(tmp_path / "all.parquet")["fact"]) == facts
    assert {each["fact"] for each in json.loads((tmp_path / "all.json").read_text("utf-8"))["circuits"]} == facts
    graph = nx.read_graphml(tmp_path / "all.graphml", force_multigraph=True)
    assert {fact for _, fact in graph.nodes(data="fact")} == set(map(xml_text, facts))


def test_several_circuits_as_html_are_a_folder_with_an_index(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "capitals"
    assert export(filled, "country_capital", Kind.HTML, folder) == 3
    names = {"country_capital-France-secant", "country_capital-Italy-secant", "country_capital-Japan-secant"}
    assert {file.stem for file in folder.iterdir()} == names | {"index"}
    index = (folder / "index.html").read_text("utf-8")
    assert set(re.findall(r'<a href="(.+?)[.]html">', index)) == names
    assert (folder / "country_capital-France-secant.html").read_text("utf-8") == filled.circuit("France").page()


def test_a_folder_is_whole_or_not_there(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="3 circuits are as many files: name a new folder"):
        export(filled, "country_capital", Kind.HTML, None)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").touch()
    (tmp_path / "empty").mkdir()
    for there in (tmp_path / "used", tmp_path / "used" / "mine"):
        with pytest.raises(UserError, match="is there already"):
            export(filled, "country_capital", Kind.HTML, there)
    with pytest.raises(UserError, match="cannot be written"):
        export(filled, "country_capital", Kind.HTML, tmp_path / "no" / "folder")
    assert export(filled, "country_capital", Kind.HTML, tmp_path / "empty") == 3

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(one_each, "index_page", fail)
    with pytest.raises(KeyboardInterrupt):
        export(filled, "country_capital", Kind.HTML, tmp_path / "broken")
    assert {path.name for path in tmp_path.iterdir()} == {"used", "empty"}


def test_names_of_files_are_plain_short_and_differ() -> None:
    ids = ["m|r/../../etc|x", "m|r/..|etc|x", "m|R/a|x", "m|r/A|x", f"m|r/{'é' * 400}a{'b' * 400}|x", "m|日本|"]
    names = one_each.file_names(pd.DataFrame({"circuit": ids, "model": "m"}))
    assert names[:4] == ["r-etc-x", "r-etc-x--2", "R-a-x", "r-A-x--2"]
    assert names[-1] == "circuit"
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,130}", name) for name in names)
    two = one_each.file_names(pd.DataFrame({"circuit": ["m|r/a|x", "n|r/a|x"], "model": ["m", "n"]}))
    assert two == ["m-r-a-x", "n-r-a-x"]
