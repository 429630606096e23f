"""Which tokens components write: the whole vocabulary through the frozen final norm, for components asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from graphdb.components import parse
from graphdb.errors import unknown
from graphdb.role_records import SharedToken, Written, WrittenInMost, WrittenToken
from ingest.discovery.answers import BATCH
from ingest.facts.prompts import Prompt, chunks
from ingest.lens.closed import frozen_norm
from ingest.model import LanguageModel
from ingest.model.forward import Trace, head_writes, post, run
from ingest.model.weights import Weights

TOP = 10
"""Tokens that are shown at each end."""


@torch.no_grad()
def written(
    model: LanguageModel, prompts: Sequence[Prompt], components: Sequence[str], n: int = TOP, wording: str = "0"
) -> tuple[Written, ...]:
    """Return the n tokens that each component raises most and lowers most at the last position of each prompt.

    A value is what the component adds to a token's logit, the final norm frozen at its scale in the full run, less the
    mean over the vocabulary: a constant on all logits changes no probability. An output bias of attention belongs to no
    head. Prompts in their order, components in theirs; prompts that are not finite are left out. Raises UserError for
    what is no head, MLP or `embed` of the model.
    """
    sources = model.weights.topology.source_names
    if wrong := [name for name in components if name not in sources]:
        raise unknown("component", wrong[0], sources, "give heads (a9.h6), MLPs (m9) or embed of this model")
    by_length: dict[int, list[Prompt]] = defaultdict(list)
    for prompt in prompts:
        by_length[len(prompt.tokens)].append(prompt)
    batches = (batch for group in by_length.values() for batch in chunks(group, BATCH))
    found = {
        (each.fact_id, each.component): each
        for batch in batches
        for each in written_in(model, batch, run_of(model.weights, batch), components, n, wording)
    }
    pairs = ((prompt.fact_id, name) for prompt in prompts for name in components)
    return tuple(found[pair] for pair in pairs if pair in found)


def run_of(weights: Weights, prompts: Sequence[Prompt]) -> Trace:
    """Run prompts of one length."""
    return run(weights, torch.tensor([prompt.tokens for prompt in prompts], device=weights.embed.device))


@torch.no_grad()
def written_in(
    model: LanguageModel,
    prompts: Sequence[Prompt],
    trace: Trace,
    components: Sequence[str],
    n: int = TOP,
    wording: str = "0",
) -> Iterator[Written]:
    """Yield what `written` returns, of prompts that are run, in no order; `trace` may hold the last position alone.

    Logits [b, v] are held for one component at a time.
    """
    weights, final = model.weights, trace.final[:, -1]
    finite = final.isfinite().all(-1).tolist()
    for name in components:
        logits = frozen_norm(weights.final_norm, last_write(weights, trace, name), final) @ weights.unembed.T
        logits = logits - logits.mean(-1, keepdim=True)
        ends = (_top(model, logits, n), _top(model, -logits, n, sign=-1))
        for prompt, is_finite, promoted, suppressed in zip(prompts, finite, *ends, strict=True):
            if is_finite:
                yield Written(
                    model_id=model.record.id,
                    fact_id=prompt.fact_id,
                    wording=wording,
                    component=name,
                    promoted=promoted,
                    suppressed=suppressed,
                )


def last_write(weights: Weights, trace: Trace, component: str) -> Tensor:
    """What a head, an MLP or `embed` adds to the residual stream at the last position [b, d]."""
    part = parse(component)
    if part.layer is None:
        return trace.embed[:, -1]
    if part.head is None:
        return post(weights.mlp[part.layer].post_norm, trace.mlp[part.layer].out[:, -1])
    run_of = trace.attention[part.layer]
    return head_writes(weights.attention[part.layer], run_of.z[:, -1:], run_of.out[:, -1:])[:, part.head, 0]


def _top(model: LanguageModel, logits: Tensor, n: int, sign: int = 1) -> list[tuple[WrittenToken, ...]]:
    """Return for each row of logits [b, v] its n highest, the highest first; values times `sign`."""
    values, tokens = logits.topk(min(n, logits.shape[1]))
    return [
        tuple(WrittenToken(token, model.decode(token), sign * value) for token, value in zip(*row, strict=True))
        for row in zip(tokens.tolist(), values.tolist(), strict=True)
    ]


def written_in_most(own: Sequence[Written], elsewhere: Sequence[Written] = ()) -> tuple[WrittenInMost, ...]:
    """Return for each component the tokens that are among the first in more than half of a relation's facts.

    `own` is what `written` returns for facts of one relation, in one wording. `elsewhere` is the same for facts of
    other relations: a token that a component writes there as often says nothing of this relation.
    """
    components = dict.fromkeys(each.component for each in own)
    return tuple(
        _in_most(*([each for each in some if each.component == name] for some in (own, elsewhere)))
        for name in components
    )


def _in_most(own: Sequence[Written], elsewhere: Sequence[Written]) -> WrittenInMost:
    first = own[0]
    return WrittenInMost(
        model_id=first.model_id,
        relation_id=first.fact_id.partition("/")[0],
        wording=first.wording,
        component=first.component,
        n_facts=len(own),
        promoted=_shared([each.promoted for each in own], [each.promoted for each in elsewhere]),
        suppressed=_shared([each.suppressed for each in own], [each.suppressed for each in elsewhere]),
    )


def _shared(
    own: Sequence[tuple[WrittenToken, ...]], elsewhere: Sequence[tuple[WrittenToken, ...]]
) -> tuple[SharedToken, ...]:
    """Return the tokens in more than half of `own`: the most frequent first, then by size of value, then by number."""
    values: dict[int, list[float]] = defaultdict(list)
    for each in (token for tokens in own for token in tokens):
        values[each.token].append(each.value)
    texts = {each.token: each.text for tokens in own for each in tokens}
    others = Counter(each.token for tokens in elsewhere for each in tokens)
    found = [
        SharedToken(
            token=token,
            text=texts[token],
            share=len(each) / len(own),
            elsewhere=others[token] / len(elsewhere) if elsewhere else None,
            value=sum(each) / len(each),
        )
        for token, each in values.items()
        if 2 * len(each) > len(own)
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, -abs(each.value), each.token)))
