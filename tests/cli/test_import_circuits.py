"""`kcircuits import` of other tools' circuits: what they become, what is said of them, and what is refused."""

from pathlib import Path

import pytest

from graphdb.dump import digest
from graphdb.maintenance.check import check
from graphdb.store import Store, open_store
from graphdb.tables import records
from tests.cli.conftest import Cli

DATA = Path(__file__).parents[1] / "formats"
FACTS = {
    "factual_knowledge": ("country_capital/China", "Beijing", 452),
    "hallucination": ("country_currency/Malaysia", "Ringgit", 167),
    "in_context_learning": ("adjective_comparative/small", "smaller", 83),
}
"""Published circuit -> its fact, its object, and how many edges are drawn."""


def published(name: str) -> Path:
    return DATA / "paper_circuits" / f"{name}.gv"


@pytest.mark.parametrize("name", FACTS)
def test_a_published_circuit_is_imported_shown_and_exported(cli: Cli, tmp_path: Path, name: str) -> None:
    fact, answer, drawn = FACTS[name]
    given = ("import", published(name), "--model", "gpt2-medium", "--fact", fact, "--object", answer)
    first = cli(*given, "--store", tmp_path / "store")
    assert first.status == 0, first.err
    assert f"{drawn} edges became" in first.err
    with open_store(tmp_path / "store") as store:
        (circuit,) = records(store.query("circuits"))
        edges, before = store.query("circuit_edges", circuit=circuit["circuit"]), digest(store)
        assert (circuit["source"], circuit["judged_on"]) == ("Knowledge Circuits .gv", "")
        assert circuit["faithfulness"] is None
        assert circuit["rank_model"] is None
        assert len({(row.source, row.target) for row in edges.itertuples()}) == drawn
        assert check(store) == []
        assert "stands already" in cli(*given, "--store", tmp_path / "store").out
        assert digest(store) == before
        assert "not measured" in cli("show", fact, "--store", tmp_path / "store").out
        (row,) = records(store.query("relation_quality"))
        assert (row["circuits"], row["judged"], row["faithfulness"], row["faithfulness_size"]) == (1, 0, None, None)
        (whole,) = records(store.query("overview"))
        assert (whole["circuits"], whole["judged"], whole["faithfulness"], whole["hit10"]) == (1, 0, None, None)
        assert store.query("least_faithful").empty
        file = tmp_path / "dump.jsonl"
        assert cli("export", "--all", "--to", "jsonl", "--output", file, "--store", tmp_path / "store").status == 0
        assert cli("import", file, "--store", tmp_path / "other").status == 0
        with open_store(tmp_path / "other") as other:
            assert digest(other) == before
        again = tmp_path / "again.json"
        assert cli("export", fact, "--to", "eap-ig", "--output", again, "--store", tmp_path / "store").status == 0
        assert cli("import", again, "--method", "again", "--store", tmp_path / "store").status == 0
        theirs = store.query("circuit_edges", circuit=f"gpt2-medium|{fact}|again")
        assert set(theirs["edge"]) == set(edges["edge"])


def test_what_is_no_circuit_is_refused_in_a_line_and_makes_no_store(cli: Cli, tmp_path: Path) -> None:
    store, gv = tmp_path / "store", published("hallucination")
    twin = tmp_path / "hallucination.gv"
    twin.write_bytes(gv.read_bytes())
    pickled = tmp_path / "edges.pkl"
    pickled.write_bytes(b"\x80\x04\x95\x00.")
    for arguments, expected in (
        ((gv,), "--model"),
        ((gv, "--model", "gpt2"), "no edge leads from"),
        ((gv, "--model", "nothing-known"), "--model"),
        ((gv, twin, "--model", "gpt2-medium"), "are both of"),
        ((gv, "--model", "gpt2-medium", "--fact", "Malaysia"), "RELATION/SUBJECT"),
        ((gv, "--model", "gpt2-medium", "--fact", "country_currency/Malaysia", "--object", "yen"), "'ringgit'"),
        ((gv, "--model", "gpt2-medium", "--edges", 5), "no scores"),
        ((pickled,), "is a pickle"),
        ((tmp_path,), "is not a file"),
        ((tmp_path / "none.json",), "cannot be read"),
    ):
        assert expected in cli("import", *arguments, "--store", store).complaint
        assert not store.exists()


