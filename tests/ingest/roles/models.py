"""Facts of random models, and a plain run of the last position that autograd can follow."""

import numpy as np
import torch
from torch import Tensor

from graphdb.role_records import GROUPS
from ingest.facts.prompts import Prompt
from ingest.model.forward import attend, embed, grouped, mlp_from_normed, normalise, post, project
from ingest.model.weights import Weights
from ingest.roles.facts import RoleFact
from ingest.roles.positions import LAST, SINK, SUBJECTS, TEMPLATE

LENGTH = 7
GROUPS_OF = (SINK, TEMPLATE, SUBJECTS, SUBJECTS, TEMPLATE, TEMPLATE, LAST)


def random_facts(n: int, groups: tuple[int, ...] = GROUPS_OF) -> tuple[RoleFact, ...]:
    """Facts of random prompts; the answer of fact i is token 40 + i."""
    draw = np.random.default_rng(0)
    return tuple(
        RoleFact(
            Prompt(f"r/{number:02}", "", tuple(map(int, draw.permutation(40)[: len(groups)])), (40 + number,)),
            40 + number,
            groups,
        )
        for number in range(n)
    )


def plain_run(weights: Weights, fact: RoleFact, cut: Tensor, group: int, probes: Tensor | None = None) -> Tensor:
    """Run a whole prompt and return its stream at the last position [d]; heads `cut` [l, h] see no `group` from there.

    `probes` [l, h, e] are added to what the heads carry to the last position.
    """
    assert len(fact.groups) == len(fact.prompt.tokens)
    assert group in range(len(GROUPS))
    x = embed(weights, torch.tensor([fact.prompt.tokens]), 0)
    gone = torch.tensor([each == group for each in fact.groups])
    for layer, (block, mlp) in enumerate(zip(weights.attention, weights.mlp, strict=True)):
        y = normalise(block.norm, x)
        kinds = ((block.q, block.q_bias), (block.k, block.k_bias), (block.v, block.v_bias))
        trace = attend(block, x, *(project(y, *kind) for kind in kinds), 0, None)
        pattern = trace.log_p.exp()
        last = pattern[:, :, -1]
        kept = torch.where(cut[layer][:, None] & gone, 0, last)
        pattern = torch.cat((pattern[:, :, :-1], (kept / kept.sum(-1, keepdim=True))[:, :, None]), 2)
        z = torch.einsum("bhpP,bPhe->bphe", pattern, grouped(block, trace.values))
        if probes is not None:
            z = torch.cat((z[:, :-1], z[:, -1:] + probes[layer]), 1)
        out = z.flatten(2) @ block.o.flatten(0, 1) + (0 if block.o_bias is None else block.o_bias)
        x = x + post(block.post_norm, out)
        x = x + post(mlp.post_norm, mlp_from_normed(mlp, x, normalise(mlp.norm, x)).out)
    return x[0, -1]
