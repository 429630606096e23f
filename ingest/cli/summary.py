"""What an ingest leaves behind, in a few lines and two small tables."""

import shlex
import sys
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphdb.circuits.trust import PARTS, number
from graphdb.comparison.memberships import load
from graphdb.comparison.relations import relation_pairs
from graphdb.plain_text import visible
from graphdb.store import Store
from graphdb.tables import Format, cell, print_frame, records

if TYPE_CHECKING:
    from ingest.facts.sets import FactSet
    from ingest.pipeline import Report
    from ingest.settings import Settings

SHARED = 10
"""Components to print."""


def print_notes(sets: "Sequence[FactSet]") -> None:
    """Say on standard error what was merged while the facts were read."""
    for note in chain.from_iterable(given.notes for given in sets):
        print(visible(note), file=sys.stderr)


def print_summary(report: "Report", store: Store, settings: "Settings") -> None:
    """Print what came of the facts, how good the model's circuits are, what they share, and what to do next."""
    method = settings.label
    print(f"{report.facts} facts, {report.circuits} of them with a circuit")
    for reason, count in sorted(report.without.items()):
        print(f"  without: {count} ({reason.words})")
    overview = records(store.query("overview", model=report.model_id, method=method))[0]
    if overview["circuits"]:
        _print_quality(overview, robust=settings.robust)
        _print_shared(store, report.model_id, method)
        _print_comparison(store, report.model_id, method)
    print(f"\nStore: {store.target}")
    print(f"Look at it: kcircuits dashboard --store {shlex.quote(store.target)}")


def _print_quality(overview: dict[str, Any], *, robust: bool) -> None:
    """Say how large and how faithful the circuits are, each figure beside its baselines and on which donors."""
    searched, edges = overview["median_edges_searched"], overview["median_edges"]
    pruned = f" ({searched:,.0f} before exact pruning)" if searched > edges else ""
    found = f"{overview['circuits']} circuits of {overview['model']}, {overview['method']}"
    print(f"\n{visible(found)}: median {edges:,.0f} edges{pruned}")
    print(
        f"faithfulness {PARTS[overview['judged_on']]}, {overview['judged']} circuits: "
        f"mean {cell(overview['faithfulness'])}, median {cell(overview['median_faithfulness'])}"
    )
    print(f"  beside it: {_baselines(overview)}")
    if robust and (lacking := _lacking(overview)):  # with one donor by choice that goes without saying
        print(f"  too few donors: {lacking}")
    print(
        f"Hit@10 {overview['hit10']:.0%}, random circuits {overview['hit10_random']:.0%}, the model "
        f"{overview['hit10_model']:.0%}; {_stability(overview)}"
    )


def _baselines(overview: dict[str, Any]) -> str:
    other = number(overview["faithfulness_other"])
    others = "" if other is None else f"another relation's {cell(other)}, "
    return (
        f"random circuits of equal size {cell(overview['faithfulness_random'])}, {others}"
        f"the model without the circuit {cell(overview['completeness'])}"
    )


def _lacking(overview: dict[str, Any]) -> str:
    """Count the circuits that lack donors."""
    counts = {"to judge": overview["lack_unseen"], "to choose the size": overview["lack_size"]}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def _stability(overview: dict[str, Any]) -> str:
    stability = number(overview["stability"])
    if stability is None:
        return "stability not measured: no other donors"
    return f"stability {cell(stability)} (Jaccard with the circuit that other donors find)"


def _print_shared(store: Store, model: str, method: str) -> None:
    shared = store.query("shared_components", model=model, method=method, min_relations=1)
    columns = ["component", "kind", "relations", "facts", "share"]
    print_frame(shared[columns][:SHARED], Format.TABLE, "\nComponents that most relations share")


def _print_comparison(store: Store, model: str, method: str) -> None:
    """Say of the two relations that are most alike beyond chance what they share, and what chance gives."""
    pairs = records(relation_pairs(load(store, model=model, method=method)))
    if pairs:
        pair = pairs[0]
        q, a, b = number(pair["q"]), visible(str(pair["a"])), visible(str(pair["b"]))
        print(
            f"\nMost alike: {a} and {b} share {pair['shared']} typical components, "
            f"{cell(pair['expected'])} by chance (Jaccard {cell(pair['jaccard'])} against "
            f"{cell(pair['jaccard_expected'])}, {'too few facts for a q-value' if q is None else f'q = {cell(q)}'})"
        )
