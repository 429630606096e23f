"""One fact as the store knows it: how the model recalls it, its circuits, and their strongest edges."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from graphdb.circuits.rethreshold import strongest_edges
from graphdb.cli.show_circuit import CircuitView, print_circuit
from graphdb.queries.lookup import find_fact, topology
from graphdb.records import Reason
from graphdb.store import Store
from graphdb.store.score_files import load_scores
from graphdb.tables import Format, print_frame, print_json, print_pairs, records

EDGE_COLUMNS = ["edge", "source", "target", "channel", "weight", "rank"]


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact with its recalls, its circuits, and why others were not found."""

    fact: dict[str, Any]
    recalls: list[dict[str, Any]]
    circuits: list[CircuitView]
    attempts: list[dict[str, Any]]


def view_fact(store: Store, text: str, model: str = "", method: str = "", top: int | None = None) -> FactView:
    """Return what the store holds about the fact that `text` means; see `find_fact` for its errors.

    `top`: take the circuits' edges anew from the stored scores, this many before dangling ones are removed.
    """
    fact = find_fact(store, text)
    one = text if fact["by"] == "circuit" else ""
    circuits = store.query("circuits", fact=fact["fact"], circuit=one, model=model, method=method)
    recalls = store.query("recalls", model=model)
    attempts = store.query("attempts", relation=fact["relation"], model=model, method=method)
    return FactView(
        fact={name: fact[name] for name in ("fact", "relation", "subject", "object")},
        recalls=records(recalls[recalls["fact"] == fact["fact"]].drop(columns="fact")),
        circuits=[_view_circuit(store, row, top) for row in records(circuits)],
        attempts=records(attempts[attempts["fact"] == fact["fact"]].drop(columns=["fact", "attempt", "fingerprint"])),
    )


def _view_circuit(store: Store, figures: dict[str, Any], top: int | None) -> CircuitView:
    shape = topology(store, figures["model"])
    if top is None:
        edges = records(store.query("circuit_edges", circuit=figures["circuit"]))
    else:
        scores = load_scores(store.data_folder, figures["artifact"])
        edges = [asdict(edge) | {"edge": edge.id} for edge in strongest_edges(scores, shape, top)]
    return CircuitView(figures, shape.n_edges, edges, measured=top is None)


def print_fact(view: FactView, form: Format, shown: int) -> None:
    """Print a fact: JSON holds everything, CSV every edge, a table `shown` edges of each circuit."""
    match form:
        case Format.JSON:
            print_json(asdict(view))
        case Format.CSV:
            print_frame(_all_edges(view), form)
        case Format.TABLE:
            _print_pages(view, shown)


def _all_edges(view: FactView) -> pd.DataFrame:
    rows = [{"circuit": circuit.figures["circuit"]} | edge for circuit in view.circuits for edge in circuit.edges]
    return pd.DataFrame(rows, columns=["circuit", *EDGE_COLUMNS])


def _print_pages(view: FactView, shown: int) -> None:
    fact = view.fact
    print_pairs({"fact": fact["fact"], "subject": fact["subject"], "object": fact["object"]})
    for recall in view.recalls:
        print()
        print_pairs({name: value for name, value in _recall(recall).items() if value != ""})
    for circuit in view.circuits:
        print()
        print_circuit(circuit)
        print_frame(pd.DataFrame(circuit.edges, columns=EDGE_COLUMNS)[:shown], Format.TABLE, "\nStrongest edges")
    if not view.circuits:
        print("no circuit of this fact is stored")
    for attempt in view.attempts:
        detail = f": {attempt['detail']}" if attempt["detail"] else ""
        print(f"no circuit by {attempt['method']}: {Reason(attempt['reason']).words}{detail}")


def _recall(recall: dict[str, Any]) -> dict[str, Any]:
    """A recall as people read it: the answer's first character may be a space."""
    return recall | {"answer": repr(recall["answer"])}
