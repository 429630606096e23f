"""Pages on a store that holds published circuits alone: no figure of them is known."""

from pathlib import Path

import pytest

from graphdb.formats.content import Content
from graphdb.formats.foreign import Said
from graphdb.formats.importing import imported, model_of, write_imported
from graphdb.formats.reading import read_circuit
from graphdb.formats.shapes import known_models
from graphdb.store import Store
from ingest.facts.about import Told, about
from tests.dashboard.test_pages import texts, visit

PAPER = Path(__file__).parents[1] / "formats" / "paper_circuits"
FACTS = {
    "factual_knowledge": ("country_capital/China", "The capital city of China is"),
    "hallucination": ("country_currency/Malaysia", "The official currency of Malaysia is called"),
    "in_context_learning": ("adjective_comparative/small", ""),
}


@pytest.fixture
def published(empty_store: Store) -> Store:
    """The three published circuits of GPT2-medium."""
    gpt2, items = known_models()["gpt2-medium"], []
    for name, (fact, prompt) in FACTS.items():
        file = PAPER / f"{name}.gv"
        found = read_circuit(file, Content.GRAPHVIZ, gpt2)
        of = about(empty_store, file, Told(fact, prompt=prompt), Said())
        items.append(imported(file, found, of, model_of(found, file, "gpt2-medium")))
    write_imported(empty_store, items)
    return empty_store


def test_a_published_circuit_is_drawn_and_said_to_be_unmeasured(published: Store) -> None:
    for fact, heading in (
        ("China", "China → Beijing"),
        ("Malaysia", "Malaysia → ringgit"),
        ("small", "small → smaller"),
    ):
        relation = next(each for each, _ in FACTS.values() if each.endswith(f"/{fact}")).partition("/")[0]
        app = visit("circuit", relation=relation, fact=fact)
        assert not app.error
        assert app.title[0].value == heading
        assert "Imported from Knowledge Circuits" in app.info[0].value
        assert "Not measured: `kcircuits evaluate` measures it." in texts(app)
        assert [metric.label for metric in app.metric] == ["Edges", "Nodes"]


def test_the_other_pages_show_no_figure_either(published: Store) -> None:
    overview = visit()
    assert "None of these circuits is measured" in texts(overview)
    assert [metric.label for metric in overview.metric][:4] == ["Facts", "Known", "Circuits", "Median size"]
    for page in ("relations", "components", "compare", "similarity", "query"):
        assert not visit(page).error
