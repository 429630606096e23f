"""Where in a model the answers of a relation's facts appear: one record a fact."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphdb.role_records import FactLens, LensKind
from ingest.discovery.answers import BATCH
from ingest.facts.prompts import chunks
from ingest.lens.blocks import block_names, last_streams
from ingest.lens.closed import closed_logits
from ingest.lens.emergence import Array, among, emergence, largest_rise
from ingest.lens.facts import LensFact
from ingest.lens.raw import raw_reading
from ingest.lens.ridge import Maps, fit
from ingest.lens.ridge_rows import rows_of
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run


@dataclass(frozen=True, slots=True)
class _FactReading:
    """What a lens reads of one fact after each block."""

    fact: LensFact
    choice: int
    """The model's own first choice."""
    object: Array  # [n]
    others: Array  # [n, o]
    chosen: Array  # [n] logit of the choice
    rank: Sequence[int]
    probability: Sequence[float]


@torch.no_grad()
def lenses(
    model: LanguageModel, facts: Sequence[LensFact], wording: str, kind: LensKind = LensKind.CLOSED
) -> tuple[FactLens, ...]:
    """Read where the answers of facts of one relation appear, in the order of `facts`; 1 F a fact for the closed lens.

    Facts whose run is not finite are left out. The ridge lens is fitted anew for each call, on a file that is made at
    the model's first (`ingest.lens.ridge_rows`); raises UserError where that cannot be written.
    """
    relations = {fact.relation_id for fact in facts}
    assert len(relations) <= 1, "facts of one relation"
    maps = fit(rows_of(model), *relations).to(model.weights.embed) if facts and kind is LensKind.RIDGE else None
    by_length: dict[int, list[LensFact]] = defaultdict(list)
    for fact in facts:
        by_length[len(fact.tokens)].append(fact)
    batches = (batch for group in by_length.values() for batch in chunks(group, BATCH))
    names = block_names(model.weights.topology)
    found = {
        reading.fact.fact_id: _record(model, names, reading, wording, kind)
        for batch in batches
        for reading in _read(model, batch, kind, maps)
    }
    return tuple(found[fact.fact_id] for fact in facts if fact.fact_id in found)


def _read(model: LanguageModel, facts: Sequence[LensFact], kind: LensKind, maps: Maps | None) -> Iterator[_FactReading]:
    """Yield what is read of facts whose prompts have one length; those that are not finite are left out."""
    weights = model.weights
    trace = run(weights, torch.tensor([fact.tokens for fact in facts], device=weights.embed.device))
    streams, choices = last_streams(trace), last_logits(weights, trace.final).argmax(-1).tolist()
    read = {token for fact in facts for token in (fact.answer, *fact.others)} | set(choices)
    place = {token: column for column, token in enumerate(sorted(read))}
    tokens, answers = (
        torch.tensor(each, device=weights.embed.device) for each in (list(place), [fact.answer for fact in facts])
    )
    whole = None
    if kind is LensKind.CLOSED:
        logits = _numbers(closed_logits(weights, streams, tokens))
    else:
        whole = raw_reading(weights, streams if maps is None else maps.translate(streams), tokens, answers)
        logits = _numbers(whole.logits)
    finite = streams.isfinite().flatten(1).all(1).tolist()
    for row, fact in enumerate(facts):
        if finite[row] and np.isfinite(logits[row]).all():
            object_, chosen = (logits[row][:, place[token]] for token in (fact.answer, choices[row]))
            others = logits[row][:, [place[token] for token in fact.others]]
            rank, probability = (
                (each.tolist() for each in among(object_, others))
                if whole is None
                else (each[row].tolist() for each in (whole.rank, whole.probability))
            )
            yield _FactReading(fact, choices[row], object_, others, chosen, rank, probability)


def _numbers(values: Tensor) -> Array:
    return values.double().cpu().numpy()


def _record(
    model: LanguageModel, names: tuple[str, ...], reading: _FactReading, wording: str, kind: LensKind
) -> FactLens:
    fact, others = reading.fact, reading.others
    wrong = reading.choice not in fact.accepted
    return FactLens(
        model_id=model.record.id,
        fact_id=fact.fact_id,
        wording=wording,
        lens=kind,
        blocks=names,
        object=tuple(reading.object.tolist()),
        others=tuple(np.median(others, 1).tolist()) if fact.others else (),
        wrong=tuple(reading.chosen.tolist()) if wrong else (),
        wrong_token=model.decode(reading.choice) if wrong else "",
        rank=tuple(reading.rank),
        probability=tuple(reading.probability),
        emergence=emergence(names, reading.object, others),
        rise=largest_rise(names, reading.object, others),
    )
