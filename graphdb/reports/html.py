"""Parts of a report, and the page around them: one file that asks for nothing, in which names are text."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from graphdb.drawing.picture import Picture
from graphdb.drawing.svg import legend, style, svg, text
from graphdb.tables import cell

Cell = Callable[[object], str]
"""A value of a column -> its HTML."""


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<main class="kcircuits">
{body}
</main>
<script>{js}</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    title: str = ""
    """What its head says of it when it is pointed at."""
    html: Cell = lambda value: text(cell(value))
    numeric: bool = False


def page(title: str, body: str) -> str:
    """Return a whole HTML file. Its policy lets the browser run this style and this script, and load nothing."""
    css, js = _file("page.css") + _styles(), _file("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(js)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return PAGE.format(policy=policy, title=text(title), css=css, js=js, body=body)


def fragment(body: str) -> str:
    """Return what a notebook shows of a report: without a script, and with a style that touches nothing else."""
    return f'<div class="kcircuits"><style>{_styles()}</style>\n{body}\n</div>'


def head(eyebrow: Iterable[str], title: str) -> str:
    """Return the head of a report: where it belongs, and what it is of."""
    return f'<header><p class="eyebrow">{" · ".join(map(text, eyebrow))}</p><h1>{text(title)}</h1></header>'


def section(title: str, *parts: str) -> str:
    """Return a section."""
    return f"<section><h2>{text(title)}</h2>\n" + "\n".join(part for part in parts if part) + "\n</section>"


def note(words: str) -> str:
    """Return a remark."""
    return f'<p class="note">{text(words)}</p>'


def pairs(rows: Mapping[str, str]) -> str:
    """Return names and what is said of each."""
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{text(said)}</dd>" for name, said in rows.items()) + "</dl>"


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]], kind: str = "sortable") -> str:
    """Return a table; a `sortable` one is sorted by a click on a head, in a page."""
    heads = "".join(f"<th{_numeric(column)}{_title(column)}>{text(column.name)}</th>" for column in columns)
    lines = "\n".join(_row(columns, row) for row in rows)
    inside = f"<thead><tr>{heads}</tr></thead><tbody>\n{lines}\n</tbody>"
    return f'<div class="scroll"><table class="{kind}">{inside}</table></div>'


def _row(columns: Sequence[Column], row: Sequence[object]) -> str:
    cells = (f"<td{_numeric(column)}>{column.html(value)}</td>" for column, value in zip(columns, row, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def drawn(picture: Picture, words: str) -> str:
    """Return a drawing with its legend above and a remark on what is drawn."""
    return f'{note(words)}\n<div class="keys">{legend(picture)}</div>\n<div class="drawing">{svg(picture)}</div>'


def _numeric(column: Column) -> str:
    return ' class="number"' if column.numeric else ""


def _title(column: Column) -> str:
    return f' title="{text(column.title)}"' if column.title else ""


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _styles() -> str:
    return style() + _file("report.css")


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def link(address: str, words: str) -> str:
    """Return a link to a file beside this one; its name holds nothing that an address would escape."""
    return f'<a href="{escape(address)}">{text(words)}</a>'
