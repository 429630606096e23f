"""The frozen records that cross package borders: what `ingest` finds and the store keeps."""

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from graphdb.components import edge_id
from graphdb.figures import AREA, COUNT, EFFECT, FRACTION, LOGITS, NATS, RANK, SHARE, Figure


@dataclass(frozen=True, slots=True)
class Model:
    """A language model whose circuits are stored. Heads and kv-heads are numbers per layer."""

    id: str
    name: str
    architecture: str
    source: str
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    n_edges: int
    """Native edges: query slots per head, key and value slots per kv-head (method.md, section 1)."""
    weights_sha256: str
    variant_of: str = ""
    """Id of the model whose weights were changed to get this one; empty: of none."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between subjects and objects, such as `country_capital`."""

    id: str
    name: str
    category: str
    templates: tuple[str, ...]
    derived_from: tuple[str, ...] = ()
    """Ids of the relations that its facts follow from: of two that are composed, the objects of the first are subjects
    of the second; one is reversed; empty: its facts are its own."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One (subject, relation, object); `id` is `<relation id>/<subject>`."""

    id: str
    relation_id: str
    subject: str
    object: str
    accepted: tuple[str, ...] = ()
    """Every object given for the subject, `object` first."""
    prompt: str = ""
    """A template of the fact's own, `{}` for the subject; empty: the relation's first template is used."""


NAME = "name:"
"""Begins the id of a donor that is no fact, but another name in the subject's place; no relation's id has a colon."""


def relation_of(fact_id: str) -> str:
    """Return the relation's id from that of a fact."""
    return fact_id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Recall:
    """How well a model recalls a fact."""

    id: str
    """`<model id>|<fact id>`."""
    model_id: str
    fact_id: str
    prompt: str
    answer: str
    """Token that is read of the accepted object that the model ranks best, as text: mostly its first one."""
    rank: int
    """Rank of the answer among the model's next tokens, 1 = best; 0 where no first token can be told."""
    probability: float
    known: bool
    probability_object: float | None = None
    """Of the whole object that the answer is a token of, all its tokens one after the other; None: not measured."""


class Reason(StrEnum):
    """Why a method found no circuit of a fact: what is stored, and in `words` what it means."""

    UNKNOWN = "unknown"
    NO_EQUAL_LENGTH = "no-equal-length"
    NO_OTHER_ANSWER = "no-other-answer"
    NO_EFFECT = "no-effect"
    MERGED = "merged"
    TOO_LONG = "too-long"
    NOT_FINITE = "not-finite"
    NO_PAIR = "no-pair"
    NO_DEMONSTRATION = "no-demonstration"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return _REASONS[self]


_REASONS = {
    Reason.UNKNOWN: "unknown to the model",
    Reason.NO_EQUAL_LENGTH: "no donor of equal token count",
    Reason.NO_OTHER_ANSWER: "no donor with another object",
    Reason.NO_EFFECT: "no donor's prompt changes the metric enough",
    Reason.MERGED: "the tokenizer joins the prompt's end with the answer",
    Reason.TOO_LONG: "the prompt is too long for the model",
    Reason.NOT_FINITE: "the model's activations are not finite",
    Reason.NO_PAIR: "no other relation has words of equal length for its subject",
    Reason.NO_DEMONSTRATION: "too few other facts of the relation to show",
}


