"""Records in, graph out. Every writer may be repeated: what is there is kept or replaced, never doubled."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphdb import schema
from graphdb.records import Circuit, Edge, Fact, Model, Recall, Relation, Run
from graphdb.store import Row, Statement, Store
from graphdb.topology import Topology

KINDS = {"embed": "Embed", "head": "Head", "kv_head": "KVHead", "mlp": "MLP", "logits": "Logits"}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a model, as read from its name. Embedding and logits have no layer, they and MLPs no head."""

    name: str
    kind: str
    layer: int | None = None
    head: int | None = None


def components(topology: Topology) -> list[Component]:
    """Return every component of a model: sources, kv-heads if heads share them, logits."""
    names = dict.fromkeys([*topology.source_names, *(name for name, _ in topology.slot_names)])
    return [_component(name) for name in names]


def _component(name: str) -> Component:
    if name in ("embed", "logits"):
        return Component(name, name)
    if name.startswith("m"):
        return Component(name, "mlp", int(name[1:]))
    layer, _, head = name[1:].partition(".")
    if head.startswith("kv"):
        return Component(name, "kv_head", int(layer), int(head[2:]))
    return Component(name, "head", int(layer), int(head[1:]))


def write_model(store: Store, model: Model) -> None:
    """Write a model and all its components."""
    by_label: dict[str, list[Row]] = defaultdict(list)
    for part in components(Topology(model.n_layers, model.n_heads, model.n_kv_heads)):
        row = {"id": f"{model.id}/{part.name}", "model_id": model.id}
        row |= {"name": part.name, "kind": part.kind, "layer": part.layer, "head": part.head}
        by_label[KINDS[part.kind]].append(row)
    rows = [row for each in by_label.values() for row in each]
    store.write(
        [
            (_merge("Model"), [_row("Model", model)]),
            *((_merge("Component", label), each) for label, each in by_label.items()),
            (_link("Component", "IN_MODEL", "Model"), [_pair(row["id"], model.id) for row in rows]),
        ]
    )


def write_relations(store: Store, relations: Iterable[Relation]) -> None:
    """Write relations."""
    store.write([(_merge("Relation"), [_row("Relation", each) for each in relations])])


def write_facts(store: Store, facts: Iterable[Fact]) -> None:
    """Write facts; their relations must be there."""
    facts = list(facts)
    store.write(
        [
            (_merge("Fact"), [_row("Fact", each) for each in facts]),
            (_link("Fact", "OF_RELATION", "Relation"), [_pair(each.id, each.relation_id) for each in facts]),
        ]
    )


def write_run(store: Store, run: Run) -> None:
    """Write a run; its model must be there. A run that goes on keeps its first start."""
    merge = (
        "UNWIND $rows AS row MERGE (n:Run {id: row.id}) "
        "WITH n, row, coalesce(n.started, row.started) AS started SET n += row SET n.started = started"
    )
    store.write([(merge, [_row("Run", run)]), (_link("Run", "OF_MODEL", "Model"), [_pair(run.id, run.model_id)])])


def write_batch(store: Store, recalls: Sequence[Recall], circuits: Sequence[Circuit]) -> None:
    """Write recalls and circuits in one transaction: all of them are there whole, or none.

    Their model, facts and runs must be there. A circuit that is there is replaced, with its nodes and edges.
    """
    store.write([*_recall_statements(recalls), *_circuit_statements(circuits, _group_sizes(store))])


def _group_sizes(store: Store) -> dict[str, int]:
    """Return model id -> heads that share a kv-head."""
    rows = store.read("MATCH (m:Model) RETURN m.id AS id, m.n_heads / m.n_kv_heads AS size")
    return dict(zip(rows["id"], rows["size"], strict=True))


def _recall_statements(recalls: Sequence[Recall]) -> list[Statement]:
    return [
        (_merge("Recall"), [_row("Recall", each) for each in recalls]),
        (_link("Recall", "RECALLS", "Fact"), [_pair(each.id, each.fact_id) for each in recalls]),
        (_link("Recall", "BY_MODEL", "Model"), [_pair(each.id, each.model_id) for each in recalls]),
    ]


