"""What was foretold, as JSON, as the page docs/foretelling.md, and as the weights that the package ships."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.foretell.answers import BASE
from benchmarks.foretell.damage.page import section
from benchmarks.foretell.verdict import verdict

Row = dict[str, Any]
ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "foretell.json"
DAMAGE = ROOT / "benchmarks" / "foretell_damage.json"
PAGE = ROOT / "docs" / "foretelling.md"
SHIPPED = ROOT / "graphdb" / "foretelling" / "answer_risk.json"
ADDS = {
    "certainty and movers": "movers",
    "certainty and heads of other relations": "heads that other relations chose",
    "certainty and random heads": "random heads",
}
"""Arms that add something to what the model's certainty tells -> what."""
UNSEEN = {"relation": "Facts of relations that no fit has seen", "subject": "Facts of subjects that no fit has seen"}


def stored() -> dict[str, Row]:
    """Return what was measured of answers, by model."""
    return _read(RESULTS)


def stored_damage(file: Path) -> dict[str, dict[str, Row]]:
    """Return what was measured of edits, by model and method."""
    return _read(file)


def _read(file: Path) -> Row:
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def write(found: Mapping[str, Row]) -> None:
    """Write results and page."""
    _write(RESULTS, found)
    write_page()


def write_damage(model_id: str, method: str, found: Row, file: Path) -> None:
    """Write a summary of edits beside those of other models and methods; into the results' own file, the page too."""
    stored = stored_damage(file)
    _write(file, {**stored, model_id: {**stored.get(model_id, {}), method: found}})
    if file == DAMAGE:
        write_page()


def _write(file: Path, found: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def write_page() -> None:
    """Write the page from the results' files."""
    PAGE.write_text(page(stored(), stored_damage(DAMAGE)), "utf-8")


def ship(model_id: str, fitted: Mapping[str, Any]) -> None:
    """Write the weights that the query `answer_risk` scores with."""
    SHIPPED.write_text(json.dumps({"model_id": model_id, **fitted}, indent=1) + "\n", "utf-8")


def page(found: Mapping[str, Row], damage: Mapping[str, Mapping[str, Row]]) -> str:
    """Return docs/foretelling.md, with a section on edits where any were measured."""
    told = (_model(name, each) for name, each in found.items())
    pushed = (_pushes(name, each) for name, each in found.items())
    edits = [section(damage)] if damage else []
    return "\n".join([_HEAD, _ANSWERS, *told, _OWN, _PUSHES, *pushed, *edits])


def _model(name: str, found: Row) -> str:
    head = (
        f"### {name}\n\n{found['facts']} known facts of {found['relations']} packaged relations, measured on "
        f"{found['date']}; {found['wrong']} of the first choices among the relation's objects are wrong, in "
        f"{found['relations_wrong']} relations.\n"
    )
    return "\n".join([head, *(_table(found["rows"], folds) for folds in UNSEEN)])


def _table(rows: Sequence[Row], folds: str) -> str:
    mine = [row for row in rows if row["folds"] == folds]
    lines = [f"{UNSEEN[folds]}:\n", "| told by | AUROC | more than certainty alone |", "|---|---|---|"]
    lines += [f"| {row['arm']} | {_cell(row, 'auroc', 'interval')} | {_gain(row)} |" for row in mine]
    return "\n".join([*lines, "", *_said(mine), ""])


def _gain(row: Row) -> str:
    return _cell(row, "gain", "gain_interval") if row["arm"] in ADDS else ""


def _cell(row: Row, name: str, interval: str) -> str:
    low, high = row[interval]
    return f"{row[name]:.3f} [{low:.3f}, {high:.3f}]"


def _said(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a sentence for each arm that adds something."""
    for row in rows:
        if row["arm"] in ADDS:
            yield f"- What {ADDS[row['arm']]} add: {verdict(*row['gain_interval'])}."


def _pushes(name: str, found: Row) -> str:
    """What pushes each answer, and the kinds of rivals."""
    n = found["answers"]
    lines = [f"### {name}: {n['wrong']} wrong and {n['right']} right answers\n"]
    lines += ["| | favours the rival: wrong | right | logits: wrong | right |", "|---|---|---|---|---|"]
    for part, words in _PARTS.items():
        both = [row for row in found["pushes"] if row["part"] == part]
        shares, means = (
            [_cell(row, *each) for row in both] for each in (("share", "interval"), ("mean", "mean_interval"))
        )
        lines.append(f"| {words} | {' | '.join(shares + means)} |")
    lines += ["", "| kind of rival | wrong | right |", "|---|---|---|"]
    lines += [f"| {kind} | {wrong:.2f} | {right:.2f} |" for kind, (wrong, right) in found["kinds"].items()]
    return "\n".join([*lines, ""])


_PARTS = {
    "movers": "movers",
    "movers_random": "as many random heads of the same layers",
    "heads": "all heads",
    "mlps": "all MLPs",
    "embed": "embedding",
}

_HEAD = """\
# What can be foretold

Written by `python -m benchmarks.foretell`, with all figures on facts that no fit has seen. A claim that circuits or
roles foretell something stands beside what the model's own certainty tells.
"""

_ANSWERS = f"""\
## Is this answer wrong?

The model's first choice among the objects of a fact's relation: is it an accepted one? (Among all tokens, "the first
choice is an object of the relation" nearly answers the question; so these alone are asked.) It is told by

- **margin, probability, entropy**: of the first choice over the second, of the first, of all of them: the model's
  *certainty*;
- **movers**: direct logit attribution by the relation's movers through the subject, first choice less second, beyond
  its mean over the relation's other facts. Never right less wrong, so that it does not know what it tells;
- **heads of other relations**: the same by the five heads with the largest mean mover score over all *other*
  relations. Movers are called on all facts of a relation, the one that is told included; these are not;
- **random heads**: the same by as many random heads of the movers' layers: what any heads would tell;
- **the relation's share of wrong answers** among its other subjects, where these are there to count.

Logistic regression on standardised figures with a ridge penalty of 1, not tuned, leaving out one relation at a time, or
a twentieth of the subjects with all their facts. AUROC: how often a wrong answer has a higher score than a right one,
.5 by chance. In brackets the 95% interval over bootstrap samples of relations and of facts in each; the gain is that
over *{BASE}*, on the same samples. *Permuted labels*: certainty and movers where labels are
shuffled over facts; under .5, since leaving cases out makes their own label rarer among the rest.
"""

_OWN = """\
### For facts of one's own

The query `answer_risk` scores stored facts by the regression fitted on all of these facts of the default model:

```bash
kcircuits ingest my_facts.csv --wrong-answers
kcircuits query answer_risk
```

Facts must be known (the object among the ten first choices, unless told otherwise) and their relation must have movers,
which takes twelve of them. Of another model than the one named in `fitted_on` the score only ranks facts.
"""

_PUSHES = """\
## What pushes wrong answers

Of the same facts, among all tokens: the object against the model's first choice where that is not accepted (wrong), and
against its next choice (right). A part favours the rival where what it adds to the rival's logit is more than what it
adds to the object's ([how](conditions.md#wrong-answers)). In brackets 95% bootstrap intervals over facts.
"""

if __name__ == "__main__":
    write_page()
