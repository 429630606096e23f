"""Finds score files that are missing, damaged or named by no circuit."""

import time
from pathlib import Path

from graphdb.maintenance.check_circuits import AGAIN
from graphdb.maintenance.findings import Findings
from graphdb.store import Store
from graphdb.store.score_files import DRAFT, NAME, checksum, remove_scores

IN_FLIGHT = 3600.0
"""Seconds that a file may lie before its circuit is written: an ingest writes scores first."""
_NAMED = (
    "MATCH (c:Circuit) WHERE c.artifact <> '' RETURN c.id AS id, c.artifact AS artifact, c.artifact_sha256 AS sha256"
)
_EDITS = "MATCH (e:Edit) RETURN e.id AS id, e.artifact AS artifact, e.artifact_sha256 AS sha256 ORDER BY id"
_EMPTY = (
    "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) WHERE c.artifact = row.artifact "
    "SET c.artifact = '', c.artifact_sha256 = '', c.fingerprint = ''"
)
_STILL = "UNWIND $rows AS row MATCH (c:Circuit {id: row.id}) WHERE c.artifact = row.artifact RETURN row.id AS id"


def check_scores(store: Store, found: Findings) -> None:
    """Compare the files of the score folder with what circuits say of them."""
    folder = store.data_folder
    old = _old_files(folder)
    named = store.read(_NAMED)
    rows = list(zip(named["id"], named["artifact"], named["sha256"], strict=True))
    hashes = {artifact: checksum(folder, artifact) for _, artifact, _ in rows}
    missing = {name: artifact for name, artifact, _ in rows if hashes[artifact] is None}
    damaged = {name: artifact for name, artifact, sha256 in rows if hashes[artifact] not in (None, sha256)}
    elsewhere = store.engine == "neo4j" and len(missing) == len(rows)
    _mend(store, found, "score files missing", missing, mendable=not elsewhere)
    _mend(store, found, "score files damaged", damaged, mendable=True)
    changes = _check_changes(store, found)
    unnamed = sorted(set(old) - set(hashes) - changes)
    if found.add("files that no circuit and no edit names", unnamed, "deleted"):
        for name in unnamed:
            (folder / name).unlink(missing_ok=True)


def _check_changes(store: Store, found: Findings) -> set[str]:
    """Compare the changes of edits with their files; return the names of these."""
    named = store.read(_EDITS)
    rows = list(zip(named["id"], named["artifact"], named["sha256"], strict=True))
    lost = [name for name, artifact, sha256 in rows if checksum(store.data_folder, artifact) != sha256]
    found.add("changes of edits missing or damaged", lost, "`kcircuits edit` makes the edit again", mendable=False)
    return {artifact for _, artifact, _ in rows}


def _old_files(folder: Path) -> list[str]:
    """Return the names of score files, also of half-written ones, that no ingest is about to name."""
    files = folder.iterdir() if folder.is_dir() else ()
    ours = [each for each in files if NAME.fullmatch(each.name) or DRAFT.fullmatch(each.name)]
    return [each.name for each in ours if time.time() - each.stat().st_mtime > IN_FLIGHT]


def _mend(store: Store, found: Findings, problem: str, lost: dict[str, str], *, mendable: bool) -> None:
    """Empty the names of lost files, of circuits that were not replaced meanwhile."""
    rows = [{"id": name, "artifact": artifact} for name, artifact in lost.items()]
    still = store.read(_STILL, {"rows": rows})["id"]
    remedy = f"the circuit names none any more: {AGAIN}" if mendable else "all of them: they lie on another machine"
    if found.add(problem, still, remedy, mendable=mendable):
        with store.writing():
            store.write([(_EMPTY, rows)])
            remove_scores(store.data_folder, lost.values())
