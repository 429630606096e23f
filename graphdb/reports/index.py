"""The page that leads to the reports of several circuits."""

from collections.abc import Sequence

import pandas as pd

from graphdb.circuits.trust import number
from graphdb.reports import html
from graphdb.reports.html import Column
from graphdb.tables import records


def _share(value: object) -> str:
    return "" if (found := number(value)) is None else f"{found:.2f}".replace("-", "−")


COLUMNS = (
    Column("circuit", html=lambda link: str(link)),
    Column("relation"),
    Column("method"),
    Column("edges", numeric=True),
    Column("faithfulness", "on the donors that judge", _share, numeric=True),
    Column("random", "mean faithfulness of random circuits of equal size and layer profile", _share, numeric=True),
    Column("other", "faithfulness of another relation's circuit of equal size", _share, numeric=True),
)


def index_page(circuits: pd.DataFrame, names: Sequence[str]) -> str:
    """Return the page for rows of the query `circuits` and the names of their files beside it."""
    rows = [
        (
            html.link(name, f"{row['subject']} → {row['object']}"),
            *(row[column] for column in ("relation", "method", "edges")),
            *(row[f"faithfulness{which}"] for which in ("", "_random", "_other")),
        )
        for row, name in zip(records(circuits), names, strict=True)
    ]
    models = sorted(set(map(str, circuits["model"])))
    return html.page("Circuits", html.head(models, f"{len(rows):,} circuits") + html.table(COLUMNS, rows))
