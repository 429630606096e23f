"""A circuit as an attribution graph that Neuronpedia and circuit-tracer show: graph-schema.json 1.0.0 of Neuronpedia.

Their nodes are features at positions; ours are components, whose positions are known as far as the roles of a circuit
say. What their viewers need beyond the schema: `feature` is unique in a layer, an output's `clerp` ends with its
probability, and no node is called `embedding` that stands for more than one token.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

from graphdb.circuits.trust import number
from graphdb.components import parse
from graphdb.drawing import roles
from graphdb.plain_text import visible
from graphdb.queries.lookup import topology
from graphdb.records import Weights
from graphdb.store.types import Queries
from graphdb.tables import records
from graphdb.topology import Topology

WEIGHTS = {
    Weights.EFFECT: "effects on the logit difference",
    Weights.SCORE: "scores of the tool that found it",
    Weights.MEMBERSHIP: "not known: 1 for every edge",
}
"""What a circuit's weights are, in words."""
KNOWN = {
    **{name: name for name in ("gemma-3-270m", "gemma-3-4b-it", "qwen3-1.7b", "qwen3-4b")},
    "gpt2": "gpt2-small",
}
"""Model, in small letters and without owner and quantisation -> its id at Neuronpedia."""
KINDS = {"embed": "embeddings", "head": "attention head", "kv_head": "keys and values", "mlp": "mlp", "logits": "logit"}
FIGURES = ("faithfulness", "faithfulness_random", "faithfulness_other", "completeness", "stability", "target")
"""What the metadata holds of how good the circuit is, as far as it is measured."""


@dataclass(frozen=True, slots=True)
class Node:
    """A component at the position where it acts most."""

    node_id: str
    feature: int
    layer: str
    ctx_idx: int
    feature_type: str
    jsNodeId: str  # noqa: N815
    clerp: str
    """Its name, and what is known of it."""
    influence: float | None = None
    activation: float | None = None
    token_prob: float = 0.0
    is_target_logit: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """What one component writes and another reads."""

    source: str
    target: str
    weight: float
    """Logits; q, k and v between the same two are summed. Zero from a kv-head to the heads of its group."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The state of a viewer: nothing is chosen."""

    pinnedIds: tuple[str, ...] = ()  # noqa: N815
    supernodes: tuple[str, ...] = ()
    linkType: str = "both"  # noqa: N815
    clickedId: str = ""  # noqa: N815
    sg_pos: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """A file of theirs."""

    metadata: Mapping[str, Any]
    nodes: Sequence[Node]
    links: Sequence[Link]
    qParams: Saved = field(default_factory=Saved)  # noqa: N815

    def json(self) -> str:
        """Return the file's text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def scan_of(model: str) -> str | None:
    """Return the id at Neuronpedia of a model; None: it is not known to be there."""
    return KNOWN.get(re.sub(r"-q\d\w*$", "", model.rpartition("/")[2].lower()))


def remarks(models: Iterable[str]) -> list[str]:
    """Return a line for each model that Neuronpedia is not known to have."""
    return [
        f"Neuronpedia is not known to have {visible(model)}: circuit-tracer shows the file, Neuronpedia may not"
        for model in models
        if scan_of(model) is None
    ]


def graph(store: Queries, figures: Mapping[str, Any], slug: str, probability: float | None) -> Graph:
    """Return the graph of a circuit (a row of the query `circuits`).

    `slug` names it in an address; `probability` is that of the answer after the fact's prompt, None where not known.
    """
    circuit = figures["circuit"]
    rows: list[dict[str, Any]] = records(store.query("circuit_roles", circuit=circuit))
    known = {str(row["component"]): row for row in rows}
    shape = topology(store, figures["model"])
    tokens = next((row["tokens"] for row in rows if len(row["tokens"])), [figures["clean_prompt"]])
    places = {"last": len(tokens) - 1, "subject": last_of(figures["subject"], tokens)}
    names = [str(row["component"]) for row in records(store.query("circuit_nodes", circuit=circuit))]
    nodes = {name: _node(name, shape, known.get(name), places) for name in names}
    if "logits" in nodes:
        nodes["logits"] = _output(shape, figures["answer"], probability, places["last"])
    return Graph(_metadata(figures, slug, tokens), tuple(nodes.values()), _links(store, circuit, nodes))


def last_of(subject: str, tokens: Sequence[str]) -> int | None:
    """Return the place of a subject's last token; None where the tokens do not spell it."""
    start = "".join(tokens).rfind(subject)
    if start < 0 or not subject:
        return None
    end, read = start + len(subject), 0
    for place, token in enumerate(tokens):
        read += len(token)
        if read >= end:
            return place
    return None


