"""Stored circuits as tasks: what an ingest put to the model, made anew from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphdb.errors import UserError
from graphdb.records import NAME, Fact, Relation
from graphdb.store import Store
from graphdb.tables import records
from ingest.discovery.substitutes import with_foils
from ingest.facts.prompts import Prompt, Tokens, beginnings, encode_prompt, fact_template, name_prompt
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import builtin_relations
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
    prompt, text = _prompt(model, words, fact), circuit["beginning"]
    beginning = next((each for each in beginnings(prompt) if model.decode_all(each) == text), None)
    answers = () if beginning is None else prompt.after(beginning).answers
    answer = next((token for token in answers if model.decode(token) == circuit["answer"]), None)
    if beginning is None or answer is None:
        raise _other_prompts(fact)
    donors = _donors(model, words, facts, beginning, (*find, *size, *unseen))
    if any(not each.answers or len(each.tokens) != len(prompt.tokens) + len(beginning) for each in donors):
        raise _other_prompts(fact)
    rank = circuit["rank_model"]
    return Task(prompt.after(beginning), donors, answer, rank, len(find), len(size), beginning=text)


def _other_prompts(fact: Fact) -> UserError:
    return UserError(f"fact {fact.id}: its circuit was found with other prompts or answers; ingest it again")


def _prompt(model: LanguageModel, words: str, fact: Fact) -> Prompt:
    """A fact's prompt in these words; or in its own, where these have no place for a subject."""
    text = words.replace(SUBJECT, fact.subject) if SUBJECT in words else fact.prompt
    return encode_prompt(text, fact, model.encode)


def _donors(
    model: LanguageModel, words: str, facts: dict[str, Fact], beginning: Tokens, ids: Sequence[str]
) -> tuple[Prompt, ...]:
    """Prompts of donors, read behind the beginning; what the model says of names that are no facts is asked anew."""
    donors = [
        name_prompt(words, each.removeprefix(NAME), model.encode, beginning)
        if each.startswith(NAME)
        else _prompt(model, words, _find(facts, each)).after(beginning)
        for each in ids
    ]
    return with_foils(model, donors)


def _find(facts: dict[str, Fact], fact_id: str) -> Fact:
    """A donor's fact: of the store, or a packaged one that was not explained."""
    if fact_id in facts:
        return facts[fact_id]
    packaged = {fact.id: fact for each in builtin_relations() for fact in each.facts}
    if fact_id not in packaged:
        raise UserError(f"fact {fact_id}, a donor, is not in the store: ingest its relation without --limit")
    return packaged[fact_id]
