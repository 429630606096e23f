"""Stored circuits as tasks: the same prompts, answers and foils that an ingest used."""

from dataclasses import replace

import pytest

from graphdb.errors import UserError
from graphdb.records import NAME, Fact, Relation
from graphdb.store import Store
from graphdb.tables import records
from ingest.discovery.recall import recall
from ingest.discovery.stored_tasks import stored_circuits
from ingest.facts import names
from ingest.facts.prompts import prepare
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.measures.evaluate import evaluate
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.settings import Settings
from tests.conftest import empty

RELATION = Relation("r", "r", "own", ("w40 w41 {} w42",))
OBJECTS = ("w20 w21", "w20 w22", "w20 w23", "w20 w24")
FACTS = FactSet(RELATION, tuple(Fact(f"r/w{n}", "r", f"w{n}", each, (each,)) for n, each in enumerate(OBJECTS, 1)))
OPTIONS = Options(Settings(method="secant", effort="quick"), include_unknown=True)


@pytest.fixture(autouse=True)
def other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of words that the small model has."""
    monkeypatch.setattr(names, "packaged_subjects", lambda: {"own": tuple(f"w{word}" for word in range(45, 60))})


def test_beginnings_and_other_names_come_back_from_the_store(
    embedded_store: Store, llama: LanguageModel, small_folders: dict[str, ModelFolder]
) -> None:
    empty(embedded_store)
    report = ingest([FACTS], small_folders["llama"], OPTIONS, embedded_store, Silent())
    assert report.circuits >= 2
    tasks = recall(llama, prepare(FACTS, llama.encode), {}, OPTIONS, Silent()).tasks
    stored = stored_circuits(embedded_store, llama, "r", OPTIONS.settings.label)
    assert len(stored) == report.circuits
    for each in stored:
        expected = tasks[each.task.prompt.fact_id]
        assert without_objects(each.task) == without_objects(replace(expected, twin=None))
        assert each.task.beginning == "w20"
        assert any(donor.fact_id.startswith(NAME) for donor in each.task.donors)
    for circuit in records(embedded_store.query("circuits")):
        assert (circuit["clean_prompt"], circuit["beginning"]) == (f"w40 w41 {circuit['subject']} w42", "w20")
        assert not any(figure.differs for figure in evaluate(embedded_store, llama, circuit))


def test_donors_that_are_not_in_the_store_come_back_from_the_contrast(
    embedded_store: Store, llama: LanguageModel, small_folders: dict[str, ModelFolder]
) -> None:
    empty(embedded_store)
    some = FACTS.first(1)
    assert ingest([some], small_folders["llama"], OPTIONS, embedded_store, Silent()).circuits == 1
    tasks = recall(llama, prepare(some, llama.encode), {}, OPTIONS, Silent()).tasks
    (each,) = stored_circuits(embedded_store, llama, "r", OPTIONS.settings.label)
    assert without_objects(each.task) == without_objects(replace(tasks["r/w1"], twin=None))
    assert {donor.fact_id for donor in each.task.donors} >= {"r/w2", "r/w3"}


def test_other_words_than_a_circuit_was_found_with_are_told(
    embedded_store: Store, llama: LanguageModel, small_folders: dict[str, ModelFolder]
) -> None:
    empty(embedded_store)
    ingest([FACTS], small_folders["llama"], OPTIONS, embedded_store, Silent())
    embedded_store.write([("UNWIND $rows AS row MATCH (x:Contrast) SET x.answer = row.answer", [{"answer": "w59"}])])
    with pytest.raises(UserError, match="its circuit was found with other prompts or answers"):
        stored_circuits(embedded_store, llama, "r", OPTIONS.settings.label)


def without_objects(task: Task) -> Task:
    """A task with what runs read of its donors: of their answers the foil, and no object."""
    donors = tuple(replace(donor, answers=donor.answers[:1], objects=()) for donor in task.donors)
    return replace(task, donors=donors)
