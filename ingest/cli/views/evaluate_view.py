"""Stored and re-measured figures side by side."""

import sys
from collections.abc import Sequence

import pandas as pd

from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame
from ingest.measures.evaluate import TOLERANCE, Remeasured


def print_evaluation(figures: Sequence[Remeasured], form: Format) -> None:
    """Print a row a figure: of all circuits at once for programs, circuit by circuit for people."""
    frame = pd.DataFrame([_row(each) for each in figures])
    if form is not Format.TABLE:
        print_frame(frame, form)
        return
    for number, (circuit, rows) in enumerate(frame.groupby("circuit", sort=False)):
        shown = rows.drop(columns=["circuit", "held"]).assign(difference=[_signed(each) for each in rows["difference"]])
        print(f"{chr(10) if number else ''}{visible(str(circuit))}")
        print_frame(shown, form)
    differing = {each.circuit for each in figures if each.differs}
    count = len({each.circuit for each in figures})
    print(f"{count - len(differing)} of {count} circuits measure as stored, to {TOLERANCE:g}", file=sys.stderr)


def _row(each: Remeasured) -> dict[str, object]:
    return {
        "circuit": each.circuit,
        "figure": each.figure,
        "stored": each.stored,
        "measured": each.measured,
        "difference": each.difference,
        "held": each.held,
    }


def _signed(difference: float | None) -> str:
    return "" if difference is None or difference != difference else f"{difference:+.1e}"
