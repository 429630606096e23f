"""Which other facts an edit by ROME endangers, told from keys and margins before the model is touched.

A fact's answer changes where much of the change reaches its subject and the answer stood close to the second choice.
"""

import torch
from torch import Tensor

from graphdb.conditions.edits import EditRisk
from ingest.editing.keys import keys
from ingest.editing.moment import Moment
from ingest.editing.prompts.bystanders import Bystanders

LEAST = 1e-6
"""Share of the change, and nats, below which no logarithm is taken."""


@torch.no_grad()
def risks(bystanders: Bystanders, key: Tensor, moment: Moment, layer: int) -> tuple[EditRisk, ...]:
    """Return the risk of each fact from an edit at the key k* [m] of a layer, the riskiest first."""
    if not bystanders.facts:
        return ()
    others = keys(bystanders.model.weights, layer, [each.asked for each in bystanders.facts])
    shares, margins = reached(others, key, moment), bystanders.margins.to(others)
    logs = shares.clamp(min=LEAST).log() - margins.clamp(min=LEAST).log()
    rows = zip(bystanders.facts, shares.tolist(), margins.tolist(), logs.tolist(), strict=True)
    found = [
        EditRisk(fact_id=each.prompt.fact_id, key=share, margin=margin, risk=risk) for each, share, margin, risk in rows
    ]
    return tuple(sorted(found, key=lambda each: (-each.risk, each.fact_id)))


def reached(others: Tensor, key: Tensor, moment: Moment) -> Tensor:
    """Return abs(kᵀC⁻¹k*) / (k*ᵀC⁻¹k*) of each of the other keys [fact, m]."""
    solved = moment.solve(key)
    return (others @ solved).abs() / (solved @ key)
