"""Records in, graph out. Every writer may be repeated: what is there is kept or replaced, never doubled."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from graphdb.components import KINDS
from graphdb.records import Attempt, Circuit, Contrast, Fact, Model, Recall, Relation, Run
from graphdb.store import Store, Transaction
from graphdb.store.score_files import remove_scores
from graphdb.store.types import Row, Statement
from graphdb.topology import Topology
from graphdb.writing.removal import Replaced, remove_contrasts, replace_circuits
from graphdb.writing.role_writers import mark_circuits
from graphdb.writing.statements import circuit_parts, create, link, merge, node_row, pair
from graphdb.writing.stored_circuits import recalls_of
from graphdb.writing.subgraph_writers import write_subgraphs
from graphdb.writing.summaries import READ, Counted, Tally
from graphdb.writing.summary_writers import apply

CircuitWriter = Callable[[Sequence[Circuit]], None]
"""Writes circuits of facts, whose models, facts and runs are there, to one store."""


def write_model(store: Store, model: Model) -> None:
    """Write a model and all its components."""
    by_label: dict[str, list[Row]] = defaultdict(list)
    for part in Topology(model.n_layers, model.n_heads, model.n_kv_heads).components:
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
    link_variants(store, [model])


def link_variants(store: Store, models: Iterable[Model]) -> None:
    """Relate models to those whose weights were changed into theirs, where these are stored."""
    ends = [pair(each.id, each.variant_of) for each in models if each.variant_of]
    store.write([(link("Model", "VARIANT_OF", "Model"), ends)])


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


def write_batch(
    store: Store,
    recalls: Sequence[Recall] = (),
    circuits: Sequence[Circuit] = (),
    attempts: Sequence[Attempt] = (),
) -> None:
    """Write recalls, circuits and attempts in one transaction, with what the summaries say of them: all, or nothing.

    Their model, facts and runs must be there. A circuit that is there is replaced, with its nodes and edges; then its
    score file is deleted, unless the new circuit has the same, and its contrast, unless a circuit still explains it.
    An attempt to find a circuit that is there now is deleted.
    """
    sizes = group_sizes(store)

    def work(transaction: Transaction) -> Replaced:
        tally = Tally()
        _tally_recalls(transaction, recalls, tally)
        transaction.write([*_recall_statements(recalls), *attempt_statements(attempts)])
        new = [counted(each) for each in circuits]
        replaced = replace_circuits(transaction, sorted(each.id for each in circuits), new, tally)
        transaction.write(_circuit_statements(circuits))
        write_subgraphs(transaction, "Circuit", circuits, sizes)
        mark_circuits(transaction, circuits)
        remove_contrasts(transaction, replaced.contrasts)
        apply(transaction, tally)
        return replaced

    if recalls or circuits or attempts:
        with store.writing():
            replaced = store.transact(work)
            remove_scores(store.data_folder, set(replaced.files) - {each.artifact for each in circuits})


def _tally_recalls(transaction: Transaction, recalls: Sequence[Recall], tally: Tally) -> None:
    """Count what recalls change."""
    stored = recalls_of(transaction.read, [each.fact_id for each in recalls])
    tally.count_recalls(stored.values(), -1)
    tally.count_recalls((stored | {each.id: (each.model_id, each.fact_id, each.known) for each in recalls}).values())


def counted(circuit: Circuit) -> Counted:
    """Return what the summaries need to know of a circuit."""
    return Counted(
        circuit.id,
        circuit.model_id,
        circuit.fact_id,
        circuit.method,
        figures={name: getattr(circuit, name) for name in READ},
        parts=circuit_parts(circuit),
    )


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


def attempt_statements(attempts: Sequence[Attempt]) -> list[Statement]:
    """The statements for what was sought and not found."""
    return [
        (merge("Attempt"), [node_row("Attempt", each) for each in attempts]),
        (link("Attempt", "SOUGHT", "Fact"), [pair(each.id, each.fact_id) for each in attempts]),
        (link("Attempt", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in attempts]),
    ]


def contrast_statements(explained: Mapping[str, Contrast]) -> list[Statement]:
    """The statements that make contrasts and relate circuits, by id, to theirs; all of it may be there."""
    contrasts = list({each.id: each for each in explained.values()}.values())
    return [
        (merge("Contrast"), [node_row("Contrast", each) for each in contrasts]),
        (link("Contrast", "ABOUT", "Fact"), [pair(each.id, each.fact_id) for each in contrasts]),
        (link("Contrast", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in contrasts]),
        (link("Circuit", "OF_CONTRAST", "Contrast"), [pair(name, each.id) for name, each in explained.items()]),
    ]


def _circuit_statements(circuits: Sequence[Circuit]) -> list[Statement]:
    """The statements for circuits without their own graphs."""
    return [
        ("UNWIND $rows AS row CREATE (n:Circuit) SET n = row", [node_row("Circuit", each) for each in circuits]),
        *circuit_links(circuits),
        ("UNWIND $rows AS row MATCH (a:Attempt {id: row.id}) DETACH DELETE a", [{"id": each.id} for each in circuits]),
    ]


def circuit_links(circuits: Sequence[Circuit]) -> list[Statement]:
    """The statements that relate circuits to their facts, models and runs, and to their contrasts, made if need be."""
    return [
        *contrast_statements({each.id: each.contrast for each in circuits}),
        (create("Circuit", "EXPLAINS", "Fact"), [pair(each.id, each.fact_id) for each in circuits]),
        (create("Circuit", "IN_MODEL", "Model"), [pair(each.id, each.model_id) for each in circuits]),
        (create("Circuit", "FROM_RUN", "Run"), [pair(each.id, each.run_id) for each in circuits]),
    ]
