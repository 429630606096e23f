"""The frozen records of edits: a model whose weights were changed so that it gives a fact another object."""

from dataclasses import dataclass
from enum import StrEnum


class EditMethod(StrEnum):
    """How the weights are changed; all change the down projection of one MLP."""

    ROME = "rome"
    """Rank-one edit (Meng et al. 2022) with the averaged key throughout (Gupta et al. 2024)."""
    ROME_ORIGINAL = "rome-original"
    """As published: the averaged key in the numerator, the prompt's own in the denominator."""
    FT_M = "ft-m"
    """Fine-tuning on the new object's tokens alone (Zhang et al. 2024)."""
    FT_L = "ft-l"
    """The same with no entry changed by more than a bound (Zhu et al. 2020)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit of one fact. The model that it gives is a variant of the one that it was made in."""

    model_id: str
    """The model before the edit."""
    variant_id: str
    """The model after it."""
    fact_id: str
    prompt: str
    """The words that the fact was edited in, subject filled in."""
    subject: str
    given: str
    """The token that the model gave before the edit."""
    object: str
    """What it is to give instead."""
    method: EditMethod
    layer: int
    seed: int
    norm: float
    """Frobenius norm of the change of the down projection."""
    share: float
    """The norm, divided by that of the down projection."""
    steps: int
    """Steps of the optimiser."""
    nll: float
    """What the optimiser ended with: nats a token of the object, mean over the prompts that it saw."""
    tokens: int
    """Sampled tokens behind the second moment of the keys; 0 where a method has none."""
    condition: float
    """Condition number of that moment, damped; 0 where a method has none."""
    moment_sha256: str
    """Hash of that moment; empty where a method has none."""
    weights_sha256: str
    """Hash of the variant's weights."""
    seconds: float
    """Processor time of the edit itself: without the second moment, which is kept, and without what is measured."""
    artifact: str = ""
    """Name of the file that holds the change, see `graphdb.store.score_files`; empty before it is saved."""
    artifact_sha256: str = ""
    """Hash of that file."""

    @property
    def id(self) -> str:
        """Id of the variant: a variant comes of one edit."""
        return self.variant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class EditEffects:
    """What an edit changed, or its sham: a change of the same weights that is as large and says nothing.

    Shares are in [0, 1]; None where there is nothing to ask. Facts are those that the model knew before, their
    answers its first choices; KL is of the next token, before || after, in nats, mean over facts.
    """

    variant_id: str
    is_sham: bool
    efficacy: float
    """1 if every token of the new object is the first choice behind the edited prompt, else 0."""
    probability: float
    """Of the new object behind the edited prompt."""
    paraphrase_prefix: float | None
    """Share of prompts behind other sampled words that give the new object."""
    paraphrase_template: float | None
    """Share of the relation's other templates that give it."""
    neighbourhood: float | None
    """Share of facts of the same relation, of other subjects, whose answer is unchanged."""
    other: float | None
    """Share of facts of other relations whose answer is unchanged."""
    kl_neighbourhood: float | None
    kl_other: float | None
    spread: float | None
    """Share of facts of the same relation that gave another answer and now give the new object's first token."""
    flips: int
    """Facts, of the same relation or others, whose answer changed."""
    flips_firm: int
    """Those among them whose answer stood at least `FIRM` before the second choice."""
    n_neighbourhood: int
    """Facts of the same relation asked."""
    n_other: int
    """Facts of other relations asked."""

    @property
    def id(self) -> str:
        """`<variant id>|edit` or `<variant id>|sham`."""
        return f"{self.variant_id}|{'sham' if self.is_sham else 'edit'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditChange:
    """What an edit does to one fact that it is to leave alone, beside what its sham does to it.

    Answers are first choices, as the tokenizer gives them.
    """

    variant_id: str
    bystander: str
    """Id of the other fact, which the model knew before; a packaged one, or of the store, which need not hold it."""
    kl: float
    """KL(before || after) of the next token, nats."""
    kl_sham: float
    answer_before: str
    answer: str
    answer_sham: str
    flipped: bool
    """Whether the answer changed."""
    flipped_sham: bool

    @property
    def id(self) -> str:
        """`<variant id>|<bystander>`."""
        return f"{self.variant_id}|{self.bystander}"


