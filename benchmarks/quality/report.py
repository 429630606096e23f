"""Quality figures as JSON, as the page docs/quality.md, on the terminal, and for `kcircuits methods`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.quality.ways import Way
from graphdb.tables import Format, print_frame
from ingest.compute.prompt_runs import CORRUPT

Row = dict[str, Any]

WAY = ("method", "effort", "donors", "ablation")
COLUMNS = {
    "method": "method",
    "effort": "effort",
    "donors": "donors",
    "ablation": "ablation",
    "price_f": "F a fact",
    "cmd": "CMD",
    "log_cmd": "logCMD",
    "size85": "edges for f ≥ .85",
    "e_unseen": "E, unseen",
    "f_unseen_0.001": "f at .1%",
    "f_unseen_0.002": ".2%",
    "f_unseen_0.005": ".5%",
    "f_unseen_0.01": "1%",
    "f_unseen_0.02": "2%",
    "f_unseen_0.05": "5%",
    "size85_unseen": "edges, unseen",
    "never_unseen": "never",
    "jaccard": "Jaccard",
}


def show(rows: Sequence[Row]) -> None:
    """Print the table of all facts."""
    print_frame(pd.DataFrame([row for row in rows if not row["relation"]])[list(COLUMNS)].round(3), Format.TABLE)


def beside(rows: Sequence[Row], root: Path, ways: Sequence[Way]) -> list[Row]:
    """Return rows with those that are stored of other ways, in the order of `ways`."""
    order = [_way(asdict(each)) for each in ways]
    new = {(row["source"], _way(row)) for row in rows}
    kept = [row for row in stored(root) if (row["source"], _way(row)) not in new]
    every = [row for row in [*kept, *rows] if _way(row) in order]
    return sorted(every, key=lambda row: (list(_NAMES).index(row["source"]), order.index(_way(row)), row["relation"]))


def stored(root: Path) -> list[Row]:
    """Return the rows that are stored."""
    return json.loads((root / "benchmarks" / "quality.json").read_text())


def write(rows: Sequence[Row], root: Path) -> None:
    """Write every file that shows quality."""
    (root / "benchmarks" / "quality.json").write_text(json.dumps(rows, indent=1) + "\n")
    (root / "docs" / "quality.md").write_text(page(rows))
    shown = [_shown(row) for row in rows if not row["relation"] and row["source"] == "packaged"]
    (root / "ingest" / "methods" / "quality.json").write_text(json.dumps(shown, indent=1) + "\n")


def _way(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in WAY)


def _shown(row: Row) -> Row:
    """What `kcircuits methods` shows of a way."""
    figures = {name: row[name] for name in ("price_f", "cmd", "log_cmd", "size85", "e_unseen")}
    at = {f".{share}": row[f"f_unseen_0.{share}"] for share in ("001", "002", "005", "01", "02", "05")}
    named = {name: row[name] for name in WAY}
    return named | figures | {"f_at": at, "measured_on": f"{row['facts']} packaged facts", "date": row["date"]}


def page(rows: Sequence[Row]) -> str:
    """Return docs/quality.md."""
    parts = [_HEAD.format(date=_dates(rows))]
    for source in dict.fromkeys(row["source"] for row in rows):
        mine = [row for row in rows if row["source"] == source]
        whole = [row for row in mine if not row["relation"]]
        parts.append(f"## {_NAMES[source]}, {whole[0]['facts']} facts\n\n{_table(whole)}")
        parts.append(f"### {_NAMES[source]}, by relation\n\n{_by_relation(mine)}")
    parts.append(_RETRIEVAL + _retrieval(json.loads((ROOT / "benchmarks" / "retrieval.json").read_text())))
    parts.append(_CONTRASTS + _contrasts(json.loads((ROOT / "benchmarks" / "contrasts.json").read_text())))
    return "\n".join(parts)


def _contrasts(rows: Sequence[Row]) -> str:
    """Return the table of what circuits of each contrast see."""
    names = [name.replace("_", " ") for name in rows[0]]
    head = f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"
    return head + "".join(f"| {' | '.join(map(str, row.values()))} |\n" for row in rows)


RETRIEVAL_COLUMNS = {
    "source": "relations",
    "method": "method",
    "ablation": "ablation",
    "facts": "facts",
    "one_nearest": "nearest",
    "one_auc": "AUC",
    "one_chance": "chance",
    "one_size_alone": "size alone",
    "one_prompt_alone": "prompt alone",
    "facts_second": "facts, 2nd",
    "two_nearest": "nearest",
    "two_auc": "AUC",
    "two_prompt_alone": "prompt alone",
    "faithfulness_both_ways": "f, both ways",
    "judges_reached": "judges at target",
    "stability": "stability",
    "stability_relation": "same relation",
    "stability_other": "other relation",
    "edges": "edges",
}


def _retrieval(rows: Sequence[Row]) -> str:
    """Return the table of what circuits find again."""
    head = f"| {' | '.join(RETRIEVAL_COLUMNS.values())} |\n|{'---|' * len(RETRIEVAL_COLUMNS)}\n"
    lines = (" | ".join(_cell(row, name) for name in RETRIEVAL_COLUMNS) for row in rows)
    return head + "".join(f"| {line} |\n" for line in lines)


_NAMES = {"packaged": "Packaged relations", "lre": "LRE relations"}


def _table(rows: Sequence[Row]) -> str:
    head = f"| {' | '.join(COLUMNS.values())} |\n|{'---|' * len(COLUMNS)}\n"
    return head + "".join(f"| {' | '.join(_cell(row, name) for name in COLUMNS)} |\n" for row in rows)


def _cell(row: Row, name: str) -> str:
    value = row[name]
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return "–"
    text = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    if f"{name}_interval" in row:
        low, high = row[f"{name}_interval"]
        text += f" ({low:.3g} to {high:.3g})"
    return text


def _by_relation(rows: Sequence[Row]) -> str:
    ways = list(dict.fromkeys(map(_way, rows)))
    lines = [f"| relation | facts | {' | '.join(map(_short, ways))} |"]
    lines.append(f"|{'---|' * (len(ways) + 2)}")
    for relation in sorted({row["relation"] for row in rows if row["relation"]}):
        mine = {_way(row): row for row in rows if row["relation"] == relation}
        cells = " | ".join(_cell(mine[way], "e_unseen") for way in ways)
        lines.append(f"| {relation} | {mine[ways[0]]['facts']} | {cells} |")
    return (
        "E on unseen donors, with 95% bootstrap intervals over facts; a way is method, effort, donors, and the\n"
        "ablation where it is another than the corrupt run.\n\n" + "\n".join(lines) + "\n"
    )


def _short(way: tuple[Any, ...]) -> str:
    return " ".join(str(part) for part in way if part != CORRUPT)


def _dates(rows: Sequence[Row]) -> str:
    dates = sorted({row["date"] for row in rows})
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


_HEAD = """\
# Quality of the methods

