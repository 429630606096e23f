"""How much of a circuit other donors find again, for a sample of each relation's facts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from graphdb.topology import BoolArray
from ingest.compute.prompt_runs import Runs
from ingest.discovery.search import Floats
from ingest.facts.prompts import fact_hash
from ingest.facts.task import Task
from ingest.measures import controls
from ingest.measures.scoring import of_part, score_edges
from ingest.settings import Settings

SAMPLE = 8
"""Facts of a relation whose circuits are found a second time: that costs as much as the first."""


def stability_sampled(tasks: Iterable[Task], settings: Settings) -> list[Task]:
    """Mark the tasks whose circuits are found a second time: the first of each relation by a hash of their facts."""
    if settings.stability == "all":
        return list(tasks)
    by_relation: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_relation[task.relation_id].append(task)
    return [
        replace(task, again=place < SAMPLE)
        for group in by_relation.values()
        for place, task in enumerate(sorted(group, key=lambda task: fact_hash(task.prompt.fact_id)))
    ]


def stability(runs: Runs, mask: BoolArray, settings: Settings) -> Floats:
    """Jaccard [b] with the circuits of equal size that the other donors find; NaN where they are not asked.

    None of these donors found the circuit itself.
    """
    values = np.full(len(mask), np.nan, np.float32)
    rows = [row for row, task in enumerate(runs.tasks) if task.again]
    rounds = of_part([runs.tasks[row].others for row in rows])
    if rounds:
        some = runs.take(rows)
        again = score_edges(some, rounds, settings)
        values[rows] = controls.jaccard(mask[rows], controls.of_equal_size(some, again, mask[rows]))
    return values
