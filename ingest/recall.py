"""How well a model recalls facts: rank and probability of the answer's first token, many prompts at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphdb.records import Recall
from ingest.discovery import Task
from ingest.forward import last_logits, run, token_ranks
from ingest.model import LanguageModel
from ingest.options import Options, Progress
from ingest.prompts import Case, Prompt, chunks

BATCH = 64
UNKNOWN = "unknown to the model"


@dataclass(frozen=True, slots=True)
class Answer:
    """The accepted answer that the model ranks best."""

    token: int
    rank: int
    """1 = the model's first choice."""
    probability: float


@torch.no_grad()
def best_answers(model: LanguageModel, prompts: Sequence[Prompt]) -> list[Answer]:
    """Return the best-ranked answer of each prompt; all prompts have the same number of tokens and some answer."""
    tokens = torch.tensor([prompt.tokens for prompt in prompts])
    logits = last_logits(model.weights, run(model.weights, tokens).final)
    log_p = logits.log_softmax(-1)
    return [_best(scores, prompt.answers) for scores, prompt in zip(log_p, prompts, strict=True)]


def _best(log_p: Tensor, answers: Sequence[int]) -> Answer:
    token = max(answers, key=lambda answer: float(log_p[answer]))
    rank = int(token_ranks(log_p[None], torch.tensor([token])))
    return Answer(token, rank, float(log_p[token].exp()))


def recall(
    model: LanguageModel, cases: Sequence[Case], options: Options, progress: Progress
) -> tuple[dict[str, Recall], dict[str, Task]]:
    """Put every case to the model: fact id -> recall, and fact id -> task where a circuit is to be sought."""
    progress.stage("recall", len(cases))
    answers = _answers(model, cases, progress)
    recalls = {case.prompt.fact_id: _record(model, case, answers.get(case.prompt.fact_id), options) for case in cases}
    tasks = {
        case.prompt.fact_id: Task(case.prompt, case.donors[0], answer.token, answer.rank)
        for case in cases
        if (answer := answers.get(case.prompt.fact_id)) and not recalls[case.prompt.fact_id].reason
    }
    return recalls, tasks


def _answers(model: LanguageModel, cases: Sequence[Case], progress: Progress) -> dict[str, Answer]:
    """Fact id -> best answer, where the answer has a first token and the prompt fits."""
    by_length: dict[int, list[Prompt]] = defaultdict(list)
    for case in cases:
        if case.prompt.answers and len(case.prompt.tokens) <= model.weights.max_positions:
            by_length[len(case.prompt.tokens)].append(case.prompt)
    answers = {}
    for group in by_length.values():
        for prompts in chunks(group, BATCH):
            found = best_answers(model, prompts)
            answers.update((prompt.fact_id, answer) for prompt, answer in zip(prompts, found, strict=True))
            progress.advance(len(prompts))
    return answers


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
        donors=tuple(donor.fact_id for donor in case.donors),
        reason=_reason(model, case, options, known=known),
    )


def _reason(model: LanguageModel, case: Case, options: Options, *, known: bool) -> str:
    if len(case.prompt.tokens) > model.weights.max_positions:
        return f"prompt of {len(case.prompt.tokens)} tokens, at most {model.weights.max_positions} fit"
    return case.reason or ("" if known or options.include_unknown else UNKNOWN)
