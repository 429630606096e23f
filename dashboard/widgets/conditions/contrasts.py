"""A fact's circuits of both contrasts: what is the subject's, what the relation's, what both have."""

import streamlit as st

from dashboard.data import conditions
from dashboard.widgets.conditions import pairs
from graphdb.records import Kind

HELP = (
    "Subject: found against other subjects in the same words. Relation: found against other words about the same "
    "subject. By chance: sets of the same sizes, each drawn with the popularity of names among its own kind."
)


def section(target: str, model: str) -> None:
    """Draw the circuits of one fact."""
    chosen = pairs.choose(conditions.contrasts(target, model, Kind.RELATION), "contrast_fact")
    st.subheader("Circuits of both contrasts", help=HELP)
    pairs.section(target, chosen, "subject", "relation")
