"""Answers on standard output: a table for people, CSV or JSON for programs. Importing this costs nothing."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from graphdb.plain_text import no_formula, visible, visible_json

if TYPE_CHECKING:
    import pandas as pd


LISTED = 60
"""Characters of a list that a table shows; JSON and CSV hold all of it."""


class Format(StrEnum):
    """How a command prints its answer."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Kind(StrEnum):
    """The format of an export."""

    CSV = "csv"
    JSON = "json"
    GRAPHML = "graphml"
    PARQUET = "parquet"
    HTML = "html"
    """A file a circuit, to look at: see `graphdb.reports`."""
    NEURONPEDIA = "neuronpedia"
    """A file a circuit: graph JSON that Neuronpedia and circuit-tracer show."""
    JSONL = "jsonl"
    """A dump of the whole store, see `graphdb.dump`."""
    EAP_IG = "eap-ig"
    """EAP-IG's JSON, a file a circuit; see `graphdb.formats.edge_files`."""
    EAP_IG_PT = "eap-ig-pt"
    """The same as torch's own file."""
    AUTO_CIRCUIT = "auto-circuit"
    """auto-circuit's prune scores as `.npz`, a file a circuit."""


def print_frame(frame: "pd.DataFrame", form: Format, title: str = "") -> None:
    """Print one row a line. The title appears above a table only: CSV and JSON stay clean for programs."""
    match form:
        case Format.TABLE if frame.empty:
            sys.stderr.write("nothing found\n")
        case Format.TABLE:
            _print_table(frame, title)
        case Format.CSV:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(map(_csv_cell, frame.columns))
            writer.writerows(map(_csv_cell, row) for row in _rows(frame))
        case Format.JSON:
            print_json(records(frame))


def print_pairs(pairs: Mapping[str, object]) -> None:
    """Print one name and value a line, for people."""
    width = max(map(len, pairs))
    for name, value in pairs.items():
        sys.stdout.write(f"{visible(name):<{width}}  {cell(value)}\n")


def records(frame: "pd.DataFrame") -> list[dict[str, object]]:
    """Return the rows as mappings from column to value."""
    return [dict(zip(frame.columns, row, strict=True)) for row in _rows(frame)]


def print_json(value: object) -> None:
    """Print a value as indented JSON; numpy scalars, nodes and relationships become plain values."""
    sys.stdout.write(visible_json(json.dumps(plain(value), ensure_ascii=False, indent=2)) + "\n")


def plain(value: object) -> object:
    """Return the value as JSON knows it: a missing number is None, a node or relationship its properties."""
    import numpy as np
    from neo4j.graph import Entity, Path

    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return None if value != value else value
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case Path():
            steps = zip(value.relationships, value.nodes[1:], strict=True)
            return [plain(item) for item in (value.start_node, *chain.from_iterable(steps))]
        case Entity():
            return plain(dict(value))
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case np.generic():
            return plain(value.tolist())
        case _:
            return str(value)


def cell(value: object) -> str:
    """Return a value as short text for people: three significant digits, yes and no, lists as `listed` has them.

    Characters that act on a terminal are escapes.
    """
    match plain(value):
        case None:
            return ""
        case bool() as flag:
            return "yes" if flag else "no"
        case float() as number:
            return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
        case list() as items:
            return listed([cell(item) for item in items])
        case dict() as mapping:
            return visible(json.dumps(mapping, ensure_ascii=False))
        case other:
            return visible(str(other))


def listed(items: Sequence[str]) -> str:
    """Return a list with commas; one wider than `LISTED` as its length and the first items, at least one."""
    whole = ", ".join(items)
    if len(items) < 2 or len(whole) <= LISTED:
        return whole
    ends = accumulate(len(item) + 2 for item in items)
    first = max(1, sum(end <= LISTED for end in ends))
    return f"{len(items)}: {', '.join(items[:first])}, ..."


def _rows(frame: "pd.DataFrame") -> list[tuple[object, ...]]:
    return list(frame.itertuples(index=False, name=None))


def _csv_cell(value: object) -> object:
    """A cell that is no formula in a spreadsheet and, where people look at it, does nothing to their terminal."""
    simple = plain(value)
    written = json.dumps(simple, ensure_ascii=False) if isinstance(simple, list | dict) else no_formula(simple)
    return visible(written) if isinstance(written, str) and sys.stdout.isatty() else written


def _print_table(frame: "pd.DataFrame", title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title) if title else None, title_justify="left", box=None, pad_edge=False, header_style="bold"
    )
    for column in frame.columns:
        numeric = frame[column].dtype.kind in "iuf"
        table.add_column(Text(visible(str(column))), justify="right" if numeric else "left", overflow="fold")
    for row in _rows(frame):
        table.add_row(*(Text(cell(value)) for value in row))
    # A pipe has no width: rows stay whole there, so that grep and awk see them.
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")
