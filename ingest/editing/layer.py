"""The layers that a model's facts are best edited in: where subjects' keys overlap least.

Causal tracing does not tell where to edit (Hase et al. 2023). What tells is how much of an edit at one subject reaches
the others of its relation, and that needs forward passes alone.
"""

import json
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from graphdb.files import destination
from ingest.editing.keys import keys_by_layer
from ingest.editing.moment import TOKENS, Moment, moments
from ingest.editing.prompts.wording import Asked, ask, asked_words
from ingest.facts.sets import builtin_relations
from ingest.model import LanguageModel
from ingest.model_files import models_cache

SUBJECTS = 8
"""Subjects of each packaged relation whose keys are compared."""


def choose_layer(model: LanguageModel, seed: int = 0) -> int:
    """Return the layer with the smallest overlap; kept in the model cache, for it takes about a minute."""
    path = models_cache() / f"overlaps-{model.record.weights_sha256}-{TOKENS}-{seed}.json"
    try:
        found = [float(each) for each in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError):
        found = []
    if len(found) != model.weights.topology.n_layers:
        found = list(overlaps(model, _packaged(model), seed))
        with destination(path) as file:
            file.write(json.dumps(found).encode())
    return found.index(min(found))


def overlaps(model: LanguageModel, relations: Sequence[Sequence[Asked]], seed: int = 0) -> Iterator[float]:
    """Yield the overlap of subjects' keys in each layer: the mean over relations, at least 0; at random about 0."""
    asked = [each for relation in relations for each in relation]
    sizes = [len(relation) for relation in relations]
    for each, found in zip(keys_by_layer(model.weights, asked), moments(model, seed), strict=True):
        yield float(torch.stack([overlap(group, found) for group in each.split(sizes)]).mean())


def overlap(keys: Tensor, moment: Moment) -> Tensor:
    """Return the mean of abs(kᵢᵀC⁻¹kⱼ) / kᵢᵀC⁻¹kᵢ over all pairs i ≠ j of keys [subject, m]."""
    products = keys @ moment.solve(keys).T
    shares = products.abs() / products.diagonal()[:, None]
    return (shares.sum() - shares.diagonal().sum()) / (len(keys) * (len(keys) - 1))


def _packaged(model: LanguageModel) -> list[list[Asked]]:
    return [
        [ask(model, asked_words(given.relation, fact)) for fact in given.facts[:SUBJECTS]]
        for given in builtin_relations()
    ]
