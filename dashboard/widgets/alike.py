"""What a circuit is most like, as a profile of score."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.widgets.text import plain
from graphdb.comparison.profiles.nearest import FACT_COLUMNS, RELATION_COLUMNS

HELP = (
    "Cosine of the deviations of both circuits' profiles, √share of |score| by component, from what relations have on "
    "average: 1 the same, 0 nothing in common but what all have. Facts of a relation share their template, too."
)


def section(facts: pd.DataFrame, relations: pd.DataFrame) -> None:
    """Draw the nearest relations beside the nearest facts, with a sentence; nothing where there are none."""
    if facts.empty or relations.empty:
        return
    st.subheader("Most like", help=HELP)
    first = relations.iloc[0]
    beside = "" if pd.isna(first["own"]) else f"; its own circuits have {first['own']:.2f} with each other (median)"
    st.markdown(
        f"This circuit is most like those of **{plain(first['relation'])}**: {first['similarity']:.2f}{beside}."
    )
    left, right = st.columns(2)
    with left:
        _table(relations.drop(columns="rank"), RELATION_COLUMNS)
    with right:
        _table(facts[["fact", "similarity"]], FACT_COLUMNS)


def _table(rows: pd.DataFrame, help_of: Mapping[str, str]) -> None:
    config: dict[str, Any] = {
        str(name): st.column_config.NumberColumn(format="%.2f", help=help_of[str(name)])
        if name in ("similarity", "own")
        else st.column_config.Column(help=help_of[str(name)])
        for name in rows
    }
    st.dataframe(rows, hide_index=True, column_config=config)
