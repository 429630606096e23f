"""Facts' objects against their rivals, a relation at a time, into the store that holds the facts and their roles.

What a relation gets depends on model, facts, template and the movers that are stored; it is written in one transaction,
and a relation whose fingerprint stands is passed over.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from graphdb.store import Store
from graphdb.writing.rival_writers import write_rivals
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.options import Options, Progress
from ingest.rivals.rivals import rivals
from ingest.roles.pipeline import Asked, ask
from ingest.roles.vocabularies import packaged_vocabularies

VERSION = 1
"""Part of every fingerprint: raised when the same facts and movers would give other rivals."""


@torch.no_grad()
def write_rivals_of(
    store: Store,
    model: LanguageModel,
    sets: Sequence[FactSet],
    known: Mapping[str, int],
    options: Options,
    progress: Progress,
) -> None:
    """Set the known facts of relations against their rivals, and write that; facts and roles must be in the store.

    `known`: fact id -> the token of its object, of facts that were asked and are known.
    """
    progress.stage("wrong answers", sum(len(each.facts) for each in sets))
    vocabularies = packaged_vocabularies(model.encode)
    for each in sets:
        asked = ask(model, each, known, vocabularies, options)
        movers = _movers(store, model, asked)
        fingerprint = _fingerprint(asked, movers)
        explained = {fact.id for fact in each.facts}
        measured = {fact.prompt.fact_id for fact in asked.relation.facts}
        if measured & explained and not _holds(store, model, asked, measured & explained, fingerprint):
            subjects = {fact.id: fact.subject for fact in (*each.facts, *each.donors)}
            found = rivals(model, asked.relation, movers, subjects)
            write_rivals(store, [replace(one, fingerprint=fingerprint) for one in found if one.fact_id in explained])
        progress.advance(len(each.facts))


def _movers(store: Store, model: LanguageModel, asked: Asked) -> tuple[str, ...]:
    """Return the relation's movers in this wording, the strongest first."""
    relation = asked.relation
    found = store.query("movers", relation=relation.relation_id, model=model.record.id, wording=relation.wording)
    return tuple(found["component"])


def _fingerprint(asked: Asked, movers: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps((VERSION, asked.fingerprint, *movers)).encode()).hexdigest()[:32]


def _holds(store: Store, model: LanguageModel, asked: Asked, facts: set[str], fingerprint: str) -> bool:
    """Whether the store has what these facts would give again."""
    relation = asked.relation
    stored = store.query("rival_fingerprints", relation=relation.relation_id, model=model.record.id)
    there = stored[(stored["wording"] == relation.wording) & (stored["fingerprint"] == fingerprint)]
    return facts <= set(there["fact"])
