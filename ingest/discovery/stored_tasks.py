"""Stored circuits as tasks: what an ingest put to the model, made anew from the store."""

from dataclasses import dataclass
from typing import Any

from graphdb.errors import UserError
from graphdb.queries.lookup import fact_of
from graphdb.records import Fact, Kind
from graphdb.store import Store
from graphdb.tables import records
from ingest.facts.prompts import Prompt, Tokens, beginnings, encode_prompt
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
    facts = {row["fact"]: fact_of(row) for row in rows}
    given = {"relation": relation_id, "model": model.record.id, "method": method, "circuit": circuit_id}
    circuits = _rows(store, "circuit_tasks", **given)
    return [StoredCircuit(_task(model, facts, row), row["artifact"], row["ablation"]) for row in circuits]


def check_weights(stored: dict[str, Any], name: str, weights_sha256: str) -> None:
    """Raise UserError if the weights at hand are not those of a stored model, a row of the query `models`."""
    if weights_sha256 != stored["weights_sha256"]:
        raise UserError(
            f"model {name} has weights of SHA-256 {weights_sha256[:12]}, the store's circuits of {stored['model']} "
            f"were found with {stored['weights']}: name that model with --model"
        )


def _rows(store: Store, query: str, **parameters: str) -> list[dict[str, Any]]:
    return records(store.query(query, **parameters))


def _task(model: LanguageModel, facts: dict[str, Fact], circuit: dict[str, Any]) -> Task:
    fact = facts[circuit["fact"]]
    prompt, text = encode_prompt(circuit["clean_prompt"], fact, model.encode), circuit["beginning"]
    beginning = next((each for each in beginnings(prompt) if model.decode_all(each) == text), None)
    answers = () if beginning is None else prompt.after(beginning).answers
    answer = next((token for token in answers if model.decode(token) == circuit["answer"]), None)
    if beginning is None or answer is None:
        raise _other_prompts(fact)
    find, size, unseen = (list(circuit[f"donors_{part}"]) for part in ("find", "size", "unseen"))
    contrasted = zip((*find, *size, *unseen), circuit["corrupt_prompts"], circuit["foils"], strict=True)
    donors = tuple(_donor(model, facts, name, words, foil, beginning) for name, words, foil in contrasted)
    if any(not each.answers or len(each.tokens) != len(prompt.tokens) + len(beginning) for each in donors):
        raise _other_prompts(fact)
    rank, wording, kind = circuit["rank_model"], circuit["wording"], Kind(circuit["contrast_kind"])
    read = prompt.after(beginning)
    return Task(read, donors, answer, rank, len(find), len(size), beginning=text, wording=wording, kind=kind)


def _other_prompts(fact: Fact) -> UserError:
    return UserError(f"fact {fact.id}: its circuit was found with other prompts or answers; ingest it again")


def _donor(model: LanguageModel, facts: dict[str, Fact], name: str, words: str, foil: str, beginning: Tokens) -> Prompt:
    """The prompt of a donor, a fact of the store or not, read behind the beginning; without answers if none fits."""
    if name in facts:
        prompt = encode_prompt(words, facts[name], model.encode).after(beginning)
        if not foil or model.decode_all(prompt.answers[:1]) == foil:
            return prompt
    tokens = (*model.encode(words), *beginning)
    return Prompt(name, words, tokens, _tokens_of(model, tokens, words + model.decode_all(beginning), foil))


def _tokens_of(model: LanguageModel, tokens: Tokens, words: str, foil: str) -> Tokens:
    """The token behind these words whose text is the foil; empty if there is none."""
    whole = tuple(model.encode(words + foil))
    if whole[: len(tokens)] == tokens and model.decode_all(whole[len(tokens) :][:1]) == foil:
        return whole[len(tokens) :][:1]
    every = range(len(model.weights.embed))  # where a tokenizer splits the words otherwise
    return tuple(token for token in every if model.decode(token) == foil)[:1] if foil else ()
