"""What the pages Compare, Similarity and Overview ask of profiles; as in `dashboard.data.comparisons`."""

import pandas as pd
import streamlit as st

from dashboard.data.comparisons import Choice, own
from dashboard.data.questions import TTL, ask, corpus, store
from graphdb.comparison.memberships import Level
from graphdb.comparison.profiles import difference as differences
from graphdb.comparison.profiles import fact_map as maps
from graphdb.comparison.profiles import relation_profiles
from graphdb.comparison.profiles.views import headline
from graphdb.comparison.ways import Way


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Comparing relations …")
def pairs(target: str, way: Way, level: Level) -> pd.DataFrame:
    """All pairs of relations by their profiles, the most alike first."""
    return relation_profiles.relation_profiles(corpus(target, way, level))


@st.cache_data(ttl=TTL, max_entries=10, show_spinner="Drawing the map …")
def fact_map(target: str, way: Way, level: Level) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The place of each circuit on a map, and which share of all differences its two directions show."""
    return maps.fact_map(corpus(target, way, level))


@st.cache_data(ttl=TTL, max_entries=10, show_spinner="Asking each circuit for the nearest …")
def retrieval(target: str, way: Way) -> pd.DataFrame:
    """For how many facts the nearest other circuit is one of the same relation, beside its baselines."""
    return headline(store(), corpus(target, way), way)


@st.cache_data(ttl=TTL, max_entries=50, show_spinner=False)
def difference(target: str, a: Choice, b: Choice, level: Level) -> pd.DataFrame:
    """The names that make the difference between two things, the largest first."""
    read = Level.EDGE if level is Level.EDGE else Level.COMPONENT
    both = [own(target, each, read) for each in (a, b)]
    return differences.difference(*([each.layers() for each in both] if level is Level.LAYER else both))


@st.cache_data(ttl=TTL, max_entries=10, show_spinner=False)
def kinds(target: str) -> dict[str, str]:
    """Relation id -> the kind of relation that it is."""
    rows = ask(target, "relations")
    return dict(zip(rows["relation"], rows["category"], strict=True))
