"""A store whose every answer can be worked out by hand: a model, three relations, seven facts, five circuits.

The model `toy` has two layers of four heads over two kv-heads: heads 0 and 1 read `kv0`, heads 2 and 3 `kv1`.

    fact                    recalled            circuit (edges by weight)
    country_capital/France  rank 1              6 edges: two paths, one through a0.kv0, one through a1.kv1
    country_capital/Italy   rank 2              4 edges
    country_capital/Japan   rank 1              5 edges, two of them negative
    country_currency/Japan  rank 1              3 edges
    country_currency/Mexico rank 4, no donor    none
    antonym/hot             rank 3              3 edges
    antonym/big             rank 57, unknown    none

The circuits of France and Italy are judged on a donor that was not used to find them, the others on the one that was;
only France's has a faithfulness curve and was asked in the second template.
"""

import re
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphdb.records import (
    Attempt,
    Circuit,
    Contrast,
    Edge,
    Fact,
    Kind,
    Model,
    NodePlaces,
    Reason,
    Recall,
    Relation,
    Run,
)
from graphdb.role_records import FactLens, FactRole, HeadRole, LensKind, RoleCheck, RoleKind
from graphdb.store import Store
from graphdb.store.score_files import save_scores
from graphdb.topology import Topology
from graphdb.writing.role_writers import write_lenses, write_role_checks, write_roles
from graphdb.writing.writers import write_batch, write_facts, write_model, write_relations, write_run

METHOD = "secant"
TOPOLOGY = Topology(n_layers=2, n_heads=4, n_kv_heads=2)

MODEL = Model(
    id="toy",
    name="Toy",
    architecture="llama",
    source="tests",
    n_layers=TOPOLOGY.n_layers,
    n_heads=TOPOLOGY.n_heads,
    n_kv_heads=TOPOLOGY.n_kv_heads,
    d_model=8,
    n_edges=TOPOLOGY.n_edges,
    weights_sha256="ab" * 32,
)

RELATIONS = (
    Relation("country_capital", "capital of a country", "geography", ("The capital of {} is", "{}'s capital is")),
    Relation("country_currency", "currency of a country", "money", ("The currency of {} is the",)),
    Relation("antonym", "opposite of a word", "linguistic", ("The opposite of {} is",)),
)

RUN = Run(
    id="run-1",
    model_id=MODEL.id,
    method=METHOD,
    settings='{"target": 0.85}',
    versions='{"torch": "2.15.0"}',
    weights_sha256=MODEL.weights_sha256,
    seed=0,
    started="2026-01-02T03:04:05+00:00",
    ended="2026-01-02T03:05:05+00:00",
)

FACTS = (
    Fact("country_capital/France", "country_capital", "France", "Paris", ("Paris",)),
    Fact("country_capital/Italy", "country_capital", "Italy", "Rome", ("Rome", "Roma")),
    Fact("country_capital/Japan", "country_capital", "Japan", "Tokyo", ("Tokyo",)),
    Fact("country_currency/Japan", "country_currency", "Japan", "yen", ("yen",)),
    Fact("country_currency/Mexico", "country_currency", "Mexico", "peso", ("peso",)),
    Fact("antonym/hot", "antonym", "hot", "cold", ("cold",)),
    Fact("antonym/big", "antonym", "big", "small", ("small", "little"), "Big is the opposite of"),
)


def _recall(number: int, rank: int, probability: float, known: bool = True) -> Recall:
    fact = FACTS[number]
    return Recall(
        id=f"{MODEL.id}|{fact.id}",
        model_id=MODEL.id,
        fact_id=fact.id,
        prompt=prompt(fact),
        answer=f" {fact.object}",
        rank=rank,
        probability=probability,
        known=known,
    )


def prompt(fact: Fact) -> str:
    """The fact's own prompt, else the relation's first template."""
    template = next(relation.templates[0] for relation in RELATIONS if relation.id == fact.relation_id)
    return fact.prompt or template.format(fact.subject)


