"""A part of a model as a model of its own: its first layers, or those from one on."""

from dataclasses import replace

from torch import Tensor

from ingest.model.forward import MlpTrace, post, run_from
from ingest.model.weights import Mlp, Weights


def some_layers(weights: Weights, layers: slice) -> Weights:
    """Return the weights with these layers alone; nothing is copied."""
    attention, mlp = weights.attention[layers], weights.mlp[layers]
    return replace(weights, topology=replace(weights.topology, n_layers=len(mlp)), attention=attention, mlp=mlp)


def hidden(block: Mlp, trace: MlpTrace) -> Tensor:
    """Return what the down projection reads in a run: the keys [b, p, m]."""
    return block.act(trace.up) if trace.gate is None else block.act(trace.gate) * trace.up


def resume(
    weights: Weights, layer: int, x: Tensor, out: Tensor, start: int, prefix: list[tuple[Tensor, Tensor]]
) -> Tensor:
    """Run the model on from the MLP of a layer: the residual stream that the unembedding reads [b, p, d].

    `x` [b, p, d] is what the MLP read, `out` [b, p, d] what its down projection gives; `prefix` holds keys and values
    of the layers above, of the `start` positions before; empty: of none. Autograd follows `out`.
    """
    above = some_layers(weights, slice(layer + 1, None))
    return run_from(above, x + post(weights.mlp[layer].post_norm, out), start, prefix or None).final
