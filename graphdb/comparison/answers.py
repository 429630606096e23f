"""The forms of a comparison: what the command line, `Store.compare` and pages ask, and the tables that answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from graphdb.comparison import contrasts, missing, modules, nearest, outliers, parts, relations, sides, two_methods
from graphdb.comparison.all_pairs import all_pairs
from graphdb.comparison.memberships import Level, Memberships, load
from graphdb.comparison.profiles import nearest as profile_nearest
from graphdb.comparison.profiles import relation_profiles, two, views
from graphdb.comparison.profiles.nearest import Nearest
from graphdb.comparison.ways import OPEN, Way, corpora
from graphdb.errors import UserError, unknown
from graphdb.queries.lookup import find_fact
from graphdb.records import Circuit, Kind
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
    """A fact or a relation: what is most like it as a profile. The default for a fact."""
    SETS = "sets"
    """A fact or a relation: what shares most names with it, beyond chance."""
    PROFILES = "profiles"
    """Everything: all relations pairwise, as profiles. The default for no argument."""
    RELATIONS = "relations"
    """Everything: all relations pairwise, as sets."""
    RETRIEVAL = "retrieval"
    """Everything, in one way or two: how often the nearest circuit is one of the same relation."""
    MATRIX = "matrix"
    """Everything: relation × name, clustered."""
    MODULES = "modules"
    """Everything: names that circuits use together."""
    CIRCUITS = "circuits"
    """Everything: all circuits pairwise, and the nearest of each."""
    RUNS = "runs"
    """Everything in two models or methods: each fact's two circuits. The default for no argument and an other way."""
    CONTRASTS = "contrasts"
    """A fact, a relation or everything: what circuits hold in the one contrast, in the other, and in both."""
    MISSING = "missing"
    """Everything: what has no circuit."""


TWO = ("As profiles", "What they share", "Names, the most shared first")
"""Titles of the tables about two things."""


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
    way: Way = OPEN
    other: Way = OPEN
    """The circuits of `b`, or of the second model or method; what is empty is as in `way`."""
    seed: int = 0


def answer(store: Queries, question: Question) -> Answer:
    """Answer a question; the tables' columns are documented where they are made, and in docs/comparison.md.

    Raises UserError for names that the store does not have, for a view that does not fit what is compared, and where
    circuits of several models or methods leave open which ones are meant.
    """
    if question.view is View.CONTRASTS:
        return _contrasts(store, question)
    if is_of_two(question):
        return _two(store, question)
    if not question.a and question.other != OPEN:
        return _runs(store, question)
    return _one(store, question) if question.a else _everything(store, question)


def is_of_two(question: Question) -> bool:
    """Whether it sets two things side by side, or one thing in two ways."""
    return bool(question.b) or bool(question.a and question.other != OPEN)


def nearest_circuits(store: Queries, fact: str, level: Level, way: Way) -> tuple[Nearest, tuple[str, ...]]:
    """Return what is most like a fact's circuit as a profile, and notes; `fact`: its id, a subject or a circuit's id.

    Raises UserError as `answer` does.
    """
    first, _ = ways_of(store, Question(fact, way=way))
    (corpus,) = corpora(store, level, (first,))
    found = profile_nearest.nearest_to(corpus, circuit(store, corpus, fact))
    return found, (*missing.notes(store, corpus), *views.few(corpus))


def nearest_of_record(store: Queries, circuit: Circuit) -> Nearest:
    """Return what is most like a circuit that need not be stored, among the other ones of its model and method.

    Raises UserError where there are none, and where it has no score.
    """
    corpus = load(store, Level.COMPONENT, circuit.model_id, circuit.method)
    others = corpus.select(np.flatnonzero(corpus.circuits["circuit"] != circuit.id))
    if others.circuits.empty:
        raise UserError(f"the store has no other circuit of {circuit.model_id} by {circuit.method}")
    found = profile_nearest.nearest_of(others, profile_nearest.parts_of(circuit))
    if found.facts.empty:
        raise UserError("the stored circuits are all one profile: nothing tells which another is most like")
    return found


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
    ways = Way(model, method), Way(other_model, other_method)
    return Question(a, b, View(view) if view else None, [level(name) for name in levels], *ways, seed)


