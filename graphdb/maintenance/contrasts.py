"""Brings what circuits and recalls of schema version 4 say of their prompts into records of its own.

A circuit held its donors, prompts, answer and foil, which are its contrast's now; a recall its donors and, in a
sentence, why the last method found no circuit, which is an attempt's now. What was not stored stays unknown: the foils
of all donors but the first that judges.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphdb.architectures import ARCHITECTURES
from graphdb.records import Attempt, Contrast, Kind, Reason
from graphdb.store import Store, Transaction
from graphdb.writing.writers import attempt_statements, contrast_statements

NODES = 500
"""Circuits or recalls a transaction."""
TRACED = "trace"
"""The relation of prompts of one's own."""
SOUGHT_BY = "; sought by "
"""Stood between the reason and the label of the method, where a search had begun."""
CODES = {
    "unknown to the model": Reason.UNKNOWN,
    "no donor of equal token count": Reason.NO_EQUAL_LENGTH,
    "no donor with another first object token": Reason.NO_OTHER_ANSWER,
    "no donor's prompt changes the metric enough": Reason.NO_EFFECT,
    "the tokenizer joins the prompt's end with the answer": Reason.MERGED,
    "the model's activations are not finite": Reason.NOT_FINITE,
    "prompt of ": Reason.TOO_LONG,
}
"""How a reason of version 4 began -> the reason."""
_MOVED = (
    *("donors_find", "donors_size", "donors_unseen", "donor"),
    *("clean_prompt", "corrupt_prompt", "answer", "foil"),
)
_CIRCUITS = (
    "MATCH (c:Circuit)-[:EXPLAINS]->(f:Fact)-[:OF_RELATION]->(r:Relation) WHERE c.contrast_id IS NULL "
    "WITH c, f, r ORDER BY c.id LIMIT $limit "
    "RETURN properties(c) AS circuit, f.prompt AS prompt, r.id AS relation, r.templates AS templates"
)
_RECALLS = (
    "MATCH (k:Recall)-[:RECALLS]->(f:Fact) WHERE k.reason IS NOT NULL WITH k, f ORDER BY k.id LIMIT $limit "
    "RETURN k.id AS id, k.model_id AS model, k.reason AS reason, f.id AS fact, f.relation_id AS relation, "
    "f.prompt AS prompt"
)


@dataclass(frozen=True, slots=True)
class Why:
    """A reason of version 4, read."""

    code: Reason
    detail: str
    method: str
    """Empty where it holds for every method."""


def migrate(store: Store) -> set[str]:
    """Make contrasts and attempts, and return the ids of the circuits that got one. It may be repeated."""
    changed = set[str]()
    while rows := store.transact(_next_circuits):
        changed |= rows
    while store.transact(_next_recalls):
        pass
    store.transact(_name_architectures)
    return changed


def _next_circuits(transaction: Transaction) -> set[str]:
    rows = transaction.read(_CIRCUITS, limit=NODES)
    subjects = _subjects(transaction, {donor for row in rows for donor in _donors(row["circuit"])})
    explained = {row["circuit"]["id"]: contrast_of(row, subjects) for row in rows}
    removed = ", ".join(f"c.{name}" for name in _MOVED)
    statement = (
        f"UNWIND $rows AS row MATCH (c:Circuit {{id: row.id}}) SET c.contrast_id = row.contrast REMOVE {removed}"
    )
    given = [{"id": name, "contrast": each.id} for name, each in explained.items()]
    transaction.write([*contrast_statements(explained), (statement, given)])
    return set(explained)


def _donors(circuit: Mapping[str, Any]) -> list[str]:
    return [donor for part in ("find", "size", "unseen") for donor in circuit[f"donors_{part}"]]


def _subjects(transaction: Transaction, facts: set[str]) -> dict[str, str]:
    """Return fact id -> its subject."""
    rows = transaction.read("UNWIND $ids AS id MATCH (f:Fact {id: id}) RETURN id, f.subject AS subject", ids=[*facts])
    return {row["id"]: row["subject"] for row in rows}


