"""Where answers appear, and how near lenses come to the model, at which price: `python -m benchmarks.quality.lens`.

Facts are the first known ones of every packaged relation. A lens' divergence after a block is KL(model || lens) of the
next token in nats, its top-1 the share of facts whose first token is the model's.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from time import process_time

import numpy as np
import torch
from torch import Tensor

from benchmarks.plain import ROUNDS, forward_seconds
from benchmarks.timing import median_seconds
from graphdb.role_records import LensKind
from ingest.discovery.answers import best_answers, last_states
from ingest.facts.prompts import Case, Prompt, prepare
from ingest.facts.sets import builtin_relations
from ingest.facts.task import Task
from ingest.lens.blocks import block_names, last_streams
from ingest.lens.facts import LensFact, lens_facts
from ingest.lens.lens import lenses
from ingest.lens.ridge import PENALTY, fit
from ingest.lens.ridge_rows import Rows, rows_of
from ingest.model import LanguageModel, load
from ingest.model.forward import normalise, run
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.options import Options

TIMED = 6
"""Relations whose facts are timed."""
Relations = Mapping[str, tuple[LensFact, ...]]


def known(model: LanguageModel, per_relation: int) -> Relations:
    """Return the first known facts of each packaged relation that has two."""
    found = dict[str, tuple[LensFact, ...]]()
    for each in builtin_relations():
        cases = [case for case in prepare(each, model.encode) if case.prompt.answers]
        facts = lens_facts(cases, dict(_known(model, cases[: 3 * per_relation])))[:per_relation]
        if len(facts) > 1:
            found[each.relation.id] = facts
    return found


def _known(model: LanguageModel, cases: Sequence[Case]) -> Iterator[tuple[str, int]]:
    answers = best_answers(model, cases, last_states(model, [case.prompt for case in cases]))
    return ((name, answer.token) for name, answer in answers.items() if answer.rank <= Options().known_rank)


def price(model: LanguageModel, relations: Relations, kind: LensKind) -> float:
    """Return what a lens costs a fact, in F: processor's time beside that of the forward pass of the same batches."""
    lens = forward = 0.0
    for facts in relations.values():
        for _, group in groupby(sorted(facts, key=_length), _length):
            batch = list(group)
            forward += forward_seconds(model.weights, [_task(fact) for fact in batch], process_time)
            lens += median_seconds(lambda: lenses(model, batch, "0", kind), ROUNDS, process_time)  # noqa: B023
    return lens / forward


def _length(fact: LensFact) -> int:
    return len(fact.tokens)


def _task(fact: LensFact) -> Task:
    return Task(Prompt(fact.fact_id, "", fact.tokens, fact.accepted), (), fact.answer, 1, 0, 0)


@torch.no_grad()
def streams(model: LanguageModel, facts: Sequence[LensFact]) -> Tensor:
    """Return the residual streams [facts, n, d] at the last position."""
    found = [last_streams(run(model.weights, torch.tensor([fact.tokens]))) for fact in facts]
    return torch.cat(found)


def agreement(model: LanguageModel, read: Tensor, final: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return the divergence and the agreement of first tokens [facts] of streams that are read [facts, d]."""
    weights = model.weights
    ours, theirs = (
        (normalise(weights.final_norm, each) @ weights.unembed.T).double().log_softmax(-1) for each in (read, final)
    )
    divergence = (theirs.exp() * (theirs - ours)).sum(-1)
    return divergence.numpy(), (ours.argmax(-1) == theirs.argmax(-1)).numpy()


def show_agreement(model: LanguageModel, relations: Relations, after: str, penalties: Sequence[float]) -> None:
    """Print how near the raw and the ridge lens come after a block; each relation is left out of the fit for it."""
    rows, at = rows_of(model), [block_names(model.weights.topology).index(after), -1]
    both = Rows(rows.streams[at], rows.relations)
    every = {relation: streams(model, facts)[:, at] for relation, facts in relations.items()}
    readers = {"raw": every}
    for penalty in penalties:
        readers[f"ridge {penalty:g}"] = {
            relation: fit(both, relation, penalty).to(each).translate(each) for relation, each in every.items()
        }
    for name, read in readers.items():
        found = [agreement(model, read[relation][:, 0], each[:, -1]) for relation, each in every.items()]
        divergence, same = (np.concatenate(each) for each in zip(*found, strict=True))
        print(f"{name} after {after}: KL {np.median(divergence):.2f}, top-1 {same.mean():.2f}")


def show_emergence(model: LanguageModel, relations: Relations, kind: LensKind) -> None:
    """Print where objects emerge and which blocks raise them most."""
    records = [record for facts in relations.values() for record in lenses(model, facts, "0", kind)]
    names = block_names(model.weights.topology)
    places = sorted(names.index(record.emergence) for record in records if record.emergence)
    quartiles = [names[int(np.quantile(places, share, method="nearest"))] for share in (0.25, 0.5, 0.75)]
    rises = Counter(record.rise for record in records).most_common(4)
    print(f"{kind}: {len(records)} facts, {len(places)} emerge, quartiles {' '.join(quartiles)}; largest rise {rises}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.lens", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--per-relation", type=int, default=3, help="facts of each relation")
    parser.add_argument(
        "--after", nargs="*", default=(), help="blocks to compare raw and ridge lens after, such as m23"
    )
    parser.add_argument("--penalties", type=float, nargs="*", default=(PENALTY,), help="of the ridge lens, to compare")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    model = load(resolve(asked.model, print))
    relations = known(model, asked.per_relation)
    timed = dict(list(relations.items())[:TIMED])
    for kind in (LensKind.CLOSED, LensKind.RAW):
        show_emergence(model, relations, kind)
        print(f"{kind}: {price(model, timed, kind):.2f} F a fact")
    for block in asked.after:
        show_agreement(model, relations, block, asked.penalties)


if __name__ == "__main__":
    main()
