"""What every library is given: a random GPT-2-small and random prompts. Runs in any environment with torch."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import torch

FACTS, POSITIONS = 16, 8
SUBJECT = slice(3, 5)
"""Positions in which clean and corrupt prompt differ; what comes before is the same in all prompts, a template."""
WORDS, LAYERS, HEADS, WIDTH = 50257, 12, 12, 768
ANSWER, FOIL = 5, 6
STEPS = 5
"""Points of integrated gradients."""
ROUNDS = 2

Work = Callable[[], object]


def prompts() -> tuple[torch.Tensor, torch.Tensor]:
    """Return clean and corrupt prompts [b, p]."""
    generator = torch.Generator().manual_seed(0)
    clean = torch.randint(WORDS, (FACTS, POSITIONS), generator=generator)
    clean[:, : SUBJECT.start] = clean[0, : SUBJECT.start]
    corrupt = clean.clone()
    corrupt[:, SUBJECT] = (clean[:, SUBJECT] + 1) % WORDS
    return clean, corrupt


def report(forward: Work, methods: Mapping[str, Work], facts: int = FACTS) -> None:
    """Time each method between two forward passes and print the medians a fact, and peak memory, as JSON."""
    timed = {name: times(forward, work, facts) for name, work in methods.items()}
    print(json.dumps({"methods": timed, "facts": facts, **peak()}))


def times(forward: Work, work: Work, facts: int) -> dict[str, float]:
    """Seconds a fact, and the same in forward passes before and after."""
    forward()
    work()  # what a library sets up once is not counted
    taken = [(_seconds(forward), _seconds(work), _seconds(forward)) for _ in range(ROUNDS)]
    return {
        "seconds": median(each for _, each, _ in taken) / facts,
        "forward": median(2 * each / (before + after) for before, each, after in taken),
    }


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak() -> dict[str, int]:
    """Largest resident memory of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return {"peak": next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))}


if sys.platform != "linux":
    raise SystemExit("peak memory is read from /proc, which Linux alone has")