class Kind(StrEnum):
    """What a contrast sets against each other."""

    SUBJECT = "subject"
    """A fact's prompt, and the same words about other subjects."""
    RELATION = "relation"
    """A fact's prompt, and another relation's words about the same subject."""
    DEMONSTRATION = "demonstration"
    """As `subject`, all prompts behind the same other facts of the relation."""
    OWN = "own"
    """Two prompts of somebody's own."""
    UNKNOWN = "unknown"
    """Not told: a circuit that another tool found; there are no donors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """What a circuit is a circuit of: an answer after a clean prompt, against other answers after corrupt ones.

    The corrupt prompts are those of the fact's donors, in three parts: some find a circuit, some choose its size, some
    are used for neither.
    """

    model_id: str
    fact_id: str
    kind: Kind
    wording: str
    """Number of the relation's template, from 0; or the words themselves, `{}` for the subject."""
    clean_prompt: str
    tokens: tuple[str, ...] = ()
    """The prompt with its beginning as the tokenizer splits it; empty where an old store does not know it."""
    beginning: str = ""
    """What answers and foils have in common at their beginning: both prompts get it, and are read after it."""
    answer: str
    """The token that is right there."""
    donors_find: tuple[str, ...]
    """Donors that find the circuit: fact ids; `name:NAME` where a name of no fact takes the subject's place, and
    `name:RELATION/SUBJECT` where no fact says what is right after another relation's words."""
    donors_size: tuple[str, ...] = ()
    """Donors that choose its size; where there are none, those that find it do."""
    donors_unseen: tuple[str, ...] = ()
    corrupt_prompts: tuple[str, ...]
    """The prompt of each donor: those that find, then those that choose the size, then the unseen ones."""
    foils: tuple[str, ...]
    """The token that is right after each corrupt prompt: a metric is logit(answer) - logit(foil)."""

    @property
    def id(self) -> str:
        """`<model id>|<fact id>|<hash of the rest>`: equal contrasts of a fact in a model are one."""
        parts = (self.donors_find, self.donors_size, self.donors_unseen)
        said = (self.kind, self.wording, self.clean_prompt, self.beginning, self.answer, parts)
        digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:12]
        return f"{self.model_id}|{self.fact_id}|{digest}"

    @property
    def donors(self) -> tuple[str, ...]:
        """All donors, in the order of their prompts and foils."""
        return self.donors_find + self.donors_size + self.donors_unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was sought and not found: the circuit of a fact in a model, by one method."""

    id: str
    """`<model id>|<fact id>|<method>`: that of the circuit, if there were one."""
    model_id: str
    fact_id: str
    method: str
    contrast_kind: Kind
    wording: str
    """As the contrast's would be."""
    code: Reason
    detail: str = ""
    """Figures and names behind the reason; may be empty."""
    fingerprint: str = ""
    """Hash of all that determines the circuit; empty where the model was never asked for one."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a circuit: `source` writes to the residual stream, the `channel` of `target` reads it.

    Names are those of `graphdb.components`: `embed`, `a9.h6`, `a9.kv2`, `m9`, `logits`.
    """

    source: str
    target: str
    channel: str
    """`q`, `k`, `v`, `mlp` or `logits`."""
    weight: float
    """Effect in the circuit, in logits: what the metric loses without the edge, to first order, at the circuit itself,
    mean over the donors of the size. Positive helps the answer. `Circuit.weights` says where it is something else."""
    rank: int
    """1 = the largest absolute weight of the circuit."""
    search_rank: int = 0
    """1 = the edge of the circuit that the search took first; 0: not known."""

    @property
    def id(self) -> str:
        """The edge's name, equal in all circuits of a model: `a9.h6->a12.h3.q`."""
        return edge_id(self.source, self.target, self.channel)


@dataclass(frozen=True, slots=True)
class NodePlaces:
    """How what a component does in a circuit divides over the prompt: the summed effects of the edges that leave it, in
    logits, signed, by the position that it writes at. The parts add up to all of it."""

    component: str
    subject: float
    """At the subject's tokens. Where subjects stand against each other, these are all tokens from the first to the last
    in which the prompts differ."""
    template: float
    """At all other tokens but the last."""
    last: float
    """At the last token."""
    attention: tuple[float, ...] = ()
    """Of a head: share of the last position's attention on each token of the prompt; else empty."""


