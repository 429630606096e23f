"""One circuit as a report: its prompts, figures beside their baselines, drawing and edges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from graphdb.circuits.controls import controls
from graphdb.circuits.drawn import at_size, feeds
from graphdb.circuits.trust import donors, levels, number
from graphdb.drawing.lens import READ, Lens
from graphdb.drawing.picture import CHANNELS, Picture, circuit_picture
from graphdb.drawing.svg import text
from graphdb.errors import UserError
from graphdb.queries.lookup import find_fact, topology
from graphdb.records import Weights
from graphdb.reports import html
from graphdb.reports.bars import bars
from graphdb.reports.html import Column
from graphdb.store.types import Queries
from graphdb.tables import records
from graphdb.topology import Topology

MOST = 300
"""Edges that are drawn: more hide each other on paper."""
FORMULA = (
    "(m(circuit) − m(no edge)) / (m(model) − m(no edge)), where m = logit(answer) − logit(foil) at the last position. "
    "Blue: the circuit; grey: what it must beat; dashed: the faithfulness asked for."
)
LENS = (
    "Beside the layers: logits of the object at the last position after each block. First: from there on it is ahead "
    "of the relation's other objects. What can be read is not what causes the answer."
)
PARTS = {"find": "found it", "size": "chose its size", "unseen": "used for neither"}
EDGE_COLUMNS = (
    Column("rank", "1 = the largest absolute weight", numeric=True),
    Column("source"),
    Column("target"),
    Column("channel", "what of the target reads", html=lambda channel: text(CHANNELS[str(channel)])),
)
WEIGHTS = {
    Weights.EFFECT: "logits; positive helps the answer",
    Weights.SCORE: "a score of the tool that found it, no effect in logits",
    Weights.MEMBERSHIP: "not known: 1 for every edge",
}
"""What weights are -> what their column's head says."""


@dataclass(frozen=True, slots=True, repr=False)
class CircuitReport:
    """A stored circuit as it is shown: `store.circuit(…)` gives it, and a notebook draws it."""

    figures: Mapping[str, Any]
    """The row of the query `circuits`."""
    edges: pd.DataFrame
    """The answer of the query `circuit_edges`."""
    roles: pd.DataFrame
    """The answer of the query `circuit_roles`."""
    lens: Lens | None
    shape: Topology

    def __repr__(self) -> str:
        return f"CircuitReport({self.figures['circuit']!r}, {len(self.edges)} edges)"

    def _repr_html_(self) -> str:
        return html.fragment("\n".join([self._head(), self._faithfulness(), self._drawing()]))

    @property
    def title(self) -> str:
        """Subject and object."""
        return f"{self.figures['subject']} → {self.figures['object']}"

    def page(self) -> str:
        """Return the report as one HTML file."""
        parts = [self._head(), self._faithfulness(), self._drawing(), self._others(), self._donors(), self._edges()]
        return html.page(f"{self.title} · {self.figures['relation']}", "\n".join(part for part in parts if part))

    def _head(self) -> str:
        figures = self.figures
        where = [figures["relation"], figures["model"], figures["method"], f"{len(self.edges):,} edges"]
        imported = [f"imported from {figures['source']}"] if figures["source"] else []
        return html.head(where + imported, self.title) + _prompts(figures)

    @property
    def _is_measured(self) -> bool:
        return number(self.figures["faithfulness"]) is not None

    def _faithfulness(self) -> str:
        if not self._is_measured:
            return html.section("Faithfulness", html.note("Not measured."))
        found = bars(levels(self.figures), number(self.figures["target"]))
        return html.section("Faithfulness", found, html.note(FORMULA))

    def picture(self) -> Picture:
        """Return the drawing of the heaviest edges that lie on a path, `MOST` at the most."""
        drawn = self._drawn()
        known = {str(row["component"]): row for row in records(self.roles)}
        return circuit_picture(drawn, feeds(drawn, self.shape), known, self.lens, Weights(self.figures["weights"]))

    def _drawn(self) -> pd.DataFrame:
        return at_size(min(MOST, len(self.edges)), self.edges, None, self.shape)

    def _drawing(self) -> str:
        drawn = self._drawn()
        if drawn.empty:
            return html.section("Circuit", html.note(f"None of the {MOST} heaviest edges lies on a path."))
        return html.section("Circuit", html.drawn(self.picture(), _said(drawn, self.edges)), self._lens_note())

    def _lens_note(self) -> str:
        return html.note(LENS) if self.lens else ""

    def _others(self) -> str:
        return html.section("Other figures", html.pairs(controls(self.figures))) if self._is_measured else ""

    def _donors(self) -> str:
        if not self._is_measured:
            return ""
        figures = self.figures
        how = {"found by": f"method {figures['method']}, effort {figures['effort']}, ablation {figures['ablation']}"}
        named = {said: ", ".join(donors(figures, part)) or "none" for part, said in PARTS.items()}
        lacks = {"too few": figures["lacks"]} if figures["lacks"] else {}
        return html.section("Donors", html.pairs(how | named | lacks))

    def _edges(self) -> str:
        rows = self.edges[["rank", "source", "target", "channel", "weight"]].itertuples(index=False)
        said = WEIGHTS[Weights(self.figures["weights"])]
        weight = Column("weight", said, html=lambda weight: f"{weight:+.4f}", numeric=True)
        return html.section("Edges", html.table((*EDGE_COLUMNS, weight), rows))


