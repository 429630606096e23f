"""Two circuits, or two relations' typical ones, as a report: both in one drawing, beside what they share by chance."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from graphdb.circuits.drawn import feeds
from graphdb.comparison import answers
from graphdb.comparison.profiles.two import ALIKE_COLUMNS
from graphdb.comparison.sides import MEASURE_COLUMNS, NAME_COLUMNS
from graphdb.drawing.joint import Names, components, joint_edges
from graphdb.drawing.picture import Picture, joint_picture
from graphdb.errors import UserError
from graphdb.queries.lookup import topology
from graphdb.reports import html
from graphdb.reports.html import Column
from graphdb.store.types import Queries
from graphdb.topology import Topology

MOST = 300
"""Edges that are drawn."""
CHANCE = (
    "By chance: sets of the same sizes, drawn with the popularity of each name. A relation stands for its typical "
    "circuit, the names that at least half of its circuits hold."
)


@dataclass(frozen=True, slots=True, repr=False)
class PairReport:
    """Two things side by side as they are shown: `store.pair(…)` gives it, and a notebook draws it."""

    names: Names
    notes: tuple[str, ...]
    """What was compared, and what is missing."""
    profiles: pd.DataFrame
    """How alike they are as profiles: `ALIKE_COLUMNS`."""
    measures: pd.DataFrame
    """What they share as sets, beside chance: `MEASURE_COLUMNS`."""
    components: pd.DataFrame
    """What of either is the other's: `NAME_COLUMNS`."""
    edges: pd.DataFrame
    """The same of edges."""
    shape: Topology

    def __repr__(self) -> str:
        return f"PairReport({self.names.a!r}, {self.names.b!r})"

    def _repr_html_(self) -> str:
        return html.fragment("\n".join([self._head(), self._measures(), self._drawing()]))

    @property
    def title(self) -> str:
        """Both names."""
        return f"{self.names.a} and {self.names.b}"

    def page(self) -> str:
        """Return the report as one HTML file."""
        tables = [
            html.section(name, _frame(found.drop(columns="level").replace({"part": self.names.parts}), NAME_COLUMNS))
            for name, found in (("Components", self.components), ("Edges", self.edges))
        ]
        return html.page(self.title, "\n".join([self._head(), self._measures(), self._drawing(), *tables]))

    def picture(self) -> Picture:
        """Return the drawing of the edges with the largest share of either's score, `MOST` at the most."""
        edges = joint_edges(self.edges, MOST, self.names)
        known = components(self.components, self.names)
        return joint_picture(edges, known, feeds(edges, self.shape), self.names.parts)

    def _head(self) -> str:
        return html.head(["comparison"], self.title) + "".join(map(html.note, self.notes))

    def _measures(self) -> str:
        profiles = _frame(self.profiles, ALIKE_COLUMNS, "plain")
        shared = _frame(self.measures, MEASURE_COLUMNS, "plain")
        return html.section("As profiles", profiles) + html.section("As sets", shared, html.note(CHANCE))

    def _drawing(self) -> str:
        if self.edges.empty:
            return html.section("Both in one", html.note("No edge is in half of a relation's circuits."))
        return html.section("Both in one", html.drawn(self.picture(), self._drawn()))

    def _drawn(self) -> str:
        counts = self.edges["part"].value_counts()
        parts = ", ".join(f"{counts[part]:,} {name}" for part, name in self.names.parts.items() if part in counts)
        some = f"The {MOST:,} of largest share of either's score, of" if len(self.edges) > MOST else "All of"
        return f"{some} {len(self.edges):,} edges: {parts}. Width: an edge's share of the score."


def _frame(found: pd.DataFrame, titles: Mapping[str, str], kind: str = "sortable") -> str:
    columns = [
        Column(name, titles.get(name, ""), numeric=found[name].dtype.kind in "iuf") for name in map(str, found.columns)
    ]
    return html.table(columns, found.itertuples(index=False), kind)


def pair_report(store: Queries, question: answers.Question) -> PairReport:
    """Compare two things at the levels of components and edges.

    Raises UserError as `answers.answer` does, and where the question is not of two things.
    """
    if not answers.is_of_two(question) or question.view is not None:
        raise UserError("one drawing is of two things: name two relations or facts, or another way, and no --view")
    found = answers.answer(store, question)
    profiles, measures, names = (found.tables[title] for title in answers.TWO)
    first, second = answers.ways_of(store, question)
    circuits = store.query("circuit_list", model=first.model, method=first.method)
    return PairReport(
        names=_called(question, first, second),
        notes=found.notes,
        profiles=profiles,
        measures=measures,
        components=names[names["level"] == "component"].reset_index(drop=True),
        edges=names[names["level"] == "edge"].reset_index(drop=True),
        shape=topology(store, str(circuits["model"].iloc[0])),
    )


def _called(question: answers.Question, first: answers.Way, second: answers.Way) -> Names:
    """Name both sides; one thing in two ways by what differs."""
    a, b = question.a, question.b or question.a
    if a != b:
        return Names(a, b)
    own = [f"{a} ({way.model} {way.method})".replace("( ", "(").replace(" )", ")") for way in (first, second)]
    return Names(*own)
