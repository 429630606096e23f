"""Text from the data stays text: in a terminal, a spreadsheet, XML, and in Markdown."""

import json

import pandas as pd
import pytest

from dashboard.widgets.text import JOINER, code, plain
from graphdb.plain_text import no_formula, visible, visible_json, without_formulas, xml_text
from tests.hostile_names import NAMES


def test_what_acts_on_a_terminal_is_an_escape() -> None:
    assert visible("\x1b]0;x\x07 \x9b31m \u202etxt \r\n\t\x00\x7f") == (
        r"\x1b]0;x\x07 \x9b31m \u202etxt \r\n\t\x00\x7f"
    )
    assert visible("Côte d’Ivoire, 日本, عربي, 👩\u200d🔬") == "Côte d’Ivoire, 日本, عربي, 👩\u200d🔬"


@pytest.mark.parametrize("name", [*NAMES, "\U000e0041\ufeff\u2028"])
def test_json_means_the_same(name: str) -> None:
    text = visible_json(json.dumps({name: [name]}, ensure_ascii=False, indent=1))
    assert json.loads(text) == {name: [name]}
    assert visible(text.replace("\n", "")) == text.replace("\n", "")


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "-"])
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-5", "+1.5e-3", "-.5", "a=1", "'=1", "", -5, -0.5, None, True])
def test_numbers_and_other_text_stay(value: object) -> None:
    assert no_formula(value) is value


def test_a_table_without_formulas() -> None:
    frame = pd.DataFrame({"=a": ["=1", None, "x"], "n": [-1.5, 2.0, float("nan")], "mixed": [-1, "-x", True]})
    assert without_formulas(frame).to_csv(index=False) == "'=a,n,mixed\n'=1,-1.5,-1\n,2.0,'-x\nx,,True\n"
    assert without_formulas(frame.iloc[:0]).to_csv(index=False) == "'=a,n,mixed\n"


def test_what_xml_cannot_hold_is_an_escape() -> None:
    assert xml_text("a\x1b\x00\ufffe\n<&é👩") == "a\\x1b\\x00\\ufffe\n<&é👩"


def test_markdown_shows_the_name() -> None:
    assert plain("country_capital of smollm2-135m, 3.5") == "country_capital of smollm2-135m, 3.5"
    assert plain("_a_ 1. *b* $c$") == r"\_a\_ 1\. \*b\* \$c\$"
    assert plain(":smile: www.x.org a@b.org -->").replace(JOINER, "|") == r"\:|smile\: www|\.x.org a\@|b.org \-|\-|\>"


def test_code_holds_ticks() -> None:
    assert code("a `b` c") == "`` a `b` c ``"
    assert code("a\nb$c$") == r"`a\nb$c$`"
    assert code("") == ""