FIRM = 0.25
"""Nats between the first and the second choice: answers that stand closer flip under any change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRisk:
    """How likely an edit changes another fact's answer, told before the model is touched."""

    fact_id: str
    """The other fact."""
    key: float
    """abs(kᵀC⁻¹k*) / (k*ᵀC⁻¹k*): the share of the change that reaches this fact's subject."""
    margin: float
    """Nats between the model's first and second choice."""
    risk: float
    """log(key) - log(margin): ranks facts, says no probability."""


class Against(StrEnum):
    """What a fact's circuit in the model before an edit is compared with: the edit, or one of two nulls."""

    EDIT = "edit"
    """Its circuit in the variant."""
    DONORS = "donors"
    """Its circuit in the model before, found from other donors: what differs is chance."""
    SHAM = "sham"
    """Its circuit in the model after the sham."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCircuit:
    """A fact's circuit before an edit beside another one of the same fact, both cut at one size by score.

    Shares are of the sum of a circuit's |scores|, by the components that its edges leave.
    """

    variant_id: str
    fact_id: str
    """The edited fact, or a neighbour: another known fact of the relation."""
    against: Against
    answer_before: str
    """The token whose logit the circuit before explains."""
    answer: str
    """That of the other circuit: for the edited fact in the variant, the new object's."""
    donors: tuple[str, ...]
    """Fact ids, or `name:` and a name, that found the other circuit. Those of edit and sham found the one before."""
    n_edges_before: int
    n_edges: int
    jaccard: float
    """Edges in both circuits, as a share of those in either."""
    reweighted: float | None
    """Sum of |change of score| of the edges in both, as a share of the sum of their |scores| before; None: no such."""
    came: tuple[int, ...]
    """Edges of the other circuit alone, by the layer that they leave; those that leave the embedding come first."""
    went: tuple[int, ...]
    """Edges of the circuit before alone, likewise."""
    mlp_before: float
    """Share of the edited MLP."""
    mlp: float
    movers_before: float | None
    """Share of the relation's movers, mixtures included; None: no roles of the relation are known."""
    movers: float | None
    relation_before: float | None
    """Share of its relation heads, mixtures included."""
    relation: float | None

    @property
    def id(self) -> str:
        """`<variant id>|<fact id>|<against>`."""
        return f"{self.variant_id}|{self.fact_id}|{self.against}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditAction:
    """Where an edit, or its sham, acts, and what carries it: logit of the new object's token less the old one's.

    At the last position behind the edited prompt. What components carry is their direct logit attribution after less
    before; `direct`, `movers`, `heads`, `mlps` and `rest` add up to `change`.
    """

    variant_id: str
    is_sham: bool
    old: str
    """The old object's token."""
    new: str
    before: float
    """The difference in the model before."""
    change: float
    """By how much it is larger after."""
    at_subject: float
    """The change when the edited MLP is another at the subject's last token alone."""
    at_last: float
    """The same at the last position alone; a change at several positions need not be the sum."""
    direct: float
    """What the edited MLP writes itself."""
    movers: float | None
    """What the relation's movers carry, mixtures included; None: no roles of the relation are known."""
    n_movers: int
    heads: float
    """What all other heads carry."""
    mlps: float
    """What the MLPs behind the edited one write."""
    rest: float
    """What comes before the edited MLP: the final norm has another scale."""
    fingerprint: str
    """Hash of all that determines what is said of the inside of the edit; the same for edit and sham."""

    @property
    def id(self) -> str:
        """`<variant id>|edit` or `<variant id>|sham`."""
        return f"{self.variant_id}|{'sham' if self.is_sham else 'edit'}"


class Stage(StrEnum):
    """A model that a lens reads beside an edit."""

    BEFORE = "before"
    EDIT = "edit"
    SHAM = "sham"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditLens:
    """Where the old and the new object appear behind the edited prompt: closed lens, logits after each block."""

    variant_id: str
    stage: Stage
    blocks: tuple[str, ...]
    """`embed`, `a0`, `m0`, `a1`, ...: in the order in which they write."""
    old: tuple[float, ...]
    """Logit of the old object's token [block]."""
    new: tuple[float, ...]
    """Of the new one's [block]."""
    emergence_old: str
    """Block from which on the old object is first among the relation's objects and the new one; empty: never to the
    end."""
    emergence_new: str

    @property
    def id(self) -> str:
        """`<variant id>|<stage>`."""
        return f"{self.variant_id}|{self.stage}"
