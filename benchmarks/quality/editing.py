"""How well edits hold and how much they spare: `python -m benchmarks.quality.editing`.

Facts that the model knows are given another object of their relation, one edit at a time, and each edit is measured
beside a sham of equal norm. Prints a table in Markdown: means over edits, with 95% intervals over edits for what is
unchanged.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from graphdb.edit_records import EditEffects, EditMethod
from graphdb.errors import UserError
from ingest.editing.edit import Bench, Edited, edit_with, prepare_edits
from ingest.editing.prompts.request import check_method, check_request
from ingest.facts.sets import FactSet, builtin_relations
from ingest.measures.bootstrap import interval
from ingest.model import load
from ingest.model_files import DEFAULT_MODEL, resolve

SHARES = ("efficacy", "paraphrase_prefix", "paraphrase_template", "neighbourhood", "other")
FIGURES = (*SHARES, "kl_neighbourhood", "kl_other", "spread", "flips", "flips_firm")


def edits(bench: Bench, n: int, seed: int, per_relation: int | None) -> Iterator[Edited]:
    """Yield edits of n known facts in random order, no relation twice before each had its turn."""
    draw = np.random.default_rng(seed)
    sets = {each.relation.id: each for each in bench.sets}
    turns = dict.fromkeys(sets, 0)
    order = draw.permutation(len(bench.known.facts))
    queue = list[tuple[int, int]]()
    for place, index in enumerate(order):
        relation = bench.known.facts[index].relation_id
        queue.append((turns[relation], place))
        turns[relation] += 1
    done = 0
    for _, place in sorted(queue):
        known = bench.known.facts[order[place]]
        given = sets[known.relation_id]
        fact = next(each for each in given.facts if each.id == known.prompt.fact_id)
        try:
            request = check_request(bench.model, fact, _other_object(given, fact.accepted, draw), bench.sets, 0)
        except UserError:
            continue
        yield edit_with(bench, request, per_relation)
        done += 1
        if done == n:
            return


def _other_object(given: FactSet, accepted: Sequence[str], draw: np.random.Generator) -> str:
    objects = sorted({each.object for each in given.facts} - set(accepted))
    return str(draw.choice(objects))


def show(found: Sequence[Edited]) -> None:
    """Print the table."""
    print("|  | " + " | ".join(FIGURES) + " |")
    print("|---" * (len(FIGURES) + 1) + "|")
    for name, rows in (("edit", [each.effects for each in found]), ("sham", [each.sham for each in found])):
        print(f"| {name} | " + " | ".join(_cell(rows, figure) for figure in FIGURES) + " |")
    seconds = np.mean([each.record.seconds for each in found])
    steps = np.mean([each.record.steps for each in found])
    share = np.mean([each.record.share for each in found])
    print(f"\n{len(found)} edits; {seconds:.1f} CPU-s and {steps:.1f} steps an edit; norm {share:.4f} of the matrix's")


def _cell(rows: Sequence[EditEffects], figure: str) -> str:
    values = np.array([value for row in rows if (value := getattr(row, figure)) is not None], dtype=np.float32)
    if not len(values):
        return "–"
    if figure not in ("neighbourhood", "other"):
        return f"{values.mean():.3f}"
    low, high = interval(values)
    return f"{values.mean():.3f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=24)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--method", default=EditMethod.ROME.value)
    parser.add_argument("--layer", type=int)
    parser.add_argument("--per-relation", type=int, default=5, help="facts of each other relation; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    model = load(resolve(asked.model, print))
    bench = prepare_edits(model, builtin_relations(), check_method(asked.method), asked.layer, asked.seed)
    print(f"{model.record.id}, {bench.method.value}, layer {bench.layer}, {len(bench.known.facts)} known facts\n")
    show(list(edits(bench, asked.edits, asked.seed, asked.per_relation or None)))


if __name__ == "__main__":
    main()
