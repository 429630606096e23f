"""Our circuits, written for EAP-IG, evaluated by its own code: does it measure what we measure?

EAP-IG is on no package index: `EAP_IG_SOURCE` names the folder `src` of a copy of its repository.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers.environments import EAP_IG, environment
from benchmarks.report import Row
from graphdb.formats.exports import export
from graphdb.store import Store, open_store
from graphdb.tables import Kind, records
from ingest.discovery.stored_tasks import stored_circuits
from ingest.facts.sets import select
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, ModelFolder, resolve
from ingest.options import Options, Silent
from ingest.pipeline import ingest
from ingest.settings import Settings

HERE = Path(__file__).parent
CIRCUITS = 20
RELATIONS = ("country_capital", "country_language")
WITHIN = 1e-3
"""Largest difference of a faithfulness that is asked for."""


def exchange_rows(store: str = "") -> Iterator[Row]:
    """Yield how far EAP-IG's figures of our circuits are from ours; of a store that is there, or of a new one."""
    source = os.environ.get("EAP_IG_SOURCE")
    if not source:
        yield Row("EAP-IG's faithfulness of our circuits", None, "", "not measured: set EAP_IG_SOURCE to its `src`")
        return
    handle = resolve(DEFAULT_MODEL, lambda _: None)
    with TemporaryDirectory() as folder:
        with open_store(store or Path(folder) / "store") as opened:
            if not store:
                _fill(opened, handle)
            tasks = _tasks(opened, load(handle), Path(folder))
        (Path(folder) / "tasks.json").write_text(json.dumps(tasks))
        theirs = _evaluate(handle.path, Path(folder) / "tasks.json", source)
    differences = [abs(mine["faithfulness"] - other["faithfulness"]) for mine, other in zip(tasks, theirs, strict=True)]
    for mine, other in zip(tasks, theirs, strict=True):
        print(f"{mine['circuit']}: {mine['faithfulness']:.4f}, {other['faithfulness']:.4f}", file=sys.stderr)
    how = (
        f"{len(tasks)} circuits of {handle.id}, mean faithfulness {mean(each['faithfulness'] for each in tasks):.3f}, "
        "written as EAP-IG JSON and run by EAP-IG 2.0's `evaluate_graph` in TransformerLens 2.16, attention ungrouped"
    )
    yield Row("largest difference of a faithfulness, EAP-IG's less ours", max(differences), "", how, at_most=WITHIN)


def _fill(store: Store, handle: ModelFolder) -> None:
    sets = [each.first(CIRCUITS) for each in select(RELATIONS)]
    ingest(sets, handle, Options(settings=Settings(effort="quick"), roles=False), store, Silent())


def _tasks(store: Store, model: LanguageModel, folder: Path) -> list[dict[str, Any]]:
    """Write the files, and return with each what it is evaluated on: the donors that judge its circuit."""
    tasks = []
    rows: list[dict[str, Any]] = records(store.query("circuits", model=model.record.id))
    for number, row in enumerate(rows[:: max(1, len(rows) // CIRCUITS)][:CIRCUITS]):
        file = folder / f"{number}.json"
        export(store, row["circuit"], Kind.EAP_IG, file)
        ((task,),) = [
            [each.task for each in stored_circuits(store, model, row["relation"], row["method"], row["circuit"])]
        ]
        judges = [task.donors[number] for number in task.judges]
        tasks.append(
            {
                "circuit": row["circuit"],
                "file": str(file),
                "faithfulness": row["faithfulness"],
                "clean": list(task.prompt.tokens),
                "corrupt": [list(donor.tokens) for donor in judges],
                "answer": task.answer,
                "foils": [donor.answers[0] for donor in judges],
            }
        )
    return tasks


def _evaluate(model: Path, tasks: Path, source: str) -> list[dict[str, Any]]:
    python = environment("eap-ig", EAP_IG)
    command = [str(python), str(HERE / "eap_ig_evaluate.py"), str(model), str(tasks)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": source})
    return json.loads(done.stdout.splitlines()[-1])
