"""The files that other programs read of the project: its citation and its public CI, held to their schemas."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CITATION = ROOT / "CITATION.cff"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def complaints(schema: str, file: Path) -> str:
    """What `check-jsonschema` says of a file by a schema that it brings along; nothing if it is valid."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(("schema", "file"), [("citation-file-format", CITATION), ("github-workflows", WORKFLOW)])
def test_a_file_is_valid_by_its_schema(schema: str, file: Path) -> None:
    assert complaints(schema, file) == ""


@pytest.mark.parametrize(
    ("schema", "file", "wrong"),
    [
        ("citation-file-format", CITATION, ("title:", "titel:")),
        ("github-workflows", WORKFLOW, ("runs-on:", "run-on:")),
    ],
)
def test_a_wrong_key_is_found(schema: str, file: Path, wrong: tuple[str, str], tmp_path: Path) -> None:
    copy = tmp_path / f"{file.stem}.yml"
    copy.write_text(file.read_text().replace(*wrong))
    assert wrong[1].strip(":") in complaints(schema, copy)


def test_the_citation_names_the_version_and_licence_of_the_package() -> None:
    cited = yaml.safe_load(CITATION.read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
    assert [author["name"] for author in cited["authors"]] == [author["name"] for author in project["authors"]]


def test_the_public_ci_runs_what_a_developer_runs() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands == ["make check", "make test"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    pythons = re.findall(r"python-version: \"(.+)\"", WORKFLOW.read_text())
    assert pythons == [oldest] * len(jobs)
