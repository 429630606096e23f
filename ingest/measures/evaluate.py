"""Measures stored circuits again, from their stored edges and nothing else that was computed with them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from graphdb.errors import UserError
from graphdb.queries.lookup import find_fact, topology
from graphdb.store import Store
from graphdb.store.score_files import load_scores
from graphdb.tables import records
from graphdb.topology import BoolArray
from ingest.compute.prompt_runs import Runs
from ingest.discovery.stored_tasks import check_weights, stored_circuits
from ingest.measures import controls
from ingest.measures.effects import edge_effects
from ingest.measures.scoring import of_part
from ingest.model import LanguageModel, ModelHandle
from ingest.model_files import PACKAGED

TOLERANCE = 1e-3
"""Largest difference that rounding may leave between a figure and the same one measured again."""


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A figure of a circuit as it is stored and as it is now."""

    circuit: str
    figure: str
    stored: float | None
    """None: it was not measured then."""
    measured: float
    held: bool
    """Whether the two must agree: the scores behind a curve are stored in half precision, so a curve need not."""

    @property
    def difference(self) -> float | None:
        """Measured less stored."""
        return None if self.stored is None else self.measured - self.stored

    @property
    def differs(self) -> bool:
        """Whether the two differ by more than `TOLERANCE`, and must not."""
        return self.held and self.difference is not None and not abs(self.difference) <= TOLERANCE


def select_circuits(store: Store, names: Sequence[str], method: str = "") -> list[dict[str, Any]]:
    """Return the rows of the query `circuits` that facts' ids, circuits' ids or subjects mean, each once.

    Raises UserError for a name that means no circuit.
    """
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        fact = find_fact(store, name)
        one = name if fact["by"] == "circuit" else ""
        found = records(store.query("circuits", fact=fact["fact"], circuit=one, method=method))
        if not found:
            raise UserError(f"fact {fact['fact']} has no circuit" + (f" found by {method}" if method else ""))
        rows.update((str(row["circuit"]), row) for row in found)
    return list(rows.values())


class ModelsOf:
    """The models that the circuits of a store were found in, each loaded once.

    `given`: the weights to take, as `--model` names them; empty: where the store says they came from.
    `find` gets at what such a name means, `load_as` loads that in a precision.
    """

    def __init__(
        self,
        store: Store,
        given: str,
        find: Callable[[str], ModelHandle],
        load_as: Callable[[ModelHandle, str], LanguageModel],
    ) -> None:
        self._store, self._given, self._find_model, self._load_as = store, given, find, load_as
        self._handles: dict[str, ModelHandle] = {}
        self._loaded: dict[tuple[str, str], LanguageModel] = {}

    def load(self, circuit: dict[str, Any]) -> LanguageModel:
        """Return the model of a circuit (a row of the query `circuits`), in the precision of its ingest.

        Raises UserError where the weights cannot be told, or are others than the circuit was found in.
        """
        name = circuit["model"]
        if name not in self._handles:
            self._handles[name] = self._find(name)
        dtype = json.loads(_run(self._store, circuit)["settings"]).get("dtype", "float32")  # an import has none
        if (name, dtype) not in self._loaded:
            found = self._load_as(self._handles[name], dtype)
            _check_shape(self._store, name, found)
            self._loaded[name, dtype] = replace(found, record=replace(found.record, id=name))  # a folder may be renamed
        return self._loaded[name, dtype]

    def _find(self, name: str) -> ModelHandle:
        models = self._store.query("models")
        (model,) = records(models[models["model"] == name])
        handle = self._find_model(self._given or _weights_of(name, str(model["source"])))
        if model["weights_sha256"]:  # else its circuits were imported, and these weights are its first
            check_weights(model, handle.id, handle.weights_sha256)
        return handle


def _check_shape(store: Store, name: str, model: LanguageModel) -> None:
    ours, stored = model.weights.topology, topology(store, name)
    if ours != stored:
        said = [f"{each.n_layers} layers of {each.n_heads} heads over {each.n_kv_heads}" for each in (ours, stored)]
        raise UserError(f"the weights at hand have {said[0]} kv-heads, {name} {said[1]}: name others with --model")


def _run(store: Store, circuit: dict[str, Any]) -> dict[str, Any]:
    """The run that found a circuit: a row of the query `runs`."""
    runs = store.query("runs", model=circuit["model"])
    (run,) = records(runs[runs["run"] == circuit["run"]])
    return run


