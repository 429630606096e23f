"""What a check finds in a store that was damaged on purpose, and what mending leaves."""

import os
import time
from pathlib import Path

import pytest

from graphdb.maintenance.check import check
from graphdb.maintenance.findings import Finding
from graphdb.store import Store
from tests import relation_sample, sample

FRANCE, ITALY, JAPAN, YEN, HOT = (each.id for each in sample.CIRCUITS)


def found(store: Store, *, repair: bool = False) -> dict[str, Finding]:
    return {each.problem: each for each in check(store, repair=repair)}


def counts(findings: dict[str, Finding]) -> dict[str, int]:
    return {problem: each.count for problem, each in findings.items()}


def write(store: Store, *statements: str) -> None:
    store.write([(f"UNWIND $rows AS row {each}", [{}]) for each in statements])


def artifact(store: Store, circuit: str) -> Path:
    rows = store.read("MATCH (c:Circuit {id: $id}) RETURN c.artifact AS artifact", {"id": circuit})
    return store.data_folder / rows["artifact"][0]


def age(path: Path) -> None:
    """Make a file look as old as one that no ingest is about to name."""
    then = time.time() - 7200
    os.utime(path, (then, then))


@pytest.fixture
def filled(store: Store) -> Store:
    relation_sample.fill(store)
    return store


def test_nothing_is_wrong_with_what_was_written(filled: Store) -> None:
    assert check(filled) == []


def test_links_that_follow_from_ids_are_made_again_and_orphans_deleted(filled: Store) -> None:
    write(
        filled,
        f"MATCH (:Circuit {{id: '{FRANCE}'}})-[r:EXPLAINS|FROM_RUN]->() DELETE r",
        f"MATCH (c:Circuit {{id: '{ITALY}'}}) DETACH DELETE c",
        "MATCH (k:Recall {id: 'toy|antonym/big'})-[r:RECALLS]->() SET k.fact_id = 'antonym/gone' DELETE r",
    )
    findings = found(filled, repair=True)
    assert all(each.mended for each in findings.values())
    links = {"Circuit without Fact": 1, "Circuit without Run": 1, "Recall without Fact": 1}
    assert links.items() <= counts(findings).items()
    assert findings["Circuit without Fact"].examples == (FRANCE,)
    assert findings["nodes of no circuit"].count == 4
    assert findings["summaries wrong"].count > 0
    assert check(filled) == []
    assert set(filled.query("circuits")["circuit"]) == {FRANCE, JAPAN, YEN, HOT}
    assert filled.read("MATCH (k:Recall {id: 'toy|antonym/big'}) RETURN k.id AS id").empty


def test_circuits_that_are_not_what_they_say(filled: Store) -> None:
    write(
        filled,
        f"MATCH (:Circuit {{id: '{FRANCE}'}})-[:HAS_NODE]->({{name: 'm1'}})-[e:FLOWS]->() DELETE e",
        f"MATCH (a:CircuitNode {{id: '{YEN}|toy/m1'}}) MATCH (b:CircuitNode {{id: '{HOT}|toy/logits'}}) "
        "CREATE (a)-[:FLOWS {edge_id: 'm1->logits.logits', channel: 'logits', weight: 1.0, rank: 9}]->(b)",
        f"MATCH (:Circuit {{id: '{JAPAN}'}})-[i:INCLUDES]->({{name: 'm0'}}) SET i.score = 0.0",
    )
    wrong = "Circuit with other edges or nodes than it says"
    assert counts(found(filled)) == {
        "edges between circuits": 2,
        wrong: 1,
        "shortcuts to components wrong": 2,
        "summaries wrong": found(filled)["summaries wrong"].count,
    }
    mended = found(filled, repair=True)
    assert (mended[wrong].mended, mended[wrong].remedy) == (False, "ingest the fact again")
    assert mended["edges between circuits"].mended
    assert counts(found(filled)) == {wrong: 1}
    prints = filled.query("fingerprints").set_index("circuit")["fingerprint"]
    assert prints[FRANCE] == ""
    assert prints[ITALY] == "print-1"


def test_score_files(filled: Store) -> None:
    lost, spoilt, kept = artifact(filled, FRANCE), artifact(filled, ITALY), artifact(filled, JAPAN)
    lost.unlink()
    spoilt.write_bytes(spoilt.read_bytes()[:-1])
    unnamed, fresh, foreign = (filled.data_folder / name for name in ("ab" * 16 + ".npy", "cd" * 16 + ".npy", "my.txt"))
    for path in (unnamed, fresh, foreign):
        path.write_bytes(b"x")
    for path in (unnamed, foreign):
        age(path)
    expected = {"score files missing": 1, "score files damaged": 1, "files that no circuit and no edit names": 1}
    assert counts(found(filled)) == expected
    assert spoilt.exists()
    assert "ingest the fact again" in found(filled, repair=True)["score files missing"].remedy
    assert check(filled) == []
    assert [path.exists() for path in (spoilt, unnamed, kept, fresh, foreign)] == [False, False, True, True, True]
    rows = filled.query("circuits").set_index("circuit")["artifact"]
    assert (rows[FRANCE], rows[ITALY], rows[JAPAN]) == ("", "", kept.name)


def test_constraints_runs_and_summaries_of_what_is_gone(filled: Store) -> None:
    filled.define(["DROP CONSTRAINT fact_id"])
    write(
        filled,
        "MATCH (u:Run) SET u.ended = ''",
        "CREATE (:FactSummary {id: 'toy|gone|', model_id: 'toy', relation_id: 'gone', method: '', n_facts: 1})",
    )
    expected = {"constraints missing": 1, "summaries of what is not there": 1, "runs that never ended": 1}
    assert counts(found(filled)) == expected
    found(filled, repair=True)
    assert counts(found(filled)) == {"runs that never ended": 1}
