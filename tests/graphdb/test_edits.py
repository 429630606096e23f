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


def test_effects_have_a_row_for_the_edit_and_one_for_its_sham(store: Store) -> None:
    edit_sample.fill(store)
    rows = store.query("edit_effects", fact="country_capital/France").to_dict("records")
    assert [(row["is"], row["efficacy"], row["layer"], row["seconds"]) for row in rows] == [
        ("edit", 1.0, 1, 2.5),
        ("sham", 0.0, 1, 2.5),
    ]
    assert store.query("edit_effects", fact="country_capital/Italy").empty


def test_each_other_fact_has_its_own_change(store: Store) -> None:
    edit_sample.fill(store)
    rows = store.query("edit_changes", edit="toy~12345678").to_dict("records")
    assert [(row["fact"], row["same_relation"], row["kl"], row["kl_sham"], row["flipped"]) for row in rows] == [
        ("country_capital/Italy", True, 0.5, 0.125, False),
        ("antonym/hot", False, 1.5, 0.25, True),
        ("elsewhere/Peru", False, 0.0, 0.125, False),
    ]
    (row,) = store.query("edit_changes", fact="antonym/hot").to_dict("records")
    assert (row["edited"], row["answer_before"], row["answer"], row["answer_sham"], row["flipped_sham"]) == (
        *("country_capital/France", " cold", " Rome", " cold", False),
    )
    assert store.query("edit_changes", edit="another").empty
    assert store.query("edit_effects")["changes"].tolist() == [3, 3]


def test_circuits_stand_beside_two_nulls(store: Store) -> None:
    edit_sample.fill(store)
    (row,) = store.query("edit_circuits", edit="toy~12345678").to_dict("records")
    assert (row["fact"], row["edited"], row["answer_before"], row["answer"]) == (
        "country_capital/France",
        True,
        " Paris",
        " Rome",
    )
    assert (row["jaccard"], row["jaccard_donors"], row["jaccard_sham"]) == (0.5, 0.75, 0.875)
    assert (row["mlp_before"], row["mlp"], row["mlp_donors"], row["mlp_sham"]) == (0.125, 0.375, 0.125, 0.375)
    assert (row["donors"], row["edges"], row["movers_before"], row["movers"]) == (2, 8, 0.25, 0.125)
    layers = store.query("edit_circuit_layers").to_dict("records")
    assert [(each["step"], each["came"], each["went"], each["came_sham"]) for each in layers] == [
        (0, 0, 2, 0),
        (1, 1, 0, 0),
        (2, 1, 1, 0),
    ]
    assert store.query("edit_circuits", edit="another").empty


def test_where_an_edit_acts_stands_beside_its_sham(store: Store) -> None:
    edit_sample.fill(store)
    edit, sham = store.query("edit_actions").to_dict("records")
    assert (edit["is"], edit["change"], edit["at_subject"], edit["at_last"]) == ("edit", 8.0, 7.5, 0.25)
    assert edit["direct"] + edit["movers"] + edit["heads"] + edit["mlps"] + edit["rest"] == edit["change"]
    assert (sham["is"], sham["change"], sham["n_movers"]) == ("sham", 0.25, 0)


def test_both_objects_are_read_before_and_after(store: Store) -> None:
    edit_sample.fill(store)
    rows = store.query("edit_lens").to_dict("records")
    assert [(row["block"], row["new_before"], row["new"], row["old_sham"]) for row in rows] == [
        ("embed", 0.5, 0.5, 0.0),
        ("a0", 0.25, 2.0, 1.0),
        ("m0", -1.0, 6.0, 3.5),
    ]
    assert (rows[0]["emergence_before"], rows[0]["emergence"], rows[0]["emergence_sham"]) == ("a0", "m0", "")


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
    for label in ("Edit", "EditEffects", "EditChange", "EditCircuit", "EditAction", "EditLens"):
        assert store.read(f"MATCH (n:{label}) RETURN n.id AS id").empty
    assert not list(store.data_folder.glob("*.safetensors"))
    assert check(store) == []
    assert list(store.query("models")["model"]) == ["toy"]


def test_a_dump_brings_an_edit_back_with_its_change(store: Store, tmp_path: Path) -> None:
    edit = edit_sample.fill(store)
    path = tmp_path / "dump.jsonl"
    counts = write_dump(store, path)
    assert (counts["edit"], counts["edit_effects"], counts["scores"]) == (1, 2, 6)
    assert counts["edit_change"] == 3
    assert (counts["edit_circuit"], counts["edit_action"], counts["edit_lens"]) == (3, 2, 3)
    with open_store(tmp_path / "other") as other:
        import_dump(other, path)
        assert whole_graph(other) == whole_graph(store)
        assert (other.data_folder / edit.artifact).read_bytes() == edit_sample.CONTENT
        assert digest(other) == digest(store)
