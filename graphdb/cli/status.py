"""What a store holds, how far its runs came, and what it takes on disk."""

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from rich.filesize import decimal

from graphdb.queries.lookup import run_states
from graphdb.store import Store
from graphdb.tables import Format, print_frame, print_json, print_pairs, records


@dataclass(frozen=True, slots=True)
class Status:
    """A store at a glance."""

    store: str
    engine: str
    scores: str
    """Folder of the score files."""
    scores_bytes: int
    store_bytes: int | None
    """Size of an embedded store with its score files; None for a server, whose disk is its own."""
    counts: dict[str, object]
    models: list[dict[str, object]]
    runs: list[dict[str, object]]
    """Rows of the query `runs`, each with its state: `finished`, `running` on this machine, or `unfinished`."""


def read_status(store: Store) -> Status:
    """Return the status of a store; three queries and a walk over its files."""
    return Status(
        store=store.target,
        engine=store.engine,
        scores=str(store.data_folder),
        scores_bytes=_size(store.data_folder),
        store_bytes=_size(Path(store.target)) if store.engine == "embedded" else None,
        counts=records(store.query("overview"))[0],
        models=records(store.query("models")),
        runs=_runs(store),
    )


def _runs(store: Store) -> list[dict[str, object]]:
    runs = store.query("runs")
    return records(runs.assign(state=run_states(runs, store.is_running)))


def print_status(status: Status, form: Format) -> None:
    """Print a status: JSON holds all of it, CSV the counts, a table what people look for first."""
    match form:
        case Format.JSON:
            print_json(asdict(status))
        case Format.CSV:
            print_frame(pd.DataFrame([status.counts]), form)
        case Format.TABLE:
            _print_tables(status)


def _print_tables(status: Status) -> None:
    print_pairs({"store": status.store, "engine": status.engine, "on disk": _disk(status)} | status.counts)
    if status.models:
        models = pd.DataFrame(status.models).drop(columns="weights_sha256")  # its beginning is there
        print_frame(models, Format.TABLE, "\nModels")
    if status.runs:
        runs = pd.DataFrame(status.runs).drop(columns=["settings", "versions"])
        runs["ended"] = runs["ended"].where(runs["ended"] != "", runs.pop("state"))
        print_frame(runs, Format.TABLE, "\nRuns")


def _disk(status: Status) -> str:
    scores = f"score files {decimal(status.scores_bytes)}"
    return scores if status.store_bytes is None else f"{decimal(status.store_bytes)}, of which {scores}"


def _size(folder: Path) -> int:
    """Bytes of all files; the engine may remove one while they are counted."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size
        except FileNotFoundError:
            continue
    return total