Measured on {date} with SmolLM2-135M (70,651 native edges) by `python -m benchmarks.quality`, which writes this page
and `benchmarks/quality.json`. Each method orders the edges of the same facts (the model's rank of the object is 3 or
better, ten donors); the order is cut at fixed sizes, dangling edges carry nothing, and every circuit is run.

- **F a fact**: processor time of the runs and the scores over that of one forward pass of the same prompts, median.
- **CMD**: area between f and 1 over the share of edges (Mueller et al. 2025), on the donor that found the circuit.
  **logCMD**: mean |1 − f|, at most 1, over the logarithm of the size, .05 to 10% of the edges, the same donor.
- **E, unseen** and everything right of it: on two donors that no method saw. E is logCMD from .1 to 5%; f at a size
  is the median over facts; *edges* is the median of the smallest size of the grid from which on f ≥ .85 (on the
  donor used, and on both unseen ones); *never* is the share of facts that do not reach .85 on both unseen donors
  up to 5%; *Jaccard* is that of the circuits of .5% from two disjoint sets of donors.
- **ablation**: what edges outside a circuit carry, while it is found and while it is run.
- In brackets: 95% bootstrap intervals over facts.

What a method has to choose (rate, temperature, steps, share of candidates) was chosen on the packaged relations at
the even places of their alphabetical order. The packaged figures below are of the relations at the odd places. An
LRE relation may be about the same subject as one of those it was chosen on.
"""

_RETRIEVAL = """\
## What circuits find again

Measured by `python -m benchmarks.quality.retrieval --per-relation 10 --facts FOLDER`: circuits as an ingest finds them
(default effort, target .85, six donors that find), of at most ten facts of each relation, with the models' rank of the
object 3 or better; relations with at least four such circuits. *nearest*: share of facts whose nearest other circuit,
by the cosine of component profiles, is one of the same relation; *AUC*: of same against other relation; then the same
for circuits of the second template among those of the first. *f, both ways*: 1 - min(1, |1 - f|) on unseen donors;
*judges at target*: share of unseen donors with f ≥ .85; *stability*: Jaccard with the circuit of equal size from
other donors, beside that with another fact's of the relation, and of another relation; *edges*: median.
`trained` with zero ablation was not measured, and of the packaged second templates 91 (`secant`) and 65
(`secant`, zero) of 110 circuits.

`secant` finds its relation again most often, in all but one comparison (LRE, second template), with the same
faithfulness on unseen donors and the same stability as `trained` at half the price: it is the default. `trained` orders
the first edges better (the tables above): it is the method for small circuits. Mean ablation gives the smallest
circuits, zero ablation hardly any that are faithful.

"""

_CONTRASTS = """\
## What each contrast sees

Measured by `python -m benchmarks.quality.contrasts`: does a circuit see the heads that have a [role](roles.md)? Heads
are ordered by the summed |score| of the edges that leave them, before anything is pruned; *movers* and *relation heads*
are the areas under the ROC curve of the heads with that role against those without, .5 being chance. Roles are told in
the contrast's own wording, from all its known facts; relations are those that have enough of them in a paired wording.
*edges*: median size of the circuits; *faithfulness* on donors never seen. Means over relations, with their 95%
bootstrap interval.

Each contrast sees its own kind of head, and the subject contrast sees movers best of all. The relation contrast does
not see movers, since the subject is the same in both prompts; its circuits are large, and less faithful.

"""

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    write(stored(ROOT), ROOT)
