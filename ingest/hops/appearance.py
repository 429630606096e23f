"""Where in a two-hop prompt's run the bridge and the object appear at the last position, by the closed lens.

Axes: n = block, o = token of objects or of bridges.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import softmax

from graphdb.topology import BoolArray
from ingest.discovery.answers import BATCH
from ingest.facts.prompts import chunks
from ingest.hops.questions import Chain, Questions
from ingest.lens.blocks import block_names, last_streams
from ingest.lens.closed import closed_logits
from ingest.lens.emergence import Array, emergence
from ingest.model import LanguageModel
from ingest.model.forward import run


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where bridge and object of one fact appear; each figure of the bridge beside the mean of the other bridges."""

    bridge_block: str
    object_block: str
    before: bool
    """Whether the bridge is likeliest after some block before the object's."""
    before_null: float
    probability: float
    probability_null: float


@torch.no_grad()
def appearances(model: LanguageModel, questions: Questions) -> dict[str, Appearance]:
    """Return by fact id where bridge and object of the known facts appear: 1 F each.

    Nothing where the bridges have one token between them.
    """
    bridges = sorted({questions.token(each.first) for each in questions.chains})
    objects = sorted({token for each in questions.chains for token in each.both.prompt.answers})
    by_length = defaultdict[int, list[Chain]](list)
    for each in questions.known if len(bridges) > 1 else ():
        by_length[len(each.both.prompt.tokens)].append(each)
    names, found = block_names(model.weights.topology), dict[str, Appearance]()
    for group in by_length.values():
        for chain, logits in _read(model, group, [*bridges, *objects]):
            own, prompt = bridges.index(questions.token(chain.first)), chain.both.prompt
            of_objects = logits[:, len(bridges) :]
            answer = objects.index(questions.token(chain.both))
            others = [place for place, token in enumerate(objects) if token not in prompt.answers]
            block = emergence(names, of_objects[:, answer], of_objects[:, others])
            found[prompt.fact_id] = appearance(names, logits[:, : len(bridges)], own, block)
    return found


def _read(model: LanguageModel, chains: Sequence[Chain], tokens: Sequence[int]) -> Iterator[tuple[Chain, Array]]:
    """Yield facts, whose prompts have one length, with the tokens' closed-lens logits [n, o]."""
    device = model.weights.embed.device
    for batch in chunks(chains, BATCH):
        trace = run(model.weights, torch.tensor([each.both.prompt.tokens for each in batch], device=device))
        logits = closed_logits(model.weights, last_streams(trace), torch.tensor(tokens, device=device))
        yield from zip(batch, logits.double().cpu().numpy(), strict=True)


def appearance(names: Sequence[str], bridges: Array, own: int, object_block: str) -> Appearance:
    """Return where the bridge number `own` appears, given logits of all bridges [n, o] and the object's block."""
    ahead = _ahead(bridges)
    end = names.index(object_block) if object_block else len(names)
    before: BoolArray = np.any(ahead[:end], axis=0)
    peaks = softmax(bridges, axis=1).max(0)
    rest = np.arange(bridges.shape[1]) != own
    first = [name for name, each in zip(names, ahead[:, own], strict=True) if each]
    return Appearance(
        bridge_block=first[0] if first else "",
        object_block=object_block,
        before=bool(before[own]),
        before_null=float(before[rest].mean()),
        probability=float(peaks[own]),
        probability_null=float(peaks[rest].mean()),
    )


def _ahead(logits: Array) -> BoolArray:
    """Whether each token is likelier than all others after each block [n, o]; a tie is not."""
    best = logits == logits.max(1, keepdims=True)
    return best & (best.sum(1, keepdims=True) == 1)
