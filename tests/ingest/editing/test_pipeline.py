"""An edit in a store: what is kept of it, and the variant that is opened again and finds circuits of its own."""

from dataclasses import replace

import pytest
import torch

from graphdb.conditions.edits import EditMethod
from graphdb.errors import UserError
from graphdb.maintenance.check import check
from graphdb.store import Store
from ingest.editing.circuits.heads import stored_roles
from ingest.editing.circuits.pipeline import write_inside
from ingest.editing.edit import Edited, edit_with, prepare_edits
from ingest.editing.pipeline import edited_handle, make_stored, standing, write_edit
from ingest.editing.prompts.request import check_request
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel, load
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.roles.stored import find_facts
from ingest.settings import Settings
from tests import sample
from tests.ingest.editing.known import known_sets
from tests.whole_graph import whole_graph


@pytest.fixture(scope="module")
def model(small_folders: dict[str, ModelFolder]) -> LanguageModel:
    return load(small_folders["llama"])


@pytest.fixture
def sets(model: LanguageModel) -> list[FactSet]:
    return known_sets(model)


@pytest.fixture
def made(model: LanguageModel, sets: list[FactSet]) -> Edited:
    fact = sets[0].facts[0]
    request = check_request(model, fact, "w30" if fact.object != "w30" else "w31", sets, 0)
    return edit_with(prepare_edits(model, sets, EditMethod.ROME, 1, 0), request)


def test_the_variant_of_a_stored_edit_is_the_one_that_was_measured(
    store: Store, model: LanguageModel, sets: list[FactSet], made: Edited
) -> None:
    first, kept = (write_edit(store, model, sets[0], sets[0].facts[0], made) for _ in range(2))
    assert first == kept
    assert check(store) == []
    (row,) = store.query("edits").to_dict("records")
    assert (row["edit"], row["fact"], row["efficacy"]) == (kept.id, "first/w1", made.effects.efficacy)
    assert row["neighbourhood_sham"] == made.sham.neighbourhood
    again = load(edited_handle(store, kept.id, model.handle))
    assert again.record == made.model.record
    assert torch.equal(again.weights.mlp[1].down, made.model.weights.mlp[1].down)
    assert not torch.equal(again.weights.mlp[1].down, model.weights.mlp[1].down)


def test_an_ingest_of_a_variant_finds_circuits_beside_those_of_its_parent(
    store: Store, model: LanguageModel, sets: list[FactSet], made: Edited
) -> None:
    kept = write_edit(store, model, sets[0], sets[0].facts[0], made)
    options = Options(Settings(method="eap", effort="quick"), include_unknown=True, roles=False)
    for handle in (model.handle, edited_handle(store, kept.id, model.handle)):
        ingest(sets[:1], handle, options, store, Silent())
    circuits = store.query("circuits")
    assert set(circuits["model"]) == {model.record.id, kept.id}
    assert check(store) == []


def test_what_stands_is_neither_made_nor_looked_into_again(
    store: Store, model: LanguageModel, sets: list[FactSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = sets[0].facts[0]
    to = next(each.object for each in sets[0].facts if each.object != fact.object)
    request, bench = check_request(model, fact, to, sets, 0), prepare_edits(model, sets, EditMethod.ROME, 1, 0)
    first = make_stored(store, bench, request, sets[0])
    without = write_inside(store, bench, request, first.change, sets[0], 0, 2)
    whole = whole_graph(store)
    there = {row["fact"] for row in store.query("edit_circuits").to_dict("records")}
    assert there
    assert not there & set(without)
    assert len(there | set(without)) == 3
    assert len(store.query("edit_actions")) == 2
    assert check(store) == []

    def never(*_: object, **__: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("ingest.editing.pipeline.edit_with", never)
    monkeypatch.setattr("ingest.editing.circuits.pipeline.look_inside", never)
    again = make_stored(store, bench, request, sets[0])
    assert (first.stood, again.stood, again.variant_id) == (False, True, first.variant_id)
    assert write_inside(store, bench, request, again.change, sets[0], 0, 2) == []
    assert whole_graph(store) == whole
    other = prepare_edits(model, sets, EditMethod.ROME, 1, 1)
    assert standing(store, other, request) is None
    with pytest.raises(AssertionError, match="made again"):
        write_inside(store, bench, request, again.change, sets[0], 0, 1)
    store.data_folder.joinpath(store.query("edits")["artifact"][0]).unlink()
    assert standing(store, bench, request) is None


def test_roles_are_those_of_the_store_where_enough_facts_gave_them(
    store: Store, model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.fill(store)
    of_sample = replace(model, record=replace(model.record, id=sample.MODEL.id))
    assert stored_roles(store, of_sample, "country_capital", 0) is None
    monkeypatch.setattr("ingest.editing.circuits.heads.LEAST_FACTS", 3)
    found = stored_roles(store, of_sample, "country_capital", 0)
    wanted = {each.component: each.role for each in sample.ROLES if each.relation_id == "country_capital"}
    assert found == {name: role for name, role in wanted.items() if role}
    assert found
    assert stored_roles(store, of_sample, "country_capital", 1) is None
    assert stored_roles(store, model, "country_capital", 0) is None


def test_an_edit_that_is_not_there_or_of_another_model(
    store: Store, model: LanguageModel, sets: list[FactSet], made: Edited, small_folders: dict[str, ModelFolder]
) -> None:
    folder = small_folders["llama"]
    with pytest.raises(UserError, match="edit 'none' is unknown"):
        edited_handle(store, "none", model.handle)
    kept = write_edit(store, model, sets[0], sets[0].facts[0], made)
    with pytest.raises(UserError, match=f"is of model {model.record.id}, not of other"):
        edited_handle(store, kept.id, replace(folder, id="other"))
    (store.data_folder / kept.artifact).unlink()
    with pytest.raises(UserError, match="cannot be read"):
        edited_handle(store, kept.id, model.handle)


def test_facts_are_found_in_the_store_and_among_the_packaged_ones(
    store: Store, model: LanguageModel, sets: list[FactSet], made: Edited
) -> None:
    ((_, packaged),) = find_facts(store, ["country_capital/France"])
    assert packaged.object == "Paris"
    write_edit(store, model, sets[0], sets[0].facts[0], made)
    ((given, own),) = find_facts(store, ["w1"])
    assert (given.relation.id, own.id) == ("first", "first/w1")
    with pytest.raises(UserError, match="fact 'Frence' is unknown"):
        find_facts(store, ["Frence"])
    with pytest.raises(UserError, match=r"has several facts: .*country_capital/Japan"):
        find_facts(store, ["Japan"])
