"""Prints a comparison: how much two sides share beside what chance would give, then what it is."""

from dataclasses import asdict

import pandas as pd

from graphdb.compare import Comparison, Difference
from graphdb.tables import Format, print_frame, print_json


def print_comparison(found: Comparison, form: Format, shown: int) -> None:
    """Print a comparison: JSON holds all of it, CSV every name's shares, a table `shown` names of each kind."""
    sides = {"components": found.components, "edges": found.edges}
    match form:
        case Format.JSON:
            overlaps = {what: _overlap(side) for what, side in sides.items()}
            print_json(asdict(found) | {"overlap": overlaps})
        case Format.CSV:
            print_frame(pd.concat([_members(side, what) for what, side in sides.items()]), form)
        case Format.TABLE:
            print(f"A  {found.a.kind} {found.a.id}, circuits: {found.a.n_circuits}")
            print(f"B  {found.b.kind} {found.b.id}, circuits: {found.b.n_circuits}")
            print(f"in {found.model}; by chance: names shuffled within each layer")
            print_frame(pd.DataFrame([{"": what} | _overlap(side) for what, side in sides.items()]), form, "\nOverlap")
            for what, side in sides.items():
                print_frame(_members(side, what)[:shown].drop(columns="what"), form, f"\nMost shared {what}")


def _overlap(side: Difference) -> dict[str, object]:
    overlap = side.overlap
    return {
        "A": overlap.total_a,
        "B": overlap.total_b,
        "shared": overlap.shared,
        "by chance": overlap.expected,
        "Jaccard": overlap.jaccard,
        "Jaccard by chance": overlap.jaccard_expected,
        "z": overlap.z,
        "core": len(side.part("core")),
        "variable": len(side.part("variable")),
        "only A": len(side.part("only_a")),
        "only B": len(side.part("only_b")),
    }


def _members(side: Difference, what: str) -> pd.DataFrame:
    rows = [{"what": what} | asdict(member) for member in side.members]
    return pd.DataFrame(rows, columns=["what", "name", "part", "share_a", "share_b"])
