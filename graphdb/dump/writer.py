"""Writes a whole store as one canonical dump: the same bytes whichever engine holds it, and however it came about."""

import base64
import gzip
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graphdb.dump import record_format
from graphdb.dump.record_format import CONTRAST, HOLDS, PLACE, SECTIONS, TRANSFER, Section
from graphdb.errors import UserError
from graphdb.files import destination
from graphdb.schema import Property
from graphdb.store import Store, score_files

PAGE = {"circuit": 32, "relation_circuit": 4}
"""Records that are read at once: circuits are large."""
SMALL = 2_000
"""The same for the other kinds."""
LEVEL = 6
"""Of the compression: a higher one takes twice the time for a hundredth of the size."""


def dump(store: Store, scores: bool = True) -> Iterator[bytes]:
    """Yield the lines of the dump of a store, with the score files that are there and whole unless `scores` is False.

    No one else writes to the store until the last line is yielded. Memory is bounded by a page of circuits. Raises
    UserError for a record with a number that is not finite.
    """
    return _summed(store, scores, Counter())


def write_dump(store: Store, output: Path | None, scores: bool = True) -> dict[str, int]:
    """Write the dump of a store to a file, compressed where its name ends with `.gz`; None: to standard output.

    The file appears whole or not at all. Returns how many records of each kind, edges and score files it holds.
    """
    counts = Counter[str]()
    with destination(output) as stream:
        if output is not None and output.suffix == ".gz":
            # Neither name nor time in the head of the archive: the same store gives the same file.
            with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=stream, mtime=0) as archive:
                archive.writelines(_summed(store, scores, counts))
        else:
            stream.writelines(_summed(store, scores, counts))
    return dict(counts)


def digest(store: Store, scores: bool = True) -> str:
    """Return the SHA-256 of the dump: equal for two stores that hold the same."""
    checksum = hashlib.sha256()
    for line in dump(store, scores):
        checksum.update(line)
    return checksum.hexdigest()


def _summed(store: Store, scores: bool, counts: Counter[str]) -> Iterator[bytes]:
    """Yield the lines, and last the one that counts and sums up those before; `counts` is filled on the way."""
    checksum = hashlib.sha256()
    counts.update(dict.fromkeys(record_format.COUNTED, 0))
    with store.still():
        for line in _lines(store, scores, counts):
            checksum.update(line)
            yield line
    yield record_format.encode({"kind": "end", "counts": dict(counts), "sha256": checksum.hexdigest()})


def _lines(store: Store, scores: bool, counts: Counter[str]) -> Iterator[bytes]:
    yield record_format.encode(record_format.head(scores))
    for section in SECTIONS:
        ids, size = _ids(store, section.label), PAGE.get(section.kind, SMALL)
        for start in range(0, len(ids), size):
            for record in _records(store, section, ids[start : start + size], scores):
                counts[section.kind] += 1
                counts["edge"] += len(record.get("edges", ()))
                counts["scores"] += record.get("scores") is not None
                yield _encode(record)


def _encode(record: dict[str, Any]) -> bytes:
    try:
        return record_format.encode(record)
    except ValueError:
        raise UserError(
            f"{record['kind']} {record['id']!r} holds a number that is not finite: `kcircuits ingest` it again"
        ) from None


def _ids(store: Store, label: str) -> list[str]:
    return sorted(store.read(f"MATCH (n:{label}) RETURN n.id AS id")["id"])


def _records(store: Store, section: Section, ids: Sequence[str], scores: bool) -> Iterator[dict[str, Any]]:
    """Yield the objects of the records of these ids, in their order."""
    found = store.read(
        f"UNWIND $ids AS id MATCH (n:{section.label} {{id: id}}) RETURN properties(n) AS stored", {"ids": list(ids)}
    )
    nodes = {stored["id"]: {"kind": section.kind, **section.values(stored)} for stored in found["stored"]}
    edges = _edges(store, section.label, ids) if section.kind in PAGE else {}
    transfers = _transfers(store, ids) if section.kind == "relation_circuit" else {}
    contrasts = _contrasts(store, ids) if section.kind == "circuit" else {}
    places = _places(store, ids) if section.kind == "circuit" else {}
    facts = _holds(store, ids) if section.kind == "head_role" else {}
    for each in ids:
        record = nodes[each]
        if section.kind == "circuit":
            record["contrast"] = contrasts[each]
        if section.kind in PAGE:
            record["edges"] = edges.get(each, [])
        if section.kind == "circuit":
            record["places"] = places.get(each, [])
        if section.kind == "head_role":
            record["facts"] = facts.get(each, [])
        if section.kind in record_format.WITH_FILE and scores:
            record["scores"] = _scores(store, record["artifact"], record["artifact_sha256"])
        if section.kind == "relation_circuit":
            record["transfers"] = transfers.get(each, [])
        yield record


