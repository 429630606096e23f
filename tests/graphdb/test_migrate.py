"""A store of schema version 2, described in version_2.json as the program of that version wrote it, becomes current."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphdb import schema
from graphdb.errors import UserError
from graphdb.maintenance import migrate
from graphdb.maintenance.check import check
from graphdb.store import Store, open_store
from graphdb.store.types import Statement
from tests import relation_sample
from tests.cli.conftest import Cli, cli
from tests.conftest import empty
from tests.whole_graph import whole_graph

OLD = json.loads((Path(__file__).parent / "version_2.json").read_text())
INTERRUPTED = (1, 4, 7, 18, 26, 30)
"""Times at which a migration ends, before (odd) or after (even) one of its transactions."""
NEW_LABELS = ("FactSummary", "CircuitSummary", "ComponentSummary", "RecallSummary")

__all__ = ["cli"]


@pytest.fixture
def older(store: Store) -> Iterator[Store]:
    """A store as version 2 left it. Only its target is used: commands open it anew."""
    store.define([f"DROP CONSTRAINT {schema.node(label).constraint_name}" for label in NEW_LABELS])
    store.write([*nodes(), *relationships()])
    store.data_folder.mkdir(parents=True, exist_ok=True)
    for name, content in OLD["scores"].items():
        (store.data_folder / name).write_bytes(base64.b64decode(content))
    set_version(store.target, 2)
    yield store
    set_version(store.target, schema.VERSION)
    store.define(schema.constraints())


def nodes() -> Iterator[Statement]:
    for labels, properties in OLD["nodes"]:
        if labels != "Meta":
            yield f"UNWIND $rows AS row CREATE (n:{labels}) SET n = row", [properties]


def relationships() -> Iterator[Statement]:
    for kind, a, source, b, target, properties in OLD["relationships"]:
        ends = f"MATCH (a:{a} {{id: row.source}}) MATCH (b:{b} {{id: row.target}})"
        row = {"source": source, "target": target, "properties": properties}
        yield f"UNWIND $rows AS row {ends} CREATE (a)-[r:{kind}]->(b) SET r += row.properties", [row]


def set_version(target: str, version: int) -> None:
    with open_store(target, older=True) as opened:
        opened.write([("UNWIND $rows AS row MATCH (m:Meta) SET m.version = row.version", [{"version": version}])])


def test_an_older_store_becomes_what_this_version_would_have_written(older: Store, cli: Cli) -> None:
    assert "`kcircuits migrate`" in cli("status", "--store", older.target).complaint
    answer = cli("migrate", "--store", older.target)
    assert answer.lines == [f"{older.target}: schema version from 2 to 4, 5 circuits"]
    assert check(older) == []
    migrated, files = whole_graph(older), sorted(path.name for path in older.data_folder.iterdir())
    empty(older)
    relation_sample.fill(older)
    assert migrated == whole_graph(older)
    assert files == sorted(path.name for path in older.data_folder.iterdir())
    assert cli("migrate", "--store", older.target).lines == [f"{older.target}: schema version 4"]


def test_an_interrupted_migration_goes_on(older: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "CIRCUITS", 1)
    transact, turns = Store.transact, iter(range(1, 1000))

    def failing(self: Store, work: object) -> object:
        if next(turns) in INTERRUPTED:
            raise KeyboardInterrupt
        done = transact(self, work)  # type: ignore[arg-type]
        if next(turns) in INTERRUPTED:
            raise KeyboardInterrupt
        return done

    with open_store(older.target, older=True) as opened:
        monkeypatch.setattr(Store, "transact", failing)
        for _ in range(len(INTERRUPTED) + 1):
            try:
                migrate.migrate(opened)
                break
            except KeyboardInterrupt:
                continue
        monkeypatch.undo()
        assert opened.version == schema.VERSION
    assert check(older) == []
    assert len(list(older.data_folder.iterdir())) == 5


def test_lost_score_files_are_told_before_anything_is_changed(older: Store) -> None:
    next(older.data_folder.iterdir()).unlink()
    with open_store(older.target, older=True) as opened:
        with pytest.raises(UserError, match="1 of 5 score files"):
            migrate.migrate(opened)
        assert {path.name for path in opened.data_folder.iterdir()} < OLD["scores"].keys()
        assert migrate.migrate(opened, without_scores=True) == 5
    assert check(older) == []


def test_a_newer_or_much_older_store_is_refused(older: Store) -> None:
    set_version(older.target, 1)
    with open_store(older.target, older=True) as opened, pytest.raises(UserError, match="too old"):
        migrate.migrate(opened)
    with open_store(older.target, older=True) as opened:
        opened.write([("UNWIND $rows AS row MATCH (m:Meta) SET m.version = 99", [{}])])
        with pytest.raises(UserError, match="99"):
            open_store(older.target, older=True)
        opened.version = 99
        opened.write([("UNWIND $rows AS row MATCH (m:Meta) SET m.version = 2", [{}])])
