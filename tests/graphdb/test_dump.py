"""A dump holds the whole store, and is the same whichever engine holds it and however it came about."""

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from graphdb.dump import digest, dump, write_dump
from graphdb.errors import UserError
from graphdb.formats.exports import Kind, export
from graphdb.store import Store
from graphdb.writing.writers import write_batch
from tests import relation_sample, sample
from tests.conftest import empty

FRANCE = sample.circuit_id("country_capital/France")


def objects(store: Store, scores: bool = True) -> list[dict[str, Any]]:
    return [json.loads(line) for line in dump(store, scores)]


def test_the_first_line_says_what_it_is_and_the_last_what_there_was(store: Store) -> None:
    relation_sample.fill(store)
    lines = list(dump(store))
    first, *records, last = map(json.loads, lines)
    assert first == {"format": "knowledge-circuits dump", "version": 6, "schema": 9, "scores": True}
    assert last["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    counts = {"model": 1, "relation": 3, "fact": 7, "run": 1, "recall": 7, "attempt": 2}
    counts |= {"circuit": 5, "relation_circuit": 2, "head_role": 5, "role_check": 1, "fact_lens": 2, "rival": 0}
    counts |= {"edit": 0, "edit_effects": 0, "edit_change": 0, "edit_circuit": 0, "edit_action": 0, "edit_lens": 0}
    counts |= {"hop_check": 0, "hop_fact": 0}
    counts |= {"demonstration": 0, "demonstration_head": 0}
    assert last["counts"] == {**counts, "edge": 6 + 4 + 5 + 3 + 3 + 5 + 3, "scores": 5}
    assert [record["kind"] for record in records] == [kind for kind in counts for _ in range(counts[kind])]
    for kind in counts:
        ids = [record["id"] for record in records if record["kind"] == kind]
        assert ids == sorted(ids)


def test_a_circuit_is_there_with_its_edges_and_its_score_file(store: Store) -> None:
    sample.fill(store)
    record = next(each for each in objects(store) if each.get("id") == FRANCE)
    assert [edge[:4] for edge in record["edges"]] == [list(edge) for edge in sample.FRANCE_EDGES]
    assert [edge[4] for edge in record["edges"]] == [1, 2, 3, 4, 5, 6]
    content = base64.b64decode(record["scores"])
    assert content == (store.data_folder / record["artifact"]).read_bytes()
    assert record["artifact_sha256"] == hashlib.sha256(content).hexdigest()
    assert "scores" not in next(each for each in objects(store, scores=False) if each.get("id") == FRANCE)


def test_a_damaged_score_file_is_left_out(store: Store) -> None:
    sample.fill(store)
    artifact = next(each for each in objects(store) if each.get("id") == FRANCE)["artifact"]
    (store.data_folder / artifact).write_bytes(b"damaged")
    assert next(each for each in objects(store) if each.get("id") == FRANCE)["scores"] is None
    assert objects(store)[-1]["counts"]["scores"] == 4


def test_engine_and_history_leave_no_trace(embedded_store: Store, neo4j_store: Store, tmp_path: Path) -> None:
    for store in (embedded_store, neo4j_store):
        empty(store)
        relation_sample.fill(store)
    assert list(dump(embedded_store)) == list(dump(neo4j_store))
    before = digest(embedded_store)
    relation_sample.fill(embedded_store)
    write_batch(embedded_store, [], [sample.with_scores(embedded_store, each) for each in sample.CIRCUITS[::-1]])
    assert digest(embedded_store) == before
    files = [tmp_path / "embedded.jsonl.gz", tmp_path / "other.jsonl.gz"]
    for file, store in zip(files, (embedded_store, neo4j_store), strict=True):
        write_dump(store, file)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert gzip.decompress(files[0].read_bytes()) == b"".join(dump(embedded_store))


def test_a_number_that_is_not_finite_has_no_dump(embedded_store: Store, tmp_path: Path) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    embedded_store.write(
        [
            (
                "UNWIND $rows AS row MATCH (r:Recall {id: row.id}) SET r.probability = row.probability",
                [{"id": sample.RECALLS[0].id, "probability": float("inf")}],
            )
        ]
    )
    with pytest.raises(UserError, match=r"recall 'toy.country_capital/France' holds a number that is not finite"):
        write_dump(embedded_store, tmp_path / "store.jsonl.gz")
    assert not [*tmp_path.iterdir()]


def test_a_part_of_the_store_has_no_dump(embedded_store: Store, tmp_path: Path) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    with pytest.raises(UserError, match="export --all --to jsonl"):
        export(embedded_store, "country_capital", Kind.JSONL, tmp_path / "capitals.jsonl")
    assert not [*tmp_path.iterdir()]
