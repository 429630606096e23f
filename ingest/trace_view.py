"""A traced circuit on standard output: its figures, each beside its baseline, and its strongest edges."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from graphdb.records import Model
from graphdb.tables import Format, cell, print_frame, print_json, print_pairs
from ingest.trace import Traced

EDGE_COLUMNS = ["edge", "source", "target", "channel", "weight", "rank"]


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a trace took."""

    load: float
    """To load and check the model."""
    trace: float


def print_trace(traced: Traced, model: Model, seconds: Seconds, form: Format, shown: int) -> None:
    """Print a traced circuit: JSON holds everything, CSV every edge, a table the `shown` strongest edges."""
    edges = [{"edge": edge.id} | asdict(edge) for edge in traced.circuit.edges]
    match form:
        case Format.JSON:
            parts = {"model": asdict(model), "recall": asdict(traced.recall), "seconds": asdict(seconds)}
            print_json(parts | {"circuit": asdict(traced.circuit) | {"edges": edges}})
        case Format.CSV:
            print_frame(pd.DataFrame(edges, columns=EDGE_COLUMNS), form)
        case Format.TABLE:
            print_pairs(_figures(traced, model, seconds))
            print_frame(
                pd.DataFrame(edges, columns=EDGE_COLUMNS)[:shown], form, "\nStrongest edges (weights in logits)"
            )


def _figures(traced: Traced, model: Model, seconds: Seconds) -> dict[str, Any]:
    circuit, recall = traced.circuit, traced.recall
    reached = "reached" if circuit.reached else "not reached"
    draws = f"mean of {circuit.random_draws} random circuits of this size"
    return {
        "prompt": f"{circuit.clean_prompt!r} -> {circuit.answer!r}",
        "corrupt prompt": f"{circuit.corrupt_prompt!r} -> {circuit.foil!r}",
        "model": f"{model.id}: rank {recall.rank}, probability {cell(recall.probability)}",
        "found by": f"{circuit.method}, effort {circuit.effort}",
        "judged on": "the one corrupt prompt that also found it: on another one it is usually less faithful",
        "size": f"{circuit.n_edges} of {model.n_edges} edges ({circuit.n_edges / model.n_edges:.2%}), "
        f"{circuit.n_nodes} nodes",
        "faithfulness": f"{circuit.faithfulness:.3f} (target {cell(circuit.target)} {reached}); "
        f"{draws} {circuit.faithfulness_random:z.3f}; the whole model is 1, the corrupt run 0",
        "without circuit": f"{circuit.completeness:z.3f} of the faithfulness is left; 0: it has all that matters",
        "minimality": f"{circuit.minimality:.0%} of a sample of edges cost more than 1% when removed alone",
        "rank of answer": f"model {circuit.rank_model}, circuit {circuit.rank_circuit}, "
        f"a random circuit {circuit.rank_random}",
        "metric": f"model {circuit.metric_clean:.2f}, circuit {circuit.metric_circuit:.2f}, corrupt run "
        f"{circuit.metric_ablated:.2f} (logit{circuit.answer!r} - logit{circuit.foil!r})",
        "divergence": f"KL(model || circuit) {circuit.divergence:.3f} nats",
        "time": f"{seconds.trace:.1f} s, and {seconds.load:.1f} s to load the model",
    }
