"""Circuits of the relation contrast on small models: beside those of the subject contrast, and whole again anywhere."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphdb.errors import UserError
from graphdb.records import Kind, Reason
from graphdb.store import Store
from graphdb.tables import records
from ingest.discovery.cases import cases_of, twins_of
from ingest.discovery.discovery import discover, fingerprint
from ingest.discovery.recall import Recalled, recall
from ingest.discovery.resume import run_record
from ingest.discovery.stored_tasks import stored_circuits
from ingest.facts import other_words
from ingest.facts.sets import FactSet, read_facts
from ingest.facts.task import MIN_EFFECT
from ingest.measures.evaluate import evaluate
from ingest.measures.measure import References
from ingest.model import LanguageModel
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent, check
from ingest.pipeline import ingest
from ingest.settings import Settings
from tests.conftest import empty

SUBJECT = Options(Settings(method="secant", effort="quick"), include_unknown=True)
OPTIONS = replace(SUBJECT, settings=replace(SUBJECT.settings, contrast=Kind.RELATION))


@pytest.fixture(autouse=True)
def nothing_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small model knows none of the packaged words."""
    monkeypatch.setattr(other_words, "builtin_relations", list)


def relations(folder: Path) -> list[FactSet]:
    """Three relations of the same subjects, of two tokens each, in paired words; and one without a pair."""
    for name, (first, words) in enumerate([(10, (40, 41, 42)), (20, (43, 44, 45)), (30, (46, 47, 48))]):
        samples = ",".join(f'{{"subject": "w{n} w{n + 1}", "object": "w{first + n}"}}' for n in range(1, 7))
        paired = ",".join(f'"w50 w{word} {{}} w{end}"' for word in words for end in (51, 52))
        (folder / f"r{name}.json").write_text(
            f'{{"name": "r{name}", "prompt_templates": ["w{words[0]} {{}}"], "paired_templates": [{paired}],'
            f' "samples": [{samples}]}}'
        )
    (folder / "alone.csv").write_text(
        "relation,subject,object,prompt\nalone,w1 w2,w59,w58 {} w57\nalone,w3,w56,w58 {} w57"
    )
    return read_facts(folder)


def numbers(text: str) -> list[int]:
    """The tokens of the small models' words, whatever tokenizer their architecture brings."""
    return [int(word[1:]) for word in text.split()]


def asked(model: LanguageModel, sets: list[FactSet], options: Options = OPTIONS) -> Recalled:
    cases = [case for each in sets for case in cases_of(each, sets, numbers, options.settings)]
    twins = {c.prompt.fact_id: c for each in sets for c in twins_of(each, sets, numbers, options.settings)}
    return recall(model, cases, twins, options, Silent())


def test_circuits_of_every_architecture(small: LanguageModel, tmp_path: Path) -> None:
    every = asked(small, relations(tmp_path)).tasks.values()
    (shape, count), *_ = Counter(task.shape for task in every).most_common()
    assert count >= 2
    tasks = [task for task in every if task.shape == shape]
    for task in every:
        assert (task.kind, task.subject, task.start) == (Kind.RELATION, range(2, 4), 1)
        assert {donor.fact_id.partition("/")[2] for donor in task.donors} == {task.prompt.fact_id.partition("/")[2]}
        assert task.relation_id not in {donor.fact_id.partition("/")[0] for donor in task.donors}
        assert len({donor.tokens for donor in task.donors}) == len(task.donors)
        assert bool(task.lacks) == (len(task.donors) < 4)
    for task, found in zip(tasks, discover(small, tasks, OPTIONS.settings, References(), "run"), strict=True):
        circuit = found.circuit
        if circuit is None:
            assert found.attempt is not None
            assert found.attempt.code is Reason.NO_EFFECT
            continue
        assert (circuit.method, circuit.contrast.kind) == ("secant/relation", Kind.RELATION)
        assert circuit.contrast.wording.startswith("w50 w4")
        assert circuit.metric_clean is not None
        assert circuit.metric_ablated is not None
        assert circuit.metric_clean - circuit.metric_ablated >= MIN_EFFECT
        assert circuit.contrast.clean_prompt == task.prompt.text


