"""What the ridge lens is fitted on: the residual stream at positions of packaged facts' prompts, kept in a file.

A relation gives fewer positions than the stream has coordinates, so the streams themselves are the smallest sufficient
statistics of a fit that leaves a relation out: sums of their products take ten times the room for each relation.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from graphdb.files import destination
from ingest.compute.prompt_runs import reads
from ingest.facts.names import fact_hash
from ingest.facts.prompts import Encode, Tokens, fact_prompt
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel
from ingest.model.forward import run
from ingest.model_files import models_cache

VERSION = 1
"""Of the file; to be raised when what is in it changes."""
POSITIONS = 2000
"""Positions to fit on, as many of each relation."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Residual streams at many positions, and whose they are."""

    streams: NDArray[np.float32]  # [n, rows, d]
    relations: tuple[str, ...]  # [rows]


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt of a relation."""

    relation_id: str
    tokens: Tokens


def rows_of(model: LanguageModel) -> Rows:
    """Return a model's rows from its file in the models' cache folder, which is made where it is missing.

    Weights, prompts and `VERSION` are the file's name, so another model's or other facts' are never read. Raises
    UserError where it cannot be written.
    """
    chosen = samples(builtin_relations(), model.encode, model.weights.max_positions)
    path = _path(model, chosen)
    if not path.exists():
        with destination(path) as stream:
            np.save(stream, _run(model, chosen))
    relations = tuple(each.relation_id for each in chosen for _ in each.tokens[1:])
    return Rows(np.load(path, mmap_mode="r"), relations)


def samples(sets: Iterable[FactSet], encode: Encode, longest: int) -> list[Sample]:
    """Return prompts of every relation, in an order that stays, until each has its share of `POSITIONS`."""
    sets = list(sets)
    return [sample for each in sets for sample in _of_relation(each, encode, longest, POSITIONS // len(sets))]


def _of_relation(facts: FactSet, encode: Encode, longest: int, wanted: int) -> Iterator[Sample]:
    for fact in sorted(facts.facts, key=lambda fact: fact_hash(fact.id)):
        if wanted <= 0:
            return
        tokens = tuple(encode(fact_prompt(facts.relation, fact)))
        if 1 < len(tokens) <= longest:
            wanted -= len(tokens) - 1
            yield Sample(facts.relation.id, tokens)


def _path(model: LanguageModel, chosen: Iterable[Sample]) -> Path:
    listed = json.dumps([(each.relation_id, each.tokens) for each in chosen])
    prompts = blake2b(listed.encode(), digest_size=6).hexdigest()
    return models_cache() / f"ridge-{model.handle.weights_sha256[:12]}-{prompts}-v{VERSION}.npy"


@torch.no_grad()
def _run(model: LanguageModel, chosen: Iterable[Sample]) -> NDArray[np.float32]:
    """Return the streams [n, rows, d] at all positions but the first, the sink: its stream is like no other."""
    weights, device = model.weights, model.weights.embed.device
    found = [np.empty((1 + 2 * weights.topology.n_layers, 0, weights.d_model), np.float32)]
    for sample in chosen:
        trace = run(weights, torch.tensor([sample.tokens], device=device))
        found.append(torch.stack([stream[0, 1:] for stream in reads(trace)]).float().cpu().numpy())
    return np.concatenate(found, 1)
