"""Reads what a story is told from out of a store, and tells it."""

from collections.abc import Sequence
from typing import Any

from graphdb.circuits.trust import number
from graphdb.errors import UserError, unknown
from graphdb.explain.conditions import conditions_of
from graphdb.explain.records import Given, Story
from graphdb.explain.story import story
from graphdb.queries.lookup import fact_of, find_fact, topology
from graphdb.records import Edge, Fact, NodePlaces, Reason
from graphdb.role_records import FactLens, FactRole, HeadRole, LensKind, RoleCheck, RoleKind
from graphdb.store.types import Queries
from graphdb.tables import records

Row = dict[str, Any]


def explain(store: Queries, text: str, *, model: str = "", method: str = "") -> Story:
    """Return the story of the fact that a text means: a fact's id, a subject or a circuit's id.

    Raises UserError where no fact is meant or several are, where circuits of several models or methods leave open
    which one, and where the fact was never put to a model.
    """
    found = find_fact(store, text)
    _check_names(store, model, method)
    one = text if found["by"] == "circuit" else ""
    circuits = records(store.query("circuits", fact=found["fact"], circuit=one, model=model, method=method))
    if len(circuits) > 1:
        ids = ", ".join(str(row["circuit"]) for row in circuits)
        raise UserError(f"{found['fact']} has several circuits: {ids}; give one of these ids, or --model and --method")
    fact = _fact(store, found)
    row: Row | None = circuits[0] if circuits else None
    model = row["model"] if row else _model(store, fact, model)
    wording = row["wording"] if row else fact.prompt or "0"
    return story(
        fact,
        model,
        wording,
        circuit=_circuit(store, row) if row else None,
        roles=heads_of(store, fact.id, model),
        lens=lens_of(store, fact.id, model, wording),
        checks=checks_of(store, fact.relation_id, model),
        conditions=conditions_of(store, fact.id, model, wording),
        why_none=() if row else _why_none(store, fact, model, method),
    )


def heads_of(store: Queries, fact_id: str, model: str) -> list[HeadRole]:
    """Return what the heads of a model do in a fact's relation, in every wording; of the facts this one alone."""
    return [_head(row, fact_id) for row in records(store.query("fact_heads", fact=fact_id, model=model))]


def lens_of(store: Queries, fact_id: str, model: str, wording: str) -> FactLens | None:
    """Return what the closed lens reads of a fact; None where it is not stored in this wording."""
    stored = records(store.query("lens", fact=fact_id, model=model))
    rows: list[Row] = [row for row in stored if row["wording"] == wording]
    if not rows:
        return None
    columns = {name: tuple(row[name] for row in rows) for name in rows[0]}
    others, wrong = ([each for row in rows if (each := number(row[name])) is not None] for name in ("others", "wrong"))
    return FactLens(
        model_id=model,
        fact_id=fact_id,
        wording=wording,
        lens=LensKind.CLOSED,
        blocks=columns["block"],
        object=columns["object"],
        others=tuple(others),
        wrong=tuple(wrong),
        wrong_token=rows[0]["wrong_token"],
        rank=columns["rank"],
        probability=columns["probability"],
        emergence=rows[0]["emergence"],
        rise=rows[0]["rise"],
    )


def checks_of(store: Queries, relation: str, model: str) -> list[RoleCheck]:
    """Return what cutting heads costs in a relation, in every wording."""
    rows: list[Row] = records(store.query("role_checks", relation=relation, model=model))
    return [_check(row) for row in rows]


def _check(row: Row) -> RoleCheck:
    named = {"model_id": row["model"], "relation_id": row["relation"]}
    typed = {"role": RoleKind(row["role"]), "heads": tuple(row["heads"])}
    rest = {name: value for name, value in row.items() if name not in {"model", "relation", *typed}}
    return RoleCheck(**named, **typed, **rest)


def _head(row: Row, fact_id: str) -> HeadRole:
    held = FactRole(
        fact_id=fact_id,
        role=RoleKind(row["role"]),
        mover=row["mover"],
        relation=row["relation_score"],
        writes=tuple(row["writes"]),
    )
    return HeadRole(
        model_id=row["model"],
        relation_id=fact_id.partition("/")[0],
        wording=row["wording"],
        component=row["component"],
        role=RoleKind(row["relation_role"]),
        n_facts=row["facts"],
        mover=row["mover_mean"],
        mover_null=row["mover_null"],
        mover_q=number(row["mover_q"]),
        relation=row["relation_mean"],
        relation_null=row["relation_null"],
        relation_q=number(row["relation_q"]),
        attention=tuple(row["attention"]),
        direct=tuple(row["direct"]),
        facts=(held,) if held.role else (),
        writes=tuple(row["writes_in_most"]),
        writes_share=tuple(row["writes_share"]),
    )


def _circuit(store: Queries, figures: Row) -> Given:
    edges: list[Row] = records(store.query("circuit_edges", circuit=figures["circuit"]))
    nodes: list[Row] = records(store.query("places", circuit=figures["circuit"], limit=1_000_000))
    places = (
        (row["component"], *(number(row[f"at_{part}"]) for part in ("subject", "template", "last"))) for row in nodes
    )
    shape = topology(store, figures["model"])
    fields = ("source", "target", "channel", "weight", "rank", "search_rank")
    return Given(
        figures=figures,
        edges=tuple(Edge(*(row[name] for name in fields)) for row in edges),
        places=tuple(
            NodePlaces(name, subject, template, last)
            for name, subject, template, last in places
            if subject is not None and template is not None and last is not None
        ),
        group_size=shape.n_heads // shape.n_kv_heads,
    )


def _fact(store: Queries, found: Row) -> Fact:
    rows: list[Row] = records(store.query("relation_facts", relation=found["relation"]))
    return next(fact_of(row) for row in rows if row["fact"] == found["fact"])


def _model(store: Queries, fact: Fact, model: str) -> str:
    """Return the model that a fact without a circuit is explained in: the one asked for, or the only one put to it."""
    recalls = store.query("recalls", model=model)
    asked = sorted(set(recalls["model"][recalls["fact"] == fact.id]))
    if not asked:
        raise UserError(f"{fact.id} was never put to {model or 'a model'}: `kcircuits ingest` asks for it")
    if len(asked) > 1:
        raise UserError(f"{fact.id} was put to several models: {', '.join(asked)}; name one with --model")
    return asked[0]


def _check_names(store: Queries, model: str, method: str) -> None:
    """Raise UserError for a model that is not stored, or a method that nothing was sought by."""
    models: Sequence[str] = list(store.query("models")["model"])
    if model and model not in models:
        raise unknown("model", model, models)
    methods: set[str] = {*store.query("ways")["method"], *store.query("attempts")["method"]} if method else set()
    if method not in methods | {""}:
        raise unknown("method", method, methods)


def _why_none(store: Queries, fact: Fact, model: str, method: str) -> list[str]:
    rows: list[Row] = records(store.query("attempts", relation=fact.relation_id, model=model, method=method))
    return [
        f"{Reason(row['reason']).words}, by {row['method']}" + (f": {row['detail']}" if row["detail"] else "")
        for row in rows
        if row["fact"] == fact.id
    ]
