"""The forms of a comparison: what the command line, `Store.compare` and pages ask, and the tables that answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import pandas as pd

from graphdb.comparison import missing, modules, nearest, outliers, parts, relations, sides, two_methods
from graphdb.comparison.all_pairs import all_pairs
from graphdb.comparison.memberships import Level, Memberships, load
from graphdb.errors import UserError, unknown
from graphdb.queries.lookup import find_fact, topology
from graphdb.store.types import Queries
from graphdb.tables import records


class View(StrEnum):
    """What to show of the things compared."""

    MEASURES = "measures"
    """Two things: what they share, beside chance. The default for two."""
    NAMES = "names"
    """Two things: shared and unique names."""
    PARTS = "parts"
    """A relation: what all, most, some or single circuits hold, and its specificity. The default for a relation."""
    STABILITY = "stability"
    """A relation: how its core changes with its facts."""
    OUTLIERS = "outliers"
    """A relation, or all: facts unlike their relation, ranked."""
    NEAREST = "nearest"
    """A fact: the nearest facts; a relation: the nearest relations. The default for a fact."""
    RELATIONS = "relations"
    """Everything: all relations pairwise. The default for no argument."""
    MATRIX = "matrix"
    """Everything: relation × name, clustered."""
    MODULES = "modules"
    """Everything: names that circuits use together."""
    CIRCUITS = "circuits"
    """Everything: all circuits pairwise, and the nearest of each."""
    RUNS = "runs"
    """Everything in two models or methods: each fact's two circuits. The default for no argument and an other way."""
    MISSING = "missing"
    """Everything: what has no circuit."""


@dataclass(frozen=True, slots=True)
class Way:
    """Which circuits: those of a model, found by a method; empty where the store leaves no choice."""

    model: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Tables, the one that was asked for first, and what to know about them."""

    tables: Mapping[str, pd.DataFrame]
    """Title -> table."""
    notes: tuple[str, ...]
    """Lines: the corpus, and what is missing from it."""

    @property
    def main(self) -> pd.DataFrame:
        """The table that was asked for."""
        return next(iter(self.tables.values()))


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared. `a` and `b`: a relation, a fact's id, a subject, a circuit's id, or empty."""

    a: str = ""
    b: str = ""
    view: View | None = None
    levels: Sequence[Level] = (Level.COMPONENT,)
    way: Way = Way()
    other: Way = Way()
    """The circuits of `b`, or of the second model or method; what is empty is as in `way`."""
    seed: int = 0


def answer(store: Queries, question: Question) -> Answer:
    """Answer a question; the tables' columns are documented where they are made, and in docs/comparison.md.

    Raises UserError for names that the store does not have, for a view that does not fit what is compared, and where
    circuits of several models or methods leave open which ones are meant.
    """
    two = bool(question.b) or bool(question.a and question.other != Way())
    if two:
        return _two(store, question)
    if not question.a and question.other != Way():
        return _runs(store, question)
    return _one(store, question) if question.a else _everything(store, question)


def question(
    a: str = "",
    b: str = "",
    view: str = "",
    levels: Sequence[str] = ("component",),
    *,
    model: str = "",
    method: str = "",
    other_model: str = "",
    other_method: str = "",
    seed: int = 0,
) -> Question:
    """Return the question that texts stand for; raises UserError for a view or a level that there is not."""
    if view and view not in list(View):
        raise unknown("view", view, View)
    for level in levels:
        if level not in list(Level):
            raise unknown("level", level, Level)
    ways = Way(model, method), Way(other_model, other_method)
    return Question(a, b, View(view) if view else None, [Level(level) for level in levels], *ways, seed)


def corpora(store: Queries, level: Level, ways: Sequence[Way]) -> list[Memberships]:
    """Read the corpus of each way, once where they are the same.

    Layers of models of different depth are bands of equal relative depth. Raises UserError for components or edges of
    models of different shape, whose names do not mean the same.
    """
    read = cache(lambda way: load(store, Level.EDGE if level is Level.EDGE else Level.COMPONENT, way.model, way.method))
    return at_level(store, level, [read(way) for way in ways])


