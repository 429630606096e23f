"""Similarity: relations and facts as profiles of score, and as sets beside what chance gives."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.data import comparisons, profiles, questions
from dashboard.drawing import comparison_charts, profile_charts
from dashboard.widgets import forms, sides, states
from graphdb.comparison.memberships import Level
from graphdb.comparison.missing import MISSING_COLUMNS
from graphdb.comparison.modules import MODULE_COLUMNS
from graphdb.comparison.nearest import FACT_COLUMNS, RELATION_COLUMNS
from graphdb.comparison.outliers import OUTLIER_COLUMNS
from graphdb.comparison.overlap import FEWEST_FACTS, LEVEL
from graphdb.comparison.profiles.relation_profiles import PAIR_COLUMNS as PROFILE_COLUMNS
from graphdb.comparison.relations import PAIR_COLUMNS
from graphdb.comparison.ways import Way
from graphdb.queries.library import Column

VALUES = {"fold": "effect", "beyond": "beyond chance", "jaccard_or_chance": "observed | chance"}
HELP_MAP = (
    "A relation stands for its typical circuit: the names that at least half of its circuits hold. By chance: circuits "
    "of these sizes, drawn with each name's popularity over the relations. Order: average linkage of 1 − Jaccard, with "
    "the best of the orders that the tree allows."
)
HELP_VIEW = "Profiles: the share of score that each name carries. Sets: which names a circuit holds, beside chance."
HELP_PROFILES = (
    "A circuit's profile: √ of the share of its score that each name carries, embedding and logits left out; a "
    "relation's is the mean over its facts. Colour: cosine of two relations' deviations from the mean over relations. "
    "Diagonal: one half of a relation's facts with the other, the most that a cosine can reach. Tooltip: 95% interval "
    "over facts, what chance gives, p and q."
)
HELP_FACTS = "Classical scaling of the distances between profiles: their first two principal components."
ONE_RELATION = "There are circuits of one relation only: two are needed. `kcircuits ingest` finds more."
HELP_COLOUR = "effect: shared ÷ shared by chance. beyond chance: Jaccard index less that by chance."
LINK = st.column_config.LinkColumn("", display_text="compare", width=80, help="Opens both side by side in a new tab")
PRECISE = ("expected", "effect", "jaccard", "jaccard_expected", "containment", "p", "q", "shared", "deviation",
           "relation_effect", "nearest_effect")  # fmt: skip


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    st.title("Similarity")
    found = sides.ways(target)
    if model not in {way.model for way in found}:
        states.no_circuits()
        return
    # Keys of their own: Streamlit lets no page set a parameter of another that one of its own widgets is bound to.
    way = Way(model, sides.method(found, model, "by"))
    views: dict[str, Callable[[str, Way, Level], None]] = {
        "profiles": by_profile,
        "map of facts": fact_map,
        "sets beside chance": by_sets,
    }
    left, right = st.columns(2)
    with left:
        level = sides.level("of")
    chosen = right.segmented_control(
        "View", list(views), default="profiles", required=True, key="view", bind="query-params", help=HELP_VIEW
    )
    if states.every_circuit(target, model, way.method):
        views[str(chosen)](target, way, level)


def by_profile(target: str, way: Way, level: Level) -> None:
    """Draw the heat map of profiles; a click on a cell opens the two relations on Compare."""
    st.subheader("Relation × relation", help=HELP_PROFILES)
    pairs = profiles.pairs(target, way, level)
    if pairs.empty:
        st.info(ONE_RELATION)
        return
    relations = profile_charts.order(pairs, sorted({*pairs["a"], *pairs["b"]}))
    st.caption(said_of_profiles(pairs, len(relations)))
    chart = profile_charts.heat_map(profile_charts.cells(pairs, profiles.kinds(target)), relations)
    event = st.altair_chart(chart, on_select="rerun", key="profiles")
    forms.svg(chart.properties(width=chart.height), "profiles")
    picked = event["selection"].get("pair", [])
    if picked and picked[0]["a"] != picked[0]["b"]:
        both = {"a": picked[0]["a"], "b": picked[0]["b"], "level": sides.LEVELS[level]}
        st.switch_page("app_pages/compare.py", query_params=both | {"method": way.method})
    links = [_link(way, level, a=a, b=b) for a, b in zip(pairs["a"], pairs["b"], strict=True)]
    _table(pairs.assign(compare=links), "profiles", PROFILE_COLUMNS)


def said_of_profiles(pairs: pd.DataFrame, relations: int) -> str:
    """Say what the heat map shows, and what it cannot say."""
    tested, beyond = int(pairs["q"].notna().sum()), int((pairs["q"] <= LEVEL).sum())
    said = [f"{relations} relations, {len(pairs):,} pairs; {beyond:,} are more alike than chance makes at q ≤ {LEVEL}."]
    if beyond:
        said.append("A dot marks them.")
    if tested < len(pairs):
        said.append(f"{len(pairs) - tested:,} have no q: too few circuits of a relation, or too few relations.")
    said.append("Facts of a relation share a template: how much of it is wording, `compare --view retrieval` says.")
    return " ".join(said)


def fact_map(target: str, way: Way, level: Level) -> None:
    """Draw all facts on a map; a click on one opens its circuit."""
    st.subheader("Map of facts", help=HELP_FACTS)
    places, shares = profiles.fact_map(target, way, level)
    if places.empty:
        st.info("No circuit has a score to be placed by.")
        return
    st.caption(
        f"{len(places):,} circuits. The map shows {sum(shares):.0%} of what tells their profiles apart: what lies near "
        "here need not be near in all. Click a circuit to open it, a relation in the legend to see it alone."
    )
    event = st.altair_chart(profile_charts.fact_map(places, shares), on_select="rerun", key="map")
    picked = event["selection"].get("circuit", [])
    if picked:
        fact = places.loc[places["circuit"] == picked[0]["circuit"], "fact"].iloc[0]
        relation, _, subject = str(fact).partition("/")
        query = {"relation": relation, "fact": subject, "method": way.method}
        st.switch_page("app_pages/circuit.py", query_params=query)


def by_sets(target: str, way: Way, level: Level) -> None:
    """Draw relations as sets of names beside chance, and what else sets tell."""
    relations(target, way, level)
    more(target, way, level)


def relations(target: str, way: Way, level: Level) -> None:
    """Draw the heat map; a click on a cell opens the two relations on Compare.

    No fragment: a second click would ask for one that the page left behind, and leave Compare empty.
    """
    st.subheader("Relation × relation", help=HELP_MAP)
    pairs, order = comparisons.similarity(target, way, level)
    if pairs.empty:
        st.info(ONE_RELATION)
        return
    value = str(
        st.segmented_control(
            "Colour", list(VALUES), default="fold", required=True, format_func=VALUES.__getitem__, key="colour",
            bind="query-params", help=HELP_COLOUR,
        )
    )  # fmt: skip
    st.caption(said(pairs, len(order)))
    chart = comparison_charts.heat_map(comparison_charts.cells(pairs, order), order, value)
    event = st.altair_chart(chart, on_select="rerun", key="heat")
    forms.svg(chart.properties(width=chart.height), "similarity")
    picked = event["selection"].get("pair", [])
    if picked:
        both = {"a": picked[0]["a"], "b": picked[0]["b"], "level": sides.LEVELS[level]}
        st.switch_page("app_pages/compare.py", query_params=both | {"method": way.method})


def said(pairs: pd.DataFrame, relations: int) -> str:
    """Say what the heat map shows, and what it cannot say."""
    tested, beyond = int(pairs["q"].notna().sum()), int((pairs["q"] <= LEVEL).sum())
    said = [f"{relations} relations, {len(pairs):,} pairs; {beyond:,} share more than chance gives at q ≤ {LEVEL}."]
    if beyond and relations <= comparison_charts.LABELLED:
        said.append("A dot marks them.")
    if tested < len(pairs):
        said.append(f"{len(pairs) - tested:,} have no q: a relation has under {FEWEST_FACTS} circuits.")
    if relations == 2:
        said.append("Popularity over two relations leaves nothing to chance: p is 1.")
    said.append("Click a cell to compare the two; the chart's toolbar saves it as PNG, the button below as SVG.")
    return " ".join(said)


@states.fragment
def more(target: str, way: Way, level: Level) -> None:
    """Draw the table that is chosen; the others are not computed."""
    tables: dict[str, Callable[[str, Way, Level], None]] = {
        "Pairs": _pairs,
        "Nearest": _nearest,
        "Outliers": _outliers,
        "Modules": _modules,
        "Missing": _missing,
    }
    chosen = st.segmented_control(
        "Table", list(tables), default="Pairs", required=True, key="table", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    tables[str(chosen)](target, way, level)


def _pairs(target: str, way: Way, level: Level) -> None:
    pairs, _ = comparisons.similarity(target, way, level)
    links = [_link(way, level, a=a, b=b) for a, b in zip(pairs["a"], pairs["b"], strict=True)]
    _table(pairs.assign(compare=links), "relations", PAIR_COLUMNS)


def _nearest(target: str, way: Way, level: Level) -> None:
    circuits = questions.corpus(target, way).circuits
    left, right = st.columns(2)
    relation = str(
        left.selectbox("Relation", sorted(circuits["relation"].unique()), key="relation", bind="query-params")
    )
    mine = circuits[circuits["relation"] == relation].set_index("subject")
    subject = str(right.selectbox("Fact", sorted(mine.index), key="fact", bind="query-params"))
    facts, near = comparisons.near(target, way, level, str(mine.loc[[subject], "circuit"].iloc[0]))
    subjects = facts["nearest"].map(circuits.set_index("circuit")["subject"])
    both = zip(facts["relation"], subjects, strict=True)
    links = [_link(way, level, a=relation, fact_a=subject, b=other, fact_b=fact) for other, fact in both]
    st.markdown("**Nearest facts**: the Jaccard index most beyond chance first")
    _table(facts.drop(columns="nearest").assign(compare=links), "nearest-facts", FACT_COLUMNS)
    st.markdown("**Nearest relations**: the mean overlap with their circuits, most beyond chance first")
    links = [_link(way, level, a=relation, fact_a=subject, b=other) for other in near["relation"]]
    _table(near.assign(compare=links), "nearest-relations", RELATION_COLUMNS)


def _outliers(target: str, way: Way, level: Level) -> None:
    found = comparisons.outliers(target, way, level)
    subjects = found["circuit"].map(questions.corpus(target, way).circuits.set_index("circuit")["subject"])
    both = zip(found["relation"], subjects, strict=True)
    links = [_link(way, level, a=relation, fact_a=subject, b=relation) for relation, subject in both]
    st.markdown("Facts that share less with their own relation's circuits than its others do, the most unlike first.")
    _table(found.drop(columns="circuit").assign(compare=links), "outliers", OUTLIER_COLUMNS)


def _modules(target: str, way: Way, level: Level) -> None:
    found = comparisons.modules(target, way, level)
    if found.empty:
        st.info(f"No two {sides.LEVELS[level]} meet in more circuits than chance gives, at q ≤ {LEVEL}.")
        return
    st.markdown(
        f"**{found['module'].max()}** groups of {sides.LEVELS[level]} that circuits use together beyond chance."
    )
    _table(found, "modules", MODULE_COLUMNS)


def _missing(target: str, way: Way, level: Level) -> None:  # noqa: ARG001
    st.markdown(f"What the numbers above cannot speak of. Relations under {FEWEST_FACTS} circuits have no q-value.")
    _table(comparisons.missing(target, way), "missing", MISSING_COLUMNS)


def _table(frame: pd.DataFrame, name: str, texts: dict[str, str]) -> None:
    columns = [Column(column, text) for column, text in texts.items()]
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {
        column: number(format="%.3g", help=texts.get(column)) for column in PRECISE if column in frame
    }
    if "compare" in frame:
        frame, config = frame[["compare", *frame.columns[:-1]]], config | {"compare": LINK}
    forms.answer(frame, name, columns, config)


def _link(way: Way, level: Level, **choice: str) -> str:
    """Address of two things side by side, for every visitor of this dashboard."""
    return "compare?" + urlencode(choice | {"level": sides.LEVELS[level], "model": way.model, "method": way.method})


page()