def _prompts(figures: Mapping[str, Any]) -> str:
    if not figures["clean_prompt"]:
        return ""
    said = _prompt(figures["clean_prompt"], figures["answer"])
    against = _prompt(figures["corrupt_prompt"], figures["foil"]) if figures["corrupt_prompt"] else ""
    return f'<p class="prompts">{said}{f" <span>against</span> {against}" if against else ""}</p>'


def _prompt(prompt: str, answer: str) -> str:
    return f"<code>{text(prompt)}</code> <b>{text(answer.strip())}</b>"


def _said(drawn: pd.DataFrame, edges: pd.DataFrame) -> str:
    if len(drawn) == len(edges):
        return f"All {len(edges):,} edges. Width: |weight|."
    share = drawn["weight"].abs().sum() / edges["weight"].abs().sum()
    return (
        f"{len(drawn):,} of {len(edges):,} edges, with {share:.0%} of Σ|weight|: of the {MOST} heaviest those that lie "
        f"on a path. {len(edges) - len(drawn):,} are not drawn; the table has all. Width: |weight|."
    )


def one_circuit(store: Queries, what: str, model: str = "", method: str = "") -> CircuitReport:
    """Return the report of the circuit that a fact's id, a subject or a circuit's id means; raises UserError."""
    fact = find_fact(store, what)
    one = what if fact["by"] == "circuit" else ""
    found = records(store.query("circuits", fact=fact["fact"], circuit=one, model=model, method=method))
    if not found:
        raise UserError(f"{fact['fact']} has no such circuit: `kcircuits query facts_without_circuit` says why")
    if found[1:]:
        raise UserError(f"{fact['fact']} has several circuits: {', '.join(str(row['circuit']) for row in found)}")
    return circuit_report(store, found[0])


def circuit_report(store: Queries, figures: Mapping[str, Any]) -> CircuitReport:
    """Read what is shown of a circuit, given as a row of the query `circuits`."""
    circuit = figures["circuit"]
    lenses = {str(row["lens"]): row for row in records(store.query("circuit_lens", circuit=circuit))}
    kind = next((kind for kind in READ if kind in lenses), None)
    return CircuitReport(
        figures=figures,
        edges=store.query("circuit_edges", circuit=circuit),
        roles=store.query("circuit_roles", circuit=circuit),
        lens=Lens.of(lenses[kind]) if kind else None,
        shape=topology(store, figures["model"]),
    )
