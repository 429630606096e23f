"""What Neo4j Browser is given: a style sheet that its parser reads, and scripts that answer as the library does."""

import io
import re
import zipfile
from itertools import pairwise

import pytest
from neo4j.graph import Node, Relationship

from graphdb import schema
from graphdb.neo4j_browser.scripts import EXAMPLES, FOLDER, PARAMETERS, literal, scripts, write_scripts
from graphdb.neo4j_browser.style import LOOKS, grass
from graphdb.queries.library import all_queries
from graphdb.store import Store
from tests.conftest import Kept
from tests.sample import fill

SHEET = re.compile(
    r"(?:(?P<selector>[\w.]+) \{\n(?P<body>(?:  [\w-]+: (?:\"[^\"{}:;]*(?:\{\w+\})?\"|[^\s\"':;{}]+);\n)+)\}\n\n?)"
)
TOY = {
    "circuit": "toy|country_capital/France|secant",
    "first": "toy|country_capital/France|secant",
    "second": "toy|country_capital/Japan|secant",
    "relation_circuit": "toy|country_capital|secant|mean",
    "component": "a1.h2",
}
"""What the sample store holds of what the parameters name."""


def sheet() -> dict[str, dict[str, str]]:
    """The style sheet as the Browser reads it, which splits at colons and semicolons; nothing else may be in it."""
    text = grass()
    rules = [*SHEET.finditer(text)]
    assert "".join(rule[0] for rule in rules) == text
    split = [(rule["selector"], [line.split(":") for line in rule["body"].split(";\n")[:-1]]) for rule in rules]
    assert len({selector for selector, _ in split}) == len(split)
    return {selector: {name.strip(): value.strip().strip('"') for name, value in lines} for selector, lines in split}


def test_the_style_sheet_has_a_rule_for_each_label_and_its_captions_are_properties() -> None:
    rules = sheet()
    for node in schema.NODES:
        for label in (node.label, *node.kinds):
            assert rules[f"node.{label}"]["caption"].strip("{}") in {each.name for each in node.properties}, label
    assert LOOKS.keys() <= {label for node in schema.NODES for label in (node.label, *node.kinds)}
    for selector, properties in rules.items():
        kind, _, name = selector.partition(".")
        if kind == "relationship" and name:
            held = {each.name for one in schema.RELATIONSHIPS if one.type == name for each in one.properties}
            assert properties["caption"].strip("{}") in held, selector


def test_a_second_label_comes_after_the_first_so_that_it_counts() -> None:
    order = [*sheet()]
    for node in schema.NODES:
        assert all(a < b for a, b in pairwise(order.index(f"node.{label}") for label in (node.label, *node.kinds)))


def test_captions_can_be_read_on_their_colours() -> None:
    for selector, properties in sheet().items():
        if "." in selector and "color" in properties:
            assert 1.05 / (luminance(properties["color"]) + 0.05) >= 4.5, selector


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_zip_holds_a_script_for_each_query_named_in_its_first_line() -> None:
    stream = io.BytesIO()
    write_scripts(stream)
    archive = zipfile.ZipFile(stream)
    assert archive.testzip() is None
    read = {name: archive.read(name).decode() for name in archive.namelist()}
    assert read == scripts()
    assert {f"{FOLDER}/{query.name}.cypher" for query in all_queries() if query.text} <= read.keys()
    for name, text in read.items():
        assert name.endswith(f"/{text.splitlines()[0].removeprefix('// ')}.cypher")
    assert EXAMPLES.keys() <= set(re.findall(r"^:param (\w+) =>", next(iter(read.values())), re.MULTILINE))


@pytest.mark.parametrize("value", ["it's", "a\\'b", 'say "x"', "C\\", "Zürich", 3, 0.1])
def test_a_literal_is_the_value(kept: Kept, value: str | int | float) -> None:
    assert kept(fill).read(f"RETURN {literal(value)} AS value")["value"].tolist() == [value]


def test_scripts_answer_as_the_library_does(kept: Kept) -> None:
    """The parameters are set as the Browser sets them: what stands behind `=>` is asked of the server."""
    store = kept(fill)
    parameters = set_parameters(store) | TOY
    tables = {query.name: query for query in all_queries() if query.text}
    answered = 0
    for path, script in scripts().items():
        folder, _, name = path.removesuffix(".cypher").partition("/")
        if name == PARAMETERS:
            continue
        frame = store.read(script.strip().removesuffix(";"), parameters)
        answered += not frame.empty
        if folder == FOLDER:
            asked = {each.name: parameters[each.name] for each in tables[name].parameters}
            assert frame.to_dict("records").__repr__() == store.query(name, **asked).to_dict("records").__repr__(), name
    assert answered > 20


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("circuit_as_a_graph", {"CircuitNode"}),
        ("circuits_of_a_fact", {"Circuit", "Component", "Fact"}),
        ("head_and_its_facts", {"Component", "HeadRole", "Fact", "Relation"}),
    ],
)
def test_scripts_of_graphs_answer_with_nodes_and_relationships(kept: Kept, name: str, labels: set[str]) -> None:
    store = kept(fill)
    script = scripts()[f"{FOLDER} (graphs)/{name}.cypher"].strip().removesuffix(";")
    found = [*store.read(script, set_parameters(store) | TOY).to_numpy().flat]
    assert labels <= {label for each in found if isinstance(each, Node) for label in each.labels}
    assert any(isinstance(each, Relationship) for each in found)


def set_parameters(store: Store) -> dict[str, object]:
    setting = next(iter(scripts().values()))
    lines = re.findall(r"^:param (\w+) => (.+);$", setting, re.MULTILINE)
    return {name: store.read(f"RETURN {value} AS value")["value"].tolist()[0] for name, value in lines}
