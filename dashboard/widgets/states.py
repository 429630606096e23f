"""What a visitor sees where there is nothing to draw: what is wrong, and the command that helps."""

import shlex
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from dashboard.data import questions
from dashboard.widgets.text import plain
from graphdb.errors import UserError

P = ParamSpec("P")
AT_ONCE = 10_000
"""Circuits of a method whose pairs a page compares within seconds."""
HELP_EVERY = (
    "Reading 50,000 circuits takes half a minute, comparing all their pairs some minutes; then the page keeps them."
)


def problem(error: UserError) -> None:
    """Say what keeps the store from answering. The next load of the page tries again."""
    st.title("The store does not answer")
    st.error(plain(error), icon=":material/error:")
    st.markdown("The dashboard reads the store that `--store` or `KCIRCUITS_STORE` names. Things to run:")
    st.code(
        "kcircuits status                          # what the store holds, or what is wrong with it\n"
        "kcircuits ingest country_capital          # fill a store with the circuits of a relation\n"
        "kcircuits dashboard --store FOLDER        # look at another store\n"
        "export NEO4J_USERNAME=neo4j NEO4J_PASSWORD=…   # for a server, before `kcircuits dashboard`",
        language="bash",
    )
    if st.button("Try again", icon=":material/refresh:", type="primary"):
        questions.forget()
        st.rerun()


def empty(target: str) -> None:
    """Say how to fill a store that holds no model yet."""
    st.title("The store is empty")
    st.markdown(
        f"`{target}` holds no circuits yet. Fill it, then press *Refresh*; "
        "circuits appear here while the ingest is still running."
    )
    store = shlex.quote(target)
    st.code(
        f"kcircuits ingest --store {store}                     # every built-in relation\n"
        f"kcircuits ingest country_capital --store {store}     # one of them\n"
        f"kcircuits ingest my_facts.csv --store {store}        # your own facts: relation,subject,object",
        language="bash",
    )


def no_circuits() -> None:
    """Say why facts have no circuits, on a page that needs one."""
    st.info(
        "This model has no circuit in the store yet. `kcircuits ingest` finds them for the facts that it "
        "knows; the Overview lists the facts that it does not know.",
        icon=":material/info:",
    )


def every_circuit(target: str, model: str, method: str) -> bool:
    """Whether to read every circuit of a method: at once where they are few, and where the visitor says so."""
    count = int(questions.ask(target, "overview", model=model, method=method)["circuits"].iloc[0])
    if count <= AT_ONCE:
        return True
    return st.toggle(
        f"Read all {count:,} circuits, to draw each and to compare all pairs", key="every", help=HELP_EVERY
    )


def fragment(body: Callable[P, None]) -> Callable[P, None]:
    """Make `body` redraw alone; a store that fails meanwhile shows its error there instead of a traceback."""

    @st.fragment
    @wraps(body)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            body(*args, **kwargs)
        except UserError as error:
            st.error(plain(error), icon=":material/error:")

    return guarded
