"""Finds the fact that a user means, the shape of a stored model, and which runs are at work."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graphdb.errors import UserError, unknown
from graphdb.records import Fact
from graphdb.store.types import Queries
from graphdb.tables import records
from graphdb.topology import Topology

if TYPE_CHECKING:
    import pandas as pd


def find_fact(store: Queries, text: str) -> dict[str, Any]:
    """Return the row of the query `resolve_fact` for a fact id, a circuit id or a subject.

    Raises UserError with the nearest ids when nothing matches, with the choices when several facts do.
    """
    found = records(store.query("resolve_fact", text=text))
    exact = [row for row in found if row["by"] != "subject"] or found
    if len(exact) == 1:
        return exact[0]
    if exact:
        ids = ", ".join(str(row["fact"]) for row in exact)
        raise UserError(f"subject {text!r} has several facts: {ids}; give one of these ids")
    facts = store.query("facts")
    names = {*facts["fact"], *facts["subject"]}
    raise unknown("fact", text, names, "give a fact's id or its subject")


def fact_of(row: Mapping[str, Any]) -> Fact:
    """Return the fact that a row of the query `relation_facts` describes."""
    return Fact(row["fact"], row["relation"], row["subject"], row["object"], tuple(row["accepted"]), row["prompt"])


def topology(store: Queries, model: str) -> Topology:
    """Return the shape of a stored model."""
    models = store.query("models")
    row = models[models["model"] == model].iloc[0]
    return Topology(int(row["layers"]), int(row["heads"]), int(row["kv_heads"]))


def run_states(runs: "pd.DataFrame", is_running: Callable[[str], bool]) -> list[str]:
    """Return `finished`, `running` or `unfinished` for each row of the query `runs`; see `Store.is_running`.

    An `unfinished` run was stopped, or runs on another machine; the same command goes on with it.
    """
    ends = zip(runs["run"], runs["ended"], strict=True)
    return ["finished" if ended else "running" if is_running(run) else "unfinished" for run, ended in ends]
