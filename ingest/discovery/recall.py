"""How well a model recalls facts, and which of a fact's donors change the answer enough to be used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from graphdb.records import Reason, Recall
from ingest.facts.prompts import Case, Prompt, chunks
from ingest.facts.task import MIN_EFFECT, Task, divide
from ingest.model import LanguageModel
from ingest.model.forward import normalise, run, token_ranks
from ingest.options import Options, Progress

BATCH = 64

Tokens = tuple[int, ...]


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


@dataclass(frozen=True, slots=True)
class Answer:
    """The accepted answer that the model ranks best."""

    token: int
    rank: int
    """1 = the model's first choice."""
    probability: float


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
    recalls, tasks, why_not = {}, {}, {}
    for case in cases:
        fact, answer = case.prompt.fact_id, answers.get(case.prompt.fact_id)
        donors = [] if answer is None else usable(model, case, answer, ends)
        recalls[fact] = _record(model, case, answer, options)
        sought = recalls[fact].known or options.include_unknown
        if why := _why_not(model, case, answer, donors, sought=sought):
            why_not[fact] = why
        elif answer:
            tasks[fact] = make_task(case, twins.get(fact), donors, answer, robust=options.settings.robust)
        progress.advance(1)
    return Recalled(recalls, tasks, why_not)


@torch.no_grad()
def last_states(model: LanguageModel, prompts: Iterable[Prompt]) -> dict[Tokens, Tensor]:
    """Tokens -> what the unembedding reads after them [d]; every different prompt is run once."""
    by_length: dict[int, dict[Tokens, None]] = defaultdict(dict)
    for prompt in prompts:
        by_length[len(prompt.tokens)][prompt.tokens] = None
    weights, ends = model.weights, dict[Tokens, Tensor]()
    for group in by_length.values():
        for batch in chunks(list(group), BATCH):
            final = run(weights, torch.tensor(batch, device=weights.embed.device)).final
            ends.update(zip(batch, normalise(weights.final_norm, final[:, -1]), strict=True))
    return ends


def best_answers(model: LanguageModel, cases: Sequence[Case], ends: Mapping[Tokens, Tensor]) -> dict[str, Answer]:
    """Fact id -> the accepted answer that the model ranks best; none where its logits are not finite."""
    best = {}
    for batch in chunks(cases, BATCH):
        logits = torch.stack([ends[case.prompt.tokens] for case in batch]) @ model.weights.unembed.T
        log_p = logits.float().log_softmax(-1)
        best.update(
            (case.prompt.fact_id, _best(row, case.prompt.answers))
            for case, row in zip(batch, log_p, strict=True)
            if row.isfinite().all()
        )
    return best


def _best(log_p: Tensor, answers: Sequence[int]) -> Answer:
    token = max(answers, key=lambda answer: float(log_p[answer]))
    rank = int(token_ranks(log_p[None], torch.tensor([token], device=log_p.device)))
    return Answer(token, rank, float(log_p[token].exp()))


def usable(model: LanguageModel, case: Case, answer: Answer, ends: Mapping[Tokens, Tensor]) -> list[Prompt]:
    """Donors whose prompt lowers logit(answer) - logit(donor's object) by at least `MIN_EFFECT`."""
    unembed = model.weights.unembed

    def effect(donor: Prompt) -> float:
        difference = ends[case.prompt.tokens] - ends[donor.tokens]
        return float(difference @ (unembed[answer.token] - unembed[donor.answers[0]]))

    return [donor for donor in case.donors if effect(donor) >= MIN_EFFECT]


def make_task(case: Case, twin: Case | None, donors: Sequence[Prompt], answer: Answer, *, robust: bool) -> Task:
    """Divide the donors into their parts; all but the first are left out unless `robust`."""
    chosen = tuple(donors if robust else donors[:1])
    task = Task(case.prompt, chosen, answer.token, answer.rank, *divide(len(chosen)), None, case.wording, case.kind)
    judge = chosen[task.judges[0]].fact_id
    twin_donor = next((donor for donor in twin.donors if donor.fact_id == judge), None) if twin else None
    if twin is None or twin_donor is None or answer.token not in twin.prompt.answers:
        return task
    return replace(task, twin=(twin.prompt, twin_donor))


def _record(model: LanguageModel, case: Case, answer: Answer | None, options: Options) -> Recall:
    known = answer is not None and answer.rank <= options.known_rank
    return Recall(
        id=f"{model.record.id}|{case.prompt.fact_id}",
        model_id=model.record.id,
        fact_id=case.prompt.fact_id,
        prompt=case.prompt.text,
        answer=model.decode(answer.token) if answer else "",
        rank=answer.rank if answer else 0,
        probability=answer.probability if answer else 0.0,
        known=known,
    )


def _why_not(
    model: LanguageModel, case: Case, answer: Answer | None, donors: Sequence[Prompt], *, sought: bool
) -> Why | None:
    length, most = len(case.prompt.tokens), model.weights.max_positions
    if length > most:
        return Why(Reason.TOO_LONG, f"prompt of {length} tokens, at most {most} fit")
    if case.reason:
        return Why(case.reason)
    if answer is None:
        return Why(Reason.NOT_FINITE)
    if not sought:
        return Why(Reason.UNKNOWN)
    return None if donors else Why(Reason.NO_EFFECT)
