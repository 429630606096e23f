"""A query's parameters as typed widgets, and its answer as a table to look at and to take along."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from graphdb.plain_text import without_formulas
from graphdb.queries.library import Column, Parameter, Query, Value
from graphdb.tables import plain


def parameters(query: Query, choices: Mapping[str, Sequence[str]]) -> dict[str, Value] | None:
    """Draw a widget for each parameter, bound to the URL; None while a required one is empty.

    `choices`: the values of a parameter that names something in the store.
    """
    if not query.parameters:
        return {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given = {each.name: _widget(query.name, each, choices.get(each.name)) for each in query.parameters}
    missing = [each.name for each in query.parameters if each.default is None and given[each.name] in (None, "")]
    return None if missing else {name: value for name, value in given.items() if value is not None}


def _widget(query: str, parameter: Parameter, choices: Sequence[str] | None) -> Value | None:
    key = f"{query}.{parameter.name}"
    required = " (required)" if parameter.default is None else ""
    label = parameter.name.replace("_", " ") + required
    if choices is not None:
        return st.selectbox(
            label,
            choices,
            index=None,
            key=key,
            bind="query-params",
            help=parameter.help,
            width=340,
            placeholder="every" if parameter.default == "" else "choose",
        )
    if parameter.type == "string":
        default = str(parameter.default or "")
        return st.text_input(label, default, key=key, bind="query-params", help=parameter.help, width=300)
    step = 1 if parameter.type == "integer" else 0.05
    default = None if parameter.default is None else type(step)(parameter.default)
    return st.number_input(
        label, value=default, step=step, key=key, bind="query-params", help=parameter.help, width=200
    )


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with nodes, relationships and lists as JSON text, as tables and CSV want them."""
    return frame.map(_readable)


def _readable(value: object) -> object:
    simple = plain(value)
    return json.dumps(simple, ensure_ascii=False) if isinstance(simple, list | dict) else simple


def answer(frame: pd.DataFrame, name: str, columns: Sequence[Column], config: Mapping[str, Any] | None = None) -> None:
    """Draw an answer with its size and a download; `config` draws columns otherwise than as they are."""
    frame = readable(frame)
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.caption(f"{len(frame):,} rows")
    right.download_button(
        "CSV",
        without_formulas(frame).to_csv(index=False),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    helps = {column.name: st.column_config.Column(help=column.help) for column in columns}
    st.dataframe(frame, hide_index=True, column_config=helps | dict(config or {}))


def svg(chart: alt.LayerChart, name: str) -> None:
    """Offer a chart as SVG; it is drawn when it is asked for."""
    st.download_button(
        "SVG",
        lambda: svg_of(chart),
        f"{name}.svg",
        "image/svg+xml",
        icon=":material/download:",
        on_click="ignore",
    )


def svg_of(chart: alt.LayerChart) -> str:
    """Return a chart as SVG."""
    import vl_convert  # 30 MB that no page needs to be drawn

    with alt.data_transformers.enable("default", max_rows=None):
        return vl_convert.vegalite_to_svg(chart.to_dict())
