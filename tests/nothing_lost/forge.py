"""Ingests as processes of their own, of which many are killed: forked from one that has imported everything.

Run as a program it reads orders from standard input, one JSON object a line, and answers each with a line.
A child reports to a file of its own, which a kill leaves as it was.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from tests import short_lived

ROOT = Path(__file__).parents[2]
BEFORE, AFTER = "before", "after"
POINTS = {
    "opening the store": ("graphdb.store.store", "_ensure_schema", BEFORE),
    "loading the model": ("ingest.model.loading", "self_check", BEFORE),
    "clearing drafts": ("ingest.pipeline", "remove_drafts", BEFORE),
    "asking the model": ("ingest.discovery.recall", "best_answers", AFTER),
    "attribution": ("ingest.discovery.discovery", "score_edges", BEFORE),
    "the search": ("ingest.discovery.discovery", "pruned", BEFORE),
    "measuring": ("ingest.discovery.discovery", "measure", AFTER),
    "a draft of scores": ("graphdb.store.score_files", "os.fsync", BEFORE),
    "scores without a circuit": ("graphdb.store.score_files", "_sync_folder", BEFORE),
    "a transaction": ("graphdb.store.store", "Transaction.write", AFTER),
    "summaries": ("graphdb.writing.summary_writers", "add_rows", AFTER),
    "before the commit": ("graphdb.writing.writers", "apply", AFTER),
    "a commit on its way": ("neo4j._sync.work.transaction", "ManagedTransaction._commit", BEFORE),
    "after the commit": ("graphdb.store.store", "Store.transact", AFTER),
    "old scores": ("graphdb.writing.writers", "remove_scores", BEFORE),
    "the end of the run": ("ingest.pipeline", "end_run", BEFORE),
}
"""Moments of an ingest by name: a function, and whether it is killed as it begins or as it ends."""
LAST = ("the end of the run",)
"""Moments after which an ingest has nothing left to find."""
CREATION = {
    "making the database": ("graphdb.engines.embedded.engine", "shutil.rmtree", AFTER),
    "starting the engine": ("graphdb.engines.embedded.engine", "_start_server", BEFORE),
    "constraints": ("graphdb.store.store", "_write", AFTER),
    "the note": ("graphdb.engines.embedded.engine", "Owner.publish", BEFORE),
}
"""The same where the embedded engine is made or begins."""


class Child:
    """A running ingest."""

    def __init__(self, forge: "Forge", pid: int, report: Path) -> None:
        self._forge, self.pid, self._report = forge, pid, report

    @property
    def lines(self) -> list[str]:
        """What it has reported so far: `began`, `at MOMENT`, `done ...` or `refused ...`."""
        return self._report.read_text().splitlines()

    def await_line(self, start: str, seconds: float = 180) -> None:
        """Wait for a line that begins so."""
        deadline = time.monotonic() + seconds
        while not any(line.startswith(start) for line in self.lines):
            assert time.monotonic() < deadline, (start, self.lines)
            time.sleep(0.002)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit status: 0 done, 2 refused, -9 killed."""
        return self._forge.ask({"wait": self.pid})


