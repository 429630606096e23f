"""The widgets of the Compare page: a relation or one of its facts, in a model, found by a method."""

import pandas as pd
import streamlit as st

from dashboard.data import questions
from dashboard.data.comparisons import Choice
from graphdb.comparison.memberships import Level
from graphdb.comparison.ways import Way
from graphdb.tables import records

LEVELS = {Level.COMPONENT: "components", Level.LAYER: "layers", Level.EDGE: "edges"}
HELP_LEVEL = "What a circuit is taken to be a set of. Edges of a large store take a while to read."
HELP_METHOD = "How circuits were found; each is compared beside what chance gives among its own kind."


def ways(target: str) -> list[Way]:
    """Models and methods of which there are circuits."""
    return [Way(str(row["model"]), str(row["method"])) for row in records(questions.ask(target, "ways"))]


def method(found: list[Way], model: str, key: str = "method", label: str = "Method") -> str:
    """Let the visitor choose a method of the model, where there are several."""
    names = [way.method for way in found if way.model == model]
    if len(names) < 2:
        return names[0]
    return str(st.selectbox(label, names, key=key, bind="query-params", help=HELP_METHOD))


def level(key: str = "level") -> Level:
    """Let the visitor choose what circuits are sets of; the address holds the word."""
    word = st.segmented_control(
        "Of", list(LEVELS.values()), default=LEVELS[Level.COMPONENT], required=True, key=key, bind="query-params",
        help=HELP_LEVEL,
    )  # fmt: skip
    return next(level for level, name in LEVELS.items() if name == word)


def first(target: str, found: list[Way], model: str) -> Choice:
    """Let the visitor choose A."""
    return _choice(target, Way(model, method(found, model, "method", "Method of A")), "a", 0)


def second(target: str, found: list[Way], a: Choice) -> Choice:
    """Let the visitor choose B: the next relation, if nothing else."""
    models = list(dict.fromkeys(way.model for way in found))
    model = a.way.model
    if models[1:]:
        model = str(st.selectbox("Model of B", models, models.index(model), key="model_b", bind="query-params"))
    return _choice(target, Way(model, method(found, model, "method_b", "Method of B")), "b", 1)


def _choice(target: str, way: Way, letter: str, place: int) -> Choice:
    relations = questions.typical(target, way).relations
    left, right = st.columns(2)
    relation = str(
        left.selectbox(
            f"Relation {letter.upper()}", relations, min(place, len(relations) - 1), key=letter, bind="query-params"
        )
    )
    mine = questions.circuits_of(target, relation, way).set_index("subject")
    # Where a store has one relation, its first two facts are compared.
    only = place if len(relations) == 1 and len(mine) > place else None
    subject = right.selectbox(
        f"Fact {letter.upper()}", sorted(mine.index), only, key=f"fact_{letter}", bind="query-params",
        placeholder="the whole relation",
    )  # fmt: skip
    if subject is None:
        return Choice(relation, "", "", way)
    fact: pd.DataFrame = mine.loc[[subject]]
    return Choice(relation, str(fact["fact"].iloc[0]), str(fact["circuit"].iloc[0]), way)
