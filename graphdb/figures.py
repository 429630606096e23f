"""Figures of a circuit: each is declared once, on its field of the record, and the rest follows from there.

A new figure is one field of `graphdb.records.Circuit`, where it is to stand among the others,

    reach: Annotated[float, Figure("Share of ...", SHARE, mean=True, label="Reach", said="{:.0%} of ...")] = 0.0

and the code that measures it: a field of `ingest.measures.measure.Measured`, its place in
`ingest.discovery.circuit_records`, and one in `ingest.measures.evaluate` if `kcircuits evaluate` is to measure it
again. The default is what circuits have that were stored before; `float | None` with None says that a circuit may lack
the figure. The schema and its page, what an ingest writes, dumps and imports, the summaries, `kcircuits trace`,
`kcircuits show` and the page of a circuit follow. Cypher files are plain files, so two of them are written by hand, and
a test says what they lack: `circuits.cypher` returns every figure, and `relation_quality.cypher` every mean. Then write
the pages that are made from all this:

    python -m graphdb.schema.page > docs/schema.md
    python -m graphdb.queries.library > docs/queries.md
"""

from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints


class Unit(NamedTuple):
    """What the numbers of a figure mean."""

    name: str = ""
    form: str = "{}"
    """How one is shown where there is little room."""
    least: float | None = None
    most: float | None = None
    """The range; None: there is no end to it."""

    def __str__(self) -> str:
        """In words, as the schema has them; empty for what goes without saying, such as a number of edges."""
        if self.most is not None:
            return f"{self.name}, {self.least} to {self.most}" if self.name else f"{self.least} to {self.most}"
        return self.name


PLAIN = Unit()
SHARE = Unit("share", "{:.0%}", 0, 1)
FRACTION = Unit("", "{:.2f}", 0, 1)
EFFECT = Unit("0: no edge, 1: the whole model", "{:.2f}")
"""Of what the model does with the fact's prompt and not with the corrupt one; beyond both ends, too."""
LOGITS = Unit("logits", "{:.1f}")
NATS = Unit("nats", "{:.3f}", 0)
COUNT = Unit("", "{:,.0f}", 0)
RANK = Unit("", "{:,.0f}", 1)
AREA = Unit("", "{:.2f}")


@dataclass(frozen=True, slots=True)
class Figure:
    """What is known of a figure besides its name and type."""

    description: str
    unit: Unit = PLAIN
    column: str = ""
    """Its name in the query `circuits`, where that is another."""
    mean: bool = False
    """Whether summaries keep its mean over the circuits of a relation."""
    values: str = ""
    """The list of a summary that keeps its every value, for medians; empty: none does."""
    label: str = ""
    """Heads its tile on the page of a circuit; empty where it is shown with others, or not."""
    said: str = ""
    """Its line in `kcircuits show`, with `{}` for the number; empty where it is shown with others, or not."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A figure as its record declares it."""

    name: str
    type: str
    """As the schema words it: `float`, `integers`, ..."""
    optional: bool
    """Whether a circuit may lack it."""
    figure: Figure

    @property
    def column(self) -> str:
        """Its name in the query `circuits`."""
        return self.figure.column or self.name

    @property
    def description(self) -> str:
        """What it says, and in which unit."""
        unit = str(self.figure.unit)
        return f"{self.figure.description} ({unit})" if unit else self.figure.description

    @property
    def count(self) -> str:
        """The property of a summary that counts the circuits with this figure, where a circuit may lack it."""
        return f"n_{self.name.removeprefix('faithfulness_')}"


_TYPES = {str: "string", int: "integer", float: "float", bool: "boolean"}


@cache
def figures_of(record: type) -> tuple[Declared, ...]:
    """Return the figures that a record declares, in its order."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(
        _declared(name, *get_args(hint))
        for name, hint in hints.items()
        if get_origin(hint) is Annotated and isinstance(get_args(hint)[1], Figure)
    )


def figure(record: type, name: str) -> Declared:
    """Return the figure of a record by its name."""
    return next(each for each in figures_of(record) if each.name == name)


def _declared(name: str, hint: Any, given: Figure) -> Declared:
    types = [each for each in get_args(hint) if each is not NoneType and each is not ...] or [hint]
    return Declared(name, _TYPES[types[0]] + "s" * (get_origin(hint) is tuple), NoneType in get_args(hint), given)
