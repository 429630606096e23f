"""A relation's facts against their rivals, as records.

Axes: n = fact, c = component, o = token of the relation's objects, s = set of heads: the movers, then random ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from graphdb.conditions.rivals import Rival
from ingest.model import LanguageModel
from ingest.rivals.kinds import rival_kind
from ingest.rivals.readings import Reading, components, read
from ingest.roles.checks import random_heads
from ingest.roles.facts import RelationFacts, batches
from ingest.roles.metrics import Doubles

SHOWN = 5
"""Components that are kept of those that favour the object, and of those that favour the rival."""


@dataclass(frozen=True, slots=True)
class HeadSets:
    """The movers of a relation and their null: as many random heads of the same layers, several times."""

    members: Doubles  # [s, h] 1 where the head belongs to the set

    @classmethod
    def of(cls, model: LanguageModel, movers: Sequence[str]) -> "HeadSets":
        """Return the sets; there is none of no movers."""
        heads = [part.name for part in model.weights.topology.components if part.kind == "head"]
        sets = [movers, *random_heads(heads, movers)] if movers else []
        return cls(np.array([[name in each for name in heads] for each in sets], float).reshape(-1, len(heads)))

    def means(self, values: Doubles) -> tuple[float | None, float | None]:
        """Return from a value a set [s] that of the movers and the mean of the random sets; None of no movers."""
        return (float(values[0]), float(values[1:].mean())) if len(values) else (None, None)


def rivals(
    model: LanguageModel, relation: RelationFacts, movers: Sequence[str], subjects: Mapping[str, str]
) -> tuple[Rival, ...]:
    """Set the objects of a relation's facts against their rivals, in the order of the facts' ids.

    `movers` are heads' names, `subjects` has every fact's subject by its id. The price is one run of each fact, and the
    attribution of the relation's objects.
    """
    objects, sets = tuple(relation.vocabularies[relation.relation_id]), HeadSets.of(model, movers)
    members = torch.tensor(sets.members)
    found = [each for batch in batches(relation.facts) for each in read(model.weights, batch, objects, members)]
    tables = np.array([each.table for each in found])  # [n, s, o]
    records = [
        Rival(
            model_id=model.record.id,
            fact_id=(fact_id := each.fact.prompt.fact_id),
            wording=relation.wording,
            object=model.decode(each.fact.answer),
            rival=(rival := model.decode(each.rival)),
            wrong=each.rank > 1,
            rival_kind=rival_kind(rival, subjects[fact_id], is_object=each.rival in objects),
            rank=each.rank,
            margin=each.margin,
            probability=each.probability,
            probability_rival=each.probability_rival,
            entropy=each.entropy,
            turn=each.turn,
            n_movers=len(movers),
            **_pushes(model, each, sets),
            **_among(model, each, objects, _beyond_others(tables, number), sets),
        )
        for number, each in enumerate(found)
    ]
    return tuple(sorted(records, key=lambda each: each.id))


def _pushes(model: LanguageModel, reading: Reading, sets: HeadSets) -> dict[str, Any]:
    """What favours the object and what the rival."""
    top, parts = model.weights.topology, reading.parts
    n_heads = top.n_layers * top.n_heads
    heads, mlps = parts[1 : 1 + n_heads], parts[1 + n_heads :]
    movers, random = sets.means(sets.members @ heads)
    names, order = components(top), np.argsort(-parts, kind="stable")
    best, worst = (
        [each for each in order[:SHOWN] if parts[each] > 0],
        [each for each in order[: -SHOWN - 1 : -1] if parts[each] < 0],
    )
    return {
        "movers": movers,
        "movers_random": random,
        "heads": float(heads.sum()),
        "mlps": float(mlps.sum()),
        "embed": float(parts[0]),
        "for_object": tuple(names[each] for each in best),
        "for_object_values": tuple(parts[best].tolist()),
        "for_rival": tuple(names[each] for each in worst),
        "for_rival_values": tuple(parts[worst].tolist()),
    }


def _beyond_others(tables: Doubles, number: int) -> Doubles | None:
    """A fact's table [s, o] less the mean over the relation's other facts; None where there are none.

    Whose objects these are does not enter: no label of the fact or of the others does.
    """
    if len(tables) < 2:
        return None
    return tables[number] - np.delete(tables, number, 0).mean(0)


def _among(
    model: LanguageModel, reading: Reading, objects: Sequence[int], table: Doubles | None, sets: HeadSets
) -> dict[str, Any]:
    """What the model chooses among the relation's objects; texts are empty, figures None, where there is no choice."""
    if len(objects) < 2 or table is None:
        figures = ("right", "margin", "probability", "entropy", "movers", "random")
        return {"first": "", "second": ""} | {f"{name}_among": None for name in figures}
    logits = reading.objects
    first, second = np.argsort(-logits, kind="stable")[:2]
    log_p = logits - np.logaddexp.reduce(logits)
    movers, random = sets.means(table[:, first] - table[:, second])
    return {
        "first": model.decode(objects[first]),
        "second": model.decode(objects[second]),
        "right_among": objects[first] in reading.fact.prompt.answers,
        "margin_among": float(logits[first] - logits[second]),
        "probability_among": float(np.exp(log_p[first])),
        "entropy_among": float(-(np.exp(log_p) * log_p).sum()),
        "movers_among": movers,
        "random_among": random,
    }