def level(name: str) -> Level:
    """Return the level of a name; raises UserError where there is none."""
    if name not in list(Level):
        raise unknown("level", name, Level)
    return Level(name)


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
    first, second = ways_of(store, question)
    tables, notes = [], []
    for level in question.levels:
        a, b = corpora(store, level, (first, second))
        _as_sets(level)
        pair = side(store, a, question.a), side(store, b, question.b or question.a)
        alike = two.alike(a, b, *(one.id for one in pair))
        tables.append((alike, sides.measures(*pair, seed=question.seed), sides.names(*pair)))
        notes = _two_notes(pair, [a] if a is b else [a, b], store)
    frames = [pd.concat(frames, ignore_index=True) for frames in zip(*tables, strict=True)]
    found = dict(zip(TWO, frames, strict=True))
    main = TWO[2] if view is View.NAMES else TWO[1]
    return Answer({main: found.pop(main)} | found, tuple(notes))


def _two_notes(pair: tuple[sides.Side, sides.Side], found: list[Memberships], store: Queries) -> list[str]:
    sets = [
        f"{name}  {one.kind} {one.id}: {len(one.members.sizes)} circuits" for name, one in zip("AB", pair, strict=True)
    ]
    if "relation" in {one.kind for one in pair}:
        sets.append("of a relation: the names that at least half of its circuits hold")
    return sets + [line for corpus in found for line in missing.notes(store, corpus)]


def _contrasts(store: Queries, question: Question) -> Answer:
    """Return each fact's two circuits, and of one thing what its circuits share and hold, by contrast."""
    if question.b or question.other != OPEN:
        raise UserError("--view contrasts is of one fact or relation, or of all: give no second one, and no other way")
    first, second = contrasts.both_contrasts(store, question.way)
    kind = contrasts.kind_of(second.method)
    asked = replace(question, way=first, other=second, view=None)
    if not question.a:
        return _runs(store, asked)
    is_relation = question.a in set(store.query("relations")["relation"])
    name = question.a if is_relation else str(find_fact(store, question.a)["fact"])
    found = _two(store, replace(asked, a=name))
    facts = _runs(store, replace(asked, a="", levels=question.levels[:1])).main
    facts = facts[facts["relation" if is_relation else "fact"] == name].reset_index(drop=True)
    tables = {title: contrasts.by_contrast(one, kind) if "part" in one else one for title, one in found.tables.items()}
    told = f"A is the {Kind.SUBJECT} contrast, B the {kind} contrast"
    return Answer({"Each fact's two circuits": facts} | tables, (told, *found.notes))


def _runs(store: Queries, question: Question) -> Answer:
    if _fitting(question, View.RUNS, View.RETRIEVAL) is View.RETRIEVAL:
        return Answer(*views.retrieved(store, ways_of(store, question), question.levels, question.seed))
    a, b = corpora(store, _level(question), ways_of(store, question))
    found = two_methods.same_facts(a, b)
    by = found.groupby("relation")[["shared", "expected", "jaccard", "jaccard_expected", "containment"]].mean()
    by.insert(0, "facts", found.groupby("relation").size())
    notes = [*missing.notes(store, a), *missing.notes(store, b), f"{len(found)} facts have a circuit in both"]
    return Answer({"Each fact's two circuits": found, "By relation, means": by.reset_index()}, tuple(notes))


def _one(store: Queries, question: Question) -> Answer:
    first, _ = ways_of(store, question)
    (corpus,) = corpora(store, _level(question), (first,))
    is_relation = question.a in set(store.query("relations")["relation"])
    notes = tuple(missing.notes(store, corpus))
    if not is_relation:
        view = _fitting(question, View.NEAREST, View.SETS)
        return Answer(_near_fact(corpus, circuit(store, corpus, question.a), view, question.seed), notes)
    view = _fitting(question, View.PARTS, View.STABILITY, View.OUTLIERS, View.NEAREST, View.SETS)
    if question.a not in corpus.relations:
        raise _without(question.a)
    if view is View.NEAREST:
        notes += tuple(views.few(corpus))
    else:
        _as_sets(corpus.level)
    return Answer(_first(view, _of_relation(corpus, question.a, question.seed)), notes)