RECALLS = (
    _recall(0, rank=1, probability=0.5),
    _recall(1, rank=2, probability=0.25),
    _recall(2, rank=1, probability=0.5),
    _recall(3, rank=1, probability=0.375),
    _recall(4, rank=4, probability=0.0625),
    _recall(5, rank=3, probability=0.125),
    _recall(6, rank=57, probability=0.001953125, known=False),
)


def _attempt(number: int, code: Reason) -> Attempt:
    fact = FACTS[number]
    return Attempt(
        id=circuit_id(fact.id),
        model_id=MODEL.id,
        fact_id=fact.id,
        method=METHOD,
        contrast_kind=Kind.SUBJECT,
        wording=wording(fact),
        code=code,
    )


def wording(fact: Fact) -> str:
    """The number of the template that the fact is asked in, or its own words."""
    return fact.prompt or "0"


def circuit_id(fact_id: str, method: str = METHOD) -> str:
    return f"{MODEL.id}|{fact_id}|{method}"


ATTEMPTS = (_attempt(4, Reason.NO_EQUAL_LENGTH), _attempt(6, Reason.UNKNOWN))

FRANCE_EDGES = (
    ("m1", "logits", "logits", 3.0),
    ("embed", "a0.kv0", "v", 2.0),
    ("a0.h1", "m1", "mlp", 1.5),
    ("embed", "m0", "mlp", 1.0),
    ("a1.h2", "logits", "logits", 0.75),
    ("m0", "a1.kv1", "k", -0.5),
)
ITALY_EDGES = (
    ("m0", "logits", "logits", 2.5),
    ("embed", "m0", "mlp", 1.25),
    ("a1.h2", "logits", "logits", 1.0),
    ("m0", "a1.h2", "q", 0.5),
)
CAPITAL_OF_JAPAN_EDGES = (
    ("m0", "logits", "logits", 1.75),
    ("a1.h2", "logits", "logits", 1.5),
    ("embed", "m0", "mlp", 1.0),
    ("m0", "a1.kv1", "k", -0.75),
    ("a1.h3", "logits", "logits", -0.25),
)
CURRENCY_OF_JAPAN_EDGES = (
    ("m1", "logits", "logits", 2.0),
    ("a0.h1", "m1", "mlp", 1.0),
    ("embed", "a0.h1", "q", 0.5),
)
HOT_EDGES = (
    ("m1", "logits", "logits", 1.25),
    ("embed", "m0", "mlp", 1.0),
    ("m0", "m1", "mlp", 0.75),
)


def edges(table: tuple[tuple[str, str, str, float], ...]) -> tuple[Edge, ...]:
    """Edges of a table that is sorted by |weight|, largest first; the search took the last one first."""
    return tuple(Edge(*row, rank, len(table) + 1 - rank) for rank, row in enumerate(table, start=1))


def contrast(number: int, find: int, unseen: tuple[int, ...] = ()) -> Contrast:
    """The contrast of a fact with one donor that finds its circuit, and others that judge it."""
    fact, donors = FACTS[number], [FACTS[donor] for donor in (find, *unseen)]
    return Contrast(
        model_id=MODEL.id,
        fact_id=fact.id,
        kind=Kind.SUBJECT,
        wording=wording(fact),
        clean_prompt=prompt(fact),
        tokens=tuple(re.findall(r" ?\S+", prompt(fact))),
        answer=f" {fact.object}",
        donors_find=(donors[0].id,),
        donors_unseen=tuple(donor.id for donor in donors[1:]),
        corrupt_prompts=tuple(map(prompt, donors)),
        foils=tuple(f" {donor.object}" for donor in donors),
    )


