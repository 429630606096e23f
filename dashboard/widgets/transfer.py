"""Circuits of whole relations: how good they are beside what they must beat, and whose facts else they carry."""

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.drawing import charts
from dashboard.widgets import states
from dashboard.widgets.text import plain

HELP = (
    "One circuit for a relation, found from two thirds of its facts' circuits. Row: whose circuit runs. Column: whose "
    "held-out facts are asked. Colour: mean faithfulness over these facts; the framed diagonal is the relation's own. "
    "A circuit that carries every relation alike says little about its own."
)
HELP_RULE = "mean: the strongest edges by the facts' mean score; vote: edges that enough of their circuits hold."
CAPTION = (
    "On held-out facts, which neither found the circuit nor chose its size; low and high: 95% bootstrap interval over "
    "them. Random: circuits of equal size and layer profile. Shuffled: the same circuit with the answers of the "
    "relation's other facts, the relation's prior. Collapsed: q, k and v merged, kv-heads expanded."
)
COLUMNS = {
    "relation": "relation",
    "edges": "edges",
    "edges_collapsed": "collapsed",
    "nodes_collapsed": "nodes",
    "facts_train": "facts, training",
    "faithfulness_train": "faithfulness, training",
    "facts": "facts, held out",
    "faithfulness": "faithfulness",
    "low": "low",
    "high": "high",
    "faithfulness_random": "random",
    "faithfulness_shuffled": "shuffled",
    "hit10": "Hit@10",
    "hit10_random": "Hit@10, random",
    "hit10_shuffled": "Hit@10, shuffled",
    "hit10_model": "Hit@10, model",
}


@states.fragment
def section(target: str, model: str, method: str) -> None:
    """Draw the section; redraws alone."""
    st.subheader("Transfer between relations", help=HELP)
    cells = questions.ask(target, "transfer", model=model, method=method)
    if cells.empty:
        st.caption("No circuits of whole relations yet: `kcircuits relation-circuits` finds them.")
        return
    rules = sorted(set(cells["rule"]))
    rule = st.segmented_control(
        "Rule", rules, default=rules[0], required=True, format_func=plain, key="rule", bind="query-params",
        help=HELP_RULE,
    )  # fmt: skip
    st.altair_chart(charts.transfer(cells[cells["rule"] == rule]))
    circuits = questions.ask(target, "relation_circuits", model=model, method=method)
    st.caption(CAPTION)
    st.dataframe(_shown(circuits[circuits["rule"] == rule]), hide_index=True)


def _shown(circuits: pd.DataFrame) -> pd.DataFrame:
    return circuits[list(COLUMNS)].rename(columns=COLUMNS).round(2)
