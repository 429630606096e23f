"""How far and how fast the optimisers go: what was measured to work, by kind of architecture."""

from dataclasses import dataclass

from ingest.model.weights import Mlp


@dataclass(frozen=True, slots=True)
class Tuning:
    """Settings of the optimisers for one MLP.

    A value is moved in a unit of its own, so that one rate suits every width: with rate r the first step of Adam has
    length r units.
    """

    in_residual: bool
    """The unit is the norm of the residual stream behind the MLP; else that of what the down projection gives. Both at
    the subject; in the first layer the stream before the MLP is small beside what the MLP writes."""
    rate: float
    steps: int
    longest: float
    """Units that a value may be moved."""
    rate_weights: float
    """Of fine-tuning, in units of the weights."""
    steps_weights: int


PLAIN = Tuning(in_residual=True, rate=0.12, steps=15, longest=1.0, rate_weights=1e-3, steps_weights=30)
"""What an MLP writes is often small beside the stream that it writes to, and says nothing of how far to go."""
NORMED = Tuning(in_residual=False, rate=0.5, steps=20, longest=4.0, rate_weights=1e-4, steps_weights=50)
"""A norm behind the MLP takes the length away: only the share of the value that is new matters."""

ENOUGH = 0.05
"""Nats a token of the new object at which a value is good enough."""
ENOUGH_WEIGHTS = 0.01
"""The same for fine-tuning."""
ESSENCE = 0.0625
"""Weight of the KL that keeps what the subject is (Meng et al. 2022, equation 4)."""
DECAY = 0.5
"""Weight of the squared length, in units."""
BOUND = 3e-3
"""Largest change of an entry in ft-l. The published 5e-4 changes no answer on small models."""


def tuning_of(block: Mlp) -> Tuning:
    """Return the settings for an MLP."""
    return PLAIN if block.post_norm is None else NORMED
