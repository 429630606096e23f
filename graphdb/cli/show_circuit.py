"""A circuit's figures for people: every faithfulness with how it was measured, then what else says how good it is."""

from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import pandas as pd

from graphdb.circuits.controls import controls
from graphdb.circuits.trust import NOT_MEASURED, donors, is_measured, levels, some
from graphdb.tables import Format, cell, print_frame, print_pairs


@dataclass(frozen=True, slots=True)
class CircuitView:
    """A circuit's figures and its edges, heaviest first."""

    figures: dict[str, Any]
    """The row of the query `circuits`."""
    native_edges: int
    """Edges of the whole model."""
    edges: list[dict[str, Any]]
    measured: bool
    """False: the edges are those of another size than the figures were measured for."""


def print_circuit(circuit: CircuitView) -> None:
    """Print the figures of a circuit, or that none holds for its edges."""
    print_pairs(_origin(circuit.figures) | _size(circuit))
    if circuit.measured and not is_measured(circuit.figures):
        print_pairs({"faithfulness": NOT_MEASURED})
    elif circuit.measured:
        rows = [(each.name, _decimals(each.value), each.how) for each in levels(circuit.figures)]
        print()
        print_frame(pd.DataFrame(rows, columns=["faithfulness", "", "measured"]), Format.TABLE)
        print()
        print_pairs(controls(circuit.figures))
        _print_curve(circuit.figures)


def _origin(figures: dict[str, Any]) -> dict[str, str]:
    if figures["source"]:
        imported = {
            "circuit": figures["circuit"],
            "found by": f"{figures['method']}, imported from {figures['source']}",
        }
        return imported | ({"judged against": _judge(figures)} if is_measured(figures) else {})
    found = f"{figures['method']}, effort {figures['effort']}, from {some(donors(figures, 'find'))}"
    lacks = {"too few donors": figures["lacks"]} if figures["lacks"] else {}
    return {"circuit": figures["circuit"], "found by": found} | lacks | {"judged against": _judge(figures)}


def _judge(figures: dict[str, Any]) -> str:
    return f"{shorten(figures['corrupt_prompt'], 60)!r}, {figures['ablation']} ablation"


def _size(circuit: CircuitView) -> dict[str, str]:
    figures, whole = circuit.figures, circuit.native_edges
    if not circuit.measured:
        size = f"{len(circuit.edges)} of {whole} edges, from the stored scores"
        return {"size": size, "faithfulness": "not measured for this size"}
    size = f"{figures['edges']} of {whole} edges ({figures['edges'] / whole:.2%}), {figures['nodes']} nodes"
    pruned = figures["edges_searched"] > figures["edges"]
    return {"size": size + (f"; {figures['edges_searched']} before exact pruning" if pruned else "")}


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _print_curve(figures: dict[str, Any]) -> None:
    if figures["curve"]:
        sizes = [f"{share:.3g}%" for share in 100 * pd.Series(figures["curve_sizes"])]
        lines = {"strongest edges": figures["curve"], "random edges": figures["curve_random"]}
        rows = [[name, *(f"{value:.2f}" for value in values)] for name, values in lines.items()]
        print(f"\nFaithfulness by share of the model's edges; area to 1 (CMD) {cell(figures['cmd'])}")
        print_frame(pd.DataFrame(rows, columns=["", *sizes]), Format.TABLE)