def test_a_nodes_place_is_the_subjects_own_and_not_where_words_differ(llama: LanguageModel, tmp_path: Path) -> None:
    recalled = asked(llama, relations(tmp_path))
    task = next(iter(recalled.tasks.values()))
    moved = replace(task, subject=None)
    (own,), (differing,) = (discover(llama, [each], OPTIONS.settings, References(), "run") for each in (task, moved))
    assert own.circuit is not None
    assert differing.circuit is not None
    assert own.circuit.edges == differing.circuit.edges
    totals = [
        np.array([(p.subject, p.template, p.last) for p in each.places]) for each in (own.circuit, differing.circuit)
    ]
    assert np.allclose(totals[0].sum(1), totals[1].sum(1), atol=1e-5)
    assert np.allclose(totals[0][:, 2], totals[1][:, 2], atol=1e-6)
    for each in (own.circuit, differing.circuit):
        heads = {place.component: place.attention for place in each.places if ".h" in place.component}
        assert heads
        assert {len(attention) for attention in heads.values()} == {len(each.contrast.tokens)}
        assert np.allclose([sum(attention) for attention in heads.values()], 1, atol=1e-3)
        assert all(place.attention == () for place in each.places if place.component not in heads)
    embedding = [each.component for each in own.circuit.places].index("embed")
    assert totals[0][embedding, 0] == pytest.approx(0, abs=1e-6), (
        "the embedding of the subject is the same in all prompts"
    )


def test_the_second_words_are_a_twin(llama: LanguageModel, tmp_path: Path) -> None:
    tasks = asked(llama, relations(tmp_path)).tasks.values()
    twins = [task.twin for task in tasks if task.twin]
    assert twins
    for task in tasks:
        if task.twin:
            prompt, donor = task.twin
            assert prompt.fact_id == task.prompt.fact_id
            assert prompt.text != task.prompt.text
            assert donor.fact_id == task.donors[task.judges[0]].fact_id


def test_they_stand_beside_those_of_the_subject_contrast(
    embedded_store: Store, llama: LanguageModel, small_folders: dict[str, ModelFolder], tmp_path: Path
) -> None:
    empty(embedded_store)
    sets = relations(tmp_path)
    ingest(sets, small_folders["llama"], SUBJECT, embedded_store, Silent())
    before = embedded_store.query("circuits", method="secant")
    recalls = embedded_store.query("recalls")
    report = ingest(sets, small_folders["llama"], OPTIONS, embedded_store, Silent())
    assert before.equals(embedded_store.query("circuits", method="secant"))
    assert recalls.equals(embedded_store.query("recalls")), "how well a fact is recalled is said of its first template"
    circuits = records(embedded_store.query("circuits", method="secant/relation"))
    assert len(circuits) == report.circuits >= 6
    assert report.without[Reason.NO_PAIR] == 2
    assert {each["contrast_kind"] for each in circuits} == {"relation"}
    for each in stored_circuits(embedded_store, llama, "r0", "secant/relation"):
        assert each.task.kind is Kind.RELATION
        assert each.task.prompt.tokens[2:4] == each.task.donors[0].tokens[2:4]
    assert not any(figure.differs for figure in evaluate(embedded_store, llama, circuits[0]))


def test_a_second_command_goes_on_where_the_first_one_stopped(
    embedded_store: Store, small_folders: dict[str, ModelFolder], tmp_path: Path
) -> None:
    empty(embedded_store)
    sets = relations(tmp_path)
    options = replace(OPTIONS, batch=2)
    with pytest.raises(KeyboardInterrupt):
        ingest(sets, small_folders["llama"], options, embedded_store, Stops())
    some = set(embedded_store.query("circuits")["circuit"])
    report = ingest(sets, small_folders["llama"], options, embedded_store, Silent())
    found = embedded_store.query("circuits")
    assert 0 < len(some) < report.circuits == len(found)
    assert some < set(found["circuit"])
    assert list(embedded_store.query("runs")["circuits"]) == [len(found)]


class Stops(Silent):
    """Ctrl-C after the first batch of circuits."""

    name = ""

    def stage(self, name: str, total: int) -> None:
        self.name = name

    def advance(self, facts: int) -> None:
        if self.name == "circuits":
            raise KeyboardInterrupt


def test_a_run_is_another_where_other_relations_words_are(
    small_folders: dict[str, ModelFolder], tmp_path: Path
) -> None:
    sets, folder = relations(tmp_path), small_folders["llama"]
    changed = [replace(each, paired=each.paired[:1]) for each in sets]
    assert run_record(sets, OPTIONS, folder).id != run_record(changed, OPTIONS, folder).id
    assert run_record(sets, SUBJECT, folder).id == run_record(changed, SUBJECT, folder).id


def test_the_contrast_is_part_of_a_fingerprint(llama: LanguageModel, tmp_path: Path) -> None:
    task = next(iter(asked(llama, relations(tmp_path)).tasks.values()))
    prints = {fingerprint(llama, task, each.settings, References()) for each in (OPTIONS, SUBJECT)}
    assert len(prints) == 2


def test_labels() -> None:
    assert SUBJECT.settings.label == "secant"
    assert OPTIONS.settings.label == "secant/relation"
    assert replace(OPTIONS.settings, ablation="mean", robust=False).label == "secant/mean/single/relation"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contrast": "subjects"}, "'subjects'"),
        ({"contrast": "own"}, "'own'"),
        ({"contrast": "relation", "template": 1}, "template 1"),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        check(replace(SUBJECT, settings=replace(SUBJECT.settings, **changes)))
