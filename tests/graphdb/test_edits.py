"""Edits in the graph: what is kept, what a check finds, what goes with a variant, and what a dump brings back."""

from pathlib import Path

from graphdb.dump.restore import import_dump
from graphdb.dump.writer import digest, write_dump
from graphdb.maintenance.check import check
from graphdb.maintenance.deletable import What
from graphdb.maintenance.deletion import count, delete
from graphdb.store import Store, open_store
from tests import edit_sample
from tests.whole_graph import whole_graph


def test_an_edit_stands_beside_its_sham(store: Store) -> None:
    edit_sample.fill(store)
    edit_sample.fill(store)
    (row,) = store.query("edits", fact="country_capital/France").to_dict("records")
    assert (row["edit"], row["model"], row["given"], row["object"]) == ("toy~12345678", "toy", " Paris", "Rome")
    assert (row["neighbourhood"], row["neighbourhood_sham"]) == (0.75, 0.875)
    assert (row["flips"], row["flips_sham"]) == (4, 1)
    assert store.query("edits", model="another").empty
    assert check(store) == []


def test_a_change_that_is_gone_is_found(store: Store) -> None:
    edit = edit_sample.fill(store)
    (store.data_folder / edit.artifact).unlink()
    (finding,) = check(store)
    assert (finding.problem, finding.examples) == ("changes of edits missing or damaged", ("toy~12345678",))


def test_a_variant_takes_its_edit_and_its_file_with_it(store: Store) -> None:
    edit_sample.fill(store)
    before = count(store, What.MODEL, "toy~12345678")
    assert (before.edits, before.files, before.circuits) == (1, 1, 0)
    delete(store, What.MODEL, "toy~12345678")
    assert store.read("MATCH (n) WHERE n:Edit OR n:EditEffects RETURN n.id AS id").empty
    assert not list(store.data_folder.glob("*.safetensors"))
    assert check(store) == []
    assert list(store.query("models")["model"]) == ["toy"]


def test_a_dump_brings_an_edit_back_with_its_change(store: Store, tmp_path: Path) -> None:
    edit = edit_sample.fill(store)
    path = tmp_path / "dump.jsonl"
    counts = write_dump(store, path)
    assert (counts["edit"], counts["edit_effects"], counts["scores"]) == (1, 2, 6)
    with open_store(tmp_path / "other") as other:
        import_dump(other, path)
        assert whole_graph(other) == whole_graph(store)
        assert (other.data_folder / edit.artifact).read_bytes() == edit_sample.CONTENT
        assert digest(other) == digest(store)
