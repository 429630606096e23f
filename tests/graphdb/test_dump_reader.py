"""Dumps that are cut, damaged, too new, too large or wrong are refused in one line that names the place."""

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graphdb.dump import dump, line_reader
from graphdb.dump.reader import check
from graphdb.dump.restore import import_dump
from graphdb.errors import UserError
from graphdb.store import Store, open_store
from tests import relation_sample, rival_sample
from tests.conftest import empty

Objects = list[dict[str, Any]]
Change = Callable[[Objects], object]


@pytest.fixture(scope="module")
def lines(embedded_store: Store) -> Iterator[list[bytes]]:
    """The lines of a dump with records of every kind."""
    empty(embedded_store)
    relation_sample.fill(embedded_store)
    rival_sample.fill(embedded_store)
    yield list(dump(embedded_store))
    empty(embedded_store)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.jsonl"


def complaint(file: Path) -> str:
    with pytest.raises(UserError) as refused:
        check(file)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(str(file))
    return line.removeprefix(str(file))


def sealed(objects: Objects) -> bytes:
    """The lines of these objects, with counts and checksum that are right."""
    records = objects[1:-1]
    counts = {kind: sum(each["kind"] == kind for each in records) for kind in objects[-1]["counts"]}
    counts["edge"] = sum(len(each.get("edges", ())) for each in records)
    counts["scores"] = sum(each.get("scores") is not None for each in records)
    text = b"".join(json.dumps(each).encode() + b"\n" for each in objects[:-1])
    end = {"kind": "end", "counts": counts, "sha256": hashlib.sha256(text).hexdigest()}
    return text + json.dumps(end).encode() + b"\n"


def first(objects: Objects, kind: str) -> dict[str, Any]:
    return next(each for each in objects if each.get("kind") == kind)


def test_a_whole_dump_is_taken(lines: list[bytes], file: Path) -> None:
    file.write_bytes(b"".join(lines))
    assert check(file).counts == json.loads(lines[-1])["counts"]
    file.write_bytes(sealed([json.loads(line) for line in lines]))
    assert check(file).counts["edge"] == 29


def set_field(kind: str, name: str, value: object) -> Change:
    return lambda objects: first(objects, kind).__setitem__(name, value)


def set_edge(place: int, value: object) -> Change:
    return lambda objects: first(objects, "circuit")["edges"][0].__setitem__(place, value)