def _near_fact(corpus: Memberships, one: str, view: View, seed: int) -> dict[str, pd.DataFrame]:
    """Return what is nearest as a profile, and then as a set; the view `sets` has the sets alone."""
    if view is View.SETS:
        _as_sets(corpus.level)
    found = dict[str, pd.DataFrame]()
    if view is View.NEAREST:
        near = profile_nearest.nearest_to(corpus, one)
        found = {"Nearest facts, as profiles": near.facts, "Nearest relations, as profiles": near.relations}
    if corpus.level is not Level.CHANNEL:
        found["Nearest facts, as sets"] = nearest.nearest_facts(corpus, one, seed)
        found["Nearest relations, as sets"] = nearest.nearest_relations(corpus, one, seed)
    return found


def _of_relation(corpus: Memberships, relation: str, seed: int) -> dict[View, tuple[str, Callable[[], pd.DataFrame]]]:
    return {
        View.PARTS: ("What its circuits hold", lambda: parts.parts(corpus, relation, seed)),
        View.STABILITY: ("How that changes with its facts", lambda: parts.stability(corpus, relation, seed)),
        View.OUTLIERS: ("Facts, those unlike the others first", lambda: outliers.outliers(corpus, relation, seed)),
        View.NEAREST: (
            "Nearest relations, as profiles",
            lambda: relation_profiles.near_relation_profile(corpus, relation, seed),
        ),
        View.SETS: ("Nearest relations, as sets", lambda: nearest.near_relation(corpus, relation, seed=seed)),
    }


def _everything(store: Queries, question: Question) -> Answer:
    every = (View.PROFILES, View.RELATIONS, View.RETRIEVAL, View.MATRIX, View.MODULES, View.OUTLIERS, View.CIRCUITS)
    view = _fitting(question, *every, View.MISSING)
    first, _ = ways_of(store, question)
    if view is View.RETRIEVAL:
        return Answer(*views.retrieved(store, (first, first), question.levels, question.seed))
    (corpus,) = corpora(store, _level(question), (first,))
    notes = tuple(missing.notes(store, corpus))
    if view is View.PROFILES:
        notes += tuple(views.few(corpus))
        tables = {
            "Relations, the most alike as profiles first": relation_profiles.relation_profiles(corpus, question.seed)
        }
        if corpus.level is not Level.CHANNEL:
            tables |= _sets(store, corpus, View.RELATIONS, question.seed)
    else:
        _as_sets(corpus.level)
        tables = _sets(store, corpus, view, question.seed)
    if len(corpus.relations) == 2 and view in (View.PROFILES, View.RELATIONS):
        notes += ("as sets: popularity over two relations leaves nothing to chance: p is 1",)
    return Answer(tables, notes)


def _sets(store: Queries, corpus: Memberships, view: View, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables of a view of the whole store that sees circuits as sets."""
    match view:
        case View.MATRIX:
            return {"Share of a relation's circuits": relations.relation_names(corpus).reset_index()}
        case View.MODULES:
            return {"Names used together": modules.modules(corpus, seed)}
        case View.OUTLIERS:
            return {"Facts, those unlike their relation first": outliers.outliers(corpus, seed=seed)}
        case View.CIRCUITS:
            found = all_pairs(corpus, seed=seed)
            return {"All pairs": found.kinds, "Jaccard index": found.histogram, "Nearest": found.nearest}
        case View.MISSING:
            model, method = corpus.circuits[["model", "method"]].iloc[0]
            return {"Circuits of each relation": missing.missing(store, model, method)}
        case _:
            return {
                "Relations, the most alike as sets beyond chance first": relations.relation_pairs(corpus, seed=seed)
            }


def _as_sets(level: Level) -> None:
    """Raise UserError for a level at which all circuits are one set."""
    if level is Level.CHANNEL:
        raise UserError(
            "--level channel fits the views nearest, profiles and retrieval: as sets, most circuits hold every channel"
        )


def _first(view: View, tables: Mapping[View, tuple[str, Callable[[], pd.DataFrame]]]) -> dict[str, pd.DataFrame]:
    """Return the view's table; the default, parts, comes with those of stability and outliers."""
    shown = (View.PARTS, View.STABILITY, View.OUTLIERS) if view is View.PARTS else (view,)
    return {title: make() for title, make in (tables[one] for one in shown)}


def ways_of(store: Queries, question: Question) -> tuple[Way, Way]:
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
