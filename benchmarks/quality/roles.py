"""How well roles of heads hold up: `python -m benchmarks.quality.roles`.

Of each relation: the strongest movers, what cutting movers and relation heads costs on facts that did not choose them,
how well R says what an exact knockout of a single head does, how far movers are the same in the relation's second
template, and how many heads are called when facts' objects are shuffled or another relation's stand in.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from graphdb.role_records import RoleCheck, RoleKind
from graphdb.tables import Format, print_frame
from ingest.discovery.answers import best_answers, last_states
from ingest.facts.prompts import fact_template, prepare
from ingest.facts.sets import FactSet, builtin_relations, read_facts
from ingest.model import LanguageModel, load
from ingest.model_files import DEFAULT_MODEL, resolve
from ingest.options import Options
from ingest.roles.checks import check_roles, read, strongest
from ingest.roles.decide import LEAST_FACTS, called, q_values
from ingest.roles.facts import RelationFacts, RoleFact, role_fact
from ingest.roles.knockout import knock_out
from ingest.roles.last_position import run_last
from ingest.roles.metrics import Doubles, metrics
from ingest.roles.movers import comparable, mover_scores
from ingest.roles.positions import TEMPLATE
from ingest.roles.roles import Scores, roles, score_heads

Row = dict[str, object]

SHUFFLES = 20
TEMPLATES = (0, 1)


def role_facts(model: LanguageModel, facts: FactSet, template: int) -> tuple[RoleFact, ...]:
    """Return the facts of a relation that the model knows and whose subjects have positions of their own."""
    cases = {
        case.prompt.fact_id: case for case in prepare(facts, model.encode, template, n_donors=0) if case.prompt.answers
    }
    ends = last_states(model, (case.prompt for case in cases.values()))
    known = {
        fact: answer.token
        for fact, answer in best_answers(model, list(cases.values()), ends).items()
        if answer.rank <= Options().known_rank
    }
    found = (
        role_fact(
            cases[fact.id].prompt,
            known[fact.id],
            fact_template(facts.relation, fact, template),
            fact.subject,
            model.encode,
        )
        for fact in facts.facts
        if fact.id in known
    )
    return tuple(each for each in found if each)


@torch.no_grad()
def single_knockouts(model: LanguageModel, scores: Scores, n_facts: int) -> tuple[float, float]:
    """Return r between R and exact knockouts of single heads, means over the first facts; and the share of the ten
    largest by either that are among the ten largest by the other."""
    top, some = model.weights.topology, scores.relation.facts[:n_facts]
    alone = torch.eye(top.n_layers * top.n_heads, dtype=torch.bool).unflatten(1, (top.n_layers, top.n_heads))
    exact = list[np.ndarray]()
    for fact in some:
        asked, last = metrics(replace(scores.relation, facts=(fact,))), run_last(model.weights, [fact] * top.n_heads)
        tokens, metric = torch.tensor(asked.tokens), torch.tensor(asked.relation).to(model.weights.embed)
        clean = read(model.weights, last.trace.final, tokens, metric)
        cuts = [knock_out(model.weights, last, heads, TEMPLATE) for heads in alone.split(top.n_heads)]
        exact.append(torch.cat([clean - read(model.weights, cut, tokens, metric) for cut in cuts]).numpy())
    estimated = scores.relation_scores[: len(some)]
    x, y = estimated.mean(0), np.mean(exact, 0)
    return float(np.corrcoef(x, y)[0, 1]), len({*np.argsort(-x)[:10]} & {*np.argsort(-y)[:10]}) / 10


def called_on_null(scores: Scores) -> dict[str, float]:
    """Return how many heads are called with labels that are wrong.

    Movers: objects shuffled over facts. Relation heads: for each fact the vocabulary of the relation and those of its
    nulls shuffled; and, harder, one null's vocabulary for all facts, which may be about the same kind of things.
    """
    movers, shuffled, rng = list[int](), list[int](), np.random.default_rng(0)
    every, facts = np.stack((scores.relation_scores, *scores.relation_nulls)), np.arange(len(scores.table))
    for _ in range(SHUFFLES):
        order = rng.permutation(len(facts))
        answers, accepted = scores.metrics.answers[order], scores.metrics.accepted[order]
        kept = comparable(answers, accepted)
        movers.append(_called(*mover_scores(scores.table[kept], answers[kept], accepted[kept])))
        own = every[rng.integers(len(every), size=len(facts)), facts]
        shuffled.append(_called(own, (every.sum(0) - own) / (len(every) - 1)))
    nulls = scores.relation_nulls
    whole = [_called(each, np.delete(nulls, k, 0).mean(0)) for k, each in enumerate(nulls) if len(nulls) > 1]
    return {
        "null movers": float(np.mean(movers)),
        "null relation": float(np.mean(shuffled)),
        "another's vocabulary": float(np.mean(whole)) if whole else np.nan,
    }


def _called(own: Doubles, null: Doubles) -> int:
    return int(called(own, q_values(own, null)).sum())


def jaccard(one: set[str], two: set[str]) -> float:
    return len(one & two) / len(one | two) if one | two else np.nan


def row(model: LanguageModel, facts: FactSet, vocabularies: Mapping[str, Sequence[int]], n_single: int) -> Row:
    """Figures of one relation."""
    relation, sets, kept = facts.relation.id, list[dict[RoleKind, set[str]]](), None
    for number in TEMPLATES[: len(facts.relation.templates)]:
        asked = role_facts(model, facts, number)
        own = sorted({fact.answer for fact in asked})
        scores = score_heads(model, RelationFacts(relation, str(number), asked, {**vocabularies, relation: own}))
        kept = kept or scores
        heads = roles(scores)
        sets.append(
            {
                kind: {each.component for each in heads if each.role.is_of(kind)}
                for kind in (RoleKind.MOVER, RoleKind.RELATION)
            }
        )
    assert kept is not None
    movers, relating = (jaccard(sets[0][kind], sets[-1][kind]) for kind in (RoleKind.MOVER, RoleKind.RELATION))
    if len(sets) == 1:
        movers = relating = np.nan
    r, r_top = single_knockouts(model, kept, n_single)
    return {
        "relation": relation,
        "facts": len(kept.relation.facts),
        "movers": len(sets[0][RoleKind.MOVER]),
        "relation heads": len(sets[0][RoleKind.RELATION]),
        "mixture": len(sets[0][RoleKind.MOVER] & sets[0][RoleKind.RELATION]),
        "strongest movers": " ".join(strongest(kept, RoleKind.MOVER)),
        **{f"{name} {check.role}": value for check in check_roles(model, kept) for name, value in _drops(check)},
        "r": r,
        "top 10": r_top,
        "Jaccard movers": movers,
        "Jaccard relation": relating,
        **called_on_null(kept),
    }


def _drops(check: RoleCheck) -> list[tuple[str, float]]:
    return [("drop", check.drop), ("random", check.random), ("every", check.every)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.roles", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder")
    parser.add_argument("--relations", nargs="*", default=[], help="relations to measure; default: all")
    parser.add_argument("--facts", type=Path, help="file or folder of other relations, in place of the packaged ones")
    parser.add_argument("--most", type=int, default=60, help="facts of a relation")
    parser.add_argument("--single", type=int, default=6, help="facts of a relation for single knockouts")
    asked = parser.parse_args()
    model = load(resolve(asked.model, print))
    packaged = {each.relation.id: each for each in builtin_relations()}
    vocabularies = {
        name: sorted({fact.answer for fact in role_facts(model, facts, 0)}) for name, facts in packaged.items()
    }
    found = list[Row]()
    sets = {each.relation.id: each.first(asked.most) for each in read_facts(asked.facts)} if asked.facts else packaged
    for name in asked.relations or sets:
        if len(role_facts(model, sets[name], 0)) < LEAST_FACTS:
            print(f"{name}: too few facts are known", file=sys.stderr)
            continue
        found.append(row(model, sets[name], vocabularies, asked.single))
        print(f"{name}: {found[-1]}", file=sys.stderr)
    rows = pd.DataFrame(found)
    for part in (rows.iloc[:, :6], pd.concat((rows[["relation"]], rows.iloc[:, 6:].round(2)), axis=1)):
        print_frame(part, Format.TABLE)
    print_frame(rows.mean(numeric_only=True).round(3).to_frame("mean").reset_index(), Format.TABLE)


if __name__ == "__main__":
    main()