def _circuit(
    number: int,
    table: tuple[tuple[str, str, str, float], ...],
    faithfulness: float,
    random: float,
    donor: int,
) -> Circuit:
    fact = FACTS[number]
    names = {name for source, target, *_ in table for name in (source, target)}
    heads_of_kv = [name for name in names if "kv" in name]
    return Circuit(
        id=circuit_id(fact.id),
        model_id=MODEL.id,
        fact_id=fact.id,
        contrast=contrast(number, donor),
        run_id=RUN.id,
        method=METHOD,
        fingerprint=f"print-{number}",
        lacks="size: 0 of 1, unseen: 0 of 2",
        judged_on="find",
        target=0.85,
        reached=faithfulness >= 0.85,
        faithfulness_size=faithfulness,
        faithfulness=faithfulness,
        divergence=1 - faithfulness,
        top1=1.0,
        faithfulness_random=random,
        random_draws=2,
        completeness=0.25,
        needed=0.75,
        metric_clean=4.0,
        metric_ablated=-4.0,
        metric_circuit=8.0 * faithfulness - 4.0,
        n_edges=len(table),
        n_edges_searched=len(table) + 1,
        n_nodes=len(names) - len(heads_of_kv),
        rank_model=RECALLS[number].rank,
        rank_circuit=RECALLS[number].rank + 1,
        rank_random=100 + number,
        hit10_model=True,
        hit10_circuit=True,
        hit10_random=0.0,
        edges=edges(table),
    )


def _judged_on_unseen(number: int, donor: int, finder: int) -> dict[str, Any]:
    """Figures of a circuit that one donor found and chose the size of, and that another judges."""
    return {
        "contrast": contrast(number, finder, (donor,)),
        "lacks": "size: 0 of 1, unseen: 1 of 2",
        "judged_on": "unseen",
        "other": "antonym/hot",
    }


CIRCUITS = (
    replace(
        _circuit(0, FRANCE_EDGES, faithfulness=0.875, random=0.125, donor=1),
        **_judged_on_unseen(0, donor=1, finder=2),
        faithfulness_size=0.9375,
        faithfulness_lowest=0.75,
        faithfulness_both_ways=0.8125,
        judges_reached=0.5,
        random_spread=0.0625,
        loss_10=0.125,
        loss_30=0.5,
        untrained=3,
        faithfulness_other=0.25,
        stability=0.5,
        stability_relation=0.375,
        stability_other=0.125,
        faithfulness_template=0.75,
        curve_sizes=(0.25, 0.5, 1.0),
        curve=(0.5, 0.75, 1.0),
        curve_random=(0.0, 0.125, 1.0),
        cmd=0.15625,
        places=(
            NodePlaces("a0.h1", 0.5, 0.25, 0.75, (0.5, 0.125, 0.0, 0.25, 0.125)),
            NodePlaces("a1.h2", 0.0, 0.0, 0.75, (0.25, 0.0, 0.0, 0.75, 0.0)),
            NodePlaces("embed", 2.75, 0.25, 0.0),
            NodePlaces("m0", -0.5, 0.0, 0.0),
            NodePlaces("m1", 0.0, 0.0, 3.0),
        ),
    ),
    replace(
        _circuit(1, ITALY_EDGES, faithfulness=1.0, random=0.25, donor=2),
        **_judged_on_unseen(1, donor=2, finder=0),
        faithfulness_other=0.125,
        stability=0.25,
    ),
    _circuit(2, CAPITAL_OF_JAPAN_EDGES, faithfulness=0.9375, random=0.0, donor=0),
    _circuit(3, CURRENCY_OF_JAPAN_EDGES, faithfulness=0.5, random=0.0625, donor=4),
    _circuit(5, HOT_EDGES, faithfulness=0.875, random=0.5, donor=6),
)


def _role(
    relation: str, component: str, mover: float, relation_score: float, role: RoleKind, **facts: RoleKind
) -> HeadRole:
    """A head in a relation: what it does for the facts named, a quarter logit more than on average."""
    return HeadRole(
        model_id=MODEL.id,
        relation_id=relation,
        wording="0",
        component=component,
        role=role,
        n_facts=3,
        mover=mover,
        mover_null=0.0625,
        mover_q=0.03125,
        relation=relation_score,
        relation_null=0.125,
        relation_q=0.5 if relation_score < 0.5 else 0.015625,
        attention=(0.5, 0.25, 0.125, 0.0625, 0.0625),
        direct=(0.0, mover, 0.125, 0.0, 0.0),
        facts=tuple(
            FactRole(
                fact_id=f"{relation}/{name}",
                role=kind,
                mover=mover + 0.25,
                relation=relation_score + 0.25,
                writes=(" Paris", " French"),
            )
            for name, kind in facts.items()
        ),
        writes=(" French",) if facts else (),
        writes_share=(0.75,) if facts else (),
        fingerprint="f" * 32,
    )


