"""From what was measured of a batch to the records that the store keeps."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from graphdb.circuits.rethreshold import edges_of
from graphdb.components import Component, n_nodes, parse
from graphdb.records import Attempt, Circuit, Contrast, NodePlaces
from ingest.discovery.recall import Why
from ingest.discovery.search import Floats
from ingest.facts.prompts import Case
from ingest.facts.task import Task
from ingest.measures.controls import CURVE, cmd
from ingest.measures.measure import Measured
from ingest.methods import METHODS
from ingest.model import LanguageModel
from ingest.settings import Settings


def circuit_id(model_id: str, fact_id: str, label: str) -> str:
    """One circuit for each model, fact and way to find it (`Settings.label`)."""
    return f"{model_id}|{fact_id}|{label}"


def circuit_record(
    model: LanguageModel, task: Task, settings: Settings, measured: Measured, index: int, run_id: str, fingerprint: str
) -> Circuit:
    """Return the record of one circuit of a batch."""
    top = model.weights.topology
    places = measured.effects.places
    assert places is not None, "circuits to be stored are measured by place"
    edges = edges_of(measured.effects.edges[index], top, measured.mask[index], measured.scores[index])
    identity = circuit_id(model.record.id, task.prompt.fact_id, settings.label)
    return Circuit(
        id=identity,
        model_id=model.record.id,
        fact_id=task.prompt.fact_id,
        contrast=contrast_record(model, task),
        run_id=run_id,
        method=settings.label,
        effort=settings.effort,
        ablation=settings.ablation,
        fingerprint=fingerprint,
        lacks=task.lacks,
        judged_on=task.judged_on,
        target=settings.target,
        random_draws=settings.random_draws,
        n_edges=len(edges),
        n_nodes=n_nodes({edge.source for edge in edges} | {edge.target for edge in edges}),
        reached=bool(measured.faithfulness_size[index] >= settings.target),
        judges_reached=float((measured.judged.each[:, index] >= settings.target).mean()),
        untrained=max(0, int(measured.n_searched[index]) - METHODS[settings.method].n_ordered(top.n_edges)),
        **_figures(measured, index),
        **_ranks(measured, task, index),
        **_curves(measured, index),
        edges=edges,
        places=_places(
            task, places[index], measured.attention[index], top.source_numbers, {edge.source for edge in edges}
        ),
    )


def _places(
    task: Task, effects: Floats, attention: Floats, sources: Mapping[str, int], leaving: Collection[str]
) -> tuple[NodePlaces, ...]:
    """How the effects of sources at the last positions of a prompt [s, p] divide over its parts, and where heads attend
    [l, h, P]; ascending by name."""
    length = len(task.prompt.tokens)
    first, last = length - effects.shape[1], length - 1
    subject = task.subject or task.differing
    at = np.array([2 if place == last else int(place not in subject) for place in range(first, length)])
    parts = effects @ np.eye(3, dtype=effects.dtype)[at]  # [s, part]
    return tuple(
        NodePlaces(name, *map(float, parts[sources[name]]), attention=_attended(attention, parse(name)))
        for name in sorted(leaving)
    )


def _attended(attention: Floats, part: Component) -> tuple[float, ...]:
    """A head's attention over the prompt [P], to the fourth digit; nothing for what is no head."""
    if part.layer is None or part.head is None:
        return ()
    return tuple(round(share, 4) for share in attention[part.layer, part.head].astype(float).tolist())


def contrast_record(model: LanguageModel, task: Task) -> Contrast:
    """Return what the circuit of a task is a circuit of."""
    names, n_sized = tuple(donor.fact_id for donor in task.donors), task.n_find + task.n_size
    return Contrast(
        model_id=model.record.id,
        fact_id=task.prompt.fact_id,
        kind=task.kind,
        wording=task.wording,
        clean_prompt=task.prompt.text,
        tokens=tuple(map(model.decode, task.prompt.tokens)),
        beginning=task.beginning,
        answer=model.decode(task.answer),
        donors_find=names[: task.n_find],
        donors_size=names[task.n_find : n_sized],
        donors_unseen=names[n_sized:],
        corrupt_prompts=tuple(donor.text for donor in task.donors),
        foils=tuple(model.decode(donor.answers[0]) for donor in task.donors),
    )


def attempt_record(model: LanguageModel, sought: Task | Case, label: str, why: Why, fingerprint: str = "") -> Attempt:
    """Return why the method of this label found no circuit, or was not even set on one."""
    fact = sought.prompt.fact_id
    return Attempt(
        id=circuit_id(model.record.id, fact, label),
        model_id=model.record.id,
        fact_id=fact,
        method=label,
        contrast_kind=sought.kind,
        wording=sought.wording,
        code=why.code,
        detail=why.detail,
        fingerprint=fingerprint,
    )


def _figures(measured: Measured, index: int) -> dict[str, Any]:
    """Fields of the record that are numbers of one circuit."""
    judged, at = measured.judged, index
    return {
        "faithfulness_size": float(measured.faithfulness_size[at]),
        "faithfulness": float(judged.faithfulness[at]),
        "faithfulness_lowest": float(judged.each[:, at].min()),
        "faithfulness_both_ways": float(judged.both_ways[at]),
        "divergence": float(judged.divergence[at]),
        "top1": float(judged.top1[at]),
        "faithfulness_random": float(measured.draws.faithfulness[:, at].mean()),
        "random_spread": _spread(measured.draws.faithfulness[:, at]),
        "other": measured.other[at],
        "faithfulness_other": _number(measured.faithfulness_other[at]),
        "completeness": float(measured.completeness[at]),
        "needed": float(measured.effects.needed[at]),
        "loss_10": float(measured.loss_10[at]),
        "loss_30": float(measured.loss_30[at]),
        "stability": _number(measured.stability[at]),
        "stability_relation": _number(measured.stability_relation[at]),
        "stability_other": _number(measured.stability_other[at]),
        "faithfulness_template": _number(measured.faithfulness_twin[at]),
        "metric_clean": float(measured.metric_clean[at]),
        "metric_ablated": float(measured.metric_ablated[at]),
        "metric_circuit": float(judged.metric[at]),
        "n_edges_searched": int(measured.n_searched[at]),
    }


def _ranks(measured: Measured, task: Task, index: int) -> dict[str, Any]:
    rank, random = int(measured.judged.rank[index]), measured.draws.rank[:, index]
    return {
        "rank_model": task.rank,
        "rank_circuit": rank,
        "rank_random": int(random[0]),
        "hit10_model": task.rank <= 10,
        "hit10_circuit": rank <= 10,
        "hit10_random": float((random <= 10).mean()),
    }


def _curves(measured: Measured, index: int) -> dict[str, Any]:
    if measured.curve is None or measured.curve_random is None:
        return {}
    return {
        "curve_sizes": CURVE,
        "curve": tuple(map(float, measured.curve[:, index])),
        "curve_random": tuple(map(float, measured.curve_random[:, index])),
        "cmd": float(cmd(measured.curve[:, [index]])[0]),
    }


def _spread(draws: Floats) -> float | None:
    """Standard deviation over draws [draw]."""
    return float(draws.std(ddof=1)) if len(draws) > 1 else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
