"""Fine-tuning of one down projection on the new object's tokens: what ROME is compared with.

FT-M is the cross-entropy of the object's tokens, the prompt masked (Zhang et al. 2024, section 4); FT-L holds every
entry within a bound of what it was (Zhu et al. 2020; Meng et al. 2022, appendix E.1).
"""

import torch

from graphdb.conditions.edits import EditMethod
from ingest.editing.change import Whole
from ingest.editing.prompts.contexts import Context
from ingest.editing.updates.tuning import BOUND, ENOUGH_WEIGHTS, Tuning


@torch.enable_grad()
def fine_tune(found: Context, tuning: Tuning, method: EditMethod) -> tuple[Whole, int, float]:
    """Return the changed projection, the steps of Adam, and what it ended with in nats a token of the object.

    `found` holds the prompt whole: the weights act at every position.
    """
    block = found.weights.mlp[found.layer]
    bound = BOUND if method == EditMethod.FT_L else torch.inf
    down = block.down.detach().clone().requires_grad_()
    adam = torch.optim.Adam([down], lr=tuning.rate_weights)
    for step in range(tuning.steps_weights + 1):
        out = found.hidden @ down
        nll = found.nll(out if block.down_bias is None else out + block.down_bias).mean()
        if nll.item() < ENOUGH_WEIGHTS or step == tuning.steps_weights:
            return Whole(down.detach()), step, nll.item()
        adam.zero_grad()
        nll.backward()
        adam.step()
        with torch.no_grad():
            down.copy_(down.clamp(block.down - bound, block.down + bound))
    raise AssertionError("the last step returns")
