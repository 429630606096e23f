"""What a model says after prompts: where it ranks right answers, and how likely it finds whole objects."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ingest.facts.prompts import Case, Prompt, Tokens, chunks
from ingest.model import LanguageModel
from ingest.model.forward import normalise, run, token_ranks

BATCH = 64

Ends = Mapping[Tokens, Tensor]
"""Tokens -> what the unembedding reads after them [d]."""
Spoken = tuple[Tokens, Tokens]
"""Tokens of a prompt's words, and of an object behind them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The accepted answer that the model ranks best."""

    token: int
    rank: int
    """1 = the model's first choice."""
    probability: float
    probability_object: float
    """Of all tokens of the object, one after the other."""


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


@torch.no_grad()
def best_answers(model: LanguageModel, cases: Sequence[Case], ends: Ends) -> dict[str, Answer]:
    """Fact id -> the accepted answer that the model ranks best; none where its logits are not finite."""
    best = dict[str, Answer]()
    for batch in chunks(cases, BATCH):
        log_p = _log_probabilities(model, torch.stack([ends[case.prompt.tokens] for case in batch]))
        best.update(
            (case.prompt.fact_id, _best(row, case.prompt.answers))
            for case, row in zip(batch, log_p, strict=True)
            if row.isfinite().all()
        )
    return _with_objects(model, cases, best)


def _best(log_p: Tensor, answers: Sequence[int]) -> Answer:
    token = max(answers, key=lambda answer: float(log_p[answer]))
    rank = int(token_ranks(log_p[None], torch.tensor([token], device=log_p.device)))
    probability = float(log_p[token].exp())
    return Answer(token, rank, probability, probability)


def _with_objects(model: LanguageModel, cases: Iterable[Case], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Add the probability of the whole object that the answer is a token of; of several such objects the likeliest."""
    prompts = {case.prompt.fact_id: case for case in cases}
    objects = {fact: _objects(prompts[fact], answer) for fact, answer in answers.items()}
    found = object_probabilities(model, (each for group in objects.values() for each in group))
    whole = {fact: max(found.get(each, 0.0) for each in group) for fact, group in objects.items() if group}
    return {
        fact: replace(answer, probability_object=whole.get(fact, answer.probability))
        for fact, answer in answers.items()
    }


def _objects(case: Case, answer: Answer) -> list[Spoken]:
    """The objects that the answer is a token of; none where it is a whole one."""
    if not case.beginning and (answer.token,) in case.prompt.objects:
        return []
    read = (*case.beginning, answer.token)
    words = case.prompt.tokens[: len(case.prompt.tokens) - len(case.beginning)]
    return [(words, each) for each in case.prompt.objects if each[: len(read)] == read]


@torch.no_grad()
def object_probabilities(model: LanguageModel, asked: Iterable[Spoken]) -> dict[Spoken, float]:
    """Words and object -> probability that the model goes on with the whole object; those too long are left out."""
    by_length: dict[int, list[Spoken]] = defaultdict(list)
    for words, whole in asked:
        by_length[len(words) + len(whole) - 1].append((words, whole))
    found = dict[Spoken, float]()
    for length, group in by_length.items():
        if length <= model.weights.max_positions:
            for batch in chunks(group, BATCH):
                found.update(zip(batch, _products(model, batch), strict=True))
    return found


def _products(model: LanguageModel, batch: Sequence[Spoken]) -> Iterator[float]:
    """Yield the product of the probabilities of each object's tokens; words and objects have one length together."""
    weights = model.weights
    tokens = torch.tensor([words + whole[:-1] for words, whole in batch], device=weights.embed.device)
    final = normalise(weights.final_norm, run(weights, tokens).final)
    for (_, whole), states in zip(batch, final, strict=True):
        log_p = _log_probabilities(model, states[-len(whole) :])
        yield float(log_p[range(len(whole)), whole].sum().exp())


@torch.no_grad()
def first_choices(model: LanguageModel, prompts: Sequence[Prompt], ends: Ends) -> list[int]:
    """The token that the model finds most likely after each prompt."""
    batches = (torch.stack([ends[prompt.tokens] for prompt in batch]) for batch in chunks(prompts, BATCH))
    return [token for states in batches for token in (states @ model.weights.unembed.T).argmax(-1).tolist()]


def _log_probabilities(model: LanguageModel, states: Tensor) -> Tensor:
    """Log probabilities of the next token [b, v] from what the unembedding reads [b, d]."""
    return (states @ model.weights.unembed.T).float().log_softmax(-1)
