"""Compare: two relations, facts, models or methods side by side, each number beside what chance gives."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.data import comparisons, profiles, questions
from dashboard.data.comparisons import Choice
from dashboard.drawing import comparison_charts, profile_charts
from dashboard.widgets import forms, joint, sides, states
from graphdb.comparison.memberships import Level
from graphdb.comparison.overlap import LEVEL
from graphdb.comparison.profiles.difference import DIFFERENCE_COLUMNS
from graphdb.comparison.sides import MEASURE_COLUMNS
from graphdb.comparison.two_methods import SAME_FACTS_COLUMNS
from graphdb.queries.library import Column

MEANS = {
    "shared": "names that both hold",
    "jaccard": "shared ÷ names that either holds",
    "containment": "shared ÷ names of the smaller",
    "weighted_jaccard": "the same as Jaccard, each name with its share of the score",
    "rank_correlation": "whether shared names have the same order by score: −1 to 1",
}
NUMBER = st.column_config.NumberColumn
NUMBERS = {name: NUMBER(name, format="%.3g", help=MEASURE_COLUMNS[name]) for name in ("effect", "p", "q")}
HELP_MEASURES = (
    "By chance: sets of the same sizes, drawn with the popularity of each name. A relation stands for its typical "
    "circuit, the names that at least half of its circuits hold. docs/comparison.md explains each number."
)
HELP_DIFFERENCE = (
    "The mean share of the score that the circuits of A, and of B, give each name; embedding and logits left out. "
    "Blue: A; orange: B."
)
SHARE = NUMBER(format="percent")
MOVED = {"share_a": SHARE, "share_b": SHARE, "difference": SHARE}


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    st.title("Compare")
    found = sides.ways(target)
    if model not in {way.model for way in found}:
        states.no_circuits()
        return
    left, right = st.columns(2)
    with left:
        a = sides.first(target, found, model)
    with right:
        b = sides.second(target, found, a)
    if a == b:
        st.info("A and B are the same. Choose another relation, fact, model or method for one of them.")
        return
    if questions.topology(target, a.way.model) == questions.topology(target, b.way.model):
        level = sides.level()
        profile_difference(target, a, b, level)
        beside(target, a, b, level)
        st.subheader("One drawing of both")
        joint.picture(target, a, b, "A", "B")
    else:
        st.info("Models of different shape have no component in common: their layers are compared, by relative depth.")
        beside(target, a, b, Level.LAYER)
    if a.way != b.way:
        every_fact(target, a, b)


def profile_difference(target: str, a: Choice, b: Choice, level: Level) -> None:
    """Draw both profiles side by side: the names that make the difference, the largest first."""
    st.subheader("What tells them apart", help=HELP_DIFFERENCE)
    found = profiles.difference(target, a, b, level)
    if found.empty or not found["difference"].abs().sum():
        st.caption("Neither gives any name a share of score that the other does not.")
        return
    moved = found["difference"].abs().sum() / 2
    half = int((found["difference"].abs().cumsum() < moved).sum()) + 1
    st.markdown(
        f"**{moved:.0%}** of the score would have to move to make one profile of the other; {half} of {len(found):,} "
        f"{sides.LEVELS[level]} make half of that."
    )
    left, right = st.columns([3, 2])
    with left:
        st.altair_chart(profile_charts.difference(found))
    with right:
        forms.answer(found, "difference", _columns(DIFFERENCE_COLUMNS), MOVED)


@states.fragment
def beside(target: str, a: Choice, b: Choice, level: Level) -> None:
    """Draw what the two share beside chance, and the names; redraws alone."""
    st.subheader("What they share", help=HELP_MEASURES)
    measures, names = comparisons.two(target, a, b, level)
    st.markdown(verdict(measures, sides.LEVELS[level], _why_no_q(a, b), alone=_alone(target, a, b)))
    left, right = st.columns([2, 3])
    with left:
        st.altair_chart(comparison_charts.measures(measures))
    with right:
        table = measures.assign(measure=measures["measure"].str.replace("_", " "), says=measures["measure"].map(MEANS))
        order = ["measure", "value", "expected", "effect", "p", "q", "says"]
        config = NUMBERS | {
            "value": NUMBER("observed", format="%.3g", help=MEASURE_COLUMNS["value"]),
            "expected": NUMBER("by chance", format="%.3g", help=MEASURE_COLUMNS["expected"]),
        }
        forms.answer(table[order], "compare", _columns(MEASURE_COLUMNS), config)
    with st.expander(f"Shared and unique {sides.LEVELS[level]}", icon=":material/list:"):
        forms.answer(names.drop(columns="level"), "names", joint.COLUMNS, joint.SHARES)


def verdict(measures: pd.DataFrame, names: str, why_no_q: str, *, alone: bool) -> str:
    """Say in a sentence whether chance explains what is shared; `alone`: there are no other relations to learn from."""
    row = measures[measures["measure"] == "shared"].iloc[0]
    value, expected, p, q = (float(row[column]) for column in ("value", "expected", "p", "q"))
    sure = f"p = {p:.2g}; no q: {why_no_q}" if np.isnan(q) else f"q = {q:.2g}"
    more = "more than chance explains" if (p if np.isnan(q) else q) <= LEVEL else "chance explains that"
    shared = (
        f"A holds {row['a']:.0f} {names}, B {row['b']:.0f}. **{value:.0f}** of the {row['a'] + row['b'] - value:.0f} "
        "are shared"
    )
    if alone:
        return (
            f"{shared}. The store holds these two relations alone, and their popularity **leaves nothing to chance**."
        )
    return (
        f"{shared}; sets of these sizes share **{expected:.1f}** by chance, so {row['effect']:.2f} × chance: "
        f"**{more}** ({sure})."
    )


def _alone(target: str, a: Choice, b: Choice) -> bool:
    """Whether two relations are compared where there are no others: every overlap is then the one expected."""
    same = a.way == b.way and not (a.circuit or b.circuit)
    return same and len(questions.typical(target, a.way).relations) == 2


def _why_no_q(a: Choice, b: Choice) -> str:
    if a.way != b.way:
        return "they are of two models or methods"
    if bool(a.circuit) != bool(b.circuit):
        return "one is a fact, the other a relation"
    return "the corpus is too large to take every pair" if a.circuit else "a relation has under five circuits"


@states.fragment
def every_fact(target: str, a: Choice, b: Choice) -> None:
    """Draw, for two models or methods, every fact's two circuits against each other; redraws alone."""
    st.subheader("Every fact in both", help="The two circuits of each fact that has both, beside chance.")
    one_shape = questions.topology(target, a.way.model) == questions.topology(target, b.way.model)
    found = comparisons.same_facts(target, a.way, b.way, Level.COMPONENT if one_shape else Level.LAYER)
    if found.empty:
        st.caption("No fact has a circuit in both.")
        return
    found_beyond = int((found["q"] <= LEVEL).sum())
    st.markdown(f"**{found_beyond:,}** of {len(found):,} facts have circuits that share more than chance explains.")
    st.caption("Tick: a fact. Diamond: the mean by chance.")
    st.altair_chart(comparison_charts.runs(found))
    with st.expander("Facts", icon=":material/list:"):
        forms.answer(found, "facts", _columns(SAME_FACTS_COLUMNS), {name: NUMBER(format="%.3g") for name in ("p", "q")})


def _columns(texts: dict[str, Any]) -> list[Column]:
    return [Column(name, text) for name, text in texts.items()]


page()
