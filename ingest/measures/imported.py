"""Measures an imported circuit for the first time: its fact gets donors, all of which judge.

Which prompts the tool that found it used is not known, so no donor is called its finder. Its edges and their scores
stay as they were imported.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphdb.circuits.trust import number
from graphdb.errors import UserError
from graphdb.records import Circuit, Contrast, Edge, Weights
from graphdb.schema import node
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.writers import write_batch, write_model
from ingest.compute.prompt_runs import Runs
from ingest.discovery.circuit_records import contrast_record
from ingest.discovery.recall import recall
from ingest.facts.prompts import prepare
from ingest.facts.task import Task
from ingest.measures.evaluate import Remeasured, measured_figures
from ingest.model import LanguageModel
from ingest.options import Options, Silent
from ingest.roles.stored import find_facts
from ingest.settings import Settings

DONORS = 10


def is_unmeasured(circuit: Mapping[str, Any]) -> bool:
    """Whether a circuit (a row of the query `circuits`) was imported and never measured."""
    return bool(circuit["source"]) and number(circuit["faithfulness"]) is None


def measure_imported(store: Store, model: LanguageModel, circuit: Mapping[str, Any]) -> list[Remeasured]:
    """Measure an imported circuit (a row of the query `circuits`), write its figures to the store and return them.

    Raises UserError, with nothing written, where the fact's object, donors or effect are missing.
    """
    task = _task(store, model, circuit)
    runs, settings = Runs(model.weights, [task]), Settings()
    edges = store.query("circuit_edges", circuit=circuit["circuit"])
    mask = model.weights.topology.mask(zip(edges["source"], edges["target"], edges["channel"], strict=True))[None]
    figures = measured_figures(runs, mask, settings.seed, settings.random_draws)
    how = {"judged_on": task.judged_on, "ablation": settings.ablation, "random_draws": settings.random_draws}
    name = str(circuit["circuit"])
    record = _record(store, name, contrast_record(model, task), figures | how)
    write_model(store, model.record)  # its weights are at hand now
    write_batch(store, circuits=[record])
    return [Remeasured(name, figure, None, float(value), held=True) for figure, value in figures.items()]


def _task(store: Store, model: LanguageModel, circuit: Mapping[str, Any]) -> Task:
    """Return the fact with donors that all judge."""
    fact_id = str(circuit["fact"])
    ((facts, fact),) = find_facts(store, [fact_id])
    if not fact.object:
        raise UserError(f"fact {fact_id} has no object to ask for: delete its circuit and import it with --object")
    words, template = str(circuit["wording"]), 0
    if words.isdecimal():
        template = int(words)
    elif words:
        fact = replace(fact, prompt=words)
    if "{}" not in (fact.prompt or "{}"):
        raise UserError(
            f"fact {fact_id}: its prompt {fact.prompt!r} does not name {fact.subject!r}, so no other stands there"
        )
    others = tuple(each for each in (*facts.facts, *facts.donors) if each.id != fact.id)
    if not others:
        raise UserError(
            f"fact {fact_id} is the only one of its relation, and a circuit is measured against others: "
            "import it with the --fact of a packaged relation, or `kcircuits ingest` further facts of this one"
        )
    (case,) = prepare(replace(facts, facts=(fact,), donors=others), model.encode, template, DONORS)
    recalled = recall(model, [case], {}, Options(include_unknown=True), Silent())
    if fact.id in recalled.why_not:
        why = recalled.why_not[fact.id]
        raise UserError(
            f"fact {fact_id} cannot be measured: {why.code.words}{f' ({why.detail})' if why.detail else ''}"
        )
    return replace(recalled.tasks[fact.id], n_find=0, n_size=0)


def _record(store: Store, circuit_id: str, contrast: Contrast, figures: Mapping[str, Any]) -> Circuit:
    """Return an imported circuit as it was written, but for its contrast and figures."""
    (stored,) = store.read("MATCH (c:Circuit {id: $id}) RETURN properties(c) AS stored", {"id": circuit_id})["stored"]
    names = {each.name for each in node("Circuit").properties} - {"scope", "contrast_id"}
    given: dict[str, Any] = {name: value for name, value in stored.items() if name in names}
    given |= {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    edges: list[dict[str, Any]] = records(store.query("circuit_edges", circuit=circuit_id))
    return Circuit(
        **given | {"weights": Weights(given["weights"]), "contrast": contrast, **figures},
        edges=tuple(
            Edge(each["source"], each["target"], each["channel"], float(each["weight"]), each["rank"]) for each in edges
        ),
    )
