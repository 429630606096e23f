"""`tests.sample`, with the rivals of some of its facts: France and Japan are answered right, three others wrong.

Movers favour the rival in one of two wrong answers that have a mover, MLPs in two of three.
"""

from typing import Any

from graphdb.conditions.rivals import Rival, RivalKind
from graphdb.store import Store
from graphdb.writing.rival_writers import write_rivals
from tests import sample

NO_CHOICE: dict[str, Any] = {"first": "", "second": "", "right_among": None, "margin_among": None}
NO_CHOICE |= {"probability_among": None, "entropy_among": None, "movers_among": None, "random_among": None}


def choice(first: str, second: str, right: bool, margin: float, movers: float | None) -> dict[str, Any]:
    """What is chosen among the relation's objects."""
    random = None if movers is None else 0.125
    figures = {"margin_among": margin, "probability_among": 0.75, "entropy_among": 0.5, "movers_among": movers}
    return {"first": first, "second": second, "right_among": right, **figures, "random_among": random}


def rival(number: int, text: str, kind: RivalKind, pushes: tuple[float | None, float, float], among: Any) -> Rival:
    """The rival of a fact; `pushes` of movers, heads and MLPs; the embedding adds a quarter."""
    movers, heads, mlps = pushes
    recall, margin = sample.RECALLS[number], heads + mlps + 0.25
    return Rival(
        model_id=sample.MODEL.id,
        fact_id=sample.FACTS[number].id,
        wording="0",
        object=recall.answer,
        rival=text,
        wrong=margin < 0,
        rival_kind=kind,
        rank=recall.rank,
        margin=margin,
        probability=recall.probability,
        probability_rival=0.3125,
        entropy=1.5,
        turn="m1",
        n_movers=0 if movers is None else 1,
        movers=movers,
        movers_random=None if movers is None else -0.125,
        heads=heads,
        mlps=mlps,
        embed=0.25,
        for_object=("a1.h2",),
        for_object_values=(1.0,),
        for_rival=("m1", "m0"),
        for_rival_values=(-1.5, -0.5),
        fingerprint="c" * 32,
        **among,
    )


RIVALS = (
    rival(0, " Lyon", RivalKind.OTHER, (1.5, 2.0, 1.0), choice(" Paris", " Rome", right=True, margin=3.0, movers=2.0)),
    rival(
        1, " Milan", RivalKind.OTHER, (0.5, 0.25, -1.5), choice(" Rome", " Paris", right=True, margin=0.5, movers=1.0)
    ),
    rival(
        3,
        " dollar",
        RivalKind.RELATION,
        (0.25, 0.5, -0.25),
        choice(" yen", " peso", right=True, margin=1.0, movers=0.5),
    ),
    rival(
        4,
        " Mexican",
        RivalKind.SUBJECT,
        (-1.0, -1.25, 0.5),
        choice(" yen", " peso", right=False, margin=0.25, movers=-0.5),
    ),
    rival(5, " the", RivalKind.FUNCTION, (None, 0.25, -2.0), NO_CHOICE),
)


def fill(store: Store) -> None:
    """Write the sample and the rivals."""
    sample.fill(store)
    write_rivals(store, RIVALS)
