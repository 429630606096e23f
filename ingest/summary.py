"""What an ingest leaves behind, in a few lines and two small tables."""

import shlex
import sys
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphdb.compare import compare_relations
from graphdb.store import Store
from graphdb.tables import Format, cell, print_frame, records

if TYPE_CHECKING:
    from ingest.facts import FactSet
    from ingest.pipeline import Report

SHARED = 10
"""Components to print."""


def print_notes(sets: "Sequence[FactSet]") -> None:
    """Say on standard error what was merged while the facts were read."""
    for note in chain.from_iterable(given.notes for given in sets):
        print(note, file=sys.stderr)


def print_summary(report: "Report", store: Store, method: str) -> None:
    """Print what came of the facts, how good the model's circuits are, what they share, and what to do next."""
    print(f"{report.facts} facts, {report.circuits} of them with a circuit")
    for reason, count in sorted(report.without.items()):
        print(f"  without: {count} ({reason})")
    overview = records(store.query("overview", model=report.model_id))[0]
    if overview["circuits"]:
        print(f"\n{overview['circuits']} circuits of {report.model_id}, median {overview['median_edges']:.0f} edges")
        _print_quality(overview)
        _print_shared(store, report.model_id, method)
        _print_comparison(store, report.model_id, method)
    print(f"\nStore: {store.target}")
    print(f"Look at it: kcircuits dashboard --store {shlex.quote(store.target)}")


def _print_quality(overview: dict[str, Any]) -> None:
    for name, figure in (("faithfulness", "faithfulness"), ("Hit@10", "hit10")):
        chance = cell(overview[f"{figure}_random"])
        print(f"{name} {cell(overview[figure])}, random circuits of equal size and layer profile {chance}")


def _print_shared(store: Store, model: str, method: str) -> None:
    shared = store.query("shared_components", model=model, method=method, min_relations=1)
    columns = ["component", "kind", "relations", "facts", "share"]
    print_frame(shared[columns][:SHARED], Format.TABLE, "\nComponents that most relations share")


def _print_comparison(store: Store, model: str, method: str) -> None:
    """Say of the two relations whose overlap is farthest from chance how large it is, and what chance gives."""
    pairs = records(compare_relations(store, model, method))
    if pairs:
        pair = pairs[0]
        print(
            f"\nMost alike: {pair['a']} and {pair['b']} share {cell(pair['shared'])} components, "
            f"{cell(pair['expected'])} by chance (Jaccard {cell(pair['jaccard'])} against "
            f"{cell(pair['jaccard_expected'])}, z = {cell(pair['z'])})"
        )