def contrast_of(row: Mapping[str, Any], subjects: Mapping[str, str]) -> Contrast:
    """Return the contrast of a circuit of version 4, given with its fact's prompt and its relation."""
    circuit = row["circuit"]
    words = row["prompt"] or row["templates"][0]
    find, size, unseen = (tuple(circuit[f"donors_{part}"]) for part in ("find", "size", "unseen"))
    size = () if size == find else size  # those that found it were written down where there was none for this
    prompts = {donor: words.replace("{}", subjects.get(donor, "")) for donor in (*find, *size, *unseen)}
    prompts[circuit["donor"]] = circuit["corrupt_prompt"]
    return Contrast(
        model_id=circuit["model_id"],
        fact_id=circuit["fact_id"],
        kind=_kind(row["relation"]),
        wording=_wording(row["prompt"]),
        clean_prompt=circuit["clean_prompt"],
        answer=circuit["answer"],
        donors_find=find,
        donors_size=size,
        donors_unseen=unseen,
        corrupt_prompts=tuple(prompts[donor] for donor in (*find, *size, *unseen)),
        foils=tuple(circuit["foil"] if donor == circuit["donor"] else "" for donor in (*find, *size, *unseen)),
    )


def _kind(relation: str) -> Kind:
    return Kind.OWN if relation == TRACED else Kind.SUBJECT


def _wording(prompt: str) -> str:
    return prompt or "0"


def _next_recalls(transaction: Transaction) -> bool:
    rows = transaction.read(_RECALLS, limit=NODES)
    runs = transaction.read("MATCH (u:Run) RETURN DISTINCT u.model_id AS model, u.method AS method")
    methods = {model: [run["method"] for run in runs if run["model"] == model] for model in {r["model"] for r in rows}}
    sought = [attempt for row in rows if row["reason"] for attempt in _attempts(row, methods[row["model"]])]
    found = transaction.read(
        "UNWIND $ids AS id MATCH (c:Circuit {id: id}) RETURN c.id AS id", ids=[each.id for each in sought]
    )
    there = {row["id"] for row in found}
    statement = "UNWIND $rows AS row MATCH (k:Recall {id: row.id}) REMOVE k.reason, k.donors"
    transaction.write([*attempt_statements([each for each in sought if each.id not in there]), (statement, rows)])
    return bool(rows)


def _attempts(row: Mapping[str, Any], methods: Sequence[str]) -> Iterator[Attempt]:
    why = read_reason(row["reason"])
    for method in [why.method] if why.method else methods:
        yield Attempt(
            id=f"{row['model']}|{row['fact']}|{method}",
            model_id=row["model"],
            fact_id=row["fact"],
            method=method,
            contrast_kind=_kind(row["relation"]),
            wording=_wording(row["prompt"]),
            code=why.code,
            detail=why.detail,
        )


def read_reason(text: str) -> Why:
    """Read why there was no circuit, as version 4 stored it."""
    sentence, _, method = text.partition(SOUGHT_BY)
    start = next((each for each in CODES if sentence.startswith(each)), "")
    code = CODES.get(start, Reason.NO_EFFECT)
    detail = sentence if code is Reason.TOO_LONG else sentence.removeprefix(start).removeprefix(": ")
    return Why(code, detail, method)


def _name_architectures(transaction: Transaction) -> None:
    models = transaction.read("MATCH (m:Model) RETURN m.id AS id, m.architecture AS architecture")
    statement = (
        "UNWIND $rows AS row MATCH (m:Model {id: row.id}) "
        "SET m.architecture = row.architecture, m.variant_of = coalesce(m.variant_of, '')"
    )
    named = [row | {"architecture": ARCHITECTURES.get(row["architecture"], row["architecture"])} for row in models]
    transaction.write([(statement, named)])