def _node(name: str, shape: Topology, known: Mapping[str, Any] | None, places: Mapping[str, int | None]) -> Node:
    part = parse(name)
    within = {"head": 0, "kv_head": shape.n_heads, "mlp": shape.n_heads + shape.n_kv_heads}
    feature = within.get(part.kind, 0) + (part.head or 0)
    layer = "E" if part.layer is None else str(part.layer)
    acts = roles.split(known) if known else {}
    strongest = max(acts, key=lambda place: abs(acts[place]), default="last")
    at = places["last"] if (found := places.get(strongest)) is None else found
    said = [name, *(roles.lines(known) if known else ())]
    label = "; ".join(said) if part.kind != "embed" else "embed: the embeddings of all tokens"
    return Node(f"{layer}_{feature}_{at}", feature, layer, at or 0, KINDS[part.kind], f"{layer}_{feature}-{at}",
                visible(label))  # fmt: skip


def _output(shape: Topology, answer: str, probability: float | None, last: int | None) -> Node:
    layer, at = str(shape.n_layers + 1), last or 0
    said = "?" if probability is None else f"{probability:.3f}"
    label = f'Output "{visible(answer)}" (p={said})'
    return Node(f"{layer}_0_{at}", 0, layer, at, KINDS["logits"], f"L_0-{at}", label,
                token_prob=probability or 0.0, is_target_logit=True)  # fmt: skip


def _links(store: Queries, circuit: str, nodes: Mapping[str, Node]) -> tuple[Link, ...]:
    weights: dict[tuple[str, str], float] = {}
    for edge in records(store.query("circuit_edges", circuit=circuit)):
        ends = str(edge["source"]), str(edge["target"])
        weights[ends] = weights.get(ends, 0.0) + float(str(edge["weight"]))
    for feed in records(store.query("circuit_groups", circuit=circuit)):
        weights.setdefault((str(feed["source"]), str(feed["target"])), 0.0)
    return tuple(Link(nodes[a].node_id, nodes[b].node_id, weight) for (a, b), weight in weights.items())


def _metadata(figures: Mapping[str, Any], slug: str, tokens: Sequence[str]) -> dict[str, Any]:
    measured = {name: value for name in FIGURES if (value := number(figures[name])) is not None}
    how = {name: figures[name] for name in ("method", "effort", "ablation") if figures[name]}
    contrast = f", against {visible(figures['corrupt_prompt'])}" if figures["corrupt_prompt"] else ""
    return {
        "slug": slug,
        "scan": scan_of(figures["model"]) or figures["model"],
        "transcoder_list": [],
        "prompt_tokens": [visible(token) for token in tokens],
        "prompt": visible(figures["clean_prompt"]),
        "schema_version": 1,
        "info": {
            "description": f"Knowledge circuit of {visible(figures['fact'])}{contrast}. Nodes are heads and MLPs, "
            f"no features; weights are {WEIGHTS[Weights(figures['weights'])]}.",
            "generator": {"name": "knowledge-circuits", "version": version("knowledge-circuits")},
        },
        "generation_settings": how | measured,
    }