def _edges(store: Store, label: str, ids: Sequence[str]) -> dict[str, list[list[Any]]]:
    """Return circuit id -> its edges as they are dumped."""
    found = store.read(
        f"UNWIND $ids AS id MATCH (c:{label} {{id: id}})-[:HAS_NODE]->(s:CircuitNode)-[e:FLOWS]->(t:CircuitNode) "
        "RETURN c.id AS id, collect([s.name, t.name, e.channel, e.weight, e.rank, e.search_rank]) AS edges",
        {"ids": list(ids)},
    )
    return {each: record_format.edge_values(edges) for each, edges in zip(found["id"], found["edges"], strict=True)}


def _places(store: Store, ids: Sequence[str]) -> dict[str, list[list[Any]]]:
    """Return circuit id -> where in the prompt its nodes write, as it is dumped."""
    parts = ", ".join((*(f"n.at_{part}" for part in PLACE), "n.attention"))
    found = store.read(
        "UNWIND $ids AS id MATCH (c:Circuit {id: id})-[:HAS_NODE]->(n:CircuitNode) "
        f"RETURN id, collect([n.name, {parts}]) AS nodes",
        {"ids": list(ids)},
    )
    return {each: record_format.place_values(nodes) for each, nodes in zip(found["id"], found["nodes"], strict=True)}


def _holds(store: Store, ids: Sequence[str]) -> dict[str, list[list[Any]]]:
    """Return the id of a head's role -> the facts that it holds for, as they are dumped."""
    values = ", ".join(f"h.{each.name}" for each in HOLDS)
    found = store.read(
        "UNWIND $ids AS id MATCH (:HeadRole {id: id})-[h:HOLDS_FOR]->(f:Fact) "
        f"RETURN id, collect([f.id, {values}]) AS facts",
        {"ids": list(ids)},
    )
    return {each: record_format.holds_values(facts) for each, facts in zip(found["id"], found["facts"], strict=True)}


def _contrasts(store: Store, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return circuit id -> its contrast as it is dumped."""
    found = store.read(
        "UNWIND $ids AS id MATCH (:Circuit {id: id})-[:OF_CONTRAST]->(x:Contrast) RETURN id, properties(x) AS stored",
        {"ids": list(ids)},
    )
    rows = zip(found["id"], found["stored"], strict=True)
    return {each: _plain(CONTRAST, stored) for each, stored in rows}


def _transfers(store: Store, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the id of a relation's circuit -> its transfers as they are dumped."""
    found = store.read(
        "UNWIND $ids AS id MATCH (c:RelationCircuit {id: id})-[t:TRANSFERS]->(:Relation) "
        "RETURN c.id AS id, collect(properties(t)) AS transfers",
        {"ids": list(ids)},
    )
    rows = zip(found["id"], found["transfers"], strict=True)
    return {each: sorted((_plain(TRANSFER, stored) for stored in group), key=_place) for each, group in rows}


def _plain(properties: Sequence[Property], stored: dict[str, Any]) -> dict[str, Any]:
    return {each.name: record_format.plain(each.type, stored.get(each.name)) for each in properties}


def _place(transfer: dict[str, Any]) -> tuple[str, str]:
    return transfer["relation_id"], transfer["part"]


def _scores(store: Store, artifact: str, sha256: str) -> str | None:
    """Return a score file in base64; None where there is none, or another than the circuit names."""
    content = score_files.read_file(store.data_folder, artifact)
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        return None
    return base64.b64encode(content).decode()
