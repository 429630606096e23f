"""The peers' figures beside ours, as rows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import AUTO_CIRCUIT, ROOT, environment
from benchmarks.peers.shape import POSITIONS, STEPS
from benchmarks.report import Row

HERE = Path(__file__).parent
FASTER = 2
GPT2, DEFAULT = "random GPT-2-small", "default model"
NAMES = {"eap": "EAP", "eap-ig": f"integrated gradients, {STEPS} samples", "secant": "secant"}
Timed = dict[str, Any]
"""What `shape.report` printed."""


def peer_rows() -> Iterator[Row]:
    """Yield what each peer and we need on the same shape; one row that says why where a peer cannot be run."""
    ours = _module("benchmarks.peers.ours", "gpt2")
    yield from _rows("ours", GPT2, ours, "every fact's own scores, each kv-head's own edges")
    yield from auto_circuit_rows(ours)
    yield from _rows("ours", DEFAULT, _module("benchmarks.peers.ours", "default"), "every fact's own scores")
    lens = "benchmarks.peers.transformer_lens_times"
    refused = "nodes alone: it refuses edges of grouped-query attention"
    yield from _transformer_lens_rows(DEFAULT, lens, "nodes", refused)
    yield from _transformer_lens_rows(GPT2, lens, "edges", "edges of each position")


def auto_circuit_rows(ours: Timed) -> Iterator[Row]:
    """Yield auto-circuit's figures, and how much faster ours are."""
    try:
        python = environment("auto-circuit", AUTO_CIRCUIT)
        theirs = run([str(python), str(HERE / "auto_circuit_times.py")])
    except (OSError, subprocess.CalledProcessError) as error:
        yield _failed("auto-circuit 1.0.1", error)
        return
    yield from _rows("auto-circuit 1.0.1", GPT2, theirs, "scores averaged over the facts")
    for method, times in theirs["methods"].items():
        how = f"seconds a fact of auto-circuit 1.0.1 over ours, {GPT2}, {_shape(theirs)}"
        ratio = times["seconds"] / ours["methods"][method]["seconds"]
        yield Row(f"faster than auto-circuit, {NAMES[method]}", ratio, "×", how, at_least=FASTER)


def _transformer_lens_rows(model: str, module: str, granularity: str, what: str) -> Iterator[Row]:
    try:
        timed = _module(module, granularity)
    except subprocess.CalledProcessError as error:
        yield _failed(f"TransformerLens, {granularity}", error)
        return
    yield from _rows("TransformerLens 4.3", model, timed, f"{what}; averaged over the facts")


def _failed(peer: str, error: Exception) -> Row:
    """A row that says in one line why a peer was not measured."""
    lines = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    return Row(peer, None, "", f"not measured: {lines[-1].strip()}")


def _rows(who: str, model: str, timed: Timed, what: str) -> Iterator[Row]:
    for method, times in timed["methods"].items():
        how = (
            f"{times['forward']:.3g} of its own F; peak memory of the process {timed['peak'] / 2**30:.2g} GiB; "
            f"{model}, {_shape(timed)}; {what}"
        )
        yield Row(f"{NAMES.get(method, method)}, {who}, {model}", 1000 * times["seconds"], "ms a fact", how)


def _shape(timed: Timed) -> str:
    return f"{timed['facts']} random prompts of {POSITIONS} tokens"


def _module(module: str, argument: str) -> Timed:
    return run([sys.executable, "-m", module, argument])


def run(command: Sequence[str]) -> Timed:
    """Run a command whose last line is what `shape.report` prints."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ)
    return json.loads(done.stdout.splitlines()[-1])
