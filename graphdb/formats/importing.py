"""Circuits of other tools' files into a store: as those of facts, with a source and without figures."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from graphdb.components import n_nodes
from graphdb.errors import UserError
from graphdb.formats.foreign import Foreign, Native, edges_of, group, strongest
from graphdb.formats.shapes import known_models, model
from graphdb.records import Circuit, Contrast, Edge, Fact, Kind, Model, Relation, Run, Weights
from graphdb.store import Store
from graphdb.store.score_files import Scores, save_scores
from graphdb.tables import records
from graphdb.topology import Topology
from graphdb.writing.writers import write_batch, write_facts, write_model, write_relations, write_run

IMPORTED = "imported"
"""Id of the relation of circuits of which nothing is said, and category of relations that are not packaged."""
LARGEST_HALF = float(np.finfo(np.float16).max)


@dataclass(frozen=True, slots=True)
class About:
    """What a circuit is a circuit of."""

    relation: Relation
    fact: Fact
    prompt: str = ""
    """Empty: not told."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file becomes."""

    file: Path
    about: About
    model: Model
    run: Run
    circuit: Circuit
    scores: Scores | None
    """Of all native edges, in half precision."""
    lost: tuple[str, ...]
    """What is not kept, in words."""


def model_of(circuit: Foreign, file: Path, name: str, stored: Sequence[Model] = ()) -> Model:
    """Return the model that `name` means, among those of a store or with a known shape; empty: the one of its shape.

    A name that is neither is that of a new model with the shape that the file states. Raises UserError where no model
    or several have the shape, and where the one that is meant has another.
    """
    choices = {each.id.lower(): each for each in known_models().values()} | {each.id.lower(): each for each in stored}
    if not name:
        fitting = [
            each for each in choices.values() if _fits(circuit, each) and circuit.d_model in (None, each.d_model)
        ]
        if len(fitting) != 1:
            found = ", ".join(each.id for each in fitting) or "none that is known"
            raise UserError(f"{file}: its model has {_words(circuit.shape)}, like {found}: say which with --model")
        return fitting[0]
    named = {each.id: each for each in stored}.get(name) or named_model(name, stored)
    if named is None:
        kv_heads = circuit.kv_heads or circuit.shape.n_heads
        top = Topology(circuit.shape.n_layers, circuit.shape.n_heads, kv_heads)
        return model(name, "", top, circuit.d_model or 0)
    if not _fits(circuit, named):
        ours = Topology(named.n_layers, named.n_heads, named.n_kv_heads)
        raise UserError(
            f"{file}: its model has {_words(circuit.shape)}, {named.id} {_words(ours)}: name another --model"
        )
    return named


def named_model(name: str, stored: Sequence[Model] = ()) -> Model | None:
    """Return the model of a store by id, else one of known shape by hub name, last part of it, or id."""
    return {each.id: each for each in stored}.get(name) or known_models().get(name.lower())


def stored_models(store: Store) -> list[Model]:
    """Return the models of a store."""
    rows = store.read("MATCH (m:Model) RETURN properties(m) AS stored ORDER BY m.id")["stored"]
    return [Model(**{name: row[name] for name in Model.__slots__ if name in row}) for row in rows]


def imported(
    file: Path, found: Foreign, about: About, of: Model, method: str = "", n_edges: int | None = None
) -> Imported:
    """Return what a file's circuit becomes: the edges that it marks, or the `n_edges` of the largest |score|."""
    native = group(strongest(file, found, n_edges), of.n_kv_heads)
    method = method or f"{IMPORTED}-{found.method}"
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    settings = {"import": file.name, "sha256": sha256, "source": found.source, "edges": n_edges}
    said = (about.fact.object, about.prompt, of.id, about.fact.id, method, of.n_layers, of.n_heads, of.n_kv_heads)
    digest = hashlib.sha256(json.dumps((settings, said), sort_keys=True).encode()).hexdigest()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    run = Run(
        id=digest[:16],
        model_id=of.id,
        method=method,
        settings=json.dumps(settings, sort_keys=True),
        versions="{}",
        weights_sha256="",
        seed=0,
        started=now,
        ended=now,
        n_circuits=1,
    )
    circuit = _circuit(native, found, about, of.id, method, run.id, digest)
    return Imported(file, about, of, run, circuit, _half(native), (*found.lost, *_lost(native)))