def _weights_of(model_id: str, source: str) -> str:
    """Return what `resolve` takes for the model; its source is as `ingest.model_files` words it."""
    packaged = {model.id: name for name, model in PACKAGED.items()}
    if model_id in packaged:
        return packaged[model_id]
    if source.startswith("hub "):
        return source.removeprefix("hub ").partition("@")[0]
    raise UserError(f"model {model_id} came from {source}: say with --model where that is now")


@torch.no_grad()
def evaluate(store: Store, model: LanguageModel, circuit: dict[str, Any], *, curve: bool = False) -> list[Remeasured]:
    """Measure a stored circuit (a row of the query `circuits`) again; with `curve` also f at fixed sizes."""
    (stored,) = stored_circuits(store, model, circuit["relation"], circuit["method"], circuit["circuit"])
    runs, seed = Runs(model.weights, [stored.task], stored.ablation), int(_run(store, circuit)["seed"])
    edges = store.query("circuit_edges", circuit=circuit["circuit"])
    mask = model.weights.topology.mask(zip(edges["source"], edges["target"], edges["channel"], strict=True))[None]
    measured = measured_figures(runs, mask, seed, circuit["random_draws"])
    figures = [
        Remeasured(circuit["circuit"], name, circuit[name], value, held=True)
        for name, value in measured.items()
        if name not in HITS
    ]
    if curve:
        scores = load_scores(store.data_folder, circuit["artifact"]).astype(np.float32)[None]
        figures += _curve(runs, scores, circuit)
    return figures


HITS = ("hit10_model", "hit10_circuit", "hit10_random")
"""Follow from ranks."""


def measured_figures(runs: Runs, mask: BoolArray, seed: int, n_draws: int) -> dict[str, Any]:
    """Figure, as the query `circuits` names it -> value, of the one circuit mask [1, s, t].

    What needs donors that choose a size is left out where the task has none.
    """
    (task,) = runs.tasks
    sized, judging = ([runs.pair(donors) for donors in of_part([part])] for part in (task.size, task.judges))
    judged = controls.judge(runs, judging, mask)
    draws = controls.random_draws(runs, judging, mask, seed, n_draws)
    rank_model, random_hits = int(runs.ranks(runs.clean.final)[0]), draws.rank[:, 0] <= 10
    return {
        "faithfulness": float(judged.faithfulness[0]),
        "faithfulness_lowest": float(judged.each.min()),
        "faithfulness_both_ways": float(judged.both_ways[0]),
        **({"faithfulness_size": float(controls.trial(runs, sized, mask).faithfulness[0])} if sized else {}),
        "faithfulness_random": float(draws.faithfulness.mean()),
        **({"needed": float(edge_effects(runs, sized, mask).needed[0])} if sized else {}),
        "loss_10": float(controls.loss(runs, judging, mask, judged, 0.1, seed)[0]),
        "loss_30": float(controls.loss(runs, judging, mask, judged, 0.3, seed)[0]),
        "completeness": float(controls.completeness(runs, judging[0], mask)[0]),
        "divergence": float(judged.divergence[0]),
        "top1": float(judged.top1[0]),
        "metric_clean": float(judging[0].metric_clean[0]),
        "metric_ablated": float(judging[0].metric_ablated[0]),
        "metric_circuit": float(judged.metric[0]),
        "rank_model": rank_model,
        "rank_circuit": int(judged.rank[0]),
        "rank_random": int(draws.rank[0, 0]),
        "hit10_model": rank_model <= 10,
        "hit10_circuit": bool(judged.rank[0] <= 10),
        "hit10_random": float(random_hits.mean()),
    }


def _curve(runs: Runs, scores: controls.Floats, circuit: dict[str, Any]) -> Iterator[Remeasured]:
    """Faithfulness of the strongest edges by the stored scores [1, n], and the area between it and 1."""
    values = controls.curve(runs, [runs.pair([runs.tasks[0].judges[0]])], scores)[:, 0]
    before = dict(zip(circuit["curve_sizes"], circuit["curve"], strict=True))
    for share, value in zip(controls.CURVE, values[:, 0], strict=True):
        yield Remeasured(circuit["circuit"], f"curve {share:.1%}", before.get(share), float(value), held=False)
    yield Remeasured(circuit["circuit"], "cmd", circuit["cmd"], float(controls.cmd(values)[0]), held=False)
