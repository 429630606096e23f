"""Records in, graph out. Every writer may be repeated: what is there is kept or replaced, never doubled."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphdb.artifacts import remove_scores
from graphdb.records import Circuit, Fact, Model, Recall, Relation, Run, relation_of
from graphdb.removal import remove_circuits
from graphdb.statements import (
    component_scores,
    create,
    create_nodes,
    edge_row,
    feed_rows,
    link,
    merge,
    node_row,
    node_rows,
    pair,
)
from graphdb.store import Row, Statement, Store, Transaction
from graphdb.summaries import READ, Asked, Judged, Tally, Way, add, circuit_row, recall_row, use_row
from graphdb.summary_writers import apply
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
            (merge("Model"), [node_row("Model", model)]),
            *((merge("Component", label), each) for label, each in by_label.items()),
            (link("Component", "IN_MODEL", "Model"), [pair(row["id"], model.id) for row in rows]),
        ]
    )


def write_relations(store: Store, relations: Iterable[Relation]) -> None:
    """Write relations."""
    store.write([(merge("Relation"), [node_row("Relation", each) for each in relations])])


def write_facts(store: Store, facts: Iterable[Fact]) -> None:
    """Write facts; their relations must be there."""
    facts = list(facts)
    store.write(
        [
            (merge("Fact"), [node_row("Fact", each) for each in facts]),
            (link("Fact", "OF_RELATION", "Relation"), [pair(each.id, each.relation_id) for each in facts]),
        ]
    )


def write_run(store: Store, run: Run) -> None:
    """Write a run; its model must be there. A run that goes on keeps its first start."""
    statement = (
        "UNWIND $rows AS row MERGE (n:Run {id: row.id}) "
        "WITH n, row, coalesce(n.started, row.started) AS started SET n += row SET n.started = started"
    )
    store.write([(statement, [node_row("Run", run)]), (link("Run", "OF_MODEL", "Model"), [pair(run.id, run.model_id)])])


def write_batch(store: Store, recalls: Sequence[Recall], circuits: Sequence[Circuit]) -> None:
    """Write recalls and circuits in one transaction, with what the summaries say of them: all, or nothing.

    Their model, facts and runs must be there. A circuit that is there is replaced, with its nodes and edges; then its
    score file is deleted, unless the new circuit has the same.
    """
    sizes = group_sizes(store)

    def work(transaction: Transaction) -> list[str]:
        tally = Tally()
        _tally_recalls(transaction, recalls, tally)
        transaction.write(_recall_statements(recalls))
        replaced = remove_circuits(transaction, sorted(each.id for each in circuits), tally)
        _tally_circuits(circuits, tally)
        transaction.write(_circuit_statements(circuits, sizes))
        apply(transaction, tally)
        return replaced

    if recalls or circuits:
        replaced = store.transact(work)
        remove_scores(store.data_folder, set(replaced) - {each.artifact for each in circuits})


def _tally_recalls(transaction: Transaction, recalls: Sequence[Recall], tally: Tally) -> None:
    """Count recalls, less what is stored of them."""
    stored = transaction.read(
        "UNWIND $ids AS id MATCH (k:Recall {id: id}) "
        "RETURN k.model_id AS model_id, k.fact_id AS fact_id, k.known AS known",
        ids=[each.id for each in recalls],
    )
    for row in stored:
        add(tally.recalls[Asked(row["model_id"], relation_of(row["fact_id"]))], recall_row(row["known"]), -1)
    for each in recalls:
        add(tally.recalls[Asked(each.model_id, relation_of(each.fact_id))], recall_row(each.known))


def _tally_circuits(circuits: Sequence[Circuit], tally: Tally) -> None:
    """Count circuits that are to be written."""
    for each in circuits:
        way = Way(each.model_id, relation_of(each.fact_id), each.method)
        add(tally.circuits[Judged(*way, each.judged_on)], circuit_row({name: getattr(each, name) for name in READ}))
        for component_id, score in component_scores(each).items():
            add(tally.uses[way][component_id], use_row(score))


def group_sizes(store: Store) -> dict[str, int]:
    """Return model id -> heads that share a kv-head."""
    rows = store.read("MATCH (m:Model) RETURN m.id AS id, m.n_heads / m.n_kv_heads AS size")
    return dict(zip(rows["id"], rows["size"], strict=True))


def _recall_statements(recalls: Sequence[Recall]) -> list[Statement]:
    return [
        (merge("Recall"), [node_row("Recall", each) for each in recalls]),
        (link("Recall", "RECALLS", "Fact"), [pair(each.id, each.fact_id) for each in recalls]),
        (link("Recall", "BY_MODEL", "Model"), [pair(each.id, each.model_id) for each in recalls]),
    ]


def _circuit_statements(circuits: Sequence[Circuit], group_sizes: dict[str, int]) -> list[Statement]:
    nodes = [row for each in circuits for row in node_rows(each)]
    edges = [edge_row(each, edge) for each in circuits for edge in each.edges]
    feeds = [row for each in circuits for row in feed_rows(each, group_sizes[each.model_id])]
    return [
        ("UNWIND $rows AS row CREATE (n:Circuit) SET n = row", [node_row("Circuit", each) for each in circuits]),
        (create("Circuit", "EXPLAINS", "Fact"), [pair(each.id, each.fact_id) for each in circuits]),
        (create("Circuit", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in circuits]),
        (create("Circuit", "FROM_RUN", "Run"), [pair(each.id, each.run_id) for each in circuits]),
        # A node's relationships at once: half the time of a statement for each.
        (f"{create_nodes('Circuit')} CREATE (c)-[:INCLUDES {{score: row.score}}]->(k)", nodes),
        (create("CircuitNode", "FLOWS", "CircuitNode"), edges),
        (create("CircuitNode", "FEEDS", "CircuitNode"), feeds),
    ]
