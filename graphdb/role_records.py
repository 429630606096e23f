"""The frozen records of what components do: roles of heads in relations, and where in a model an answer appears."""

from dataclasses import dataclass
from enum import StrEnum

GROUPS = ("sink", "subject", "template", "last", "other")
"""Groups of a prompt's positions, in the order in which figures of them stand: position 0; the subject's tokens; all
other words; the last position; what is none of these. Position 0 is the sink, whatever its token is."""


class RoleKind(StrEnum):
    """What a head does in a relation."""

    MOVER = "mover"
    """It writes the object from the subject's positions."""
    RELATION = "relation"
    """What it carries from the template's words raises the relation's objects."""
    MIXTURE = "mixture"
    """Both."""
    NONE = ""
    """Neither, as far as the tests can tell."""

    def is_of(self, kind: "RoleKind") -> bool:
        """Whether it is of a kind, `mover` or `relation`: a mixture is of both."""
        return self in (kind, RoleKind.MIXTURE)

    @property
    def words(self) -> str:
        """The role as people read it; empty for none."""
        return _ROLES[self]


_ROLES = {
    RoleKind.MOVER: "mover",
    RoleKind.RELATION: "relation head",
    RoleKind.MIXTURE: "mixture of both",
    RoleKind.NONE: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRole:
    """What one head does for one fact: its own scores, in logits."""

    fact_id: str
    role: RoleKind
    """What the head is in the relation, as far as the fact's own score is above the floor too."""
    mover: float
    relation: float
    writes: tuple[str, ...] = ()
    """Tokens that it raises most at the last position, the highest first, as the tokenizer gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRole:
    """What one head does in one relation, in one wording: means over facts, each beside its null. Scores in logits."""

    model_id: str
    relation_id: str
    wording: str
    """Number of the relation's template."""
    component: str
    """Name of the head, as in `graphdb.components`."""
    role: RoleKind
    n_facts: int
    """Facts behind the figures."""
    mover: float
    mover_null: float
    """The same score with objects of the relation's other facts."""
    mover_q: float | None
    """Benjamini-Hochberg over the heads; None for too few facts to test."""
    relation: float
    relation_null: float
    """The same score with another relation's objects."""
    relation_q: float | None
    attention: tuple[float, ...]
    """Share of the last position's attention on each of `GROUPS`."""
    direct: tuple[float, ...]
    """Direct logit attribution of the object through each of `GROUPS`, less that of the relation's other objects."""
    facts: tuple[FactRole, ...]
    """Facts for which it has a role, ascending."""
    writes: tuple[str, ...] = ()
    """Tokens among the ten that it raises most in more than half of these facts, the most frequent first."""
    writes_share: tuple[float, ...] = ()
    """Share of these facts, for each of them."""
    fingerprint: str = ""
    """Hash of all that determines the roles of the relation; equal for all of its heads."""

    @property
    def id(self) -> str:
        """`<model id>|<relation id>|<wording>|<component>`."""
        return f"{self.model_id}|{self.relation_id}|{self.wording}|{self.component}"

    @property
    def component_id(self) -> str:
        """The id of the component."""
        return f"{self.model_id}/{self.component}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCheck:
    """What it costs to cut the attention of the heads with a role, on facts that did not choose them; in logits.

    Movers are cut from the subject, and the metric is the object's logit less the mean of the relation's other objects;
    relation heads are cut from the template, and the metric is that mean less the one over other relations' objects.
    Intervals are 95%, bootstrap over facts.
    """

    model_id: str
    relation_id: str
    wording: str
    role: RoleKind
    """`mover` or `relation`."""
    heads: tuple[str, ...]
    """The heads that were cut, strongest first."""
    facts_chosen: int
    """Facts that chose them."""
    facts_cut: int
    """Facts that they were cut on."""
    drop: float
    drop_low: float
    drop_high: float
    random: float
    """What as many random heads of the same layers cost."""
    random_low: float
    random_high: float
    every: float
    """What all heads of the model cost."""

    @property
    def id(self) -> str:
        """`<model id>|<relation id>|<wording>|<role>`."""
        return f"{self.model_id}|{self.relation_id}|{self.wording}|{self.role}"


class LensKind(StrEnum):
    """How an answer is read in the middle of a model."""

    CLOSED = "closed"
    """Running sum of the components' direct logit attributions, the final norm's scale held fixed: exact at the end."""
    RAW = "raw"
    """Final norm and unembedding of the residual stream as it is (nostalgebraist 2020)."""
    RIDGE = "ridge"
    """The same behind a linear map that was fitted for each block (after Belrose et al. 2023)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLens:
    """Where in a model a fact's object appears: figures after each block, at the last position."""

    model_id: str
    fact_id: str
    wording: str
    lens: LensKind
    blocks: tuple[str, ...]
    """`embed`, `a0`, `m0`, `a1`, ...: attention and MLP apart, in the order in which they write."""
    object: tuple[float, ...]
    """Logit of the answer's token [block]."""
    others: tuple[float, ...]
    """Median logit of the relation's other objects [block]; empty: the relation has no other."""
    wrong: tuple[float, ...]
    """Logit of the model's own first choice where that is no accepted answer [block]; else empty."""
    wrong_token: str
    """That choice as the tokenizer's own text, not cleaned; else empty."""
    rank: tuple[int, ...]
    """Of the object, 1 = best [block]: among the relation's objects (closed), among all tokens (raw, ridge)."""
    probability: tuple[float, ...]
    """Of the object among the same [block]."""
    emergence: str
    """Block from which on the object stays first among the relation's objects; empty: it is not first at the end, or
    the relation has no other object."""
    rise: str
    """Block with the largest rise of the object's logit over the mean of the relation's other objects, the embedding
    not counted; empty: no block raises it, or the relation has no other object."""
    fingerprint: str = ""
    """Hash of all that determines it."""

    @property
    def id(self) -> str:
        """`<model id>|<fact id>|<wording>|<lens>`."""
        return f"{self.model_id}|{self.fact_id}|{self.wording}|{self.lens}"


@dataclass(frozen=True, slots=True)
class WrittenToken:
    """A token that a component raises or lowers."""

    token: int
    text: str
    """As the tokenizer gives it, not cleaned."""
    value: float
    """What the component adds to its logit, less the mean over the vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a component writes at the last position for one fact, read as tokens: the ends of the whole vocabulary."""

    model_id: str
    fact_id: str
    wording: str
    component: str
    """Name of a head, an MLP or the embedding, as in `graphdb.components`."""
    promoted: tuple[WrittenToken, ...]
    """Highest values, the highest first."""
    suppressed: tuple[WrittenToken, ...]
    """Lowest values, the lowest first."""


@dataclass(frozen=True, slots=True)
class SharedToken:
    """A token that is among those that a component raises, or lowers, most in many facts."""

    token: int
    text: str
    """As the tokenizer gives it, not cleaned."""
    share: float
    """Share of the relation's facts."""
    elsewhere: float | None
    """Share of facts of other relations, for comparison; None: none are given."""
    value: float
    """Mean over the relation's facts in which it is among them; as in `WrittenToken`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenInMost:
    """The tokens that a component writes in more than half of a relation's facts, the most frequent first."""

    model_id: str
    relation_id: str
    wording: str
    component: str
    n_facts: int
    promoted: tuple[SharedToken, ...]
    suppressed: tuple[SharedToken, ...]
