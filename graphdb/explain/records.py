"""A fact's story as frozen records: where its object appears, what feeds that, which heads act, what is not explained.

Scores, logits and weights are in logits. A share is 0 to 1. What was not measured is None or empty, and `Story.gaps`
says so in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphdb.circuits.trust import Level
from graphdb.conditions.demonstrations import Demonstration
from graphdb.conditions.edits import EditMethod
from graphdb.conditions.hops import HopFact
from graphdb.conditions.rivals import Rival
from graphdb.records import Edge, NodePlaces
from graphdb.role_records import LensKind, RoleCheck, RoleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A circuit that a story is told from, whether it is stored or not."""

    figures: Mapping[str, Any]
    """As a row of the query `circuits`."""
    edges: tuple[Edge, ...]
    places: tuple[NodePlaces, ...]
    """Empty where it was not measured."""
    group_size: int
    """Heads that share a kv-head; 1: none do."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a lens reads after one block."""

    block: str
    object: float
    """Logit of the object."""
    others: float | None
    """Median logit of the relation's other objects."""
    wrong: float | None
    """Logit of the model's own wrong first choice."""
    rank: int
    probability: float


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where in the model the object appears; see `graphdb.role_records.FactLens`."""

    lens: LensKind
    emergence: str
    rise: str
    wrong_token: str
    """The model's own wrong first choice, as the tokenizer gives it; empty: its first choice is right."""
    points: tuple[Point, ...]
    """After each block, in order."""


@dataclass(frozen=True, slots=True)
class Feed:
    """An edge of the circuit that enters a block."""

    source: str
    role: RoleKind
    """Of the source, for the fact."""
    target: str
    channel: str
    readers: tuple[str, ...]
    """The target, or the heads of the circuit that it is the kv-head of."""
    reader_roles: tuple[RoleKind, ...]
    weight: float
    rank: int
    share: float
    """|weight| as a share of all that enters the block."""


@dataclass(frozen=True, slots=True)
class Feeding:
    """What enters a block in which the object appears."""

    block: str
    marks: tuple[str, ...]
    """`emergence`, `rise` or both: what the lens says of the block."""
    from_roles: float
    """Share of the |weight| that enters it which comes from heads with a role."""
    from_roles_elsewhere: float
    """The same over all edges of the circuit: what it is to be compared with."""
    edges: tuple[Feed, ...]
    """The heaviest first."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A head with a role for the fact, seen as a mover or as a relation head."""

    component: str
    role: RoleKind
    """For the fact: `mixture` stands among movers and relation heads."""
    score: float
    """The fact's own."""
    mean: float
    """Over the relation's facts: what was tested."""
    null: float
    q: float | None
    attention: float
    """Share of the last position's attention that goes to the subject (movers) or to the template (relation heads)."""
    in_circuit: float | None
    """Sum of |weight| that it writes in the circuit; None: it is not in it."""
    writes: tuple[str, ...]
    """Tokens that it raises most for the fact, as the tokenizer gives them."""
    writes_in_most: tuple[str, ...]
    """Those that it raises in more than half of the relation's facts it has a role for."""
    wordings: tuple[str, ...]
    """Numbers of the templates in which it has this role in the relation."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the prompt a node of the circuit writes: summed effects of its outgoing edges, signed."""

    component: str
    role: RoleKind
    score: float
    """Sum of their absolute values, each edge as a whole."""
    subject: float
    template: float
    last: float


@dataclass(frozen=True, slots=True)
class Unexplained:
    """How much of what the circuit's heads and MLPs write comes from nodes without a role.

    Shares of the sum of |weight| of the edges that leave them; the embedding is left out.
    """

    with_role: float
    heads: float
    """Heads without a role."""
    mlps: float
    """MLPs: they never have one."""
    nodes_with_role: int
    nodes: int
    """Heads and MLPs that write: beside `nodes_with_role`, what `with_role` is to be compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOfFact:
    """An edit of the fact, and what it changed, beside its sham: a random change of the same weights, as large.

    Shares are of facts, or of prompts; None where there was nothing to ask.
    """

    edit: str
    """Its id."""
    object: str
    """What the fact is to have."""
    method: EditMethod
    layer: int
    efficacy: float
    """1 if the new object is the first choice behind the edited prompt, else 0."""
    paraphrase_prefix: float | None
    paraphrase_template: float | None
    neighbourhood: float | None
    """Share of the relation's other facts whose answer is unchanged."""
    neighbourhood_sham: float | None
    other: float | None
    """The same of other relations' facts."""
    other_sham: float | None
    flips: int
    """Answers that changed."""
    flips_sham: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is stored of the fact under other conditions, in the same model."""

    rival: Rival | None = None
    """Its object against the answer that rivals it, in the story's wording."""
    hops: HopFact | None = None
    """Of a fact composed of two: how the model answers it, in the story's wording."""
    edits: tuple[EditOfFact, ...] = ()
    shown: Demonstration | None = None
    """Behind the most demonstrations that were tried: of its whole relation, in the story's wording."""
    shown_shuffled: Demonstration | None = None
    """The same where their labels are shuffled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of how a model recalls a fact, each number beside its null."""

    fact: str
    relation: str
    subject: str
    object: str
    model: str
    wording: str
    """Number of the relation's template, or the words."""
    circuit: str
    """Its id; empty: there is none."""
    method: str
    prompt: str
    """That of the circuit; empty without one."""
    appearance: Appearance | None
    feeding: tuple[Feeding, ...]
    """Of the block of the largest rise, then of the one of emergence, where that is another."""
    movers: tuple[Actor, ...]
    """The strongest for this fact first."""
    relation_heads: tuple[Actor, ...]
    facts: int
    """Facts behind the heads' means; 0: no roles are stored."""
    places: tuple[Place, ...]
    """Of heads and MLPs, the strongest first."""
    checks: tuple[RoleCheck, ...]
    faithfulness: tuple[Level, ...]
    """Of the circuit, and of its baselines."""
    unexplained: Unexplained | None
    conditions: Conditions
    gaps: tuple[str, ...]
    """What is missing or not explained, a sentence each; names in them are not cleaned."""