def _circuit_statements(circuits: Sequence[Circuit], group_sizes: dict[str, int]) -> list[Statement]:
    circuits = sorted(circuits, key=lambda each: each.id)
    ids = [{"id": each.id} for each in circuits]
    nodes = [row for each in circuits for row in _node_rows(each)]
    edges = [_edge_row(each, edge) for each in circuits for edge in each.edges]
    feeds = [row for each in circuits for row in _feed_rows(each, group_sizes[each.model_id])]
    return [
        ("UNWIND $rows AS row MATCH (:Circuit {id: row.id})-[:HAS_NODE]->(n) DETACH DELETE n", ids),
        ("UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) DETACH DELETE c", ids),
        ("UNWIND $rows AS row CREATE (n:Circuit) SET n = row", [_row("Circuit", each) for each in circuits]),
        (_create("Circuit", "EXPLAINS", "Fact"), [_pair(each.id, each.fact_id) for each in circuits]),
        (_create("Circuit", "IN_MODEL", "Model"), [_pair(each.id, each.model_id) for each in circuits]),
        (_create("Circuit", "FROM_RUN", "Run"), [_pair(each.id, each.run_id) for each in circuits]),
        (_create_nodes(), nodes),
        (_create("CircuitNode", "FLOWS", "CircuitNode"), edges),
        (_create("CircuitNode", "FEEDS", "CircuitNode"), feeds),
    ]


def _node_id(circuit: Circuit, name: str) -> str:
    return f"{circuit.id}|{circuit.model_id}/{name}"


def _node_rows(circuit: Circuit) -> list[Row]:
    written: dict[str, float] = defaultdict(float)
    read: dict[str, float] = defaultdict(float)
    for edge in circuit.edges:
        written[edge.source] += abs(edge.weight)
        read[edge.target] += abs(edge.weight)
    return [
        {
            "id": _node_id(circuit, name),
            "circuit_id": circuit.id,
            "component_id": f"{circuit.model_id}/{name}",
            "name": name,
            "score": score,
        }
        for name, score in (read | written).items()
    ]


def _edge_row(circuit: Circuit, edge: Edge) -> Row:
    pair = _pair(_node_id(circuit, edge.source), _node_id(circuit, edge.target))
    return pair | {"edge_id": edge.id, "channel": edge.channel, "weight": edge.weight, "rank": edge.rank}


def _feed_rows(circuit: Circuit, group_size: int) -> list[Row]:
    """From each kv-head of the circuit to the heads of its group that are in it."""
    heads = {edge.source for edge in circuit.edges}
    rows: list[Row] = []
    for name in dict.fromkeys(edge.target for edge in circuit.edges if ".kv" in edge.target):
        layer, _, number = name.partition(".kv")
        group = range(int(number) * group_size, (int(number) + 1) * group_size)
        members = (f"{layer}.h{head}" for head in group)
        rows += [_pair(_node_id(circuit, name), _node_id(circuit, each)) for each in members if each in heads]
    return rows


def _row(label: str, record: Model | Relation | Fact | Recall | Run | Circuit) -> dict[str, object]:
    """Return the properties that the schema declares for the label, as the record has them."""
    values = {each.name: getattr(record, each.name, "fact") for each in schema.node(label).properties}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _pair(source: object, target: object, **properties: object) -> dict[str, object]:
    return {"source": source, "target": target, **properties}


def _merge(label: str, kind: str = "") -> str:
    labels = f"{label}:{kind}" if kind else label
    return f"UNWIND $rows AS row MERGE (n:{labels} {{id: row.id}}) SET n += row"


def _link(source: str, kind: str, target: str) -> str:
    return f"{_ends(source, target)} MERGE (a)-[:{kind}]->(b)"


def _create(source: str, kind: str, target: str) -> str:
    declared = schema.relationship(source, kind, target).properties
    return f"{_ends(source, target)} CREATE (a)-[:{kind} {_from_row(declared)}]->(b)"


def _create_nodes() -> str:
    """A circuit's node with its relationships at once: half the time of a statement for each."""
    node = _from_row(schema.node("CircuitNode").properties)
    return (
        "UNWIND $rows AS row "
        "MATCH (c:Circuit {id: row.circuit_id}) MATCH (k:Component {id: row.component_id}) "
        f"CREATE (c)-[:HAS_NODE]->(:CircuitNode {node})-[:INSTANCE_OF]->(k) "
        "CREATE (c)-[:INCLUDES {score: row.score}]->(k)"
    )


def _from_row(properties: Iterable[schema.Property]) -> str:
    return "{" + ", ".join(f"{each.name}: row.{each.name}" for each in properties) + "}"


def _ends(source: str, target: str) -> str:
    return f"UNWIND $rows AS row MATCH (a:{source} {{id: row.source}}) MATCH (b:{target} {{id: row.target}})"
