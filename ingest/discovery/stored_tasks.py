"""Stored circuits as tasks: what an ingest put to the model, made anew from the store."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphdb.errors import UserError
from graphdb.records import Fact, Relation
from graphdb.store import Store
from graphdb.tables import records
from ingest.facts.prompts import Prompt, encode_prompt, fact_template
from ingest.facts.readers import SUBJECT
from ingest.facts.task import Task
from ingest.model import LanguageModel


@dataclass(frozen=True, slots=True)
class StoredCircuit:
    """A fact whose circuit is stored, with the donors that found it, chose its size, and judge it."""

    task: Task
    artifact: str
    """File name of the scores of all edges."""
    ablation: str


def stored_circuits(
    store: Store, model: LanguageModel, relation_id: str, method: str, circuit_id: str = ""
) -> list[StoredCircuit]:
    """Return the circuits of a relation's facts as tasks, by fact id; or the one of `circuit_id`.

    Raises UserError where the store's facts no longer give the prompts that a circuit was found with.
    """
    rows = _rows(store, "relation_facts", relation=relation_id)
    relation, facts = _relation(rows[0]), {row["fact"]: _fact(row) for row in rows}
    given = {"relation": relation_id, "model": model.record.id, "method": method, "circuit": circuit_id}
    circuits = _rows(store, "circuit_tasks", **given)
    return [StoredCircuit(_task(model, relation, facts, row), row["artifact"], row["ablation"]) for row in circuits]


def check_weights(stored: dict[str, Any], name: str, weights_sha256: str) -> None:
    """Raise UserError if the weights at hand are not those of a stored model, a row of the query `models`."""
    if not weights_sha256.startswith(str(stored["weights"])):
        raise UserError(
            f"model {name} has weights of SHA-256 {weights_sha256[:12]}, the store's circuits of {stored['model']} "
            f"were found with {stored['weights']}: name that model with --model"
        )


def _rows(store: Store, query: str, **parameters: str) -> list[dict[str, Any]]:
    return records(store.query(query, **parameters))


def _relation(row: dict[str, Any]) -> Relation:
    return Relation(row["relation"], row["name"], row["category"], tuple(row["templates"]))


def _fact(row: dict[str, Any]) -> Fact:
    return Fact(row["fact"], row["relation"], row["subject"], row["object"], tuple(row["accepted"]), row["prompt"])


def _task(model: LanguageModel, relation: Relation, facts: dict[str, Fact], circuit: dict[str, Any]) -> Task:
    fact = facts[circuit["fact"]]
    words = fact_template(relation, fact)
    find, size, unseen = (list(circuit[f"donors_{part}"]) for part in ("find", "size", "unseen"))
    prompt, *donors = _prompts(model, words, [fact, *(facts[donor] for donor in (*find, *size, *unseen))])
    answer = next((token for token in prompt.answers if model.decode(token) == circuit["answer"]), None)
    if answer is None or any(len(donor.tokens) != len(prompt.tokens) for donor in donors):
        raise UserError(f"fact {fact.id}: its circuit was found with other prompts or answers; ingest it again")
    return Task(prompt, tuple(donors), answer, circuit["rank_model"], len(find), len(size))


def _prompts(model: LanguageModel, words: str, facts: list[Fact]) -> Iterator[Prompt]:
    """The facts' prompts, all in the same words; or in their own, where these have no place for a subject."""
    texts = (words.replace(SUBJECT, fact.subject) if SUBJECT in words else fact.prompt for fact in facts)
    return (encode_prompt(text, fact, model.encode) for text, fact in zip(texts, facts, strict=True))
