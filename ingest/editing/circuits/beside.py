"""Circuits of the edited fact and its neighbours before and after an edit, beside two nulls."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch

from graphdb.conditions.edits import Against, EditCircuit
from graphdb.role_records import RoleKind
from ingest.compute.prompt_runs import Runs
from ingest.editing.circuits.contrast import SETTINGS, Contrast, contrasts
from ingest.editing.circuits.cut import Cut, by_layer, cut, jaccard, reweighted
from ingest.editing.circuits.subject import Subject
from ingest.measures.scoring import of_part, score_edges


@torch.no_grad()
def circuits_beside(subject: Subject, new: int) -> tuple[EditCircuit, ...]:
    """Return each fact's circuit before beside the one in the variant, from other donors, and after the sham."""
    return tuple(record for each in contrasts(subject, new) for record in _beside(subject, each))


def _beside(subject: Subject, contrast: Contrast) -> tuple[EditCircuit, ...]:
    task = contrast.task
    later = replace(task, answer=contrast.after)
    own, others = contrast.own, contrast.others
    runs = Runs(subject.before.weights, [task])
    before = _cut(runs, own)
    record = partial(_circuit, subject, contrast, before)
    return (
        record(Against.EDIT, _cut(Runs(subject.after.weights, [later]), own)),
        record(Against.DONORS, _cut(runs, others)),
        record(Against.SHAM, _cut(Runs(subject.sham.weights, [task]), own)),
    )


def _cut(runs: Runs, donors: Sequence[int]) -> Cut:
    return cut(runs.weights.topology, score_edges(runs, of_part([donors]), SETTINGS)[0])


def _circuit(subject: Subject, contrast: Contrast, before: Cut, against: Against, other: Cut) -> EditCircuit:
    task, top, mlp = contrast.task, before.top, [f"m{subject.layer}"]
    movers, relation = (subject.heads(kind) for kind in (RoleKind.MOVER, RoleKind.RELATION))
    donors = contrast.others if against is Against.DONORS else contrast.own
    return EditCircuit(
        variant_id=subject.variant_id,
        fact_id=task.prompt.fact_id,
        against=against,
        answer_before=subject.before.decode(task.answer),
        answer=subject.before.decode(contrast.after if against is Against.EDIT else task.answer),
        donors=tuple(task.donors[each].fact_id for each in donors),
        n_edges_before=int(before.mask.sum()),
        n_edges=int(other.mask.sum()),
        jaccard=jaccard(before, other),
        reweighted=reweighted(before, other),
        came=by_layer(top, other.mask & ~before.mask),
        went=by_layer(top, before.mask & ~other.mask),
        mlp_before=before.share(mlp),
        mlp=other.share(mlp),
        movers_before=None if movers is None else before.share(movers),
        movers=None if movers is None else other.share(movers),
        relation_before=None if relation is None else before.share(relation),
        relation=None if relation is None else other.share(relation),
    )