class Weights(StrEnum):
    """What the weights of a circuit's edges are."""

    EFFECT = "effect"
    """First-order effects in the circuit, as `Edge` says."""
    SCORE = "score"
    """Scores by which a search took edges: another tool's, or ours before schema version 6. They are no effects."""
    MEMBERSHIP = "membership"
    """1 for every edge: an imported file says which edges there are, and nothing of their sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The knowledge circuit of one fact in one model, found in one way. Metric values are logit differences.

    What says nothing else is a mean over the donors that judge: the unseen ones of its contrast if there are any. Ranks
    and `metric_*` are against the first of them. How figures are declared, and what follows from that:
    `graphdb.figures`.
    """

    scope: ClassVar[str] = "fact"
    """What the circuit is of, as the store says it."""

    id: str
    """`<model id>|<fact id>|<method>`."""
    model_id: str
    fact_id: str
    contrast: Contrast
    run_id: str
    method: str
    """How it was found: `trained`, `secant`, ...; with `/mean` for that ablation, `/single` for one donor."""
    source: str = ""
    """Tool and format of the file that it was imported from; empty: found here."""
    effort: str = "default"
    """Empty: not told, of an imported one."""
    ablation: str = "corrupt"
    """What edges outside the circuit carry: `corrupt` (a donor's run), `mean` (over all donors' runs) or `zero`; empty:
    not told, of an imported one that was not measured."""
    fingerprint: str
    """Hash of all that determines the circuit; an ingest skips a circuit whose fingerprint stands."""
    lacks: str = ""
    """Parts for which the fact has too few donors, with counts; empty if it has enough."""
    judged_on: str = "unseen"
    """The part whose donors judge: `unseen`, `size` or `find`; empty: nothing was measured."""
    weights: Weights = Weights.EFFECT
    """What the edges' weights are."""
    target: Annotated[float | None, Figure("Faithfulness asked for", FRACTION)] = None
    reached: Annotated[
        bool | None,
        Figure("Whether a tested circuit reached the target on all donors that chose the size; no word of others"),
    ] = None
    faithfulness_size: Annotated[float | None, Figure("Lowest faithfulness on those donors", EFFECT, mean=True)] = None
    faithfulness: Annotated[
        float | None,
        Figure("(circuit - ablated) / (model - ablated), in metric; mean over the judges; absent until it is measured",
               EFFECT, mean=True, values="judged"),
    ] = None  # fmt: skip
    faithfulness_lowest: Annotated[
        float | None, Figure("Lowest of the judges", EFFECT, mean=True, label="Lowest judge")
    ] = None
    faithfulness_both_ways: Annotated[
        float | None,
        Figure("1 - min(1, |1 - faithfulness|), mean over the judges: too much counts like too little", FRACTION,
               mean=True, label="Both ways", said="{:.2f} with too much counted like too little"),
    ] = None  # fmt: skip
    judges_reached: Annotated[
        float | None,
        Figure("Share of the judges on which it reaches the target", SHARE, mean=True, label="Judges at target",
               said="{:.0%} of the judges at the target or above"),
    ] = None  # fmt: skip
    divergence: Annotated[
        float | None,
        Figure("KL(model || circuit) of the next token; mean over the donors that judge", NATS, mean=True, label="KL"),
    ] = None
    top1: Annotated[
        float | None,
        Figure("Share of the donors that judge against which the circuit's best token is the model's", SHARE,
               mean=True, label="Same best token"),
    ] = None  # fmt: skip
    faithfulness_random: Annotated[
        float | None,
        Figure("Mean over random circuits of equal size and layer profile, on the judges: the baseline", EFFECT,
               mean=True),
    ] = None  # fmt: skip
    random_draws: Annotated[int, Figure("Number of those random circuits", COUNT)] = 0
    random_spread: Annotated[
        float | None,
        Figure("Standard deviation over those random circuits; absent for fewer than two", EFFECT, mean=True),
    ] = None
    other: Annotated[str, Figure("Fact of another relation whose circuit is compared with; may be empty")] = ""
    faithfulness_other: Annotated[
        float | None,
        Figure("Faithfulness of that circuit, cut to equal size; absent without one", EFFECT, mean=True),
    ] = None
    completeness: Annotated[
        float | None, Figure("Faithfulness of the model without the circuit: 0 if nothing survives", EFFECT, mean=True)
    ] = None
    needed: Annotated[
        float | None,
        Figure("Share of the edges whose single removal costs more than 1% of the faithfulness, to first order", SHARE,
               mean=True, label="Needed edges", said="{:.0%} of the edges cost more than 1% of f when removed alone"),
    ] = None  # fmt: skip
    loss_10: Annotated[
        float | None,
        Figure("Faithfulness lost without a random 10% of the edges, mean over two draws", EFFECT, mean=True,
               label="Lost without 10%", said="{:.2f} of f lost without a random 10% of the edges"),
    ] = None  # fmt: skip
    loss_30: Annotated[
        float | None,
        Figure("The same without a random 30%", EFFECT, mean=True, label="Lost without 30%",
               said="{:.2f} of f lost without a random 30%"),
    ] = None  # fmt: skip
    stability: Annotated[
        float | None,
        Figure("Jaccard with the circuit of equal size that the same method finds from the donors that did not find "
               "this one; absent without any", FRACTION, mean=True),
    ] = None  # fmt: skip
    stability_relation: Annotated[
        float | None,
        Figure("Jaccard with the circuit of equal size of another fact of the relation, the next in the batch: what "
               "stability must beat; absent without such a fact", FRACTION, mean=True),
    ] = None  # fmt: skip
    stability_other: Annotated[
        float | None,
        Figure("Jaccard with the circuit of equal size of `other`, of another relation", FRACTION, mean=True),
    ] = None  # fmt: skip
    faithfulness_template: Annotated[
        float | None,
        Figure("Faithfulness of the same edges on the relation's second template, against one donor; absent without "
               "one", EFFECT, mean=True),
    ] = None  # fmt: skip
    metric_clean: Annotated[float | None, Figure("Metric of the model on the fact's prompt", LOGITS)] = None
    metric_ablated: Annotated[
        float | None, Figure("Metric of the empty circuit: of the donor's prompt or of the mean", LOGITS)
    ] = None
    metric_circuit: Annotated[float | None, Figure("Metric of the circuit", LOGITS)] = None
    n_edges: Annotated[int, Figure("Edges of the circuit", COUNT, column="edges", values="edges")]
    n_edges_searched: Annotated[
        int,
        Figure("Edges before the pruning by exact tests", COUNT, column="edges_searched", values="edges_searched"),
    ] = 0
    untrained: Annotated[
        int | None,
        Figure("Edges before that pruning beyond as many as the method trains: they are in the order that training "
               "began with", COUNT),
    ] = None  # fmt: skip
    n_nodes: Annotated[
        int,
        Figure("Embedding, heads, MLPs and logits in the circuit; kv-heads are not counted", COUNT, column="nodes"),
    ]
    rank_model: Annotated[int | None, Figure("Rank of the answer in the model, 1 = best", RANK)] = None
    rank_circuit: Annotated[int | None, Figure("Rank of the answer in the circuit", RANK)] = None
    rank_random: Annotated[int | None, Figure("Rank of the answer in the first random circuit", RANK)] = None
    hit10_model: Annotated[bool | None, Figure("Whether the model ranks the answer among the ten best", mean=True)] = (
        None
    )
    hit10_circuit: Annotated[bool | None, Figure("Whether the circuit does", mean=True)] = None
    hit10_random: Annotated[float | None, Figure("Share of the random circuits that do", SHARE, mean=True)] = None
    curve_sizes: Annotated[
        tuple[float, ...], Figure("Shares of the native edges at which the curve was measured; may be empty", SHARE)
    ] = ()
    curve: Annotated[tuple[float, ...], Figure("Faithfulness of the strongest edges at these sizes", EFFECT)] = ()
    curve_random: Annotated[tuple[float, ...], Figure("The same for edges in random order", EFFECT)] = ()
    cmd: Annotated[
        float | None,
        Figure("Area between the curve and 1 over the share of edges (Mueller et al. 2025); absent without a curve",
               AREA, mean=True),
    ] = None  # fmt: skip
    artifact: str = ""
    """File name of the full float16 edge scores, see `graphdb.store.score_files`; empty before they are saved."""
    artifact_sha256: str = ""
    """Hash of that file."""
    edges: tuple[Edge, ...] = field(repr=False)
    places: tuple[NodePlaces, ...] = field(repr=False, default=())
    """Of the components that edges leave; empty where it was not measured."""

    @property
    def contrast_id(self) -> str:
        """The id of what the circuit is a circuit of."""
        return self.contrast.id

    @property
    def donor(self) -> str:
        """The first donor that judges. Raises IndexError where nothing was measured."""
        return self.contrast.donors[self._judge]

    @property
    def corrupt_prompt(self) -> str:
        """The prompt of the first donor that judges."""
        return self.contrast.corrupt_prompts[self._judge]

    @property
    def foil(self) -> str:
        """The token that is right after that prompt."""
        return self.contrast.foils[self._judge]

    @property
    def _judge(self) -> int:
        find, size = len(self.contrast.donors_find), len(self.contrast.donors_size)
        return {"find": 0, "size": find, "unseen": find + size}[self.judged_on]


