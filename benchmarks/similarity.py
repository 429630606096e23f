"""What it costs to compare every circuit with every other, as sets and as profiles."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce

import pandas as pd

from benchmarks.memory import peak
from benchmarks.report import Row
from benchmarks.store.stores import Place
from benchmarks.timing import median_seconds, seconds
from graphdb.comparison.all_pairs import all_pairs
from graphdb.comparison.memberships import Memberships, join, load
from graphdb.comparison.profiles.controls import controls
from graphdb.comparison.profiles.nearest import nearest_to
from graphdb.comparison.profiles.profiles import profiles
from graphdb.comparison.profiles.retrieval import retrieval

ROUNDS = 5


def similarity_rows(place: Place, models: Sequence[str], what: str) -> Iterator[Row]:
    """Read the components of all circuits, and compare all pairs; components of one name meet across models."""
    corpora = list[Memberships]()
    reading = seconds(lambda: corpora.extend(load(place.store, model=model) for model in models))
    yield Row(f"components of all circuits read, {place.engine}", reading, "s", f"of {what}, as one sparse matrix")
    whole = reduce(join, corpora)
    yield from pair_rows(whole, place.engine)
    yield from profile_rows(whole, place.store.query("circuit_prompts"), place.engine)


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


def profile_rows(corpus: Memberships, prompts: pd.DataFrame, engine: str) -> Iterator[Row]:
    """Find what is nearest to one circuit as a profile, and how often the nearest is of the same relation for all.

    One fact's circuits in several models stand for circuits of several facts.
    """
    corpus = replace(corpus, circuits=corpus.circuits.assign(fact=corpus.circuits["circuit"]))
    what, first = f"of {len(corpus.sizes):,} circuits, components", str(corpus.circuits["circuit"].iloc[0])
    near = median_seconds(lambda: nearest_to(corpus, first), ROUNDS)
    yield Row(
        f"nearest by profile, {engine}", near, "s", f"{what}, the corpus being read; median of {ROUNDS}", at_most=0.3
    )
    taken = list[float]()
    by = controls([corpus], [prompts])

    def work() -> None:
        found = profiles(corpus)
        taken.append(seconds(lambda: retrieval(found, found, by)))

    held = peak(work) / 2**30
    how = f"all pairs {what}: cosine, Bhattacharyya, Jaccard, for some facts weighted Jaccard, size and prompt alone"
    yield Row(f"retrieval by profile, {engine}", taken[0], "s", how, at_most=15)
    yield Row(
        f"retrieval by profile, memory, {engine}", held, "GiB", f"at most held beside the corpus; {how}", at_most=2
    )
