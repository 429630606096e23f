"""Read fact files: LRE JSON, CSV and JSONL in, checked relations out. Every error names file and line."""

import csv
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from graphdb.errors import UserError

SUBJECT = "{}"
"""Stands for the subject in a template."""
STDIN = "-"
_SUFFIXES = (".json", ".csv", ".jsonl")
_JSON = 'expected {"name": ..., "prompt_templates": ["... {} ..."], "samples": [{"subject": ..., "object": ...}]}'
_CSV = "expected the columns relation,subject,object[,prompt]"
_JSONL = 'expected {"relation": ..., "subject": ..., "object": ...[, "prompt": ...]} on each line'


@dataclass(frozen=True, slots=True)
class Row:
    """One fact as a file gives it. `prompt` is its own template, or empty; `place` is `<file>:<line>`."""

    subject: str
    object: str
    prompt: str
    place: str


@dataclass(frozen=True, slots=True)
class OtherWords:
    """Templates about the same subjects that ask for something else."""

    relation: str
    """Id of what they ask for."""
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Derivation:
    """The relations that a relation's facts follow from: two that are composed, or one that is reversed."""

    of: tuple[str, ...]
    """Ids; of two, the objects of the first are subjects of the second."""
    place: str
    """The file that says so."""


@dataclass(frozen=True, slots=True)
class RawRelation:
    """What one source says about one relation; CSV and JSONL name no `category` and no `templates`."""

    id: str
    name: str
    category: str
    templates: tuple[str, ...]
    rows: tuple[Row, ...]
    domain: str = ""
    """What its subjects are; empty if the source does not say."""
    paired: tuple[str, ...] = ()
    """Templates that other relations' are written to match."""
    others: tuple[OtherWords, ...] = ()
    derivation: Derivation | None = None
    """None: the source gives the facts themselves."""


def relation_id(name: str, place: str) -> str:
    """Return `name` in snake_case; raise UserError, naming `place`, if no letter or digit is in it."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    found = re.sub(r"[\W_]+", "_", words.lower()).strip("_")
    if not found:
        raise UserError(f"{place}: relation {name!r} has no letter or digit; name it like country_capital")
    return found


def _filled(text: str) -> str:
    tidy = " ".join(text.split())
    if not tidy:
        raise PydanticCustomError("empty", "is empty")
    return tidy


def _with_one_place(template: str) -> str:
    if template.count(SUBJECT) != 1:
        raise PydanticCustomError("place", "must hold exactly one {} where the subject stands")
    return template.rstrip()


_Text = Annotated[str, AfterValidator(_filled)]
_Template = Annotated[str, AfterValidator(_with_one_place)]


class _Sample(BaseModel):
    subject: _Text
    object: _Text


class _Properties(BaseModel):
    relation_type: _Text = "own"
    domain_name: str = ""


class _LreFile(BaseModel):
    name: _Text
    prompt_templates: Annotated[list[_Template], Field(min_length=1)]
    prompt_templates_zs: list[_Template] = []
    paired_templates: list[_Template] = []
    other_templates: dict[str, Annotated[list[_Template], Field(min_length=1)]] = {}
    properties: _Properties = _Properties()
    samples: Annotated[list[_Sample], Field(min_length=1)] | None = None
    compose: tuple[_Text, _Text] | None = None
    reverse: _Text | None = None

    @model_validator(mode="after")
    def _has_facts_from_one_place(self) -> Self:
        given = [each for each in (self.samples, self.compose, self.reverse) if each is not None]
        if not given:
            raise PydanticCustomError("facts", "samples is missing")
        if len(given) > 1:
            raise PydanticCustomError("facts", "only one of samples, compose and reverse may be given")
        return self


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    relation: _Text
    subject: _Text
    object: _Text
    prompt: str | None = None


def read_source(source: str | Path) -> list[RawRelation]:
    """Read a file, a folder of files (with its sub-folders) or `-`, standard input.

    Raises UserError for anything that cannot be read as facts.
    """
    if source == STDIN:
        return _parse(_decode(sys.stdin.buffer.read(), "standard input"), "standard input", "", "")
    path = Path(source)
    if not path.is_dir():
        return _read_file(path)
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
    if not files:
        raise UserError(f"{path}: no fact file is in this folder; expected {', '.join(_SUFFIXES)}")
    return [relation for file in files for relation in _read_file(file)]


def _read_file(path: Path) -> list[RawRelation]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give a relation, a .json, .csv or .jsonl file, or -") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error
    return _parse(_decode(data, str(path)), str(path), path.suffix.lower(), path.stem)


def _decode(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{place}:{line}: not UTF-8 (byte {error.start}); save the file as UTF-8") from None


def _parse(text: str, place: str, suffix: str, stem: str) -> list[RawRelation]:
    if not text.strip():
        raise UserError(f"{place}: is empty; expected facts as LRE JSON, CSV or JSONL")
    match suffix if suffix in _SUFFIXES else _sniff(text):
        case ".json":
            return [_read_json(text, place, stem)]
        case ".jsonl":
            return _grouped(_jsonl_lines(text, place), place)
        case _:
            return _grouped(_csv_lines(text, place), place)


def _sniff(text: str) -> str:
    """Return the suffix of the format that `text` looks like."""
    first = text.strip().splitlines()[0]
    if not first.startswith(("{", "[")):
        return ".csv"
    try:
        return ".json" if "samples" in json.loads(first) else ".jsonl"
    except ValueError:
        return ".jsonl" if '"relation"' in first else ".json"


def _read_json(text: str, place: str, stem: str) -> RawRelation:
    try:
        file = _LreFile.model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"{_json_place(error, text, place)}: {_explain(error)}; {_JSON}") from None
    rows = tuple(
        Row(sample.subject, sample.object, "", f"{place}:{line}")
        for sample, line in zip(file.samples or (), _sample_lines(text) if file.samples else (), strict=True)
    )
    templates = tuple(dict.fromkeys(file.prompt_templates + file.prompt_templates_zs))
    name = relation_id(stem or file.name, place)
    others = tuple(OtherWords(relation_id(key, place), tuple(words)) for key, words in file.other_templates.items())
    return RawRelation(
        name,
        file.name,
        file.properties.relation_type,
        templates,
        rows,
        file.properties.domain_name.strip(),
        tuple(dict.fromkeys(file.paired_templates)),
        others,
        _derivation(file, place),
    )


def _derivation(file: _LreFile, place: str) -> Derivation | None:
    """What the file says its facts follow from; None where it gives them itself."""
    of = file.compose or ((file.reverse,) if file.reverse else ())
    return Derivation(tuple(relation_id(name, place) for name in of), place) if of else None


def _json_place(error: ValidationError, text: str, place: str) -> str:
    """Return `<file>:<line>` of the first error, or the file alone where JSON gives no line."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        syntax = re.search(r"line (\d+) column", first["msg"])
        return f"{place}:{syntax[1]}" if syntax else place
    match first["loc"]:
        case ("samples", int(index), *_):
            return f"{place}:{_sample_lines(text)[index]}"
    return place


