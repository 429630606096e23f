"""What an ingest leaves behind, in a few lines and two small tables."""

import shlex
import sys
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphdb.circuits.trust import PARTS, number
from graphdb.comparison.memberships import load
from graphdb.comparison.profiles.relation_profiles import relation_profiles
from graphdb.comparison.profiles.views import headline
from graphdb.comparison.ways import Way
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
        f"mean {cell(overview['faithfulness'])}, median {cell(overview['median_faithfulness'])}{_spread(overview)}"
    )
    print(f"  beside it: {_baselines(overview)}")
    if robust and (lacking := _lacking(overview)):  # with one donor by choice that goes without saying
        print(f"  too few donors: {lacking}")
    print(
        f"Hit@10 {overview['hit10']:.0%}, random circuits {overview['hit10_random']:.0%}, the model "
        f"{overview['hit10_model']:.0%}; {_stability(overview)}"
    )


def _spread(overview: dict[str, Any]) -> str:
    lowest, both = number(overview["faithfulness_lowest"]), number(overview["faithfulness_both_ways"])
    if lowest is None or both is None:
        return ""
    return f"; lowest judge {cell(lowest)}, overshoot counted as error {cell(both)}"


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
    nulls = {"of the relation": "stability_relation", "of another": "stability_other"}
    given = [f"{name} {cell(value)}" for name, key in nulls.items() if (value := number(overview[key])) is not None]
    beside = f"; a fact's {', '.join(given)}" if given else ""
    return f"stability {cell(stability)} (Jaccard with the circuit that other donors find{beside})"


def _print_shared(store: Store, model: str, method: str) -> None:
    shared = store.query("shared_components", model=model, method=method)
    columns = ["component", "shared_by", "lift", "low", "high", "q", "facts"]
    print_frame(shared[columns][:SHARED], Format.TABLE, "\nComponents that relations share beyond others")


def _print_comparison(store: Store, model: str, method: str) -> None:
    """Say which two relations have the most alike profiles of score, and whether circuits find their own relation."""
    corpus = load(store, model=model, method=method)
    pairs = records(relation_profiles(corpus).dropna(subset="cosine"))
    if len(pairs) > 1:  # centred on their mean, two relations alone are opposite whatever they are
        pair = pairs[0]
        low, high, a, b = number(pair["low"]), number(pair["high"]), visible(str(pair["a"])), visible(str(pair["b"]))
        sure = "too few facts for an interval" if low is None or high is None else f"95% {cell(low)} to {cell(high)}"
        print(f"\nMost alike: {a} and {b}, cosine of their profiles {cell(pair['cosine'])} ({sure})")
    rows = headline(store, corpus, Way(model, method))
    if len(rows):
        print_frame(rows, Format.TABLE, "\nIs the nearest other circuit of the same relation?")
