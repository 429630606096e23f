"""The story of a traced prompt, told as that of a stored fact is."""

from dataclasses import asdict, replace
from typing import Any

from graphdb.explain import Given, Story, story
from graphdb.figures import figures_of
from graphdb.records import Circuit
from ingest.facts.prompts import encode_prompt
from ingest.lens.facts import LensFact
from ingest.lens.lens import lenses
from ingest.model import LanguageModel
from ingest.trace import Traced

COLUMNS = {"id": "circuit", "fact_id": "fact", "model_id": "model", "run_id": "run"} | {
    each.name: each.column for each in figures_of(Circuit)
}
"""Field of a circuit's record -> column of the query `circuits`; others have the same name."""
CONTRAST = ("wording", "clean_prompt", "beginning", "answer", "donors_find", "donors_size", "donors_unseen")
"""Fields of a circuit's contrast that are columns of that query."""


def told(traced: Traced, model: LanguageModel) -> Story:
    """Return the prompt's story: where its answer appears beside what is right after the corrupt prompt, and what feeds
    that. Roles are of relations, so that a prompt of one's own has none."""
    (fact, donor), circuit = traced.facts.facts, traced.circuit
    clean, against = (encode_prompt(each.prompt, each, model.encode) for each in (fact, donor))
    read = LensFact(fact.id, clean.tokens, clean.answers[0], clean.answers, against.answers[:1])
    lens = next(iter(lenses(model, [read], circuit.contrast.wording)), None)
    given = Given(
        figures=figures(traced),
        edges=circuit.edges,
        places=circuit.places,
        group_size=model.weights.topology.group_size,
    )
    return story(fact, model.record.id, circuit.contrast.wording, circuit=given, lens=lens)


def figures(traced: Traced) -> dict[str, Any]:
    """Return the circuit as a row of the query `circuits`."""
    circuit, fact = traced.circuit, traced.facts.facts[0]
    record = asdict(replace(circuit, edges=(), places=()))
    del record["edges"], record["places"]  # the query gives the edges' number by this name
    of = record.pop("contrast")
    judge = {"donor": circuit.donor, "corrupt_prompt": circuit.corrupt_prompt, "foil": circuit.foil}
    row = {COLUMNS.get(name, name): value for name, value in record.items()} | judge
    row |= {"contrast": circuit.contrast_id, "contrast_kind": circuit.contrast.kind}
    row |= {name: of[name] for name in CONTRAST}
    return row | {"relation": fact.relation_id, "subject": fact.subject, "object": fact.object}
