"""What edits do inside a model, layer by layer: `python -m benchmarks.quality.edit_circuits --layers 5`.

Facts that the model knows are given another object of their relation, as in `benchmarks.quality.editing`. Prints, for
each layer, circuits before and after beside two nulls, where edits act and what carries them beside shams, and where
the new object appears. Means over edits, intervals of 95% over facts; `--no-circuits` leaves out what takes longest.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from benchmarks.quality.editing import requests
from graphdb.conditions.edits import Against, EditAction, EditCircuit, EditMethod
from ingest.editing.bench import Bench, bench_at, learn
from ingest.editing.circuits.heads import Roles, found_roles
from ingest.editing.circuits.inside import Inside, look_inside
from ingest.editing.circuits.pipeline import NEIGHBOURS, subject_of
from ingest.editing.layer import choose_layer
from ingest.editing.prompts.bystanders import known_facts
from ingest.editing.prompts.request import check_layer, check_method
from ingest.facts.sets import builtin_relations
from ingest.measures.bootstrap import interval
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve

FIGURES = ("jaccard", "reweighted", "mlp", "movers", "relation")
CARRIED = ("direct", "movers", "heads", "mlps", "rest")


def insides(bench: Bench, asked: argparse.Namespace, roles: dict[str, Roles | None]) -> Iterator[Inside]:
    """Yield what edits do; `roles` keeps what heads do in each relation from layer to layer."""
    for each in islice(requests(bench, asked.seed), asked.edits):
        relation = each.facts.relation.id
        if relation not in roles:
            roles[relation] = found_roles(bench.model, each.facts, 0)
        change = learn(bench, each.request).change
        subject = subject_of(bench, each.request, change, each.facts, 0, asked.neighbours, roles[relation])
        yield look_inside(subject, with_circuits=not asked.no_circuits)


def show_circuits(found: Sequence[Inside], *, edited: bool) -> None:
    """Print figures of the circuits of edited facts, or of neighbours, a row for what they are compared with."""
    chosen = [[each for each in one.circuits if (each.fact_id == one.fact_id) == edited] for one in found]
    rows = {against: [each for some in chosen for each in some if each.against is against] for against in Against}
    print(f"\n{'Edited facts' if edited else 'Neighbours'}: {len(rows[Against.EDIT])}; before: ", end="")
    shares = ((name, _mean(rows[Against.EDIT], f"{name}_before")) for name in FIGURES[2:])
    print(", ".join(f"{name} {each}" for name, each in shares))
    print("| against | " + " | ".join(FIGURES) + " |\n" + "|---" * (len(FIGURES) + 1) + "|")
    for against, some in rows.items():
        print(f"| {against} | " + " | ".join(_mean(some, name) for name in FIGURES) + " |")


def show_actions(found: Sequence[Inside]) -> None:
    """Print where edits act, as shares of the change, and what carries it, in logits."""
    print("\n| is | change | at subject | at last | " + " | ".join(CARRIED) + " |\n" + "|---" * 9 + "|")
    for is_sham in (False, True):
        rows = [each for one in found for each in one.actions if each.is_sham is is_sham]
        shares = [_share(rows, name) for name in ("at_subject", "at_last")]
        cells = [_mean(rows, "change"), *shares, *(_mean(rows, name) for name in CARRIED)]
        print(f"| {'sham' if is_sham else 'edit'} | " + " | ".join(cells) + " |")


def show_lenses(found: Sequence[Inside]) -> None:
    """Print the blocks from which on old and new objects are first."""
    for one in found:
        before, edit, *_ = one.lenses or (None, None)
        if before and edit:
            print(f"emergence: old, before {before.emergence_old or '-'}; new, after {edit.emergence_new or '-'}")


def _mean(rows: Sequence[EditCircuit | EditAction], name: str) -> str:
    values = np.array([value for each in rows if (value := getattr(each, name)) is not None], dtype=np.float32)
    if len(values) < 2:
        return f"{values[0]:.3f}" if len(values) else "–"
    low, high = interval(values)
    return f"{values.mean():.3f} [{low:.2f}, {high:.2f}]"


def _share(rows: Sequence[EditAction], name: str) -> str:
    """The sum of the changes at one place, as a share of the sum of the changes."""
    total = sum(each.change for each in rows)
    return f"{sum(getattr(each, name) for each in rows) / total:.2f}" if total else "–"


def measure(model: LanguageModel, asked: argparse.Namespace) -> None:
    """Measure and print, layer by layer."""
    sets, method, roles = builtin_relations(), check_method(asked.method), dict[str, Roles | None]()
    known = known_facts(model, sets)
    for layer in asked.layers or [choose_layer(model, asked.seed)]:
        check_layer(model, layer)
        bench = bench_at(model, sets, known, method, layer, asked.seed)
        found = list(insides(bench, asked, roles))
        print(f"\n## {model.record.id}, {method.value}, layer {layer}, {len(found)} edits")
        for edited in () if asked.no_circuits else (True, False):
            show_circuits([each for each in found if each.circuits], edited=edited)
        show_actions(found)
        show_lenses(found)


def main() -> None:
    """Read what is asked, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=9)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--method", default=EditMethod.ROME.value)
    parser.add_argument("--layers", type=int, nargs="*", help="default: the one that is chosen")
    parser.add_argument("--neighbours", type=int, default=NEIGHBOURS)
    parser.add_argument("--no-circuits", action="store_true", help="only where edits act and where objects appear")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    model = load(resolve(asked.model, print))
    measure(model, asked)


if __name__ == "__main__":
    main()
