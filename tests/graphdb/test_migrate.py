"""Stores of schema versions 2 and 4 to 8, described as the programs of these versions wrote them, become current.

What version 4 did not store stays unknown: the foils of all donors but the first that judges.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphdb import schema
from graphdb.errors import UserError
from graphdb.maintenance import contrasts, migrate
from graphdb.maintenance.check import check
from graphdb.records import Edge, Reason, Weights
from graphdb.store import Store, open_store
from graphdb.store.types import Statement
from graphdb.tables import records
from tests import relation_sample, sample
from tests.cli.conftest import Cli, cli
from tests.conftest import empty
from tests.whole_graph import Line, whole_graph

OLD = {
    version: json.loads((Path(__file__).parent / f"version_{version}.json").read_text())
    for version in (2, 4, 5, 6, 7, 8)
}
INTERRUPTED = (1, 4, 7, 18, 26, 30)
"""Times at which a migration ends, before (odd) or after (even) one of its transactions."""
SUMMARIES = ("FactSummary", "CircuitSummary", "ComponentSummary", "RecallSummary")
CONDITIONS = (
    *("Rival", "EditChange", "EditCircuit", "EditAction", "EditLens"),
    *("HopCheck", "HopFact", "Demonstration", "DemonstrationHead"),
)
ROLES = ("HeadRole", "RoleCheck", "FactLens", "Edit", "EditEffects", *CONDITIONS)
NEW_LABELS = {
    2: (*SUMMARIES, "Contrast", "Attempt", *ROLES),
    4: ("Contrast", "Attempt", *ROLES),
    5: ROLES,
    6: ROLES,
    7: CONDITIONS,
    8: (),
}
"""Version -> labels that it did not have."""

NEW_FIGURES = (
    *("faithfulness_lowest", "faithfulness_both_ways", "judges_reached", "random_spread", "needed", "loss_10"),
    *("loss_30", "untrained", "stability_relation", "stability_other"),
)
"""Of circuits, which version 5 did not measure."""

__all__ = ["cli"]


@pytest.fixture
def older(store: Store, version: int) -> Iterator[Store]:
    """A store as an older version left it. Only its target is used: commands open it anew."""
    store.define([f"DROP CONSTRAINT {schema.node(label).constraint_name}" for label in NEW_LABELS[version]])
    store.write([*nodes(version), *relationships(version)])
    store.data_folder.mkdir(parents=True, exist_ok=True)
    for name, content in OLD[version]["scores"].items():
        (store.data_folder / name).write_bytes(base64.b64decode(content))
    set_version(store.target, version)
    yield store
    set_version(store.target, schema.VERSION)
    store.define(schema.constraints())


@pytest.fixture
def version() -> int:
    """The version of the older store, unless a test asks for others."""
    return 2


def nodes(version: int) -> Iterator[Statement]:
    for labels, properties in OLD[version]["nodes"]:
        if labels != "Meta":
            yield f"UNWIND $rows AS row CREATE (n:{labels}) SET n = row", [properties]


def relationships(version: int) -> Iterator[Statement]:
    for kind, a, source, b, target, properties in OLD[version]["relationships"]:
        ends = f"MATCH (a:{a} {{id: row.source}}) MATCH (b:{b} {{id: row.target}})"
        row = {"source": source, "target": target, "properties": properties}
        yield f"UNWIND $rows AS row {ends} CREATE (a)-[r:{kind}]->(b) SET r += row.properties", [row]


def set_version(target: str, version: int) -> None:
    with open_store(target, older=True) as opened:
        opened.write([("UNWIND $rows AS row MATCH (m:Meta) SET m.version = row.version", [{"version": version}])])


def without_foils(graph: tuple[list[Line], list[Line]]) -> tuple[list[Line], list[Line]]:
    nodes, related = graph
    return [tuple(re.sub(r'"foils": \[.*?\]', "", text) for text in node) for node in nodes], related


def fill_as_before(store: Store, version: int) -> None:
    """Write the sample as far as a version knew it: up to 7 without tokens, up to 6 without roles and places, up to 5
    without figures that are new, and with scores for weights."""
    circuits = tuple(
        replace(
            each,
            contrast=each.contrast if version >= 8 else replace(each.contrast, tokens=()),
            places=each.places
            if version >= 8
            else tuple(replace(p, attention=()) for p in each.places if version >= 7),
        )
        for each in sample.CIRCUITS
    )
    of_relations = relation_sample.RELATION_CIRCUITS
    if version < 6:
        unknown = dict.fromkeys(NEW_FIGURES)
        circuits = tuple(
            replace(each, weights=Weights.SCORE, edges=_by_score(each.edges), **unknown) for each in circuits
        )
        of_relations = tuple(replace(each, edges=_by_score(each.edges)) for each in of_relations)
    relation_sample.fill(store, circuits, of_relations, roles=version >= 7)


def _by_score(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    return tuple(replace(edge, search_rank=edge.rank) for edge in edges)


@pytest.mark.parametrize("version", OLD)
def test_an_older_store_becomes_what_this_version_would_have_written(older: Store, version: int, cli: Cli) -> None:
    assert "`kcircuits migrate`" in cli("status", "--store", older.target).complaint
    answer = cli("migrate", "--store", older.target)
    changed = 5 if version < 7 else 0
    assert answer.lines == [f"{older.target}: schema version from {version} to {schema.VERSION}, {changed} circuits"]
    assert check(older) == []
    migrated, files = without_foils(whole_graph(older)), sorted(path.name for path in older.data_folder.iterdir())
    empty(older)
    fill_as_before(older, version)
    assert migrated == without_foils(whole_graph(older))
    assert files == sorted(path.name for path in older.data_folder.iterdir())
    assert cli("migrate", "--store", older.target).lines == [f"{older.target}: schema version {schema.VERSION}"]


@pytest.mark.parametrize("version", OLD)
def test_an_interrupted_migration_goes_on(older: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "CIRCUITS", 1)
    monkeypatch.setattr(contrasts, "NODES", 1)
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


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("unknown to the model", (Reason.UNKNOWN, "", "")),
        ("no donor of equal token count", (Reason.NO_EQUAL_LENGTH, "", "")),
        ("the model's activations are not finite; sought by eap", (Reason.NOT_FINITE, "", "eap")),
        (
            "no donor's prompt changes the metric enough: 0.12 logits of 0.5 needed; sought by secant/mean",
            (Reason.NO_EFFECT, "0.12 logits of 0.5 needed", "secant/mean"),
        ),
        ("prompt of 40 tokens, at most 32 fit", (Reason.TOO_LONG, "prompt of 40 tokens, at most 32 fit", "")),
    ],
)
def test_reasons_of_version_4_are_read(text: str, why: tuple[Reason, str, str]) -> None:
    found = contrasts.read_reason(text)
    assert (found.code, found.detail, found.method) == why


def test_foils_that_version_4_stored_are_kept(older: Store) -> None:
    with open_store(older.target, older=True) as opened:
        migrate.migrate(opened)
        (row,) = records(opened.query("contrasts", fact="country_capital/France"))
    assert (row["foils"], row["corrupt_prompts"]) == (
        ["", " Rome"],
        ["The capital of Japan is", "The capital of Italy is"],
    )


def test_lost_score_files_are_told_before_anything_is_changed(older: Store) -> None:
    next(older.data_folder.iterdir()).unlink()
    with open_store(older.target, older=True) as opened:
        with pytest.raises(UserError, match="1 of 5 score files"):
            migrate.migrate(opened)
        assert {path.name for path in opened.data_folder.iterdir()} < OLD[2]["scores"].keys()
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
