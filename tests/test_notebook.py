"""The example notebook, run by a kernel on the sample store, and what its saved outputs are."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from graphdb.store import Store
from tests import sample
from tests.conftest import empty

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"


def outputs(notebook: Any) -> list[list[Any]]:
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebook_runs_from_its_first_cell_to_its_last(
    embedded_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    monkeypatch.setenv("KCIRCUITS_STORE", embedded_store.target)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    saved = [[output.output_type for output in cell] for cell in outputs(notebook)]
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    assert [[output.output_type for output in cell] for cell in outputs(notebook)] == saved
    drawn = [output.data.get("text/html", "") for cell in outputs(notebook) for output in cell if "data" in output]
    assert sum("<svg" in html for html in drawn) == 2
    assert "France → Paris" in (tmp_path / "france.html").read_text("utf-8")
    said = "".join(output.text for cell in outputs(notebook) for output in cell if output.output_type == "stream")
    assert "a1.h2 moves most" in said


def test_the_saved_outputs_are_those_of_a_run_without_a_fault() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert {output.output_type for cell in outputs(notebook) for output in cell} == {"execute_result", "stream"}
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == list(
        range(1, len(outputs(notebook)) + 1)
    )
    assert NOTEBOOK.stat().st_size < 600_000