class Forge:
    """A process that starts ingests by forking itself. A context manager."""

    def __init__(self, folder: Path, model: Path) -> None:
        self._folder, self._count = folder, 0
        command = [sys.executable, "-m", "tests.nothing_lost.forge", str(model)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it and every child that is left."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def ask(self, order: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, job: "Job", moment: str = "", times: int = 1) -> Child:
        """Start an ingest; one with a `moment` kills itself when it comes to that for the n-th time."""
        self._count += 1
        report = self._folder / f"report-{self._count}"
        report.touch()
        environment = {name: os.environ[name] for name in os.environ if name.startswith("NEO4J_")}
        order = {"job": vars(job), "moment": moment, "times": times, "report": str(report), "environment": environment}
        return Child(self, self.ask(order), report)


@dataclass(frozen=True)
class Job:
    """What an ingest is to do."""

    store: str
    model: str
    facts: str
    batch: int = 2
    method: str = "secant"
    effort: str = "quick"
    growth: int = 0
    """Bytes that files may grow by after the store is open; 0: any."""
    rash: bool = False
    """Whether it writes without a look at the room that the disk has."""
    patience: float = 60.0
    """Seconds that a server may be away."""
    ray: str = ""
    """Address of the Ray that finds circuits; empty: this process does."""


def serve() -> None:
    """Do what standard input orders, after everything heavy is imported and the model was loaded once."""
    import torch

    from ingest.model import load
    from ingest.model_files import resolve

    torch.set_num_threads(1)  # more would not survive a fork
    if short_lived.wanted():
        short_lived.hurry()
    for module in ("graphdb.engines.bolt", "ingest.pipeline", "arcadedb_embedded", "pandas"):
        import_module(module)
    load(resolve(sys.argv[1], print))
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            print(os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if not pid:
            _be_child(order)
        print(pid, flush=True)


def _be_child(order: dict[str, Any]) -> None:
    report = os.open(order["report"], os.O_WRONLY | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(report, 1)
    os.dup2(report, 2)
    os.environ.update(order["environment"])
    if order["moment"]:
        kill_at(order["moment"], order["times"])
    status = run(Job(**order["job"]))
    sys.stdout.flush()
    os._exit(status)


def run(job: Job) -> int:
    """Run an ingest as `kcircuits ingest` does; report, and return the exit status."""
    from graphdb.errors import UserError
    from graphdb.store import locks, open_store
    from graphdb.store import store as store_module
    from ingest.facts.sets import read_facts
    from ingest.model_files import resolve
    from ingest.options import Options
    from ingest.pipeline import ingest
    from ingest.settings import Settings

    store_module.PATIENCE = job.patience
    locks.ROOM = 0 if job.rash else locks.ROOM
    options = Options(
        Settings(method=job.method, effort=job.effort), include_unknown=True, batch=job.batch, ray=job.ray
    )
    try:
        with open_store(job.store) as store:
            print("began", flush=True)
            if job.growth:
                fill(Path(job.store), job.growth)
            done = ingest(read_facts(Path(job.facts)), resolve(job.model, print), options, store, Reported())
            print(f"done {done.circuits}", flush=True)
    except UserError as error:
        print(f"refused {error}", flush=True)
        return 2
    return 0


class Reported:
    """Progress as lines: `circuits 4` when four facts are done."""

    def stage(self, name: str, total: int) -> None:
        self._name, self._done = name, 0

    def advance(self, facts: int) -> None:
        for _ in range(facts):
            self._done += 1
            print(self._name, self._done, flush=True)

    def within(self, facts: float) -> None: ...

    def note(self, line: str) -> None: ...


def fill(folder: Path, growth: int) -> None:
    """Let no file of this process grow by more, as on a disk that is all but full; it takes no rights."""
    largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + growth, resource.RLIM_INFINITY))


def kill_at(moment: str, times: int) -> None:
    """Make this process kill itself at a moment, when it comes to that for the n-th time."""
    module, path, when = (POINTS | CREATION)[moment]
    *way, name = path.split(".")
    owner: Any = import_module(module)
    for each in way:
        owner = getattr(owner, each)
    function, left = getattr(owner, name), iter(range(times - 1, -1, -1))

    def die() -> None:
        if next(left) == 0:
            os.write(1, f"at {moment}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, _answerless(function, die) if name == "_commit" else _wrapped(function, die, when))


def _wrapped(function: Callable[..., Any], die: Callable[[], None], when: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        if when == BEFORE:
            die()
        answer = function(*arguments, **named)
        if when == AFTER:
            die()
        return answer

    return call


def _answerless(commit: Callable[..., Any], die: Callable[[], None]) -> Callable[..., Any]:
    """A commit of `Store.transact` that is sent, after which the process dies before it reads the answer."""
    from graphdb.store import Store

    within, transact = list[bool](), Store.transact

    def noted(store: Store, work: Callable[..., Any]) -> Any:
        within.append(True)
        try:
            return transact(store, work)
        finally:
            within.pop()

    def call(transaction: Any) -> Any:
        connection = transaction._connection
        send = connection.send_all

        def sent() -> None:
            send()
            die()

        connection.send_all = sent if within else send
        try:
            return commit(transaction)
        finally:
            connection.send_all = send

    setattr(Store, "transact", noted)  # noqa: B010
    return call


if __name__ == "__main__":
    serve()
