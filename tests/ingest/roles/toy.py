"""A model whose heads do what they are called for, with weights set by hand, and facts to ask it.

One layer, no MLP, and norms with so large an eps that they are linear. Every token is two features: what kind it is
(subject, template, last) and which one. The query of the last position attends to one kind of position, and what a head
carries is written as its name says.

    h0 mover       from the subject, the subject's own object
    h1 relation    from the template, all objects of the relation
    h2 mixture     half from each, both
    h3 shifted     from the subject, the object of the next subject
    h4 general     from the subject, all objects of the relation alike
    h5 idle        from the subject, nothing
"""

from dataclasses import replace

import torch
from torch import Tensor

from graphdb.topology import Topology
from ingest.facts.prompts import Prompt
from ingest.model import LanguageModel
from ingest.model.weights import Attention, Mlp, Norm, Weights
from ingest.roles.facts import RelationFacts, RoleFact
from ingest.roles.positions import LAST, SINK, SUBJECTS, TEMPLATE

N = 14
"""Facts, each with an object of its own."""
OTHER_RELATIONS = 4
HEADS = ("mover", "relation", "mixture", "shifted", "general", "idle")
BOS, WORD, END, FIRST_SUBJECT = 0, 1, 2, 3
FIRST_OBJECT = FIRST_SUBJECT + N
FIRST_OTHER = FIRST_OBJECT + N
TOKENS = FIRST_OTHER + 2 * OTHER_RELATIONS
KINDS = {"subject": TOKENS, "template": TOKENS + 1}
"""Dimensions of the features that keys are read from; below them each token has one of its own."""
WIDTH = TOKENS + 3
ASKS = TOKENS + 2


def toy_weights() -> Weights:
    """The weights, in double precision; embeddings have a little noise, so that facts differ."""
    embed = torch.eye(TOKENS, WIDTH, dtype=torch.float64)
    embed[:, :TOKENS] += 0.05 * torch.randn(
        TOKENS, TOKENS, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    embed[FIRST_SUBJECT:FIRST_OBJECT, KINDS["subject"]] = 1
    embed[WORD, KINDS["template"]] = 1
    embed[END, ASKS] = 1
    linear = Norm(torch.full((WIDTH,), 1e6, dtype=torch.float64), None, 1e12, centred=False)
    n, identity = len(HEADS), torch.eye(TOKENS, WIDTH, dtype=torch.float64)
    q, k = (torch.zeros(n, WIDTH, TOKENS, dtype=torch.float64) for _ in range(2))
    q[:, ASKS, 0] = 1
    for head, kinds in enumerate((("subject",), ("template",), ("subject", "template"), *[("subject",)] * 3)):
        for each in kinds:
            k[head, KINDS[each], 0] = 1
    attention = Attention(
        norm=linear, q=q, k=k, v=identity.T.repeat(n, 1, 1), o=torch.stack([_output(name) for name in HEADS]),
        q_bias=None, k_bias=None, v_bias=None, o_bias=None, q_norm=None, k_norm=None, post_norm=None,
        cos=None, sin=None, scale=2.0, window=None, groups=(1,) * n,
    )  # fmt: skip
    nothing = torch.zeros(WIDTH, 1, dtype=torch.float64)
    mlp = Mlp(linear, None, nothing, None, nothing.T, None, None, torch.relu)
    return Weights(
        topology=Topology(1, n, n),
        embed=embed,
        embed_scale=1.0,
        positions=None,
        attention=(attention,),
        mlp=(mlp,),
        final_norm=linear,
        unembed=identity,
        max_positions=8,
    )


def _output(name: str) -> Tensor:
    """What a head writes of what it carries [e, d]."""
    out = torch.zeros(TOKENS, WIDTH, dtype=torch.float64)
    subjects, objects = torch.arange(N) + FIRST_SUBJECT, torch.arange(N) + FIRST_OBJECT
    if name in ("mover", "mixture"):
        out[subjects, objects] = 1
    if name in ("relation", "mixture"):
        out[WORD, objects] = 1
    if name == "shifted":
        out[subjects, objects.roll(-1)] = 1
    if name == "general":
        out[FIRST_SUBJECT:FIRST_OBJECT, FIRST_OBJECT:FIRST_OTHER] = 1
    return out


def toy_facts(n: int = N) -> RelationFacts:
    """The first facts, and the vocabularies of the relation and of four others."""
    facts = tuple(
        RoleFact(
            Prompt(f"r/{number:02}", "", (BOS, WORD, FIRST_SUBJECT + number, END), (FIRST_OBJECT + number,)),
            FIRST_OBJECT + number,
            (SINK, TEMPLATE, SUBJECTS, LAST),
        )
        for number in range(n)
    )
    others = {f"q{each}": (FIRST_OTHER + 2 * each, FIRST_OTHER + 2 * each + 1) for each in range(OTHER_RELATIONS)}
    return RelationFacts("r", "0", facts, {"r": range(FIRST_OBJECT, FIRST_OTHER), **others})


def toy_model(model: LanguageModel) -> LanguageModel:
    """The toy in place of a model's weights."""
    return replace(model, weights=toy_weights())