ROLES = (
    _role("country_capital", "a1.h2", 2.0, 0.25, RoleKind.MOVER, France=RoleKind.MOVER, Italy=RoleKind.MOVER),
    _role("country_capital", "a0.h1", 0.5, 0.75, RoleKind.MIXTURE, France=RoleKind.RELATION),
    _role("country_capital", "a0.h0", 0.0, 0.0, RoleKind.NONE),
    _role("country_currency", "a1.h2", 1.5, 0.75, RoleKind.MIXTURE, Japan=RoleKind.MIXTURE),
    _role("antonym", "a1.h2", 0.0, 1.0, RoleKind.RELATION, hot=RoleKind.RELATION),
)
CHECKS = (
    RoleCheck(
        model_id=MODEL.id,
        relation_id="country_capital",
        wording="0",
        role=RoleKind.MOVER,
        heads=("a1.h2",),
        facts_chosen=2,
        facts_cut=1,
        drop=2.5,
        drop_low=2.0,
        drop_high=3.0,
        random=0.125,
        random_low=0.0,
        random_high=0.25,
        every=3.0,
    ),
)
LENSES = (
    FactLens(
        model_id=MODEL.id,
        fact_id="country_capital/France",
        wording="0",
        lens=LensKind.CLOSED,
        blocks=("embed", "a0", "m0", "a1", "m1"),
        object=(0.0, 1.0, 1.5, 4.5, 5.0),
        others=(0.0, 0.5, 1.5, 2.0, 2.0),
        wrong=(),
        wrong_token="",
        rank=(3, 1, 2, 1, 1),
        probability=(0.25, 0.5, 0.25, 0.75, 0.875),
        emergence="a1",
        rise="a1",
        fingerprint="e" * 32,
    ),
    FactLens(
        model_id=MODEL.id,
        fact_id="country_capital/Italy",
        wording="0",
        lens=LensKind.CLOSED,
        blocks=("embed", "a0", "m0", "a1", "m1"),
        object=(0.0, 1.0, 1.5, 2.5, 3.0),
        others=(0.0, 0.5, 1.5, 2.0, 2.0),
        wrong=(0.0, 0.0, 1.0, 2.0, 3.5),
        wrong_token=" Milan",
        rank=(3, 1, 1, 1, 1),
        probability=(0.25, 0.5, 0.5, 0.625, 0.75),
        emergence="a0",
        rise="m0",
        fingerprint="d" * 32,
    ),
)


def scores(circuit: Circuit) -> NDArray[np.float16]:
    """Edge scores [n_edges]: the circuit's weights, and for every other edge a smaller one."""
    packed = np.linspace(0.001, 0.1, TOPOLOGY.n_edges)
    matrix = TOPOLOGY.unpack(packed)
    slots = TOPOLOGY.slot_names
    for edge in circuit.edges:
        matrix[TOPOLOGY.source_names.index(edge.source), slots.index((edge.target, edge.channel))] = edge.weight
    return TOPOLOGY.pack(matrix).astype(np.float16)


def fill(store: Store, circuits: tuple[Circuit, ...] = CIRCUITS, *, roles: bool = True) -> None:
    """Write everything above into the store, the score files included; without what is said of heads unless `roles`."""
    write_model(store, MODEL)
    write_relations(store, RELATIONS)
    write_facts(store, FACTS)
    write_run(store, RUN)
    write_batch(store, RECALLS, [with_scores(store, circuit) for circuit in circuits], ATTEMPTS)
    if roles:
        write_roles(store, ROLES)
        write_role_checks(store, CHECKS)
        write_lenses(store, LENSES)


def with_scores(store: Store, circuit: Circuit) -> Circuit:
    """Write the circuit's score file; return the circuit that names it."""
    saved = save_scores(store.data_folder, circuit.id, scores(circuit))
    return replace(circuit, artifact=saved.name, artifact_sha256=saved.sha256)
