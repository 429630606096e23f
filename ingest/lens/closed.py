"""The closed lens: the running sum of direct logit attributions, with the final norm frozen.

The final norm divides by the root mean square of the final residual stream. With that scale held at its value in the
full run, a logit is linear in what the blocks write (Elhage et al. 2021, "A Mathematical Framework for Transformer
Circuits"; the scale frozen as in Wang et al. 2022, appendix), so the contributions of all blocks add up to the logit
itself. Since the residual stream is their sum, the running sum after a block is read off the stream at that point.
"""

from torch import Tensor

from ingest.model.forward import inverse_rms
from ingest.model.weights import Norm, Weights


def frozen_norm(norm: Norm, x: Tensor, final: Tensor) -> Tensor:
    """Apply the norm to x [..., d] with the scale that it has at `final` [..., d], its bias left out: linear in x."""
    return inverse_rms(norm, x)[0] * inverse_rms(norm, final)[1] * norm.weight


def closed_logits(weights: Weights, streams: Tensor, tokens: Tensor) -> Tensor:
    """Running sums [b, n, r] of the contributions to the logits of `tokens` [r].

    `streams` [b, n, d] is what `last_streams` returns. A LayerNorm's bias speaks for the same tokens whatever the
    prompt: it counts with the embedding, so that every sum is on the logits' scale and the last is the model's logit.
    """
    norm, rows = weights.final_norm, weights.unembed[tokens]
    y = frozen_norm(norm, streams, streams[:, -1:])
    return (y if norm.bias is None else y + norm.bias) @ rows.T