def _sample_lines(text: str) -> list[int]:
    """Return the line, from 1, on which each element of the array `samples` of valid JSON starts."""
    *_, start = re.finditer(r'"samples"\s*:\s*\[', text)
    decoder, space = json.JSONDecoder(), re.compile(r"[\s,]*")
    lines, line, counted, position = [], 1, 0, start.end()
    while text[(position := _skip(space, text, position))] != "]":
        line, counted = line + text.count("\n", counted, position), position
        lines.append(line)
        _, position = decoder.raw_decode(text, position)
    return lines


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _jsonl_lines(text: str, place: str) -> Iterator[tuple[_Line, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _Line.model_validate_json(line), f"{place}:{number}"
            except ValidationError as error:
                raise UserError(f"{place}:{number}: {_explain(error)}; {_JSONL}") from None


def _csv_lines(text: str, place: str) -> Iterator[tuple[_Line, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="a cell without a header")
    try:
        reader.fieldnames = _csv_columns(reader.fieldnames or [], place)
        for cells in reader:
            given = {name: cell for name, cell in cells.items() if cell is not None}
            yield _Line.model_validate(given), f"{place}:{reader.line_num}"
    except ValidationError as error:
        raise UserError(f"{place}:{reader.line_num}: {_explain(error)}; {_CSV}") from None
    except csv.Error as error:
        raise UserError(f"{place}:{reader.line_num + 1}: malformed CSV: {error}; check its quotes") from None


def _csv_columns(header: Iterable[str], place: str) -> list[str]:
    columns = [column.strip() for column in header]
    if sorted(columns) not in (
        ["object", "relation", "subject"],
        ["object", "prompt", "relation", "subject"],
    ):
        raise UserError(f"{place}:1: wrong columns {','.join(columns)}; {_CSV}")
    return columns


def _grouped(lines: Iterable[tuple[_Line, str]], file: str) -> list[RawRelation]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for line, place in lines:
        rows[relation_id(line.relation, place)].append(_row(line, place))
    if not rows:
        raise UserError(f"{file}: has a header and no facts; {_CSV}")
    return [RawRelation(name, name.replace("_", " "), "", (), tuple(found)) for name, found in rows.items()]


def _row(line: _Line, place: str) -> Row:
    return Row(line.subject, line.object, _own_template(line.prompt or "", line.subject, place), place)


def _own_template(prompt: str, subject: str, place: str) -> str:
    """Return a fact's own prompt with `{}` where the subject stands; it may already be written so."""
    prompt = prompt.rstrip()
    mark = SUBJECT if SUBJECT in prompt else subject
    if prompt and prompt.count(mark) != 1:
        raise UserError(
            f"{place}: prompt {prompt!r} must hold the subject {subject!r} exactly once; "
            "write {} where the subject stands"
        )
    return prompt.replace(mark, SUBJECT)


def _explain(error: ValidationError) -> str:
    """Return the first of pydantic's errors in few words."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "malformed JSON: " + re.sub(r"^Invalid JSON: | at line \d+ column \d+$", "", first["msg"])
    field = ".".join(str(part) for part in first["loc"])
    plain = {"missing": "is missing", "extra_forbidden": "is not expected", "too_short": "is empty"}
    what = plain.get(first["type"], first["msg"])
    return f"{field} {what}" if field else what
