"""Query: the library as forms, and one's own Cypher, read-only."""

import streamlit as st

from dashboard.data import questions
from dashboard.widgets import forms, states
from graphdb.queries.library import all_queries, load_query, origin
from graphdb.schema.page import markdown

OWN = "own Cypher"
EXAMPLE = """MATCH (f:Fact)<-[:EXPLAINS]-(c:Circuit)
RETURN f.relation_id AS relation, count(c) AS circuits
ORDER BY circuits DESC"""


def page() -> None:
    """Draw the page."""
    st.title("Query")
    names = [query.name for query in all_queries()]
    first = names.index("shared_components")
    name = st.selectbox("Question", [*names, OWN], first, key="query", bind="query-params")
    if name == OWN:
        own_cypher(questions.store().target)
    else:
        library(questions.store().target, str(name))


@states.fragment
def library(target: str, name: str) -> None:
    """Draw a query of the library: purpose, form, answer."""
    query = load_query(name)
    st.markdown(query.purpose)
    parameters = forms.parameters(query, questions.choices(target, query))
    if query.text:
        with st.expander("Cypher", icon=":material/code:"):
            st.code(query.text, language="cypher", wrap_lines=True)
    else:
        st.caption(origin(query))
    if parameters is None:
        st.caption("Fill in what is marked *required*.")
        return
    forms.answer(questions.ask(target, name, **parameters), name, query.columns)


@states.fragment
def own_cypher(target: str) -> None:
    """Draw an editor for a reading statement, and its answer."""
    st.markdown("One statement that reads.")
    with st.form("cypher", border=False):
        text = st.text_area("Cypher", EXAMPLE, height=160, key="cypher_text", label_visibility="collapsed")
        asked = st.form_submit_button("Run", type="primary", icon=":material/play_arrow:")
    with st.expander("Schema", icon=":material/schema:"):
        st.markdown(markdown())
    if asked:
        st.session_state["cypher_run"] = text
    if "cypher_run" in st.session_state:
        answer = questions.read(target, st.session_state["cypher_run"])
        if answer.cut:
            st.warning(f"{answer.cut[0].upper()}{answer.cut[1:]}.", icon=":material/content_cut:")
        forms.answer(answer.frame, "answer", ())


page()
