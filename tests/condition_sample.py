"""`tests.sample`, with all that is said under other conditions: an edit, rivals, demonstrations, two hops, and second
circuits."""

from dataclasses import replace

from graphdb.records import Circuit, Kind
from graphdb.store import Store
from graphdb.writing.writers import write_batch
from tests import demonstration_sample, edit_sample, hop_sample, rival_sample, sample

FRANCE, ITALY = sample.CIRCUITS[:2]


def _contrasted(circuit: Circuit, kind: Kind) -> Circuit:
    """The circuit of another contrast, with the edges of Italy's."""
    method = f"{sample.METHOD}/{kind}"
    contrast = replace(circuit.contrast, kind=kind)
    return _second(circuit, id=sample.circuit_id(circuit.fact_id, method), method=method, contrast=contrast)


def _after(circuit: Circuit) -> Circuit:
    """The circuit in the edited model, with the edges of Italy's."""
    contrast = replace(circuit.contrast, model_id=edit_sample.VARIANT.id)
    name = f"{edit_sample.VARIANT.id}|{circuit.fact_id}|{circuit.method}"
    return _second(circuit, id=name, model_id=edit_sample.VARIANT.id, contrast=contrast)


def _second(circuit: Circuit, **changed: object) -> Circuit:
    nowhere = {"judged_on": "find", "artifact": "", "artifact_sha256": "", "places": (), "other": ""}
    return replace(circuit, edges=ITALY.edges, n_edges=ITALY.n_edges, **nowhere | changed)


def fill(store: Store) -> None:
    """Write the samples, and of France's circuit one after the edit and one of each other contrast."""
    edit_sample.fill(store)
    demonstration_sample.fill(store)
    rival_sample.fill(store)
    hop_sample.fill(store)
    write_batch(
        store, [], [_contrasted(FRANCE, Kind.RELATION), _contrasted(FRANCE, Kind.DEMONSTRATION), _after(FRANCE)]
    )
