"""The registry of methods as a table: price, source, and the quality that the benchmark measured."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from graphdb.tables import Format, print_frame
from ingest.methods import EFFORTS, METHODS

QUALITY = Path(__file__).parent / "quality.json"
"""What the quality benchmark measured, a row a method, effort, number of donors and ablation; absent before its first
run."""
NOT_MEASURED = "not measured"
FIGURES = ("price_f", "cmd", "log_cmd", "size85", "e_unseen")
SHARES = {".001": "f_0.1%", ".002": "f_0.2%", ".005": "f_0.5%", ".01": "f_1%", ".02": "f_2%", ".05": "f_5%"}
"""Share of the native edges -> column of the faithfulness there."""
LEGEND = """
price: forward passes of a fact, with r donors that find the circuit and k steps; price_f: as measured, in the same unit
ablation: what edges outside a circuit carry
cmd: area between faithfulness and 1 over the share of edges; log_cmd: the same over its logarithm; lower is better
size85: edges of the smallest circuit that is 85% faithful; both on a donor used
f_1%: faithfulness of the strongest 1% of the edges on donors not used, median
e_unseen: log_cmd on corrupt prompts that the method has not seen"""


def method_rows(measured: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row a method and effort that was measured, or one for a method that was not."""
    rows = []
    for method in METHODS.values():
        known = [each for each in measured if each["method"] == method.name] or [{}]
        rows += [
            {"method": method.name, "price": method.price, **_quality(each)}
            | {"source": method.source, "summary": method.summary}
            for each in known
        ]
    return pd.DataFrame(rows)


def _quality(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of one measurement; empty ones and `NOT_MEASURED` where there is none."""
    at = row.get("f_at", {})
    figures = {name: row.get(name) for name in FIGURES}
    told = f"{row['measured_on']}, {row['date']}" if row else NOT_MEASURED
    shares = {column: at.get(share) for share, column in SHARES.items()}
    way = {"effort": row.get("effort", ""), "donors": row.get("donors"), "ablation": row.get("ablation", "")}
    return {**way, **figures, **shares, "measured": told}


def print_methods(form: Format) -> None:
    """Print the methods; a table leaves out columns that nothing fills, and ends with what the columns mean."""
    frame = method_rows(json.loads(QUALITY.read_text("utf-8")) if QUALITY.exists() else [])
    if form is not Format.TABLE:
        print_frame(frame, form)
        return
    filled = [column for column in frame if frame[column].notna().any() and (frame[column] != "").any()]
    print_frame(frame[filled], form)
    print(LEGEND)
    for effort in EFFORTS.values():
        print(f"effort {effort.name}: r up to {effort.rounds}, k = {effort.steps}, rounds of pruning {effort.prunings}")
