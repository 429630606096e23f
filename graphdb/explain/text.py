"""A fact's story on one screen."""

from collections.abc import Sequence
from textwrap import shorten, wrap

import pandas as pd

from graphdb.explain.condition_text import print_edits, sentences
from graphdb.explain.records import Actor, Appearance, Conditions, Feeding, Story
from graphdb.plain_text import visible
from graphdb.role_records import RoleCheck, RoleKind
from graphdb.tables import Format, cell, print_frame, print_pairs

WIDTH = 98
"""Characters of a line of words."""
SHOWN = 5
"""Rows of a table; JSON holds all."""
TOKENS = 3
"""Tokens of a head."""


def print_story(story: Story) -> None:
    """Print a story for people; text of the data does nothing to their terminal."""
    print_pairs(_asked(story))
    if story.appearance:
        _print_appearance(story.appearance)
    for each in story.feeding:
        if each.edges:
            _print_feeding(each)
    _print_actors(story.movers, "Movers: write the object from the subject", "to subject")
    if story.movers:
        print("means over the relation's facts are tested; this null is 0 by construction: cutting is what can fail")
    _print_actors(story.relation_heads, "Relation heads: carry from the template", "to template")
    _print_places(story)
    if story.checks:
        rows = [_check(each) for each in story.checks]
        print_frame(pd.DataFrame(rows), Format.TABLE, "\nWhat cutting these heads costs, in logits, on other facts")
    _print_faithfulness(story)
    _print_conditions(story.conditions)
    print("\nNot explained")
    _print_listed(story.gaps or ("nothing that this store could say",))


def _asked(story: Story) -> dict[str, str]:
    asked = f", asked {shorten(story.prompt, 60)!r}" if story.prompt else ""
    wording = f"template {story.wording}" if story.wording.isdigit() else shorten(story.wording, 60)
    return {
        "fact": f"{story.fact}: {story.object}{asked}",
        "in": f"{story.model}, {wording}" + (f", circuit by {story.method}" if story.circuit else ""),
    }


def _print_appearance(seen: Appearance) -> None:
    blocks = [point.block for point in seen.points]
    said = {"first of the relation's objects from here on": seen.emergence, "largest rise": seen.rise}
    marks = {block: ", ".join(text for text, at in said.items() if at == block) for block in said.values() if block}
    marks |= {blocks[-1]: "; ".join(filter(None, (marks.get(blocks[-1]), "end")))}
    rows = [
        {"after": point.block, "": marks[point.block], "object": point.object, "others": point.others,
         **({"first choice": point.wrong} if seen.wrong_token else {}),
         "rank": point.rank, "p": point.probability}
        for point in seen.points
        if point.block in marks
    ]  # fmt: skip
    print_frame(
        pd.DataFrame(rows),
        Format.TABLE,
        "\nWhere the object appears (closed lens): logits; rank among the relation's objects",
    )
    if seen.wrong_token:
        print(visible(f"the model's own first choice is another: {seen.wrong_token!r}"))


def _print_feeding(fed: Feeding) -> None:
    rows = [
        {"from": each.source, "role": _role(each.role), "to": f"{each.target} {each.channel}",
         "heads": [_named(*reader) for reader in zip(each.readers, each.reader_roles, strict=True)],
         "weight": each.weight, "share": f"{each.share:.0%}", "rank": each.rank}
        for each in fed.edges[:SHOWN]
    ]  # fmt: skip
    title = f"\nWhat feeds {fed.block} ({' and '.join(fed.marks)}){_of(len(rows), len(fed.edges), 'edges')}"
    print_frame(pd.DataFrame(rows), Format.TABLE, title)
    print(
        f"from heads with a role: {fed.from_roles:.0%}; over all edges of the circuit: {fed.from_roles_elsewhere:.0%}"
    )


def _print_actors(heads: Sequence[Actor], title: str, attends: str) -> None:
    rows = [
        {"head": each.component, "this fact": _rounded(each.score), "mean": _rounded(each.mean),
         "null": _rounded(each.null), "q": each.q,
         attends: f"{each.attention:.0%}", "circuit": each.in_circuit, "templates": ", ".join(each.wordings),
         "writes": _tokens(each.writes)}
        for each in heads[:SHOWN]
    ]  # fmt: skip
    if rows:
        frame = pd.DataFrame(rows).astype({"q": float, "circuit": float})
        print_frame(frame, Format.TABLE, f"\n{title}{_of(len(rows), len(heads), 'heads')}")


def _print_places(story: Story) -> None:
    rows = [
        {"node": each.component, "role": _role(each.role), "score": each.score,
         "at subject": each.subject, "at template": each.template, "at last": each.last}
        for each in story.places[:SHOWN]
    ]  # fmt: skip
    if rows:
        parts = ("subject", "template", "last")
        total = {f"at {part}": sum(getattr(each, part) for each in story.places) for part in parts}
        rows.append({"node": "all", "role": "", "score": sum(each.score for each in story.places)} | total)
        title = f"\nWhere the strongest nodes write, in logits{_of(len(rows) - 1, len(story.places), 'nodes')}"
        print_frame(pd.DataFrame(rows), Format.TABLE, title)


def _check(check: RoleCheck) -> dict[str, str]:
    moves = check.role is RoleKind.MOVER
    return {
        "cut": f"{len(check.heads)} {'movers from the subject' if moves else 'relation heads from the template'}",
        "drop": _interval(check.drop, check.drop_low, check.drop_high),
        "random heads": _interval(check.random, check.random_low, check.random_high),
        "all heads": cell(check.every),
        "facts": f"{check.facts_cut}, chosen on {check.facts_chosen}",
    }


def _print_faithfulness(story: Story) -> None:
    rows = [
        {"faithfulness": each.name, "value": "" if each.value is None else f"{each.value:.3f}", "measured": each.how}
        for each in story.faithfulness
    ]
    if rows:
        print()
        print_frame(pd.DataFrame(rows), Format.TABLE)


def _print_conditions(told: Conditions) -> None:
    if told != Conditions():
        print("\nUnder other conditions")
        _print_listed(sentences(told))
    if told.edits:
        print_edits(told.edits)


def _print_listed(texts: Sequence[str]) -> None:
    for text in texts:
        print("\n".join(wrap(visible(text), WIDTH, initial_indent="- ", subsequent_indent="  ")))


def _interval(value: float, low: float, high: float) -> str:
    return f"{cell(value)} [{cell(low)}, {cell(high)}]"


def _rounded(score: float) -> float:
    """A score without the last digits of a sum that is 0, nor their sign."""
    return round(score, 3) + 0.0


def _role(role: RoleKind) -> str:
    return role.value or "-"


def _named(component: str, role: RoleKind) -> str:
    return f"{component} ({role})" if role else component


def _tokens(tokens: Sequence[str]) -> str:
    return " ".join(repr(visible(token)) for token in tokens[:TOKENS])


def _of(shown: int, count: int, what: str) -> str:
    return f" ({shown} of {count} {what})" if shown < count else ""