@dataclass(frozen=True, slots=True)
class Run:
    """One ingest: settings and versions, so that its circuits can be found again. Times are ISO 8601, UTC."""

    id: str
    """Hash of model, settings and versions: the same command goes on in the same run."""
    model_id: str
    method: str
    settings: str
    """JSON."""
    versions: str
    """JSON: package -> version."""
    weights_sha256: str
    seed: int
    started: str
    ended: str = ""
    """Empty while the run is unfinished."""
    n_circuits: int = 0
    """Circuits that pointed to the run when it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How well the circuit of one relation carries the facts of another, or of its own: means over these facts.

    Every fact runs with the one circuit, against the donors that judge its own. Intervals are 95% percentile
    bootstrap intervals over the facts.
    """

    relation_id: str
    """The relation whose facts are asked."""
    part: str
    """`train`: the facts that the relation's own circuit was found from; `held_out`: the others."""
    n_facts: int
    faithfulness: float
    faithfulness_low: float
    faithfulness_high: float
    faithfulness_shuffled: float | None
    """What the answers of the relation's other facts get of the facts' effect; None if they all have one answer."""
    faithfulness_random: float
    """Mean over random circuits of equal size and layer profile: three on its own relation's facts, one on others'."""
    hit10: float
    """Share of facts and donors at which the circuit ranks the answer among the ten best."""
    hit10_low: float
    hit10_high: float
    hit10_shuffled: float | None
    """The same for the answers of the relation's other facts in place of the fact's own: the relation's prior."""
    hit10_random: float
    hit10_model: float
    hit10_model_shuffled: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationCircuit:
    """One circuit for all facts of a relation in one model."""

    id: str
    """`<model id>|<relation id>|<method>|<rule>`."""
    model_id: str
    relation_id: str
    method: str
    """How the circuits of the facts were found that it is made from."""
    rule: str
    """`mean`: the strongest edges by the facts' mean score; `vote`: edges that enough of their circuits hold."""
    ablation: str
    facts_train: tuple[str, ...]
    """Fact ids that found the circuit and chose its size."""
    facts_held_out: tuple[str, ...]
    target: float
    """Mean faithfulness over the training facts asked for, in (0, 1]."""
    reached: bool
    faithfulness_size: float
    """Mean faithfulness over the training facts on the donors that chose the size: what `reached` speaks of."""
    vote_share: float | None
    """Least share of the training facts' circuits that hold an edge; None for the rule `mean`."""
    n_edges: int
    """Native edges: keys and values per kv-head."""
    n_nodes: int
    """Embedding, heads, kv-heads where heads share them, MLPs and logits."""
    n_edges_collapsed: int
    """Pairs of source and reading head, MLP or logits: q, k and v are one, a kv-head stands for its heads."""
    n_nodes_collapsed: int
    """The same nodes without kv-heads."""
    edges: tuple[Edge, ...] = field(repr=False)
    """Weights: effects in the circuit, mean over the training facts; the search took them by the facts' mean score."""
    transfers: tuple[Transfer, ...] = field(repr=False)
    """On both parts of its own relation, and on the held-out facts of every relation it is compared with."""
