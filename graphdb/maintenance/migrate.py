"""Brings a store of an earlier schema version up to this one.

Version 2 had no summaries, no edge counts on the shortcuts from circuits to components, and named score files by
their circuits alone. Up to version 4, circuits held what their contrasts hold now, see
`graphdb.maintenance.contrasts`; up to version 5 their edges had other weights, see `graphdb.maintenance.weights`; up
to version 7 less was known of their nodes, see `graphdb.maintenance.unknown`, and relations had facts of their own
alone; up to version 8 every circuit was found here, and measured. The summaries of version 3 had no shares of scores,
those of version 5 no squares of them, those of version 8 did not count the circuits that have a figure. Every step may
be repeated, and the version is raised last, so an interrupted migration goes on.
"""

import hashlib
from collections.abc import Sequence

from graphdb import schema
from graphdb.errors import UserError
from graphdb.maintenance import contrasts, unknown, weights
from graphdb.maintenance.check import ids_of
from graphdb.maintenance.check_circuits import graphs_of, write_shortcuts
from graphdb.store import Store, Transaction
from graphdb.store.score_files import read_file, remove_scores, save_content
from graphdb.writing import rebuild

OLDEST = 2
LINKED = 3
"""The first version with shortcuts, and with score files that are named by their content."""
SUMMARISED = 9
"""The first version with all summaries."""
CIRCUITS = 50
"""Circuits a transaction."""
_DERIVED = "UNWIND $rows AS row MATCH (r:Relation) WHERE r.derived_from IS NULL SET r.derived_from = row.derived_from"
_OLD = "MATCH (c:Circuit) WHERE c.artifact_sha256 IS NULL"


def migrate(store: Store, *, without_scores: bool = False) -> int:
    """Bring a store up to this schema, and return how many circuits were changed.

    Raises UserError for a version that is too old, and where score files are missing unless `without_scores`.
    """
    if store.version == schema.VERSION:
        return 0
    if store.version < OLDEST:
        raise UserError(
            f"{store.target} has schema version {store.version}, too old to migrate: ingest into a new store"
        )
    store.define(schema.constraints())
    changed = set[str]()
    if store.version < LINKED:
        changed |= _link(store, without_scores)
    changed |= contrasts.migrate(store)
    changed |= weights.migrate(store)
    changed |= unknown.migrate(store)
    if store.version < SUMMARISED:
        _summarise(store)
    store.transact(lambda transaction: _finish(transaction, store.target))
    store.version = schema.VERSION
    return len(changed)


def _link(store: Store, without_scores: bool) -> set[str]:
    """Give a store of version 2 its shortcuts and score files; return the ids of changed circuits."""
    old = store.read(f"{_OLD} RETURN c.id AS id, c.artifact AS artifact ORDER BY id")
    circuits = list(zip(old["id"], old["artifact"], strict=True))
    if not without_scores:
        _require_scores(store, [artifact for _, artifact in circuits if artifact])
    for start in range(0, len(circuits), CIRCUITS):
        _migrate_circuits(store, circuits[start : start + CIRCUITS])
    remove_scores(store.data_folder, map(_old_name, ids_of(store, "Circuit")))
    return {circuit for circuit, _ in circuits}


def _summarise(store: Store) -> None:
    for relation in ids_of(store, "Relation"):
        store.transact(lambda transaction, name=relation: rebuild.rebuild_relation(transaction, name))
    for model in ids_of(store, "Model"):
        store.transact(lambda transaction, name=model: rebuild.rebuild_components(transaction, name))


def _require_scores(store: Store, artifacts: Sequence[str]) -> None:
    missing = [name for name in artifacts if not (store.data_folder / name).is_file()]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(artifacts)} score files, such as {missing[0]}, are not in {store.data_folder}: "
            "migrate on the machine that has them, or say --without-scores"
        )


def _migrate_circuits(store: Store, circuits: Sequence[tuple[str, str]]) -> None:
    """Give circuits (id, old score file) their new files and shortcuts; old files are deleted last."""
    rows = [_row(store, circuit, artifact) for circuit, artifact in circuits]

    def work(transaction: Transaction) -> None:
        graphs = graphs_of(transaction.read, "Circuit", [circuit for circuit, _ in circuits])
        write_shortcuts(transaction, {circuit: graphs[circuit].parts() for circuit, _ in circuits})
        statement = (
            "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) "
            "SET c.artifact = row.artifact, c.artifact_sha256 = row.sha256"
        )
        transaction.write([(statement, rows)])

    store.transact(work)
    kept = {row["artifact"] for row in rows}
    remove_scores(store.data_folder, (artifact for _, artifact in circuits if artifact and artifact not in kept))


def _row(store: Store, circuit: str, artifact: str) -> dict[str, str]:
    """Write the circuit's score file under its new name, if there is one, and return what the circuit says of it."""
    content = read_file(store.data_folder, artifact) if artifact else None
    name, sha256 = save_content(store.data_folder, circuit, content) if content is not None else ("", "")
    return {"id": circuit, "artifact": name, "sha256": sha256}


def _old_name(circuit: str) -> str:
    """Return the name that version 2 gave to a circuit's score file."""
    return hashlib.sha256(circuit.encode()).hexdigest()[:32] + ".npy"


def _finish(transaction: Transaction, target: str) -> None:
    if transaction.read(
        f"{_OLD} OR c.contrast_id IS NULL OR c.weights IS NULL OR c.source IS NULL RETURN c.id AS id LIMIT 1"
    ):
        raise UserError(f"an earlier version of this program is writing to {target}: end it and run the command again")
    raised = "UNWIND $rows AS row MATCH (m:Meta {id: row.id}) SET m.version = row.version"
    transaction.write([(_DERIVED, [{"derived_from": []}]), (raised, [schema.META])])
