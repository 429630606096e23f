"""What it costs to compare every circuit with every other."""

from collections.abc import Iterator, Sequence
from functools import reduce

from benchmarks.memory import peak
from benchmarks.report import Row
from benchmarks.store.stores import Place
from benchmarks.timing import seconds
from graphdb.comparison.all_pairs import all_pairs
from graphdb.comparison.memberships import Memberships, join, load


def similarity_rows(place: Place, models: Sequence[str], what: str) -> Iterator[Row]:
    """Read the components of all circuits, and compare all pairs; components of one name meet across models."""
    corpora = list[Memberships]()
    reading = seconds(lambda: corpora.extend(load(place.store, model=model) for model in models))
    yield Row(f"components of all circuits read, {place.engine}", reading, "s", f"of {what}, as one sparse matrix")
    yield from pair_rows(reduce(join, corpora), place.engine)


def pair_rows(corpus: Memberships, engine: str) -> Iterator[Row]:
    """Compare all pairs of a corpus, with nulls, p- and q-values and the nearest circuits of each."""
    taken = list[float]()
    held = peak(lambda: taken.append(seconds(lambda: all_pairs(corpus))))
    n_pairs = len(corpus.sizes) * (len(corpus.sizes) - 1) // 2
    how = f"{n_pairs:,} pairs, components, each beside its null, the nearest circuits kept"
    yield Row(f"all pairs of circuits, {engine}", taken[0], "s", how, at_most=10)
    yield Row(
        f"all pairs of circuits, memory, {engine}",
        held / 2**30,
        "GiB",
        f"at most held beside the corpus; {how}",
        at_most=4,
    )