WRONG: dict[str, tuple[Change, str]] = {
    "another format": (lambda o: o[0].update(format="csv"), ":1: not a dump"),
    "too new a dump": (lambda o: o[0].update(version=99), ":1: the dump has version 99"),
    "too new a schema": (lambda o: o[0].update(schema=99), ":1: the dump has schema 99"),
    "a head with more": (lambda o: o[0].update(more=1), ":1: the first line has other fields"),
    "an unknown kind": (set_field("fact", "kind", "facts"), "unknown kind 'facts'"),
    "an unknown field": (set_field("fact", "colour", "red"), "fact: unknown field 'colour'"),
    "a missing field": (lambda o: first(o, "fact").pop("subject"), "fact: no field 'subject'"),
    "a text for a number": (set_field("recall", "rank", "1"), "recall: rank is '1'; expected a integer"),
    "a whole number for a text": (set_field("relation", "name", 1), "relation: name is 1; expected a string"),
    "true for a number": (set_field("recall", "rank", value=True), "recall: rank is True"),
    "null": (set_field("circuit", "target", None), "circuit: target is None; expected a figure"),
    "a figure of a circuit that was not judged": (
        lambda objects: first(objects, "circuit").update(source="EAP-IG 2.0", judged_on=""),
        "; expected none: not judged",
    ),
    "a circuit of ours that was not judged": (set_field("circuit", "judged_on", ""), "'', a part without donors"),
    "a number beyond 64 bits": (set_field("recall", "rank", 2**63), "recall: rank is"),
    "half a character": (set_field("relation", "name", "\ud800"), "relation: name is"),
    "NaN": (set_field("recall", "probability", float("nan")), "NaN is not a number"),
    "an infinite number": (set_field("recall", "probability", float("inf")), "Infinity is not a number"),
    "a list of other things": (set_field("fact", "accepted", [1]), "fact: accepted is [1]; expected a strings"),
    "a fact of another relation": (set_field("fact", "relation_id", "country_capital"), "does not fit"),
    "a fact of no relation": (set_field("fact", "relation_id", "none"), "relation_id 'none' is of no relation"),
    "a recall of no model": (set_field("recall", "model_id", "none"), "model_id 'none' is of no model"),
    "a circuit of no run": (set_field("circuit", "run_id", "none"), "run_id 'none' is of no run"),
    "an id that does not fit": (set_field("circuit", "id", "x"), "id 'x' does not fit"),
    "no id": (set_field("run", "id", ""), "does not fit"),
    "records out of order": (lambda o: o.insert(3, o.pop(4)), "is twice there, or not in its place"),
    "a record twice": (lambda o: o.insert(3, o[3]), "is twice there"),
    "a model of no layers": (set_field("model", "n_layers", 0), "no model has 0 layers"),
    "a model without end": (set_field("model", "n_layers", 10**12), "no model has 1000000000000 layers"),
    "an edge from nowhere": (set_edge(0, "a9.h9"), "an edge is not one that the model has"),
    "an edge backwards": (
        lambda o: first(o, "circuit")["edges"].append(["m1", "a0.h0", "q", 1.0, 9, 9]),
        "no edge is m1->a0.h0.q",
    ),
    "a weight of text": (set_edge(3, "1"), "with weight 1"),
    "a rival of no kind": (set_field("rival", "rival_kind", "x"), "rival_kind is 'x'; expected one of relation, "),
    "a push without a value": (
        set_field("rival", "for_rival_values", [-1.0]),
        "for_rival_values has 1 values for 2 components",
    ),
    "a rank of zero": (set_edge(4, 0), "no ranks are 0 and"),
    "a search rank below zero": (set_edge(5, -1), "no ranks are"),
    "an edge cut short": (lambda o: first(o, "circuit")["edges"][0].pop(), "an edge is not one"),
    "an edge twice": (lambda o: first(o, "circuit")["edges"].append(first(o, "circuit")["edges"][0]), "twice"),
    "edges that are none": (set_field("circuit", "edges", {}), "edges are no list"),
    "a path out of the folder": (set_field("circuit", "artifact", "../../x.npy"), "names no score file"),
    "scores of another circuit": (set_field("circuit", "scores", "AAAA"), "not those that the circuit names"),
    "scores that are text": (set_field("circuit", "scores", "é"), "scores are not base64"),
    "no transfers": (set_field("relation_circuit", "transfers", {}), "transfers is not a list"),
    "a transfer to nowhere": (
        lambda o: first(o, "relation_circuit")["transfers"][0].update(relation_id="none"),
        "relation_id 'none' is of no relation",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_record_is_refused_with_its_line(lines: list[bytes], file: Path, wrong: str) -> None:
    change, expected = WRONG[wrong]
    objects = [json.loads(line) for line in lines]
    change(objects)
    file.write_bytes(sealed(objects))
    place, _, reason = complaint(file)[1:].partition(": ")
    assert expected in f":{place}: {reason}"
    assert 1 <= int(place) < len(lines) + 1


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda lines: [], ":1: the end is missing"),
        (lambda lines: lines[:-1], "the end is missing"),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], "the file is cut here"),
        (lambda lines: [*lines[:-2], lines[-1]], "not as many as the end says"),
        (lambda lines: [*lines[:2], lines[2].replace(b"opposite", b"Opposite"), *lines[3:]], "checksum"),
        (lambda lines: [*lines, b"{}\n"], "more follows after the end"),
        (lambda lines: [b"[" * 100_000 + b"\n"], ":1: not an object of JSON"),
        (lambda lines: [b"1" * 10_000 + b"\n"], ":1: not an object of JSON"),
        (lambda lines: [lines[0], b'{"kind": "model", "kind": "fact"}\n'], ":2: a field is there twice"),
        (lambda lines: [lines[0], b"\xff\xfe\n"], ":2: not an object of JSON"),
    ],
)
def test_a_damaged_file_is_refused_with_the_line(
    lines: list[bytes], file: Path, damage: Callable[[list[bytes]], list[bytes]], expected: str
) -> None:
    file.write_bytes(b"".join(damage(lines)))
    assert expected in complaint(file)


def test_a_cut_or_damaged_archive_is_refused(lines: list[bytes], file: Path) -> None:
    whole = gzip.compress(b"".join(lines))
    file.write_bytes(whole[: len(whole) // 2])
    assert "the file is cut here" in complaint(file)
    file.write_bytes(whole[:-6] + b"\0" + whole[-5:])
    assert "damaged" in complaint(file)


def test_what_is_too_large_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(line_reader.LARGEST_FILE + 1)
    assert "has 64 GiB; expected a dump of at most 64 GiB" in complaint(file)
    file.write_bytes(gzip.compress(b" \n" * 5_000_000))
    assert "not an object of JSON" in complaint(file)
    bomb = gzip.compress(b'{"format": "' + b"x" * 50_000_000 + b"\n")
    file.write_bytes(bomb)
    assert "the file expands to more than 200 times its size" in complaint(file)
    monkeypatch.setattr(line_reader, "LARGEST_LINE", 100)
    file.write_bytes(b"x" * 200)
    assert "the line is longer" in complaint(file)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "is not a file" in complaint(tmp_path)
    assert "cannot be read" in complaint(tmp_path / "none")


def test_damage_anywhere_is_refused_without_a_traceback(lines: list[bytes], file: Path) -> None:
    chance = random.Random(0)
    whole = b"".join(lines)
    for _ in range(300):
        place, length = chance.randrange(len(whole)), chance.randrange(1, 50)
        damaged = whole[:place] + chance.randbytes(chance.randrange(50)) + whole[place + length :]
        file.write_bytes(chance.choice([damaged, gzip.compress(damaged, 1)]))
        complaint(file)


def test_nothing_is_written_of_a_dump_that_is_refused(lines: list[bytes], file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"".join(lines[:-1]))
    with open_store(tmp_path / "store") as store:
        with pytest.raises(UserError, match="the end is missing"):
            import_dump(store, file)
        assert store.read("MATCH (n) WHERE NOT n:Meta RETURN n").empty
        assert not store.data_folder.exists()