def test_a_circuit_that_was_found_here_is_not_replaced(cli: Cli, tmp_path: Path, in_filled: Store) -> None:
    file = tmp_path / "france.json"
    assert cli("export", "France", "--to", "eap-ig", "--output", file).status == 0
    assert "was found here" in cli("import", file, "--method", "secant").complaint


@pytest.mark.parametrize("form", ["eap-ig", "eap-ig-pt", "auto-circuit"])
def test_ours_come_back_as_they_went(cli: Cli, tmp_path: Path, in_filled: Store, form: str) -> None:
    folder = tmp_path / "files"
    assert cli("export", "country_capital", "--to", form, "--output", folder).out == f"{folder}: 3 circuits\n"
    files = sorted(folder.iterdir())
    dump, other = tmp_path / "dump.jsonl", tmp_path / "other"
    assert cli("export", "--all", "--to", "jsonl", "--output", dump).status == 0
    assert cli("import", dump, "--store", other).status == 0
    for subject, file in zip(("France", "Italy", "Japan"), files, strict=True):
        fact = f"country_capital/{subject}"
        answer = cli("import", file, "--store", other, "--method", "back", "--model", "toy", "--fact", fact)
        assert answer.status == 0, answer.err
        with open_store(other) as opened:
            ours, back = (_edges(opened, f"toy|{fact}|{method}") for method in ("secant", "back"))
            assert back == ours


def _edges(store: Store, circuit: str) -> list[tuple[str, float]]:
    frame = store.query("circuit_edges", circuit=circuit)
    return sorted(zip(frame["edge"], frame["weight"], strict=True))


@pytest.mark.slow
@pytest.mark.timeout(900)  # it opens two stores ten times, and measures three times
def test_an_imported_circuit_is_measured_where_its_model_is_at_hand(
    cli: Cli, small_folder: Path, tmp_path: Path
) -> None:
    lines = ["relation,subject,object,prompt", *(f"next,w{n},w{n + 20},w40 w41 {{}} w42" for n in range(1, 10))]
    (tmp_path / "facts.csv").write_text("\n".join(lines))
    ours, theirs = ("--store", tmp_path / "ours"), ("--store", tmp_path / "theirs")
    options = ("--model", small_folder, "--include-unknown", "--method", "secant", "--no-roles")
    assert cli("ingest", tmp_path / "facts.csv", *options, *ours).status == 0
    with open_store(tmp_path / "ours") as store:
        row = records(store.query("circuits"))[0]
    file = tmp_path / "circuit.json"
    assert cli("export", row["circuit"], "--to", "eap-ig", "--output", file, *ours).status == 0
    assert cli("import", file, *theirs).status == 0
    alone = cli("evaluate", row["fact"], "--model", small_folder, *theirs)
    assert "is the only one of its relation" in alone.complaint
    assert cli("import", file, "--method", "back", *ours).status == 0
    first = cli("evaluate", row["fact"], "--method", "back", "--model", small_folder, *ours)
    assert first.status == 0, first.err
    with open_store(tmp_path / "ours") as store:
        (back,) = records(store.query("circuits", method="back"))
        edges = [_edges(store, str(each["circuit"])) for each in (row, back)]
        assert check(store) == []
    assert edges[0] == edges[1]
    assert (back["judged_on"], back["contrast_kind"], back["source"]) == ("unseen", "subject", "EAP-IG 2.0")
    assert back["faithfulness"] is not None
    assert back["target"] is None
    again = cli("evaluate", row["fact"], "--method", "back", "--model", small_folder, *ours)
    assert again.status == 0, again.out
    assert "1 of 1 circuits measure as stored" in again.err
