"""Which facts a model recalls, and which donors they get, on a small random model."""

from collections.abc import Sequence
from statistics import median

import pytest
import torch

from graphdb.records import NAME, Fact, Relation
from ingest.discovery.coverage import Coverage, coverage, donor_line, foresee
from ingest.discovery.recall import Recalled, recall
from ingest.facts import names
from ingest.facts.prompts import ENOUGH, Prompt, prepare
from ingest.facts.sets import FactSet
from ingest.facts.task import MIN_EFFECT, Task
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from ingest.options import Options, Silent
from ingest.settings import Settings

RELATION = Relation("r", "r", "own", ("w40 w41 {} w42",))
OPTIONS = Options(Settings(method="secant", effort="quick"), include_unknown=True)
NEAR = tuple(f"w{word}" for word in range(45, 50))
FAR = tuple(f"w{word}" for word in range(50, 60))


@pytest.fixture(autouse=True)
def other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of words that the small model has."""
    monkeypatch.setattr(names, "packaged_subjects", lambda: {"own": NEAR, "another": FAR})


def facts(n: int, objects: Sequence[str] = ()) -> FactSet:
    given = objects or [f"w{number + 20}" for number in range(1, n + 1)]
    found = (
        Fact(f"r/w{number}", "r", f"w{number}", each.split("/")[0], tuple(each.split("/")))
        for number, each in enumerate(given, 1)
    )
    return FactSet(RELATION, tuple(found))


def ask(model: LanguageModel, given: FactSet, options: Options = OPTIONS) -> Recalled:
    return recall(model, prepare(given, model.encode), {}, options, Silent())


@torch.no_grad()
def logits(model: LanguageModel, tokens: Sequence[int]) -> torch.Tensor:
    return last_logits(model.weights, run(model.weights, torch.tensor([tokens])).final)[0]


def effect(model: LanguageModel, task: Task, donor: Prompt) -> float:
    """What the donor's prompt takes from logit(answer) - logit(foil)."""
    change = logits(model, task.prompt.tokens) - logits(model, donor.tokens)
    return float(change[task.answer] - change[donor.answers[0]])


def test_other_names_fill_up_what_facts_leave_open(llama: LanguageModel) -> None:
    tasks = ask(llama, facts(4)).tasks
    assert len(tasks) >= 3
    for task in tasks.values():
        for part in (task.donors[: task.unseen.start], task.donors[task.unseen.start :]):
            kinds = [donor.is_fact for donor in part]
            assert kinds == sorted(kinds, reverse=True), "facts come first"
        assert len(task.donors) == ENOUGH
        assert all(effect(llama, task, donor) >= MIN_EFFECT for donor in task.donors)
        others = [donor for donor in task.donors if not donor.is_fact]
        assert len(others) >= 3
        near = [donor.fact_id.removeprefix(NAME) in NEAR for donor in others]
        assert near == sorted(near, reverse=True), "the same category comes first"
        for donor in others:
            assert donor.answers == (int(logits(llama, donor.tokens).argmax()),)
            assert donor.answers[0] not in task.prompt.answers


def test_a_fact_with_enough_donors_is_left_alone(llama: LanguageModel) -> None:
    cases = {case.prompt.fact_id: case for case in prepare(facts(20), llama.encode)}
    tasks = ask(llama, facts(20)).tasks
    served = {fact: serving(llama, task, cases[fact].donors) for fact, task in tasks.items()}
    untouched = [task for fact, task in tasks.items() if len(served[fact]) >= ENOUGH]
    assert untouched
    for task in untouched:
        assert task.donors == served[task.prompt.fact_id]
    assert any(
        effect(llama, tasks[fact], each) >= MIN_EFFECT
        for fact in tasks
        for each in set(cases[fact].donors) - set(served[fact])
    ), "a donor that changes little for its fact is left out"


def serving(model: LanguageModel, task: Task, donors: Sequence[Prompt]) -> tuple[Prompt, ...]:
    """Donors of enough effect, and of at least a third of the median over those."""
    effects = {donor: found for donor in donors if (found := effect(model, task, donor)) >= MIN_EFFECT}
    return tuple(donor for donor in effects if effects[donor] >= median(effects.values()) / 3)


def test_further_facts_come_before_names(llama: LanguageModel) -> None:
    given = facts(40)
    tasks = ask(llama, given).tasks
    few = [task for task in tasks.values() if len(task.donors) == ENOUGH]
    first = {case.prompt.fact_id: set(case.donors) for case in prepare(given, llama.encode)}
    assert any(donor.is_fact and donor not in first[task.prompt.fact_id] for task in few for donor in task.donors)


def test_one_donor_is_enough_where_only_one_is_asked_for(llama: LanguageModel) -> None:
    single = Options(Settings(method="secant", robust=False), include_unknown=True)
    (task,) = ask(llama, facts(1), single).tasks.values()
    (donor,) = task.donors
    assert donor.fact_id.startswith(NAME)


def test_the_accepted_object_that_the_model_ranks_best_is_read(llama: LanguageModel) -> None:
    recalls = ask(llama, facts(2, ["w21/w22/w23", "w24"])).recalls
    found, after = recalls["r/w1"], logits(llama, llama.encode("w40 w41 w1 w42"))
    best = max((21, 22, 23), key=lambda token: float(after[token]))
    assert (found.answer, found.rank) == (f"w{best}", int((after > after[best]).sum()) + 1)


def test_the_probability_of_a_whole_object_is_the_product_of_its_tokens(llama: LanguageModel) -> None:
    recalled = ask(llama, facts(3, ["w20 w21 w22", "w20 w21 w23", "w20 w21 w24"]))
    found = recalled.recalls["r/w1"]
    words = llama.encode("w40 w41 w1 w42")
    steps = [logits(llama, [*words, *(20, 21)[:n]]).softmax(-1)[token] for n, token in enumerate((20, 21, 22))]
    assert found.probability == pytest.approx(float(steps[2]), rel=1e-4)
    assert found.probability_object == pytest.approx(float(steps[0] * steps[1] * steps[2]), rel=1e-4)
    assert (found.answer, found.prompt) == ("w22", "w40 w41 w1 w42w20 w21")
    for task in recalled.tasks.values():
        assert task.beginning == "w20 w21"
        assert all(donor.tokens[-2:] == (20, 21) for donor in (task.prompt, *task.donors))


def test_the_probability_of_one_token_is_that_of_the_object(llama: LanguageModel) -> None:
    recalls = ask(llama, facts(3)).recalls
    assert all(each.probability_object == each.probability > 0 for each in recalls.values())


def test_coverage_counts_what_an_ingest_would_find(llama: LanguageModel) -> None:
    given, options = facts(6), Options(OPTIONS.settings, known_rank=30)
    recalled = ask(llama, given, options)
    known = sum(each.known for each in recalled.recalls.values())
    assert 0 < known < 6
    assert foresee(llama, [given, given.first(1)], options, Silent()) == [
        Coverage("r", 6, known, len(recalled.tasks), sum(len(each.unseen) > 0 for each in recalled.tasks.values())),
        coverage(given.first(1), recalled),
    ]


def test_a_line_says_how_many_donors_facts_have(llama: LanguageModel) -> None:
    given = facts(4)
    recalled = ask(llama, given)
    others = sum(not donor.is_fact for task in recalled.tasks.values() for donor in task.donors)
    known = sum(each.known for each in recalled.recalls.values())
    assert donor_line(given, recalled).startswith(f"r: 4 facts, {known} known, donors a fact ")
    assert donor_line(given, recalled).endswith(f"6 (of them {others} other names)")
