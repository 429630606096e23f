"""Circuits behind demonstrations: their prompts, and an ingest of them beside one without."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphdb.records import Kind, Reason
from graphdb.store import Store
from graphdb.tables import records
from ingest.discovery.stored_tasks import stored_circuits
from ingest.facts.demonstrations import SHOTS, prepare_demonstrated
from ingest.facts.prompts import prepare
from ingest.facts.sets import FactSet, read_facts
from ingest.model import LanguageModel, load
from ingest.model_files import ModelFolder
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.settings import Settings

SETTINGS = Settings(method="eap", effort="quick", contrast=Kind.DEMONSTRATION)
OPTIONS = Options(SETTINGS, include_unknown=True, known_rank=60, roles=False)


@pytest.fixture
def facts(tmp_path: Path) -> list[FactSet]:
    """A relation with facts enough to be donors and to be shown, and one with three facts."""
    lines = ["relation,subject,object,prompt"]
    lines += [f"first,w{number},w{number + 20},w40 w41 {{}} w42" for number in range(1, 18)]
    lines += [f"second,w{number},w{number + 30},w45 {{}} w43" for number in range(1, 4)]
    path = tmp_path / "facts.csv"
    path.write_text("\n".join(lines))
    return read_facts(path)


def subjects(lines: str) -> list[str]:
    """The third word of each line."""
    return [line.split()[2] for line in lines.splitlines()]


def test_all_prompts_of_a_case_stand_behind_the_same_demonstrations(llama: LanguageModel, facts: list[FactSet]) -> None:
    plain = prepare(facts[0], llama.encode)
    for case, bare in zip(prepare_demonstrated(facts[0], llama.encode), plain, strict=True):
        before = case.wording.removesuffix("w40 w41 {} w42")
        assert before.count("\n") == SHOTS
        n_before = len(llama.encode(before))
        assert case.prompt.tokens[n_before:] == bare.prompt.tokens
        assert case.prompt.answers == bare.prompt.answers
        assert [each.fact_id for each in case.donors] == [each.fact_id for each in bare.donors], "the same donors"
        for one in (*case.donors, *case.further):
            assert one.text.startswith(before)
            assert one.tokens[:n_before] == case.prompt.tokens[:n_before]
        asked = {each.fact_id.partition("/")[2] for each in (case.prompt, *case.donors, *case.further)}
        assert asked.isdisjoint(subjects(before)), "what is shown is asked of nobody"
        assert case.kind is Kind.DEMONSTRATION
        stand_in = next(case.substitutes())
        assert stand_in.text.startswith(before)


def test_too_few_facts_to_show_are_a_reason(llama: LanguageModel, facts: list[FactSet]) -> None:
    for case in prepare_demonstrated(facts[1], llama.encode):
        assert (case.reason, case.prompt.answers, case.donors) == (Reason.NO_DEMONSTRATION, (), ())


def test_where_donors_have_to_be_shown_they_are_no_donors(llama: LanguageModel, facts: list[FactSet]) -> None:
    few = replace(facts[0], facts=facts[0].facts[:6])
    for case in prepare_demonstrated(few, llama.encode):
        shown, donors = subjects(case.wording)[:SHOTS], {each.fact_id.partition("/")[2] for each in case.donors}
        assert (len(shown), len(donors)) == (SHOTS, 2)
        assert donors.isdisjoint(shown)


def test_circuits_with_demonstrations_stand_beside_those_without(
    store: Store, facts: list[FactSet], small_folders: dict[str, ModelFolder]
) -> None:
    folder = small_folders["llama"]
    some = [facts[0].first(3), facts[1]]
    without = replace(OPTIONS, settings=replace(SETTINGS, contrast=Kind.SUBJECT))
    ingest(some, folder, without, store, Silent())
    report = ingest(some, folder, OPTIONS, store, Silent())
    assert report.without[Reason.NO_DEMONSTRATION] == 3
    found = records(store.query("circuit_list"))
    assert {row["method"] for row in found} == {"eap", "eap/demonstration"}
    rows: list[dict[str, Any]] = records(store.query("contrasts"))
    contrasts = [row for row in rows if row["kind"] == Kind.DEMONSTRATION]
    assert contrasts
    for row in contrasts:
        prompts = [row["clean_prompt"], *row["corrupt_prompts"]]
        assert len({text.rpartition("\n")[0] for text in prompts}) == 1
    model = load(folder)
    tasks = [each.task for each in stored_circuits(store, model, "first", "eap/demonstration")]
    assert len(tasks) == len(contrasts)
    assert all(task.kind is Kind.DEMONSTRATION for task in tasks)
