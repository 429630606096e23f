"""What the pages Compare and Similarity ask: circuits are read once a model and method, and answers are cached.

As in `dashboard.data`, `target` comes first, and answers are kept for its `TTL`.
"""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.data.questions import TTL, ask, corpus, store, typical
from graphdb.comparison import missing as gaps
from graphdb.comparison import modules as communities
from graphdb.comparison import nearest, relations, sides, two_methods
from graphdb.comparison import outliers as unlike
from graphdb.comparison.memberships import Level, Memberships, from_frames, row_of
from graphdb.comparison.profiles import nearest as profile_nearest
from graphdb.comparison.ways import Way, at_level


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the two things that are compared: a relation, or the circuit of one of its facts."""

    relation: str
    fact: str
    """Fact id; empty for the relation."""
    circuit: str
    """Circuit id; empty for the relation."""
    way: Way


def corpora(target: str, level: Level, ways: list[Way]) -> list[Memberships]:
    """The corpora of ways at a level at which they compare; raises UserError where there is none."""
    read = Level.EDGE if level is Level.EDGE else Level.COMPONENT
    return at_level(store(), level, [corpus(target, way, read) for way in ways])


@st.cache_data(ttl=TTL, max_entries=50, show_spinner="Comparing …")
def two(target: str, a: Choice, b: Choice, level: Level) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two things side by side: what they share beside chance, and the names; raises UserError."""
    if level is Level.COMPONENT and not (a.circuit or b.circuit):
        pair = _typical_side(target, a), _typical_side(target, b)
    else:
        first, second = corpora(target, level, [a.way, b.way])
        pair = _side(first, a), _side(second, b)
    return sides.measures(*pair), sides.names(*pair)


@st.cache_data(ttl=TTL, max_entries=50, show_spinner="Reading the edges …")
def parts(target: str, a: Choice, b: Choice, level: Level) -> pd.DataFrame:
    """What two things hold, and which part it is, from their own circuits alone: no other relation is read."""
    return sides.names(_side(own(target, a, level), a), _side(own(target, b, level), b))


def own(target: str, choice: Choice, level: Level) -> Memberships:
    """The circuit of the fact, or those of the relation, as sets of components or edges."""
    query = "edge_memberships" if level is Level.EDGE else "component_memberships"
    way, only = choice.way, {"relation": choice.relation, "fact": choice.fact}
    return from_frames([ask(target, query, **only, model=way.model, method=way.method)], level)


def _side(found: Memberships, choice: Choice) -> sides.Side:
    if choice.circuit:
        return sides.fact_side(found, choice.circuit)
    return sides.relation_side(found, choice.relation)


def _typical_side(target: str, choice: Choice) -> sides.Side:
    """The side of a relation, read from the summaries and its own circuits: no other circuit is read."""
    corpus = typical(target, choice.way)
    row = row_of(corpus, choice.relation)
    return sides.Side(choice.relation, "relation", corpus, row, own(target, choice, Level.COMPONENT))


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Comparing every fact's two circuits …")
def same_facts(target: str, a: Way, b: Way, level: Level) -> pd.DataFrame:
    """Each fact's two circuits, of two models or methods; raises UserError."""
    return two_methods.same_facts(*corpora(target, level, [a, b]))


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Comparing relations …")
def similarity(target: str, way: Way, level: Level) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """All pairs of relations beside chance, and the relations in clustered order."""
    rows = typical(target, way) if level is Level.COMPONENT else corpus(target, way, level).typical()
    return relations.typical_pairs(rows), relations.cluster(rows).order


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Comparing one with all …")
def near(target: str, way: Way, level: Level, circuit: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The nearest facts and the nearest relations of a circuit."""
    found = corpus(target, way, level)
    return nearest.nearest_facts(found, circuit), nearest.nearest_relations(found, circuit)


@st.cache_data(ttl=TTL, max_entries=50, show_spinner="Comparing one with all …")
def alike(target: str, way: Way, circuit: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The facts and the relations whose circuits are most like one, as profiles; raises UserError."""
    found = profile_nearest.nearest_to(corpus(target, way), circuit)
    return found.facts, found.relations


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Comparing facts with their relation …")
def outliers(target: str, way: Way, level: Level) -> pd.DataFrame:
    """Facts, those unlike their relation first."""
    return unlike.outliers(corpus(target, way, level))


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Seeking modules …")
def modules(target: str, way: Way, level: Level) -> pd.DataFrame:
    """Names that circuits use together."""
    return communities.modules(corpus(target, way, level))


@st.cache_data(ttl=TTL, max_entries=20, show_spinner=False)
def missing(target: str, way: Way) -> pd.DataFrame:  # noqa: ARG001
    """How many facts of each relation have a circuit, those that lack most first."""
    return gaps.missing(store(), way.model, way.method)
