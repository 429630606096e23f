"""The frozen records that cross package borders: what `ingest` finds and the store keeps."""

from dataclasses import dataclass, field


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


def relation_of(fact_id: str) -> str:
    """Return the relation's id from that of a fact."""
    return fact_id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Recall:
    """How well a model recalls a fact, and whether a circuit can be sought."""

    id: str
    """`<model id>|<fact id>`."""
    model_id: str
    fact_id: str
    prompt: str
    answer: str
    """First token of the accepted object that the model ranks best, as text."""
    rank: int
    """Rank of the answer among the model's next tokens, 1 = best; 0 where no first token can be told."""
    probability: float
    known: bool
    donors: tuple[str, ...]
    """Fact ids that can stand in as the corrupt prompt, best spread first."""
    reason: str
    """Why the fact has no circuit (`unknown`, `no donor`, ...); empty if it has one."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a circuit: `source` writes to the residual stream, the `channel` of `target` reads it.

    Names are those of `graphdb.topology`: `embed`, `a9.h6`, `a9.kv2`, `m9`, `logits`.
    """

    source: str
    target: str
    channel: str
    """`q`, `k`, `v`, `mlp` or `logits`."""
    weight: float
    """Attribution score, in logits: positive helps the answer."""
    rank: int
    """1 = the largest absolute weight of the circuit."""

    @property
    def id(self) -> str:
        """The edge's name, equal in all circuits of a model: `a9.h6->a12.h3.q`."""
        return f"{self.source}->{self.target}.{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The knowledge circuit of one fact in one model, found in one way. Metric values are logit differences.

    A fact's donors have three parts: some find the circuit, some choose its size, some are used for neither.
    What says nothing else is a mean over the donors that judge: the unseen ones if there are any.
    """

    id: str
    """`<model id>|<fact id>|<method>`."""
    model_id: str
    fact_id: str
    run_id: str
    method: str
    """How it was found: `trained`, `secant`, ...; with `/mean` for that ablation, `/single` for one donor."""
    effort: str = "default"
    ablation: str = "corrupt"
    """What edges outside the circuit carry: `corrupt` (a donor's run) or `mean` (the mean over the donors' runs)."""
    fingerprint: str
    """Hash of all that determines the circuit; an ingest skips a circuit whose fingerprint stands."""
    donors_find: tuple[str, ...] = ()
    """Fact ids of the donors that found the circuit."""
    donors_size: tuple[str, ...] = ()
    donors_unseen: tuple[str, ...] = ()
    lacks: str = ""
    """Parts for which the fact has too few donors, with counts; empty if it has enough."""
    judged_on: str = "unseen"
    """The part whose donors judge: `unseen`, `size` or `find`."""
    donor: str
    """Fact id of the first donor that judges: `corrupt_prompt`, `foil`, ranks and `metric_*` are of this one."""
    clean_prompt: str
    corrupt_prompt: str
    answer: str
    foil: str
    """First token of the donor's object: the metric is logit(answer) - logit(foil)."""
    target: float
    """Faithfulness asked for, in (0, 1]."""
    reached: bool
    """Whether a tested circuit reached it on every donor that chose the size."""
    faithfulness_size: float
    """Lowest faithfulness on the donors that chose the size."""
    faithfulness: float
    divergence: float = 0.0
    """KL(model || circuit) of the next token, nats."""
    top1: float = 0.0
    """Share of the judging donors against which the circuit's best token is the model's."""
    faithfulness_random: float
    """Mean over `random_draws` random circuits of equal size and layer profile: the baseline."""
    random_draws: int
    other: str = ""
    """Fact of another relation whose circuit of equal size is compared with; empty if the ingest had none."""
    faithfulness_other: float | None = None
    completeness: float = 0.0
    """Faithfulness of the model without the circuit: 0 if the circuit has all that matters."""
    minimality: float = 0.0
    """Share of a sample of edges whose single removal costs more than 1% of the faithfulness."""
    stability: float | None = None
    """Jaccard with the circuit of equal size that the same method finds from the donors that did not find this one."""
    faithfulness_template: float | None = None
    """Faithfulness of the same edges on the relation's second template, against one donor."""
    metric_clean: float
    metric_ablated: float
    """Metric of the empty circuit."""
    metric_circuit: float
    n_edges: int
    n_edges_searched: int = 0
    """Edges before pruning by exact tests."""
    n_nodes: int
    rank_model: int
    rank_circuit: int
    rank_random: int
    """Rank of the answer in the first random circuit."""
    hit10_model: bool
    hit10_circuit: bool
    hit10_random: float
    """Share of the random circuits that rank the answer among the ten best."""
    curve_sizes: tuple[float, ...] = ()
    """Shares of the native edges at which `curve` was measured; empty if it was not asked for."""
    curve: tuple[float, ...] = ()
    """Faithfulness of the strongest edges at these sizes."""
    curve_random: tuple[float, ...] = ()
    """The same for edges in random order."""
    cmd: float | None = None
    """Area between `curve` and 1 over the share of edges (Mueller et al. 2025)."""
    artifact: str = ""
    """File name of the full float16 edge scores, see `graphdb.store.score_files`; empty before they are saved."""
    artifact_sha256: str = ""
    """Hash of that file."""
    edges: tuple[Edge, ...] = field(repr=False)


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
    """Weights: the mean score over the training facts."""
    transfers: tuple[Transfer, ...] = field(repr=False)
    """On both parts of its own relation, and on the held-out facts of every relation it is compared with."""