def at_level(store: Queries, level: Level, found: Sequence[Memberships]) -> list[Memberships]:
    """Return corpora of components, or of edges for that level, at a level at which they compare; as `corpora` does."""
    shapes = {corpus.circuits["model"].iloc[0]: None for corpus in found}
    tops = {model: topology(store, model) for model in shapes}
    differ = len(set(tops.values())) > 1
    if differ and level is not Level.LAYER:
        raise UserError(f"{' and '.join(tops)} have different shapes: compare them at --level layer")
    if level is not Level.LAYER:
        return list(found)
    layered = {
        id(corpus): corpus.layers(tops[corpus.circuits["model"].iloc[0]].n_layers if differ else 0) for corpus in found
    }
    return [layered[id(corpus)] for corpus in found]


def side(store: Queries, corpus: Memberships, text: str) -> sides.Side:
    """Return the side that a relation, a fact's id, a subject or a circuit's id means; raises UserError."""
    if text in set(corpus.circuits["relation"]):
        return sides.relation_side(corpus, text)
    if text in set(store.query("relations")["relation"]):
        raise _without(text)
    return sides.fact_side(corpus, circuit(store, corpus, text))


def circuit(store: Queries, corpus: Memberships, text: str) -> str:
    """Return the id of the circuit in the corpus that a fact's id, a subject or a circuit's id means."""
    fact = str(find_fact(store, text)["fact"])
    found = corpus.circuits.loc[corpus.circuits["fact"] == fact, "circuit"]
    if found.empty:
        raise _without(fact)
    return str(found.iloc[0])


def _two(store: Queries, question: Question) -> Answer:
    view = _fitting(question, View.MEASURES, View.NAMES)
    first, second = _ways(store, question)
    tables, notes = [], []
    for level in question.levels:
        a, b = corpora(store, level, (first, second))
        pair = side(store, a, question.a), side(store, b, question.b or question.a)
        tables.append((sides.measures(*pair, seed=question.seed), sides.names(*pair)))
        notes = _two_notes(pair, [a] if a is b else [a, b], store)
    measured, named = (pd.concat(frames, ignore_index=True) for frames in zip(*tables, strict=True))
    both = {"What they share": measured, "Names, the most shared first": named}
    return Answer(dict(reversed(both.items())) if view is View.NAMES else both, tuple(notes))


def _two_notes(pair: tuple[sides.Side, sides.Side], found: list[Memberships], store: Queries) -> list[str]:
    sets = [
        f"{name}  {one.kind} {one.id}: {len(one.members.sizes)} circuits" for name, one in zip("AB", pair, strict=True)
    ]
    if "relation" in {one.kind for one in pair}:
        sets.append("of a relation: the names that at least half of its circuits hold")
    return sets + [line for corpus in found for line in missing.notes(store, corpus)]


def _runs(store: Queries, question: Question) -> Answer:
    _fitting(question, View.RUNS)
    a, b = corpora(store, _level(question), _ways(store, question))
    found = two_methods.same_facts(a, b)
    by = found.groupby("relation")[["shared", "expected", "jaccard", "jaccard_expected", "containment"]].mean()
    by.insert(0, "facts", found.groupby("relation").size())
    notes = [*missing.notes(store, a), *missing.notes(store, b), f"{len(found)} facts have a circuit in both"]
    return Answer({"Each fact's two circuits": found, "By relation, means": by.reset_index()}, tuple(notes))


def _one(store: Queries, question: Question) -> Answer:
    first, _ = _ways(store, question)
    (corpus,) = corpora(store, _level(question), (first,))
    is_relation = question.a in set(store.query("relations")["relation"])
    notes = tuple(missing.notes(store, corpus))
    if not is_relation:
        _fitting(question, View.NEAREST)
        one = circuit(store, corpus, question.a)
        facts = nearest.nearest_facts(corpus, one, question.seed)
        near = nearest.nearest_relations(corpus, one, question.seed)
        return Answer({"Nearest facts": facts, "Nearest relations": near}, notes)
    view = _fitting(question, View.PARTS, View.STABILITY, View.OUTLIERS, View.NEAREST)
    if question.a not in corpus.relations:
        raise _without(question.a)
    return Answer(_first(view, _of_relation(corpus, question.a, question.seed)), notes)


