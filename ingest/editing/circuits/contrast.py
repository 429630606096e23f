"""Facts with donors in two parts that share none, which serve before and after an edit alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ingest.discovery.answers import Answer, best_answers, first_choices, last_states
from ingest.discovery.substitutes import usable, with_foils
from ingest.editing.circuits.subject import Subject
from ingest.facts.prompts import Case, Prompt, prepare
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.methods import EFFORTS
from ingest.model import LanguageModel
from ingest.settings import Settings

SETTINGS = Settings()
"""How edges are scored."""
SUBSTITUTES = 24
"""Donors in reserve that are tried: two parts take twice as many as one circuit."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A fact, its answer before and after the edit, and its donors: the first half finds, the second is the null."""

    task: Task
    after: int
    """The answer's token after the edit; that before is the task's."""

    @property
    def own(self) -> range:
        """Donors that find the circuits before, after, and after the sham."""
        return range(self.task.n_find)

    @property
    def others(self) -> range:
        """As many others, which find the circuit before again."""
        return range(self.task.n_find, 2 * self.task.n_find)


def contrasts(subject: Subject, new: int) -> tuple[Contrast, ...]:
    """Return the edited fact and those neighbours that have donors for two circuits in both models.

    `new` is the token of the new object. Left out are facts whose objects differ behind their first token alone, and of
    donors those that the edit made answer with the new object.
    """
    facts, edited = subject.facts, subject.request.fact
    wanted = (edited, *subject.neighbours)
    names = {each.id for each in wanted}
    rest = tuple(each for each in (*facts.facts, *facts.donors) if each.id not in names)
    every = FactSet(facts.relation, wanted, donors=rest)
    cases = prepare(every, subject.before.encode, subject.template)
    fitting = [each for each in cases if each.prompt.answers and not each.beginning]
    found = (
        _contrast(subject.before, subject.after, each, new if each.prompt.fact_id == edited.id else None, new)
        for each in fitting
    )
    return tuple(each for each in found if each is not None)


def _contrast(before: LanguageModel, after: LanguageModel, case: Case, wanted: int | None, new: int) -> Contrast | None:
    """Return the contrast of a case whose answer becomes `wanted`; None: it stays what it is."""
    donors = _candidates(before, case)
    later = case if wanted is None else replace(case, prompt=replace(case.prompt, answers=(wanted,), objects=()))
    ends = last_states(after, donors)
    given = dict(zip(donors, first_choices(after, donors, ends), strict=True))
    kept = [each for each in donors if given[each] != new and new not in each.answers]
    first, second = _usable(before, case, kept), _usable(after, later, kept)
    if first is None or second is None:
        return None
    chosen = [each for each in kept if each in first.donors and each in second.donors]
    n = min(EFFORTS[SETTINGS.effort].rounds, len(chosen) // 2)
    if n == 0:
        return None
    parts = (*chosen[0 : 2 * n : 2], *chosen[1 : 2 * n : 2])
    return Contrast(Task(case.prompt, parts, first.answer.token, first.answer.rank, n, 0), second.answer.token)


@dataclass(frozen=True, slots=True)
class _Usable:
    """What a model answers, and the donors that change that enough."""

    answer: Answer
    donors: frozenset[Prompt]


def _usable(model: LanguageModel, case: Case, donors: Sequence[Prompt]) -> _Usable | None:
    """None where the model's logits are not finite."""
    ends = last_states(model, (case.prompt, *case.donors, *donors))
    answer = best_answers(model, [case], ends).get(case.prompt.fact_id)
    return answer and _Usable(answer, frozenset(usable(model, case, answer, donors, ends)))


def _candidates(model: LanguageModel, case: Case) -> tuple[Prompt, ...]:
    """The case's donors and those in reserve, none that answers as the fact does."""
    more = with_foils(model, list(islice(case.substitutes(), SUBSTITUTES)))
    different = {each.tokens: each for each in (*case.donors, *more) if each.tokens != case.prompt.tokens}
    return tuple(each for each in different.values() if each.answers[0] not in case.prompt.answers)
