"""What circuits of the two contrasts see of movers and relation heads: `python -m benchmarks.quality.contrasts`.

Roles are told in the wording that the contrast asks in, from all known facts of a relation. For each fact, heads are
ordered by the summed |score| of the edges that leave them, before anything is pruned; the area under the ROC curve says
how far the heads with a role stand before those without (.5: chance). Size and faithfulness are those of the circuits,
on donors that no method has seen.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from graphdb.errors import UserError
from graphdb.records import Circuit, Kind
from graphdb.role_records import HeadRole, RoleKind
from graphdb.tables import Format, print_frame
from graphdb.topology import Topology
from ingest.compute.batching import batches
from ingest.discovery.discovery import Found
from ingest.discovery.recall import recall
from ingest.execution.finder import Finder
from ingest.facts.sets import FactSet, builtin_relations
from ingest.facts.task import Task
from ingest.measures.bootstrap import interval
from ingest.measures.measure import References
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.options import Options, Silent
from ingest.pipeline import executor, prepare_all
from ingest.roles.decide import LEAST_FACTS
from ingest.roles.facts import RelationFacts, role_fact
from ingest.roles.roles import roles, score_heads
from ingest.roles.vocabularies import packaged_vocabularies
from ingest.settings import Settings

CONTRASTS = (Kind.SUBJECT, Kind.RELATION)


@dataclass(frozen=True)
class Group:
    """Facts of a relation that are asked in one wording, and the heads that have a role there."""

    relation: str
    tasks: Sequence[Task]
    heads: Mapping[RoleKind, NDArray[np.bool_]]
    """Role -> whether each head of the model has it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one circuit says."""

    relation: str
    edges: int
    faithfulness: float
    movers: float
    """Area under the curve; NaN where no head has the role."""
    relation_heads: float


def groups(model: LanguageModel, sets: Sequence[FactSet], contrast: Kind) -> Iterator[Group]:
    """Yield the wordings of a contrast in which enough facts are known for roles."""
    options = Options(Settings(contrast=contrast))
    tasks = recall(model, *prepare_all(sets, model, options.settings), options, Silent()).tasks.values()
    by_wording: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in tasks:
        if not task.beginning and not task.lacks:
            by_wording[task.relation_id, task.wording].append(task)
    vocabularies = packaged_vocabularies(model.encode)
    relations = {each.relation.id: each for each in sets}
    for (name, _), some in by_wording.items():
        found = _roles(model, relations[name], some, vocabularies)
        if found:
            held = {
                kind: np.array([each.role.is_of(kind) for each in found])
                for kind in (RoleKind.MOVER, RoleKind.RELATION)
            }
            yield Group(name, some, held)


def _roles(
    model: LanguageModel, facts: FactSet, tasks: Sequence[Task], vocabularies: Mapping[str, Sequence[int]]
) -> tuple[HeadRole, ...]:
    """Roles of all heads in the words of these tasks; nothing where too few facts say it."""
    of = {fact.id: fact for fact in facts.facts}
    chosen = []
    for task in tasks:
        words = facts.relation.templates[int(task.wording)] if task.wording.isdecimal() else task.wording
        fact = role_fact(task.prompt, task.answer, words, of[task.prompt.fact_id].subject, model.encode)
        chosen += [fact] if fact else []
    if len(chosen) < LEAST_FACTS:
        return ()
    own = tuple(sorted({fact.answer for fact in chosen} | set(vocabularies[facts.relation.id])))
    relation = RelationFacts(facts.relation.id, "", tuple(chosen), {**vocabularies, facts.relation.id: own})
    try:
        return roles(score_heads(model, relation))
    except UserError:
        return ()


def figures(top: Topology, group: Group, found: Found) -> Figures:
    """Return what the circuit of one of a group's facts says."""
    circuit = found.circuit
    assert isinstance(circuit, Circuit)
    assert circuit.faithfulness is not None
    assert found.scores is not None
    outgoing = np.abs(top.unpack(found.scores.astype(np.float32))).sum(1)
    heads = np.array([top.source_numbers[part.name] for part in top.components if part.kind == "head"])
    movers, relation_heads = (auroc(outgoing[heads], group.heads[kind]) for kind in (RoleKind.MOVER, RoleKind.RELATION))
    return Figures(group.relation, len(circuit.edges), circuit.faithfulness, movers, relation_heads)


def auroc(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """Share of pairs of a positive and another head in which the positive one scores higher, ties a half."""
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(scores)[positive].sum() - n * (n + 1) / 2) / (n * m))


def measure(
    model: LanguageModel, some: Sequence[Group], contrast: Kind, per_group: int, workers: int
) -> Iterator[Figures]:
    """Yield the figures of the first facts of each group."""
    settings = Settings(contrast=contrast)
    of = {task.prompt.fact_id: group for group in some for task in group.tasks[:per_group]}
    tasks = [replace(task, again=False) for group in some for task in group.tasks[:per_group]]
    sought = batches(tasks, model.weights, None)
    find = Finder(model, settings, References(), "")
    for batch, found in zip(sought, executor(workers)(find, sought, lambda _: None), strict=True):
        for task, each in zip(batch, found, strict=True):
            if each.circuit is not None:
                yield figures(model.weights.topology, of[task.prompt.fact_id], each)


def summary(contrast: Kind, found: Sequence[Figures]) -> dict[str, object]:
    """Means over relations, with their 95% bootstrap interval; size is a median over facts."""
    frame = pd.DataFrame(found, columns=[each.name for each in fields(Figures)])
    row: dict[str, object] = {"contrast": contrast.value, "facts": len(frame), "relations": frame["relation"].nunique()}
    row["edges"] = int(frame["edges"].median())
    means = frame.groupby("relation").mean(numeric_only=True)
    for name in ("faithfulness", "movers", "relation_heads"):
        values = means[name].dropna().to_numpy(np.float32)
        row[name] = "{:.3f} [{:.3f}, {:.3f}]".format(values.mean(), *interval(values))
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.contrasts", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder")
    parser.add_argument("--relations", nargs="*", default=[], help="packaged relations; default: all")
    parser.add_argument("--per-wording", type=int, default=4, help="facts of each relation in each wording")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path, help="benchmarks/contrasts.json is what docs/quality.md shows")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    model = load(resolve(asked.model, print))
    sets = [each for each in builtin_relations() if each.relation.id in asked.relations or not asked.relations]
    some = {contrast: list(groups(model, sets, contrast)) for contrast in CONTRASTS}
    both = set.intersection(*({each.relation for each in found} for found in some.values()))
    rows = []
    for contrast, every in some.items():
        shared = [group for group in every if group.relation in both]
        rows.append(summary(contrast, list(measure(model, shared, contrast, asked.per_wording, asked.workers))))
    print_frame(pd.DataFrame(rows), Format.TABLE)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
