"""What the pages ask the store: a function a question. Answers are kept for `TTL`, then asked anew.

Functions take `target`, the store's name, first: it keeps the answers of one store from serving another.
"""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from graphdb.comparison.memberships import Level, Memberships, load, load_typical
from graphdb.comparison.ways import Way
from graphdb.formats import exports
from graphdb.queries.library import Query
from graphdb.queries.lookup import run_states
from graphdb.queries.lookup import topology as shape_of
from graphdb.read_only.guard import Answer
from graphdb.read_only.guard import ask as ask_reading
from graphdb.store import Store, open_store
from graphdb.store.score_files import load_scores
from graphdb.tables import records
from graphdb.topology import Topology

TTL = "5m"
"""An ingest may be filling the store while it is looked at; *Refresh* does not wait for this."""


@st.cache_resource(show_spinner="Opening the store …", on_release=Store.close)
def store() -> Store:
    """The store of $KCIRCUITS_STORE, or the default one, opened once for all visitors; raises UserError."""
    return open_store(None, create=False)


def forget() -> None:
    """Drop every cached answer, so that the next question reaches the store."""
    st.cache_data.clear()
    corpus.clear()
    typical.clear()


@st.cache_data(ttl=TTL, max_entries=200, show_spinner="Asking the store …")
def ask(target: str, query: str, **parameters: object) -> pd.DataFrame:  # noqa: ARG001
    """Answer of a query of the library. Raises UserError for parameters that do not fit it."""
    return store().query(query, **parameters)


def models(target: str) -> pd.DataFrame:
    """One row a model: its shape and how many facts it recalls."""
    return ask(target, "models")


@st.cache_data(ttl=TTL, max_entries=20, show_spinner=False)
def topology(target: str, model: str) -> Topology:  # noqa: ARG001
    """Shape of a model of the store."""
    return shape_of(store(), model)


def recall(target: str, model: str) -> pd.DataFrame:
    """One row a relation of which facts were put to the model: facts, asked, known."""
    rows = ask(target, "relations", model=model)[["relation", "facts", "asked", "known"]]
    return rows[rows["asked"] > 0]


def explained(target: str, model: str) -> list[str]:
    """Ids of the relations that the model has circuits of."""
    rows = ask(target, "relations", model=model)
    return sorted(rows.loc[rows["circuits"] > 0, "relation"])


def circuits(target: str, model: str, relation: str = "") -> pd.DataFrame:
    """One row a circuit in brief, as `circuit_list` has them; of one relation where it is named."""
    return ask(target, "circuit_list", model=model, relation=relation)


def circuit(target: str, name: str) -> dict[str, Any]:
    """All figures of the circuit of this id, its donors and its curve among them."""
    return records(ask(target, "circuits", circuit=name))[0]


def methods(target: str, model: str) -> list[str]:
    """The ways in which the model's circuits were found, the one with most circuits first."""
    return [str(name) for name in ask(target, "overview", model=model)["method"].dropna()]


def runs(target: str, model: str) -> pd.DataFrame:
    """One row a run of the model; `ended` says of one that has not whether it is running or unfinished, as of now."""
    found = ask(target, "runs", model=model)
    states = run_states(found, store().is_running)
    return found.assign(ended=found["ended"].where(found["ended"] != "", states))


def quality(target: str, model: str, method: str) -> pd.DataFrame:
    """One row a relation: how good its circuits are, beside what they must beat."""
    return ask(target, "relation_quality", model=model, method=method)


def circuit_edges(target: str, circuit: str) -> pd.DataFrame:
    """The stored edges of a circuit: source, target, channel, weight in logits, rank from 1."""
    return ask(target, "circuit_edges", circuit=circuit)


def usage(target: str, model: str, method: str) -> pd.DataFrame:
    """One row a cell of the component × relation matrix: how much the facts use the component, and how specifically."""
    return ask(target, "component_usage", model=model, method=method)


def facts_using(target: str, component: str, model: str, method: str, relation: str = "") -> pd.DataFrame:
    """Facts whose circuits hold a component, the heaviest use first."""
    return ask(target, "facts_using_component", component=component, model=model, method=method, relation=relation)


@st.cache_data(ttl=TTL, max_entries=20, show_spinner="Writing the files …")
def exported(target: str, circuit: str, kind: exports.Kind) -> bytes:  # noqa: ARG001
    """A stored circuit as a file of this kind."""
    stream = BytesIO()
    exports.write(store(), exports.select(store(), circuit), kind, stream)
    return stream.getvalue()


def circuits_of(target: str, relation: str, way: Way) -> pd.DataFrame:
    """One row a circuit of the relation: circuit, fact, subject."""
    return ask(target, "component_memberships", relation=relation, fact="", model=way.model, method=way.method)


@st.cache_resource(ttl=TTL, max_entries=8, show_spinner="Reading the circuits …")
def corpus(target: str, way: Way, level: Level = Level.COMPONENT) -> Memberships:  # noqa: ARG001
    """The circuits of a model found by a method, as sets of components, edges or layers; raises UserError."""
    return load(store(), level, way.model, way.method)


@st.cache_resource(ttl=TTL, max_entries=8, show_spinner="Reading the relations …")
def typical(target: str, way: Way) -> Memberships:  # noqa: ARG001
    """The typical circuits of relations, as sets of components; raises UserError."""
    return load_typical(store(), way.model, way.method)


@st.cache_data(ttl=TTL, max_entries=50, show_spinner="Asking the store …")
def read(target: str, cypher: str) -> Answer:  # noqa: ARG001
    """Answer of a statement that only reads; raises UserError for one that may write or asks for too much."""
    return ask_reading(store(), cypher)


def choices(target: str, query: Query) -> dict[str, list[str]]:
    """Values of those parameters of a query that name something in the store."""
    sources: dict[str, Callable[[], pd.Series]] = {
        "relation": lambda: ask(target, "relations")["relation"],
        "model": lambda: models(target)["model"],
        "method": lambda: ask(target, "overview")["method"].dropna(),
        "fact": lambda: circuits(target, "")["fact"],
        **{name: lambda: circuits(target, "")["circuit"] for name in ("circuit", "first", "second")},
    }
    return {each.name: sorted(set(sources[each.name]())) for each in query.parameters if each.name in sources}


@st.cache_data(ttl=TTL, max_entries=20, show_spinner=False)
def scores(folder: Path, artifact: str) -> np.ndarray | None:
    """Scores of every edge of the model [n_edges], float16; None where this machine has no such file."""
    return load_scores(folder, artifact) if artifact and (folder / artifact).is_file() else None
