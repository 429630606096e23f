"""Which facts a model recalls, and which of a fact's donors change the answer enough to be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphdb.records import Reason, Recall
from ingest.discovery.answers import Answer, best_answers, last_states
from ingest.discovery.substitutes import usable, with_substitutes
from ingest.facts.prompts import ENOUGH, Case, Prompt
from ingest.facts.task import Task, divide, with_new_foils_last
from ingest.model import LanguageModel
from ingest.options import Options, Progress


@dataclass(frozen=True, slots=True)
class Why:
    """Why a fact has no circuit."""

    code: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What came of asking a model, by fact id. Every fact has a recall, and either a task or a reason for none."""

    recalls: Mapping[str, Recall]
    tasks: Mapping[str, Task]
    """Facts whose circuit is to be sought."""
    why_not: Mapping[str, Why]


def recall(
    model: LanguageModel, cases: Sequence[Case], twins: Mapping[str, Case], options: Options, progress: Progress
) -> Recalled:
    """Put every case to the model.

    `twins` holds the same facts in their relation's second template, by fact id.
    """
    progress.stage("recall", len(cases))
    asked = [case for case in cases if case.prompt.answers and len(case.prompt.tokens) <= model.weights.max_positions]
    ends = last_states(model, (prompt for case in asked for prompt in (case.prompt, *case.donors)))
    answers = best_answers(model, asked, ends)
    asked = [case for case in asked if case.prompt.fact_id in answers]
    sought = [case for case in asked if options.include_unknown or _known(answers[case.prompt.fact_id], options)]
    donors = {
        case.prompt.fact_id: usable(model, case, answers[case.prompt.fact_id], case.donors, ends) for case in asked
    }
    enough = ENOUGH if options.settings.robust else 1
    donors |= with_substitutes(model, sought, answers, donors, ends, enough)
    recalls, tasks, why_not = {}, {}, {}
    for case in cases:
        fact, answer = case.prompt.fact_id, answers.get(case.prompt.fact_id)
        recalls[fact] = _record(model, case, answer, options)
        is_sought = recalls[fact].known or options.include_unknown
        if why := _why_not(model, case, answer, donors.get(fact, ()), sought=is_sought):
            why_not[fact] = why
        elif answer:
            tasks[fact] = make_task(model, case, twins.get(fact), donors[fact], answer, robust=options.settings.robust)
    progress.advance(len(cases))  # all are asked together: the first has taken as long as the last
    return Recalled(recalls, tasks, why_not)


def _known(answer: Answer | None, options: Options) -> bool:
    return answer is not None and answer.rank <= options.known_rank


def make_task(
    model: LanguageModel, case: Case, twin: Case | None, donors: Sequence[Prompt], answer: Answer, *, robust: bool
) -> Task:
    """Divide the donors into their parts; all but the first are left out unless `robust`."""
    chosen = with_new_foils_last(donors) if robust else tuple(donors[:1])
    task = Task(
        case.prompt,
        chosen,
        answer.token,
        answer.rank,
        *divide(len(chosen)),
        beginning=model.decode_all(case.beginning),
        wording=case.wording,
        kind=case.kind,
        subject=case.subject,
    )
    judge = chosen[task.judges[0]].fact_id
    if twin is None or twin.beginning != case.beginning or answer.token not in twin.prompt.answers:
        return task
    twin_donor = next((donor for donor in twin.donors if donor.fact_id == judge), None)
    if twin_donor is None:
        return task
    return replace(task, twin=(twin.prompt, twin_donor))


def _record(model: LanguageModel, case: Case, answer: Answer | None, options: Options) -> Recall:
    known = _known(answer, options)
    return Recall(
        id=f"{model.record.id}|{case.prompt.fact_id}",
        model_id=model.record.id,
        fact_id=case.prompt.fact_id,
        prompt=case.prompt.text + model.decode_all(case.beginning),
        answer=model.decode(answer.token) if answer else "",
        rank=answer.rank if answer else 0,
        probability=answer.probability if answer else 0.0,
        known=known,
        probability_object=answer.probability_object if answer else None,
    )


def _why_not(
    model: LanguageModel, case: Case, answer: Answer | None, donors: Sequence[Prompt], *, sought: bool
) -> Why | None:
    length, most = len(case.prompt.tokens), model.weights.max_positions
    if length > most:
        return Why(Reason.TOO_LONG, f"prompt of {length} tokens, at most {most} fit")
    if case.reason and not case.prompt.answers:
        return Why(case.reason)
    if answer is None:
        return Why(Reason.NOT_FINITE)
    if not sought:
        return Why(Reason.UNKNOWN)
    return None if donors else Why(case.reason or Reason.NO_EFFECT)
