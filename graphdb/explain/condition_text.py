"""The part of a story about other conditions, on a screen."""

from collections.abc import Sequence

import pandas as pd

from graphdb.conditions.demonstrations import Demonstration
from graphdb.conditions.hops import HopFact
from graphdb.conditions.rivals import Rival
from graphdb.explain.records import Conditions, EditOfFact
from graphdb.tables import Format, print_frame


def sentences(told: Conditions) -> list[str]:
    """Return what is told in words; names in them are not cleaned."""
    return [*_rival(told.rival), *_demonstrations(told.shown, told.shown_shuffled), *_hops(told.hops)]


def print_edits(edits: Sequence[EditOfFact]) -> None:
    """Print a row an edit, with the sham's figures in brackets."""
    rows = [
        {"edit": each.edit, "to": each.object, "method": each.method.value, "layer": each.layer,
         "given": "yes" if each.efficacy else "no", "other words": _share(each.paraphrase_prefix),
         "templates": _share(each.paraphrase_template),
         "relation unchanged": f"{_share(each.neighbourhood)} ({_share(each.neighbourhood_sham)})",
         "others unchanged": f"{_share(each.other)} ({_share(each.other_sham)})",
         "flips": f"{each.flips} ({each.flips_sham})"}
        for each in edits
    ]  # fmt: skip
    print_frame(pd.DataFrame(rows), Format.TABLE, "edits of it, in brackets the sham: a random change as large")


def _rival(rival: Rival | None) -> list[str]:
    if rival is None:
        return []
    if rival.wrong:
        said = f"answered wrong: {rival.rival!r} in place of {rival.object!r}, which has rank {rival.rank}"
    else:
        said = f"answered right: {rival.object!r}, before {rival.rival!r}"
    movers = f"movers {_signed(rival.movers)} (random heads {_signed(rival.movers_random)}), "
    strongest = ", ".join(
        f"{name} {_signed(value)}" for name, value in zip(rival.for_rival, rival.for_rival_values, strict=True)
    )
    turn = f"; ahead from {rival.turn} on" if rival.turn else ""
    return [
        f"{said}; object less rival {_signed(rival.margin)} logits: {movers if rival.n_movers else ''}heads "
        f"{_signed(rival.heads)}, MLPs {_signed(rival.mlps)}; most for the rival: {strongest or 'none'}{turn}"
    ]


def _demonstrations(shown: Demonstration | None, shuffled: Demonstration | None) -> list[str]:
    if shown is None:
        return []
    beside = f" (shuffled labels {_signed(shuffled.gain)})" if shuffled else ""
    return [
        f"behind {_number(shown.shots)} {shown.n_facts} facts of the relation gain {_signed(shown.gain)} in "
        f"probability{beside}, interval {_signed(shown.gain_low)} to {_signed(shown.gain_high)}; cutting the heads "
        f"that read them costs {_signed(shown.drop)} nats (random heads {_signed(shown.random)})"
    ]


def _hops(fact: HopFact | None) -> list[str]:
    if fact is None:
        return []
    said = (
        f"two hops by way of {fact.bridge!r}: rank of the right answer {fact.rank_first} and {fact.rank_second} alone, "
        f"{fact.rank_both} in both at once"
    )
    if fact.drop_first is None:
        return [f"{said}; not known in all three, so that nothing was measured inside"]
    before = "none" if fact.bridge_before is None else "yes" if fact.bridge_before else "no"
    bridge, answer = (block or "no block" for block in (fact.bridge_block, fact.object_block))
    return [
        f"{said}; bridge first after {bridge}, object from {answer} on; "
        f"bridge before object: {before} (other bridges {_share(fact.bridge_before_null)})",
        f"cutting movers of the first hop costs {_signed(fact.drop_first)} logits, of the second "
        f"{_signed(fact.drop_second)}, of other relations {_signed(fact.drop_other)}, random heads "
        f"{_signed(fact.drop_random)}, all heads {_signed(fact.drop_every)}",
    ]


def _number(shots: int) -> str:
    return "one demonstration" if shots == 1 else f"{shots} demonstrations"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