def write_imported(store: Store, items: Sequence[Imported]) -> list[Imported]:
    """Write circuits with what they hang on, where that is not there; return those that were not there already.

    A circuit that is there from the same file stays, with what was measured of it. Raises UserError, with nothing
    written, for one that would take the place of a circuit that was found here.
    """
    there = {row["circuit"]: row for row in records(store.query("fingerprints"))}
    for each in items:
        standing = there.get(each.circuit.id)
        if standing and not standing["source"]:
            raise UserError(
                f"{each.file}: {each.circuit.id} was found here and would be replaced: name another --method"
            )
    stand = {row["fingerprint"] for row in there.values()}
    new = [each for each in items if each.circuit.fingerprint not in stand]
    _write_frame(store, new)
    written = list[Circuit]()
    for each in new:
        circuit = each.circuit
        if each.scores is not None:
            saved = save_scores(store.data_folder, circuit.id, each.scores)
            circuit = replace(circuit, artifact=saved.name, artifact_sha256=saved.sha256)
        written.append(circuit)
    write_batch(store, circuits=written)
    return new


def _write_frame(store: Store, items: Sequence[Imported]) -> None:
    """Write models, relations and facts that are not there, and the runs."""
    models = {each.id for each in stored_models(store)}
    relations, facts = set(store.query("relations")["relation"]), set(store.query("facts")["fact"])
    for each in {each.model.id: each.model for each in items}.values():
        if each.id not in models:
            write_model(store, each)
    write_relations(store, [each.about.relation for each in items if each.about.relation.id not in relations])
    write_facts(store, [each.about.fact for each in items if each.about.fact.id not in facts])
    for each in items:
        write_run(store, each.run)


def _circuit(
    native: Native, found: Foreign, about: About, model_id: str, method: str, run_id: str, fingerprint: str
) -> Circuit:
    edges = tuple(Edge(*name, weight, rank) for rank, (name, weight) in enumerate(edges_of(native), start=1))
    return Circuit(
        id=f"{model_id}|{about.fact.id}|{method}",
        model_id=model_id,
        fact_id=about.fact.id,
        contrast=Contrast(
            model_id=model_id,
            fact_id=about.fact.id,
            kind=Kind.UNKNOWN,
            wording=_wording(about),
            clean_prompt=about.prompt,
            answer=f" {about.fact.object}" if about.fact.object else "",
            donors_find=(),
            corrupt_prompts=(),
            foils=(),
        ),
        run_id=run_id,
        method=method,
        source=found.source,
        effort="",
        ablation="",
        fingerprint=fingerprint,
        judged_on="",
        weights=Weights.MEMBERSHIP if native.scores is None else Weights.SCORE,
        n_edges=len(edges),
        n_edges_searched=len(edges),
        n_nodes=n_nodes({name for edge in edges for name in (edge.source, edge.target)}),
        edges=edges,
    )


def _wording(about: About) -> str:
    """The number of the template that the prompt is in, or its words; empty where it is not told."""
    filled = [template.replace("{}", about.fact.subject) for template in about.relation.templates]
    if about.prompt in filled:
        return str(filled.index(about.prompt))
    return about.prompt.replace(about.fact.subject, "{}")


def _half(native: Native) -> Scores | None:
    """The scores of all edges as score files hold them; None where there are none, or larger ones than those hold."""
    if native.scores is None or np.abs(native.scores).max(initial=0) > LARGEST_HALF:
        return None
    return native.top.pack(native.scores).astype(np.float16)


def _lost(native: Native) -> tuple[str, ...]:
    lost = []
    if native.split:
        lost.append(
            f"{native.split} edges to a kv-head that some of its query heads have and others do not: kept as edges"
        )
    if native.scores is not None:
        beyond = np.abs(native.scores).max(initial=0) > LARGEST_HALF
        lost.append("scores of the other edges" + ("" if beyond else " beyond half precision"))
    return tuple(lost)


def _fits(circuit: Foreign, of: Model) -> bool:
    same = (of.n_layers, of.n_heads) == (circuit.shape.n_layers, circuit.shape.n_heads)
    return same and circuit.kv_heads in (None, of.n_kv_heads)


def _words(top: Topology) -> str:
    kv = f" over {top.n_kv_heads} kv-heads" if top.n_kv_heads < top.n_heads else ""
    return f"{top.n_layers} layers of {top.n_heads} heads{kv}"
