"""What says how good a circuit is and is no faithfulness, in words: each figure beside what it must beat."""

from collections.abc import Mapping
from typing import Any

from graphdb.circuits.trust import number
from graphdb.figures import Declared, figures_of
from graphdb.records import Circuit
from graphdb.tables import cell


def controls(figures: Mapping[str, Any]) -> dict[str, str]:
    """Return name and figure of each, for a measured circuit (a row of the query `circuits`).

    Ranks and logits are against the first donor that judges.
    """
    stability = number(figures["stability"])
    return {
        "next token": f"KL(model || circuit) {cell(figures['divergence'])} nats; "
        f"same best token against {figures['top1']:.0%} of donors",
        "rank of the answer": f"model {figures['rank_model']:.0f}, circuit {figures['rank_circuit']:.0f}, "
        f"a random circuit {figures['rank_random']:.0f}",
        "Hit@10": f"model {cell(figures['hit10_model'])}, circuit {cell(figures['hit10_circuit'])}, "
        f"random circuits {figures['hit10_random']:.0%}",
        "logit difference": f"model {cell(figures['metric_clean'])}, circuit {cell(figures['metric_circuit'])}, "
        f"no edge {cell(figures['metric_ablated'])}: {figures['answer']!r} - {figures['foil']!r}",
        "stability": "not measured: no other donors, or not in the sample"
        if stability is None
        else f"{cell(stability)} = Jaccard with the circuit that the other donors find",
        "beside it": _nulls(figures),
    } | {each.name: _said(each, number(figures[each.column])) for each in figures_of(Circuit) if each.figure.said}


def _nulls(figures: Mapping[str, Any]) -> str:
    """What stability must beat: the same with circuits of equal size of other facts."""
    found = {"a fact of the relation": "stability_relation", "of another relation": "stability_other"}
    said = [f"{name} {cell(value)}" for name, key in found.items() if (value := number(figures[key])) is not None]
    return ", ".join(said) or "no other fact's circuit was at hand"


def _said(each: Declared, value: float | None) -> str:
    return "not measured" if value is None else each.figure.said.format(value)
