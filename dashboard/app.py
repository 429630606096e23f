"""The dashboard: `kcircuits dashboard`, or `streamlit run dashboard/app.py` on $KCIRCUITS_STORE."""

from pathlib import Path

import streamlit as st

from dashboard.data import questions
from dashboard.widgets import states
from graphdb.errors import UserError

PAGES = {
    "overview": ("Overview", ":material/dashboard:"),
    "relations": ("Relations", ":material/grid_on:"),
    "similarity": ("Similarity", ":material/blur_on:"),
    "compare": ("Compare", ":material/compare_arrows:"),
    "circuit": ("Circuit", ":material/account_tree:"),
    "components": ("Components", ":material/hub:"),
    "conditions": ("Before/after", ":material/compare:"),
    "trace": ("Trace", ":material/timeline:"),
    "query": ("Query", ":material/terminal:"),
}
WITHOUT_STORE = ("trace",)  # pages that ask the store for nothing; Streamlit would show a docstring here


STYLE = "<style>.stMainBlockContainer { padding-top: 4.8rem; padding-bottom: 3rem; }</style>"
# Hides the download in the corner of tables, which writes formulas as they are; `forms.answer` has another.
NO_RAW_CSV = "<style>[aria-label^='Download as CSV'] { display: none; }</style>"


def main() -> None:
    """Draw the page that the URL names, or the page that says why there is nothing to draw."""
    st.set_page_config("Knowledge circuits", page_icon=str(Path(__file__).parent / "icon.png"), layout="wide")
    st.html(STYLE + NO_RAW_CSV)
    pages = [
        st.Page(f"app_pages/{name}.py", title=title, icon=icon, url_path=name, default=name == "overview")
        for name, (title, icon) in PAGES.items()
    ]
    page = st.navigation(pages, position="top")
    if page.url_path in WITHOUT_STORE:
        page.run()
        return
    try:
        target = questions.store().target
        if _header(target):
            page.run()
    except UserError as error:
        states.problem(error)


def _header(target: str) -> bool:
    """Name the store and let the visitor choose a model; False if the store has nothing to show yet."""
    models = questions.models(target)
    name, choice, refresh = st.columns([4, 3, 2], vertical_alignment="center")
    name.caption(f"Store `{target}`")
    if refresh.button("Refresh", icon=":material/refresh:", help="Ask the store anew", width="stretch"):
        questions.forget()
        st.rerun()
    if models.empty:
        states.empty(target)
        return False
    choice.selectbox("Model", models["model"], key="model", bind="query-params", label_visibility="collapsed")
    return True


main()
