"""Which circuits are compared: those of a model, found by a method, at a level at which two of them compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from graphdb.comparison.memberships import Level, Memberships, load
from graphdb.errors import UserError
from graphdb.queries.lookup import topology
from graphdb.store.types import Queries
from graphdb.topology import Topology


@dataclass(frozen=True, slots=True)
class Way:
    """Which circuits: those of a model, found by a method; empty where the store leaves no choice."""

    model: str = ""
    method: str = ""


OPEN = Way()
"""Where the store leaves no choice."""


def corpora(store: Queries, level: Level, ways: Sequence[Way]) -> list[Memberships]:
    """Read the corpus of each way, once where they are the same.

    Layers of models of different depth are bands of equal relative depth. Raises UserError for components or edges of
    models of different shape, whose names do not mean the same.
    """
    return at_level(store, level, read(store, level, ways))


def read(store: Queries, level: Level, ways: Sequence[Way]) -> list[Memberships]:
    """Read the corpus of each way, once where they are the same, as `Level.read` has it."""
    one = cache(lambda way: load(store, level.read, way.model, way.method))
    return [one(way) for way in ways]


def at_level(store: Queries, level: Level, found: Sequence[Memberships]) -> list[Memberships]:
    """Return corpora, as `Level.read` has them, at a level at which they compare; as `corpora` does."""
    shapes = {corpus.circuits["model"].iloc[0]: None for corpus in found}
    tops = {model: topology(store, model) for model in shapes}
    differ = len(set(tops.values())) > 1
    if differ and level is level.read:
        raise UserError(f"{' and '.join(tops)} have different shapes: compare them at --level layer or channel")
    made = {id(corpus): _at(level, corpus, tops[corpus.circuits["model"].iloc[0]], differ) for corpus in found}
    return [made[id(corpus)] for corpus in found]


def _at(level: Level, corpus: Memberships, shape: Topology, differ: bool) -> Memberships:
    match level:
        case Level.LAYER:
            return corpus.layers(shape.n_layers if differ else 0)
        case Level.CHANNEL:
            return corpus.channels()
        case _:
            return corpus
