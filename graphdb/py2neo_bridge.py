"""py2neo on a store, for notebooks that already speak it: a `py2neo.Graph`, and object views to read with.

py2neo has reached the end of its life. This bridge is for reading; the store's own queries come first.
"""

from graphdb.errors import UserError
from graphdb.store import Store

try:
    from py2neo import Graph
    from py2neo.ogm import Model, Property, RelatedFrom, RelatedTo
except ImportError as error:
    raise UserError("py2neo is not installed: pip install 'knowledge-circuits[py2neo]'") from error


def graph(store: Store) -> Graph:
    """Return the open store as a `py2neo.Graph`; it works for as long as the store is open."""
    login = store.login
    auth = (login.user, login.password) if login.password else None
    return Graph(login.uri, auth=auth, name=login.database)


class Relation(Model):
    """A relation, and its facts."""

    __primarykey__ = "id"
    id = Property()
    name = Property()
    category = Property()
    templates = Property()
    facts = RelatedFrom("Fact", "OF_RELATION")


class Fact(Model):
    """A fact, its relation and the circuits that explain it."""

    __primarykey__ = "id"
    id = Property()
    subject = Property()
    object = Property()
    accepted = Property()
    prompt = Property()
    relation = RelatedTo("Relation", "OF_RELATION")
    circuits = RelatedFrom("Circuit", "EXPLAINS")


class Circuit(Model):
    """A circuit, its fact and its components."""

    __primarykey__ = "id"
    id = Property()
    method = Property()
    target = Property()
    reached = Property()
    faithfulness = Property()
    faithfulness_random = Property()
    n_edges = Property()
    n_nodes = Property()
    fact = RelatedTo("Fact", "EXPLAINS")
    components = RelatedTo("Component", "INCLUDES")


class Component(Model):
    """A component of a model, and the circuits that hold it."""

    __primarykey__ = "id"
    id = Property()
    name = Property()
    kind = Property()
    layer = Property()
    head = Property()
    circuits = RelatedFrom("Circuit", "INCLUDES")
