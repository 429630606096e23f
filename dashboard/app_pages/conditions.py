"""Before/after: a fact's circuit and answers under another condition, each figure beside its null."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.data import conditions, questions
from dashboard.widgets.conditions import contrasts, demonstrations, edits, hops, wrong_answers
from dashboard.widgets.text import code
from graphdb.records import Kind


@dataclass(frozen=True, slots=True)
class Mode:
    """A condition that is compared with the plain one."""

    name: str
    is_stored: Callable[[str, str], bool]
    """Whether the store (its target) has something of it for a model."""
    draw: Callable[[str, str], None]
    """Draws it for a store (its target) and a model that have it."""
    command: str
    """What makes it."""


def _edited(target: str, model: str) -> bool:
    return bool(conditions.edits(target, model))


def _answered_wrong(target: str, model: str) -> bool:
    return not conditions.rivals(target, model).empty


def _contrasted(target: str, model: str) -> bool:
    return bool(conditions.contrasts(target, model, Kind.RELATION))


def _demonstrated(target: str, model: str) -> bool:
    has_figures = not questions.ask(target, "demonstrations", model=model).empty
    return has_figures or bool(conditions.contrasts(target, model, Kind.DEMONSTRATION))


def _hopped(target: str, model: str) -> bool:
    return not questions.ask(target, "two_hops", model=model).empty


MODES = (
    Mode("Edits", _edited, edits.section, "kcircuits edit FACT --to OBJECT --circuits"),
    Mode("Wrong answers", _answered_wrong, wrong_answers.section, "kcircuits ingest RELATION --wrong-answers"),
    Mode("Demonstrations", _demonstrated, demonstrations.section, "kcircuits demonstrate RELATION"),
    Mode("Contrasts", _contrasted, contrasts.section, "kcircuits ingest RELATION --contrast both"),
    Mode("Two hops", _hopped, hops.section, "kcircuits hops RELATION"),
)


def page() -> None:
    """Draw the page."""
    target, model = questions.store().target, str(st.session_state["model"])
    st.title("Before/after")
    modes = {mode.name: mode for mode in MODES if mode.is_stored(target, model)}
    if modes:
        names = list(modes)
        chosen = st.segmented_control(
            "Condition", names, default=names[0], required=True, key="mode", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        modes[str(chosen)].draw(target, model)
    if lacks := [mode for mode in MODES if mode.name not in modes]:
        said = "; ".join(f"{mode.name.lower()}: {code(mode.command)}" for mode in lacks)
        st.caption(f"Not in the store for this model, and what makes it: {said}.")


page()
