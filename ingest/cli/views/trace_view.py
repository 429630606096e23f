"""A traced circuit on standard output, in the form in which `kcircuits show` prints a stored one."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from graphdb.cli.show import EDGE_COLUMNS
from graphdb.cli.show_circuit import CircuitView, print_circuit
from graphdb.errors import UserError
from graphdb.explain import Story
from graphdb.explain.text import print_story
from graphdb.plain_text import visible
from graphdb.records import Circuit, Model
from graphdb.tables import Format, cell, print_frame, print_json, print_pairs, records
from ingest.explained import figures
from ingest.trace import Traced

CAUTION = (
    "\nOne corrupt prompt found this circuit, chose its size and judges it: on another one it is usually less faithful."
    "\n`kcircuits ingest` finds circuits on several, and judges them on others."
)


ALIKE = 5
"""Facts, and relations, that a traced circuit is most like: so many are shown."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a trace took."""

    load: float
    """To load and check the model."""
    trace: float


@dataclass(frozen=True, slots=True)
class Alike:
    """What a traced circuit is most like, as a profile: the first rows of `Nearest.facts` and `Nearest.relations`."""

    facts: list[dict[str, Any]]
    relations: list[dict[str, Any]]
    why_none: str = ""
    """Where there is none."""


def alike(store: str | None, circuit: Circuit) -> Alike:
    """Compare a circuit with the stored ones of its model and method, where there is a store that has any."""
    from graphdb.comparison.answers import nearest_of_record
    from graphdb.store import open_store

    try:
        with open_store(store, create=False) as opened:
            found = nearest_of_record(opened, circuit)
    except UserError as error:
        return Alike([], [], str(error))
    return Alike(records(found.facts[:ALIKE]), records(found.relations[:ALIKE]))


def view(traced: Traced, model: Model) -> CircuitView:
    """Return the circuit as `kcircuits show` would return it from a store."""
    edges = [{"edge": edge.id} | asdict(edge) for edge in traced.circuit.edges]
    return CircuitView(figures(traced), model.n_edges, edges, measured=True)


def print_trace(
    traced: Traced, model: Model, seconds: Seconds, near: Alike, form: Format, shown: int, story: Story | None = None
) -> None:
    """Print a traced circuit: JSON holds everything, CSV every edge, a table the `shown` strongest edges, and its story
    where there is one."""
    circuit = view(traced, model)
    edges = pd.DataFrame(circuit.edges, columns=EDGE_COLUMNS)
    match form:
        case Format.JSON:
            parts = {"model": model, "recall": traced.recall, "seconds": seconds, "circuit": circuit, "nearest": near}
            parts |= {"story": story} if story else {}
            print_json({name: asdict(part) for name, part in parts.items()})
        case Format.CSV:
            print_frame(edges, form)
        case Format.TABLE:
            print_pairs(_asked(traced, model, seconds))
            print()
            print_circuit(circuit)
            print_frame(edges[:shown], form, "\nStrongest edges")
            _print_alike(near)
            print(CAUTION)
            if story:
                print()
                print_story(story)


def _print_alike(near: Alike) -> None:
    if near.why_none:
        print(f"\nNo stored circuit to compare it with: {visible(near.why_none)}")
        return
    print_frame(pd.DataFrame(near.relations), Format.TABLE, "\nMost like those of")
    print_frame(pd.DataFrame(near.facts), Format.TABLE, "\nMost like that of")


def _asked(traced: Traced, model: Model, seconds: Seconds) -> dict[str, Any]:
    circuit, recall, answer = traced.circuit, traced.recall, traced.circuit.contrast.answer
    return {
        "prompt": f"{circuit.contrast.clean_prompt!r} -> {answer!r}",
        "corrupt prompt": f"{circuit.corrupt_prompt!r} -> {circuit.foil!r}",
        "model": f"{model.id}: gives {answer!r} rank {recall.rank}, probability {cell(recall.probability)}",
        "time": f"{seconds.trace:.1f} s, and {seconds.load:.1f} s to load the model",
    }
