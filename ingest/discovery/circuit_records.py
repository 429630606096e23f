"""From what was measured of a batch to the records that the store keeps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphdb.records import Circuit, Edge
from graphdb.topology import BoolArray, Topology
from ingest.discovery.search import Floats
from ingest.facts.prompts import Prompt
from ingest.facts.task import Task
from ingest.measures.controls import CURVE, cmd
from ingest.measures.measure import Measured
from ingest.model import LanguageModel
from ingest.settings import Settings


def circuit_id(model_id: str, fact_id: str, label: str) -> str:
    """One circuit for each model, fact and way to find it (`Settings.label`)."""
    return f"{model_id}|{fact_id}|{label}"


def circuit_record(
    model: LanguageModel, task: Task, settings: Settings, measured: Measured, index: int, run_id: str, fingerprint: str
) -> Circuit:
    """Return the record of one circuit of a batch."""
    edges = edge_records(model.weights.topology, measured.mask[index], measured.scores[index])
    donor = task.donors[task.judges[0]]
    identity = circuit_id(model.record.id, task.prompt.fact_id, settings.label)
    return Circuit(
        id=identity,
        model_id=model.record.id,
        fact_id=task.prompt.fact_id,
        run_id=run_id,
        method=settings.label,
        effort=settings.effort,
        ablation=settings.ablation,
        fingerprint=fingerprint,
        donors_find=_facts(task, task.find),
        donors_size=_facts(task, task.size),
        donors_unseen=_facts(task, task.unseen),
        lacks=task.lacks,
        judged_on=task.judged_on,
        donor=donor.fact_id,
        clean_prompt=task.prompt.text + task.beginning,
        corrupt_prompt=donor.text + task.beginning,
        answer=model.decode(task.answer),
        foil=model.decode(donor.answers[0]),
        target=settings.target,
        random_draws=settings.random_draws,
        n_edges=len(edges),
        n_nodes=_n_nodes(edges),
        reached=bool(measured.faithfulness_size[index] >= settings.target),
        **_figures(measured, index),
        **_ranks(measured, task, index),
        **_curves(measured, index),
        edges=edges,
    )


def _figures(measured: Measured, index: int) -> dict[str, Any]:
    """Fields of the record that are numbers of one circuit."""
    judged, at = measured.judged, index
    return {
        "faithfulness_size": float(measured.faithfulness_size[at]),
        "faithfulness": float(judged.faithfulness[at]),
        "divergence": float(judged.divergence[at]),
        "top1": float(judged.top1[at]),
        "faithfulness_random": float(measured.draws.faithfulness[:, at].mean()),
        "other": measured.other[at],
        "faithfulness_other": _number(measured.faithfulness_other[at]),
        "completeness": float(measured.completeness[at]),
        "minimality": float(measured.minimality[at]),
        "stability": _number(measured.stability[at]),
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


def edge_records(top: Topology, mask: BoolArray, scores: Floats) -> tuple[Edge, ...]:
    """Edges of a mask [s, t], strongest by |score| [n] first."""
    sources, slots = np.nonzero(mask)
    weights = scores[top.pack(mask)]
    order = np.argsort(-np.abs(weights), kind="stable")
    return tuple(
        Edge(top.source_names[sources[place]], *top.slot_names[slots[place]], float(weights[place]), rank)
        for rank, place in enumerate(order, 1)
    )


def _facts(task: Task, part: Sequence[int]) -> tuple[str, ...]:
    donors: list[Prompt] = [task.donors[number] for number in part]
    return tuple(donor.fact_id for donor in donors)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _n_nodes(edges: Sequence[Edge]) -> int:
    """Number of embedding, heads, MLPs and logits at the edges; a kv-head belongs to its heads."""
    names = {edge.source for edge in edges} | {edge.target for edge in edges}
    return sum(".kv" not in name for name in names)
