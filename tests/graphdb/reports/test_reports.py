"""Reports of circuits and of pairs on the sample store: figures beside baselines, what is drawn and what is not."""

import re
from dataclasses import replace

import pytest

from graphdb.circuits.trust import Level
from graphdb.errors import UserError
from graphdb.reports import circuit as circuit_report
from graphdb.reports.bars import bars
from graphdb.reports.html import page, text
from graphdb.store import Store
from tests import sample
from tests.conftest import Kept, empty
from tests.dashboard.test_pages import write_single


@pytest.fixture
def filled(kept: Kept) -> Store:
    """Only to be read."""
    return kept(sample.fill)


def test_a_circuit_has_its_prompts_figures_drawing_and_edges(filled: Store) -> None:
    written = filled.circuit("country_capital/France").page()
    (france, *_) = sample.CIRCUITS
    for said in ("France → Paris", france.contrast.clean_prompt, france.corrupt_prompt, "random circuits"):
        assert text(said) in written
    assert "All 6 edges. Width: |weight|." in written
    assert f'<td class="number">{france.faithfulness:.2f}</td>' in written
    assert f'<td class="number">{france.faithfulness_random:.2f}</td>' in written
    rows = re.findall(r'<tr><td class="number">(\d+)</td><td>(.*?)</td><td>(.*?)</td>', written)
    assert [row[1:] for row in rows] == [(source, target) for source, target, *_ in sample.FRANCE_EDGES]
    assert written.count('<g class="line"') == 6


def test_only_the_heaviest_edges_are_drawn_and_the_rest_is_counted(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four, the fourth leads nowhere."""
    monkeypatch.setattr(circuit_report, "MOST", 4)
    written = filled.circuit("France").page()
    assert written.count('<g class="line"') == 3
    assert "3 of 6 edges, with" in written
    assert "of the 4 heaviest those that lie on a path. 3 are not drawn; the table has all." in written
    monkeypatch.setattr(circuit_report, "MOST", 2)
    assert "None of the 2 heaviest edges lies on a path" in filled.circuit("France").page()


def test_a_notebook_shows_the_same_drawing_without_a_script(filled: Store) -> None:
    france = filled.circuit("France")
    shown, written = france._repr_html_(), france.page()
    start, end = written.index('<div class="drawing">'), written.index("</svg></div>")
    assert written[start:end] in shown
    assert "<script" not in shown
    assert repr(france) == "CircuitReport('toy|country_capital/France|secant', 6 edges)"


def test_a_pair_is_drawn_in_three_colours_beside_chance(filled: Store) -> None:
    """They share embed -> m0 -> logits alone; the sample's own tests work out their Jaccard of edges, 2 of 7."""
    pair = filled.pair("country_capital/France", "country_currency/Japan")
    assert dict(pair.edges["part"].value_counts()) == {"only_a": 4, "both": 2, "only_b": 1}
    written = pair.page()
    assert "All of 7 edges: 2 both, 4 only country_capital/France, 1 only country_currency/Japan." in written
    assert {colour: written.count(f'"edge {colour}"') for colour in ("both", "only_a", "only_b")} == {
        "both": 2,
        "only_a": 4,
        "only_b": 1,
    }
    rows = pair.measures[(pair.measures["level"] == "edge") & (pair.measures["measure"] == "jaccard")]
    assert rows["value"].to_list() == [pytest.approx(2 / 7)]
    assert rows["expected"].min() > 0
    assert "<script" not in pair._repr_html_()


def test_one_drawing_is_of_two_things(filled: Store) -> None:
    with pytest.raises(UserError, match="of two things"):
        filled.pair("country_capital")
    with pytest.raises(UserError, match="no --view"):
        filled.pair("country_capital", "antonym", view="names")


def test_a_fact_in_two_ways_is_named_by_them(store: Store) -> None:
    sample.fill(store)
    write_single(store)
    with pytest.raises(UserError, match=r"several circuits: .*secant, .*secant/single"):
        store.circuit("France")
    pair = store.pair("France", method="secant", other_method="secant/single")
    assert (pair.names.a, pair.names.b) == ("France (secant)", "France (secant/single)")


def test_a_fact_without_a_circuit(filled: Store) -> None:
    with pytest.raises(UserError, match="no such circuit"):
        filled.circuit("Mexico")
    with pytest.raises(UserError, match="unknown"):
        filled.circuit("Atlantis")


def test_a_circuit_that_nobody_measured_has_no_figures(embedded_store: Store) -> None:
    empty(embedded_store)
    sample.fill(embedded_store)
    france = embedded_store.circuit("France")
    told = {"faithfulness": float("nan"), "source": "another tool", "weights": "membership"}
    unmeasured = replace(france, figures={**france.figures, **told})
    written = unmeasured.page()
    assert "imported from another tool" in written
    assert "not known: 1 for every edge" in written
    assert '<h2>Faithfulness</h2>\n<p class="note">Not measured.</p>' in written
    assert "Other figures" not in written
    assert 'class="levels"' not in written
    assert '<g class="line"' in written


def test_a_value_beyond_both_ends_stays_inside_its_field() -> None:
    drawn = bars([Level("high", 1.6, ""), Level("low", -0.4, "", baseline=True), Level("none", None, "")], 0.85)
    boxes = re.findall(r'<rect class="\w+" x="([\d.]+)" y="2" width="([\d.]+)"', drawn)
    assert boxes == [("44.0", "176.0"), ("0.0", "44.0")]
    assert "−0.40" in drawn
    assert "–" in drawn


def test_the_policy_allows_this_style_and_this_script_alone() -> None:
    written = page("</title><script>1</script>", "")
    policy = re.findall(r'Content-Security-Policy" content="(.*?)"', written)[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert written.count("<script") == 1
    assert not re.search(r"\b(?:https?:)?//[a-z]", written.replace("http://www.w3.org/2000/svg", ""))
