"""Which answers an edit damages, as a section of docs/foretelling.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.foretell.damage.resampling import Figure
from benchmarks.foretell.damage.summary import AREAS
from benchmarks.foretell.verdict import verdict
from graphdb.conditions.edits import FIRM

Row = dict[str, Any]

DAMAGE = {
    "flips": "answers changed, an edit",
    "flips_firm": f"of these, with a margin of {FIRM} nats or more",
    "same": "share of the same relation",
    "other": "share of other relations",
    "kl_same": "KL, same relation, nats",
    "kl_other": "KL, other relations, nats",
}
UNSEEN = {"relation": "Edits in relations that no fit has seen", "subject": "Facts of subjects that no fit has seen"}


def section(found: Mapping[str, Mapping[str, Row]]) -> str:
    """Return the section: of each model, each method."""
    parts = (_study(model, method, each) for model, methods in found.items() for method, each in methods.items())
    return "\n".join([_HEAD, *parts])


def _study(model: str, method: str, found: Row) -> str:
    edit, sham = found["damage"]
    lines = [
        f"### {model}: {method}, layer {found['layer']}\n",
        f"{found['edits']} edits of facts of {found['relations']} relations, {found['known']} known facts, measured on "
        f"{found['date']}.\n",
        *("| | edit | sham |", "|---|---|---|"),
        *(f"| {words} | {cell(edit[name])} | {cell(sham[name])} |" for name, words in DAMAGE.items()),
        f"\nFrom here on the {found['scored']:,} of {found['pairs']:,} pairs in which both facts have scores of edges; "
        f"{found['flips_same']} answers of the same relation and {found['flips_other']} of others changed.\n",
        *_alone(found),
        *(line for unseen, words in UNSEEN.items() for line in (f"{words}:\n", *_together(found["together"][unseen]))),
    ]
    return "\n".join(lines)


def _alone(found: Row) -> Iterator[str]:
    yield "| told by, alone | AUROC | same relation | other relations | Spearman with KL | beyond key and margin |"
    yield "|---|---|---|---|---|---|"
    for row in found["alone"]:
        names = (*AREAS, "spearman", "partial")
        yield (
            f"| {_NAMES.get(row['told_by'], row['told_by'])} | " + " | ".join(cell(row[name]) for name in names) + " |"
        )
    yield ""


def _together(found: Row) -> Iterator[str]:
    yield "| told by, together | AUROC | same relation | other relations |"
    yield "|---|---|---|---|"
    for row in found["areas"]:
        yield f"| {row['told_by']} | " + " | ".join(cell(row[name]) for name in AREAS) + " |"
    yield ""
    for row in found["gains"]:
        if row["gain"]:
            said = f"{cell(row['gain'])}, {verdict(*row['gain'][1:])}"
            yield f"- *{row['told_by']}* over *{row['over']}*: {said}."
    yield ""


def cell(figure: Figure) -> str:
    """Return a figure with its interval; a dash where there is none."""
    return "–" if figure is None else "{:.3f} [{:.3f}, {:.3f}]".format(*figure)


_NAMES = {
    "risk": "**risk**: key and margin, no fit",
    "profile": "circuits, by component",
    "edges": "circuits, by edge",
    "profile_random": "random circuits, by component",
    "edges_random": "random circuits, by edge",
}

_HEAD = """\
## Which answers does an edit damage?

Measured by `python -m benchmarks.foretell.damage`: known facts are given another object of their relation, one edit at
a time, and all other known facts are asked again. Is the first choice another one, and how far did the next token's
distribution move, KL(before ‖ after)? Beside every edit stands its [sham](editing.md#what-is-measured), equally large.
What should tell which answers change is measured before the model is touched; larger is more danger, which was settled
before any was measured:

- **key**: log of the share of the change that [reaches the fact's subject](editing.md#what-is-measured); **margin**:
  −log of the nats between the fact's first and second choice; **risk**: their sum, as in `kcircuits edit --dry-run`;
- **same relation**: whether it is; **probability**: −log p of the answer; **prompts**: Jaccard index of the two sets of
  prompt tokens;
- **circuits**: cosine of the two facts' scores of all edges ([√share of abs(score)](comparison.md), less its mean over
  facts), summed by the component that edges leave, or edge by edge; **random circuits**: the same where each fact's
  scores are dealt anew between the same two blocks.

AUROC: how often a pair whose answer changed has a larger figure than one whose answer did not, .5 by chance; over all
pairs of an edit and a fact, and over those of the same relation and of different ones alone. Together: logistic
regression on standardised figures with a ridge penalty of 1, not tuned, leaving out all edits of one relation at a
time, or a twentieth of the other facts' subjects. *All*: key, margin, same relation, probability and prompts. In
brackets 95% bootstrap intervals over edits; below each table stand differences of AUROC. What circuits add is theirs
only where it is more than random circuits add: these have each block's share, which tells relations apart too.
*Permuted labels*: *all and circuits* where labels are shuffled within each edit. *Beyond key and margin*: partial
correlation of ranks.
"""
