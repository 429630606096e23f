"""What pushes wrong answers, and what kind they are: shares of facts, beside those of right answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphdb.conditions.rivals import Rival, RivalKind
from ingest.measures.bootstrap import interval

Row = dict[str, Any]

PARTS = ("movers", "movers_random", "heads", "mlps", "embed")


def pushes(found: Sequence[Rival]) -> Iterator[Row]:
    """Yield how often each part favours the rival, of wrong answers and of right ones; intervals over facts."""
    for wrong in (True, False):
        for part in PARTS:
            values = [getattr(each, part) for each in found if each.wrong is wrong]
            given = np.array([value for value in values if value is not None], np.float32)
            for_rival = (given < 0).astype(np.float32)
            yield {
                "wrong": wrong,
                "part": part,
                "facts": len(given),
                "share": float(for_rival.mean()),
                "interval": list(interval(for_rival)),
                "mean": float(given.mean()),
                "mean_interval": list(interval(given)),
            }


def kinds(found: Sequence[Rival]) -> dict[str, list[float]]:
    """Kind -> share of wrong answers and of right answers' next choices that are of it."""
    return {
        kind.value: [
            float(np.mean([each.rival_kind is kind for each in found if each.wrong is wrong]))
            for wrong in (True, False)
        ]
        for kind in RivalKind
    }
