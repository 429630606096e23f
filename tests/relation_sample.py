"""`tests.sample`, with circuits of two of its relations, judged on their own facts and on each other's."""

from graphdb.circuits.collapse import size
from graphdb.records import Circuit, Edge, RelationCircuit, Transfer
from graphdb.store import Store
from graphdb.topology import BoolArray
from graphdb.writing.relation_writers import write_relation_circuits
from tests import sample


def relation_circuit_id(relation: str, rule: str = "mean") -> str:
    return f"{sample.MODEL.id}|{relation}|{sample.METHOD}|{rule}"


def mask_of(edges: tuple[Edge, ...]) -> BoolArray:
    top = sample.TOPOLOGY
    mask = top.allowed & False
    for edge in edges:
        mask[top.source_names.index(edge.source), top.slot_names.index((edge.target, edge.channel))] = True
    return mask


def transfer(relation: str, faithfulness: float, part: str = "held_out", n_facts: int = 2) -> Transfer:
    return Transfer(
        relation_id=relation,
        part=part,
        n_facts=n_facts,
        faithfulness=faithfulness,
        faithfulness_low=faithfulness - 0.125,
        faithfulness_high=faithfulness + 0.125,
        faithfulness_shuffled=0.25,
        faithfulness_random=0.0625,
        hit10=0.75,
        hit10_low=0.5,
        hit10_high=1.0,
        hit10_shuffled=0.375,
        hit10_random=0.125,
        hit10_model=1.0,
        hit10_model_shuffled=0.5,
    )


def relation_circuit(
    relation: str,
    edges: tuple[Edge, ...],
    transfers: tuple[Transfer, ...],
    rule: str = "mean",
    vote_share: float | None = None,
) -> RelationCircuit:
    counted = size(sample.TOPOLOGY, mask_of(edges))
    return RelationCircuit(
        id=relation_circuit_id(relation, rule),
        model_id=sample.MODEL.id,
        relation_id=relation,
        method=sample.METHOD,
        rule=rule,
        ablation="corrupt",
        facts_train=(f"{relation}/Italy",),
        facts_held_out=(f"{relation}/Japan",),
        target=0.85,
        reached=True,
        faithfulness_size=0.875,
        vote_share=vote_share,
        n_edges=counted.edges,
        n_nodes=counted.nodes,
        n_edges_collapsed=counted.edges_collapsed,
        n_nodes_collapsed=counted.nodes_collapsed,
        edges=edges,
        transfers=transfers,
    )


CAPITAL = relation_circuit(
    "country_capital",
    sample.edges(sample.CAPITAL_OF_JAPAN_EDGES),
    (
        transfer("country_capital", 0.9375, "train", 4),
        transfer("country_capital", 0.875),
        transfer("country_currency", 0.5),
    ),
)
CURRENCY = relation_circuit(
    "country_currency",
    sample.edges(sample.CURRENCY_OF_JAPAN_EDGES),
    (
        transfer("country_capital", 0.25),
        transfer("country_currency", 0.75, "train", 4),
        transfer("country_currency", 0.625),
    ),
    rule="vote",
    vote_share=0.5,
)
RELATION_CIRCUITS = (CAPITAL, CURRENCY)


def fill(
    store: Store,
    circuits: tuple[Circuit, ...] = sample.CIRCUITS,
    of_relations: tuple[RelationCircuit, ...] = RELATION_CIRCUITS,
    *,
    roles: bool = True,
) -> None:
    """Write the sample and the circuits of its relations into the store."""
    sample.fill(store, circuits, roles=roles)
    write_relation_circuits(store, of_relations)
