"""What circuits found in each way are good for: `python -m benchmarks.quality.retrieval`.

For each ablation and method: how often the nearest circuit of another fact is one of the same relation, in one wording
and across two, how stable circuits are beside their null, and how large and faithful they are. A way's circuits are
found again in the relations' second templates, as `kcircuits ingest --template 1` does.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from graphdb.comparison.memberships import CIRCUIT_COLUMNS, Level, Memberships, align, from_frames
from graphdb.comparison.profiles.controls import controls
from graphdb.comparison.profiles.profiles import profiles
from graphdb.comparison.profiles.retrieval import Against, retrieval
from graphdb.comparison.profiles.similarity import Measure
from graphdb.records import Circuit
from graphdb.tables import Format, print_frame
from graphdb.writing.statements import node_rows
from ingest.compute.batching import batches
from ingest.compute.prompt_runs import ABLATIONS
from ingest.discovery.recall import recall
from ingest.discovery.references import others
from ingest.execution.finder import Finder
from ingest.facts.sets import FactSet, builtin_relations, read_facts
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.measures.stability import stability_sampled
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.options import Options, Silent
from ingest.pipeline import executor, prepare_all
from ingest.settings import Settings

METHODS = ("secant", "trained")
LEAST = 4
"""Circuits that a relation needs in both wordings."""
ROOT = Path(__file__).parents[2]
ENDS = ("embed", "logits")
TEMPLATES = (0, 1)


@dataclass(frozen=True, slots=True)
class Way:
    """A method with its ablation, found in both wordings."""

    method: str
    ablation: str

    def settings(self, template: int) -> Settings:
        """Return what finds its circuits in one wording."""
        return Settings(self.method, ablation=self.ablation, template=template)


def tasks_of(model: LanguageModel, sets: Sequence[FactSet], template: int, most: int) -> list[Task]:
    """Return at most so many facts of each relation in one wording, with donors for all parts."""
    options = Options(Settings(template=template), known_rank=3)
    asked = [each for each in sets if len(each.relation.templates) > template]
    tasks = recall(model, *prepare_all(asked, model, options.settings), options, Silent()).tasks.values()
    return stability_sampled(_first(tasks, most), options.settings)


def find(model: LanguageModel, tasks: Sequence[Task], settings: Settings, workers: int) -> list[Circuit]:
    """Return the circuits of tasks."""
    references = References(others(model, settings, {each.relation_id for each in tasks}))
    some = batches(tasks, model.weights, None, settings.ablation)
    found = executor(workers)(Finder(model, settings, references, ""), some, lambda _: None)
    return [each.circuit for batch in found for each in batch if each.circuit is not None]


def _first(tasks: Iterable[Task], most: int) -> list[Task]:
    counts: dict[str, int] = {}
    chosen = list[Task]()
    for task in tasks:
        if not task.lacks and counts.get(task.relation_id, 0) < most:
            counts[task.relation_id] = counts.get(task.relation_id, 0) + 1
            chosen.append(task)
    return chosen


def corpus(circuits: Sequence[Circuit]) -> Memberships:
    """Return the components of circuits, as `graphdb.comparison.memberships.load` reads them from a store."""
    rows = []
    for each in sorted(circuits, key=lambda circuit: circuit.id):
        nodes = [row for row in node_rows(each) if row["name"] not in ENDS]
        relation, _, subject = each.fact_id.partition("/")
        named = zip(
            CIRCUIT_COLUMNS, (each.id, each.fact_id, subject, relation, each.model_id, each.method), strict=True
        )
        rows.append({**dict(named), "members": [n["name"] for n in nodes], "scores": [n["score"] for n in nodes]})
    return from_frames([pd.DataFrame(rows)], Level.COMPONENT)


def row(source: str, way: Way, first: Sequence[Circuit], second: Sequence[Circuit]) -> dict[str, Any]:
    """Return the figures of a way, given its circuits in both wordings."""
    both = {each.fact_id.partition("/")[0] for each in second}
    common = [each for each in first if each.fact_id.partition("/")[0] in both]
    return {
        "source": source,
        "date": datetime.now(UTC).date().isoformat(),
        **asdict(way),
        "facts": len(first),
        **_retrieved("one", first, first),
        "facts_second": len(second),
        **_retrieved("two", second, common),
        **_plain_figures(first),
    }


def _retrieved(name: str, queries: Sequence[Circuit], gallery: Sequence[Circuit]) -> dict[str, float]:
    a, b = align(corpus(queries), corpus(gallery))
    prompts = [
        pd.DataFrame([(each.id, each.contrast.clean_prompt) for each in some], columns=["circuit", "clean_prompt"])
        for some in (queries, gallery)
    ]
    found = retrieval(profiles(a), profiles(b), controls([a, b], prompts), (Measure.COSINE,))
    against = found[found["against"] == Against.ALL].iloc[0]
    figures = {each: float(against[each]) for each in ("nearest", "auc", "chance", "prompt_alone", "size_alone")}
    return {f"{name}_{each}": value for each, value in figures.items()}


def _plain_figures(circuits: Sequence[Circuit]) -> dict[str, float]:
    means = ("faithfulness_both_ways", "judges_reached", "stability", "stability_relation", "stability_other")
    values = {name: [getattr(each, name) for each in circuits] for name in means}
    found = {name: float(np.mean([v for v in each if v is not None])) for name, each in values.items()}
    return found | {"edges": float(np.median([each.n_edges for each in circuits]))}


def sources(folder: Path | None) -> dict[str, list[FactSet]]:
    """Return packaged relations that nothing was chosen on, and those of a folder of LRE files."""
    packaged = {"packaged": list(builtin_relations()[1::2])}
    return packaged | ({"lre": list(read_facts(folder))} if folder else {})


def measured(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the figures of each way, of each source."""
    model = load(resolve(asked.model, print), device=asked.device)
    for source, sets in sources(asked.facts).items():
        sets = [replace(each, facts=each.facts[: asked.first]) for each in sets]
        tasks = [tasks_of(model, sets, template, asked.per_relation) for template in TEMPLATES]
        for way in [Way(method, ablation) for method in asked.methods for ablation in asked.ablations]:
            found = [find(model, tasks[t], way.settings(t), asked.workers) for t in TEMPLATES]
            yield row(source, way, *map(with_enough, found))


def with_enough(circuits: Sequence[Circuit]) -> list[Circuit]:
    """Return the circuits of relations that have at least `LEAST`."""
    relations = pd.Series([each.fact_id.partition("/")[0] for each in circuits], dtype=str)
    enough = relations.map(relations.value_counts()) >= LEAST
    return [each for each, kept in zip(circuits, enough, strict=True) if kept]


def main() -> None:
    """Measure and print; with `--json` write the rows into a file too."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.retrieval", description=__doc__)
    parser.add_argument("--facts", type=Path, help="a folder of LRE files to measure on too")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--ablations", nargs="+", default=ABLATIONS, choices=ABLATIONS)
    parser.add_argument("--per-relation", type=int, default=8, help="circuits of each relation and wording")
    parser.add_argument("--first", type=int, default=60, help="facts of each relation to choose them from")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--json", type=Path, help="benchmarks/retrieval.json is what docs/quality.md shows")
    asked = parser.parse_args()
    rows = list[dict[str, Any]]()
    with torch.no_grad():
        for each in measured(asked):
            rows.append(each)
            print_frame(pd.DataFrame([each]).round(3).T.reset_index(), Format.TABLE)
            if asked.json:
                asked.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
