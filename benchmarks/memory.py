"""Peak memory of discovery over the model's own weights, against the formula that chooses the batch.

    python -m benchmarks.memory TASKS

prints, for each batch in the pickled file, what the process held at most while it scored the edges against one donor
and while it sought circuits, less what it held before, in bytes.
"""

import ctypes
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.plain import single
from benchmarks.report import Row
from ingest.compute.batching import batch_bytes
from ingest.discovery.discovery import discover, score
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.settings import Settings

SIZES = (4, 16, None)
"""Facts of the batches measured; None: as many as an ingest takes."""
SETTINGS = Settings(effort="quick")
"""Fewer rounds than the default: the peak is one round's."""
SCORING = Settings(method="secant")
SCORING_BYTES = 24
"""Bytes that attribution may take for each fact of a batch, position, dimension of the model and source."""


def formula_rows(model: LanguageModel, batches: Sequence[list[Task]], folder: Path) -> Iterator[Row]:
    """Yield the peaks of batches of some sizes: of attribution, and of discovery as a share of what is allowed."""
    largest = max(batches, key=lambda batch: batch_bytes(batch, model.weights))
    chosen = [largest[:size] for size in SIZES]
    file = folder / "tasks"
    file.write_bytes(pickle.dumps(chosen))
    command = [sys.executable, "-m", "benchmarks.memory", str(file)]
    peaks = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    for batch, (scoring, whole) in zip(chosen, peaks, strict=True):
        yield _scoring_row(model, batch, scoring)
        yield _row(model, batch, whole)


def _unit(model: LanguageModel, batch: Sequence[Task]) -> int:
    """Batch × positions × width × sources."""
    positions = len(batch[0].prompt.tokens) - min(task.start for task in batch)
    return len(batch) * positions * model.weights.d_model * model.weights.topology.n_sources


def _scoring_row(model: LanguageModel, batch: Sequence[Task], peak: int) -> Row:
    how = (
        f"× batch × positions × width × sources; {peak / 2**20:.0f} MiB: largest resident memory (VmHWM) of "
        f"`{SCORING.method}` against one donor each, its runs included, less that before"
    )
    unit = _unit(model, batch)
    return Row(f"peak memory of attribution, {len(batch)} facts", peak / unit, "bytes", how, at_most=SCORING_BYTES)


def _row(model: LanguageModel, batch: Sequence[Task], peak: int) -> Row:
    allowed = batch_bytes(batch, model.weights)
    positions = len(batch[0].prompt.tokens) - min(task.start for task in batch)
    prompts = {prompt.tokens for task in batch for prompt in (task.prompt, *task.donors)}
    how = (
        f"{peak / 2**20:.0f} of {allowed / 2**20:.0f} MiB: largest resident memory (VmHWM) while circuits are sought, "
        f"less that before, against the formula of ingest/compute/batching.py; {len(prompts)} different prompts of "
        f"{positions} positions; {peak / _unit(model, batch):.0f} bytes × batch × positions × width × sources"
    )
    return Row(f"peak memory of discovery, {len(batch)} facts", peak / allowed, "of the formula", how, at_most=1)


def main(tasks: Path) -> None:
    """Print the peaks of the batches in a file as JSON."""
    batches: list[list[Task]] = pickle.loads(tasks.read_bytes())
    model = load(resolve(DEFAULT_MODEL, lambda _: None))
    discover(model, batches[0][:1], SETTINGS, References(), "")  # what libraries set up once is no part of a batch
    json.dump([list(_peaks(model, batch)) for batch in batches], sys.stdout)


def _peaks(model: LanguageModel, batch: Sequence[Task]) -> Iterator[int]:
    yield peak(lambda: score(model, single(batch), SCORING))
    yield peak(lambda: discover(model, batch, SETTINGS, References(), ""))


def peak(work: Callable[[], object]) -> int:
    """Return how much more memory, in bytes, this process holds at most while it works than before."""
    ctypes.CDLL(None).malloc_trim(0)  # what earlier batches freed would hide what this one takes
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    before = resident("VmRSS")
    work()
    return resident("VmHWM") - before


def resident(field: str, process: int | str = "self") -> int:
    """A field of a process' status, `VmRSS` or `VmHWM`, in bytes; 0 for a process that has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(field)), 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