def _of_relation(corpus: Memberships, relation: str, seed: int) -> dict[View, tuple[str, Callable[[], pd.DataFrame]]]:
    return {
        View.PARTS: ("What its circuits hold", lambda: parts.parts(corpus, relation, seed)),
        View.STABILITY: ("How that changes with its facts", lambda: parts.stability(corpus, relation, seed)),
        View.OUTLIERS: ("Facts, those unlike the others first", lambda: outliers.outliers(corpus, relation, seed)),
        View.NEAREST: ("Nearest relations", lambda: nearest.near_relation(corpus, relation, seed=seed)),
    }


def _everything(store: Queries, question: Question) -> Answer:
    every = (View.RELATIONS, View.MATRIX, View.MODULES, View.OUTLIERS, View.CIRCUITS, View.MISSING)
    view = _fitting(question, *every)
    first, _ = _ways(store, question)
    (corpus,) = corpora(store, _level(question), (first,))
    notes = tuple(missing.notes(store, corpus))
    match view:
        case View.MATRIX:
            tables = {"Share of a relation's circuits": relations.relation_names(corpus).reset_index()}
        case View.MODULES:
            tables = {"Names used together": modules.modules(corpus, question.seed)}
        case View.OUTLIERS:
            tables = {"Facts, those unlike their relation first": outliers.outliers(corpus, seed=question.seed)}
        case View.CIRCUITS:
            found = all_pairs(corpus, seed=question.seed)
            tables = {"All pairs": found.kinds, "Jaccard index": found.histogram, "Nearest": found.nearest}
        case View.MISSING:
            model, method = corpus.circuits[["model", "method"]].iloc[0]
            tables = {"Circuits of each relation": missing.missing(store, model, method)}
        case _:
            pairs = relations.relation_pairs(corpus, seed=question.seed)
            tables = {"Relations, the most alike beyond chance first": pairs}
            if len(corpus.relations) == 2:
                notes += ("popularity over two relations leaves nothing to chance: p is 1",)
    return Answer(tables, notes)


def _first(view: View, tables: Mapping[View, tuple[str, Callable[[], pd.DataFrame]]]) -> dict[str, pd.DataFrame]:
    """Return the view's table; the default, parts, comes with those of stability and outliers."""
    shown = (View.PARTS, View.STABILITY, View.OUTLIERS) if view is View.PARTS else (view,)
    return {title: make() for title, make in (tables[one] for one in shown)}


def _ways(store: Queries, question: Question) -> tuple[Way, Way]:
    """Return the ways of both sides: a circuit's id names its own, and one side's is the other's where it is open."""
    own = [_own_way(store, text) for text in (question.a, question.b)]
    first = own[0] or question.way
    second = own[1] or Way(question.other.model or first.model, question.other.method or first.method)
    return (Way(first.model or second.model, first.method or second.method) if own[1] else first), second


def _own_way(store: Queries, text: str) -> Way | None:
    if "|" not in text or find_fact(store, text)["by"] != "circuit":
        return None
    row = records(store.query("circuits", circuit=text))[0]
    return Way(str(row["model"]), str(row["method"]))


def _fitting(question: Question, *views: View) -> View:
    """Return the view asked for, or the first of these; raises UserError where it is none of them."""
    view = question.view or views[0]
    if view not in views:
        given = " and ".join(name for name in (question.a, question.b) if name) or "the whole store"
        raise UserError(f"--view {view} does not fit {given}; there are {', '.join(views)}")
    return view


def _level(question: Question) -> Level:
    if len(question.levels) > 1:
        raise UserError("several levels are for two things side by side; give one --level")
    return question.levels[0]


def _without(name: str) -> UserError:
    return UserError(f"{name} has no circuit to compare: `kcircuits query facts_without_circuit` says why")
