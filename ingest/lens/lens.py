"""Where in a model the answers of a relation's facts appear: one record a fact."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
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
from ingest.model.forward import Trace, last_logits, run
from ingest.model.weights import Weights


@dataclass(frozen=True, slots=True)
class _Read:
    """What a lens reads of one fact after each block."""

    choice: int
    """The model's own first choice."""
    object: Array  # [n] logit
    others: Array  # [n, o]
    chosen: Array  # [n] of the choice
    rank: NDArray[np.int64]  # [n] of the object
    probability: Array  # [n]


@torch.no_grad()
def lenses(
    model: LanguageModel, facts: Sequence[LensFact], wording: str, kind: LensKind = LensKind.CLOSED
) -> tuple[FactLens, ...]:
    """Read where the answers of facts of one relation appear, in the order of `facts`; 1 F a fact for the closed lens.

    Facts whose run is not finite are left out. The ridge lens is fitted anew for each call, on a file that is made at
    the model's first (`ingest.lens.ridge_rows`); raises UserError where that cannot be written.
    """
    assert len({fact.relation_id for fact in facts}) <= 1, "facts of one relation"
    maps = None
    if facts and kind is LensKind.RIDGE:
        maps = fit(rows_of(model), facts[0].relation_id).to(model.weights.embed)
    by_length: dict[int, list[LensFact]] = defaultdict(list)
    for fact in facts:
        by_length[len(fact.tokens)].append(fact)
    found = dict[str, FactLens]()
    for group in by_length.values():
        for batch in chunks(group, BATCH):
            trace = run(model.weights, torch.tensor([fact.tokens for fact in batch], device=model.weights.embed.device))
            found |= {each.fact_id: each for each in lenses_in(model, batch, trace, wording, kind, maps)}
    return tuple(found[fact.fact_id] for fact in facts if fact.fact_id in found)


@torch.no_grad()
def lenses_in(
    model: LanguageModel,
    facts: Sequence[LensFact],
    trace: Trace,
    wording: str,
    kind: LensKind = LensKind.CLOSED,
    maps: Maps | None = None,
) -> Iterator[FactLens]:
    """Yield what `lenses` returns, of facts that are run; `trace` may hold the last position alone."""
    for fact, read in _read(model.weights, facts, trace, kind, maps):
        yield _record(model, fact, read, wording, kind)


def _read(
    weights: Weights, facts: Sequence[LensFact], trace: Trace, kind: LensKind, maps: Maps | None
) -> Iterator[tuple[LensFact, _Read]]:
    """Yield facts, whose prompts have one length, with what is read of each; none that is not finite."""
    device = weights.embed.device
    streams, choices = last_streams(trace), last_logits(weights, trace.final).argmax(-1).tolist()
    needed = sorted({*choices, *(token for fact in facts for token in (fact.answer, *fact.others))})
    place = {token: column for column, token in enumerate(needed)}
    tokens = torch.tensor(needed, device=device)
    if kind is LensKind.CLOSED:
        logits, ranks, probabilities = _numbers(closed_logits(weights, streams, tokens)), None, None
    else:
        answers = torch.tensor([fact.answer for fact in facts], device=device)
        reading = raw_reading(weights, streams if maps is None else maps.translate(streams), tokens, answers)
        logits, probabilities = map(_numbers, (reading.logits, reading.probability))
        ranks = reading.rank.cpu().numpy()
    for row, (fact, choice) in enumerate(zip(facts, choices, strict=True)):
        if not np.isfinite(logits[row]).all():
            continue
        own, others = logits[row, :, place[fact.answer]], logits[row][:, [place[token] for token in fact.others]]
        whole = among(own, others) if ranks is None or probabilities is None else (ranks[row], probabilities[row])
        yield fact, _Read(choice, own, others, logits[row, :, place[choice]], *whole)


def _numbers(values: Tensor) -> Array:
    return values.double().cpu().numpy()


def _record(model: LanguageModel, fact: LensFact, read: _Read, wording: str, kind: LensKind) -> FactLens:
    names = block_names(model.weights.topology)
    wrong = read.choice not in fact.accepted
    return FactLens(
        model_id=model.record.id,
        fact_id=fact.fact_id,
        wording=wording,
        lens=kind,
        blocks=names,
        object=tuple(read.object.tolist()),
        others=tuple(np.median(read.others, 1).tolist()) if fact.others else (),
        wrong=tuple(read.chosen.tolist()) if wrong else (),
        wrong_token=model.decode(read.choice) if wrong else "",
        rank=tuple(read.rank.tolist()),
        probability=tuple(read.probability.tolist()),
        emergence=emergence(names, read.object, read.others),
        rise=largest_rise(names, read.object, read.others),
    )
