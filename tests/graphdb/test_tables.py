"""How values look in tables for people."""

import json

import pandas as pd
import pytest

from graphdb.tables import LISTED, Format, cell, print_frame

RELATIONS = [f"country_number_{n}" for n in range(22)]


def test_a_long_list_is_its_length_and_the_first_items() -> None:
    assert cell(RELATIONS) == "22: country_number_0, country_number_1, country_number_2, ..."
    assert len(cell(RELATIONS)) <= LISTED + len("22: ...")


def test_a_short_list_is_whole() -> None:
    assert cell(["antonym", "country_capital"]) == "antonym, country_capital"
    assert cell([]) == ""
    assert cell([0.12345, 2, True]) == "0.123, 2, yes"


def test_an_item_is_never_cut() -> None:
    assert cell(["x" * 99]) == "x" * 99
    assert cell(["x" * 99, "y"]) == f"2: {'x' * 99}, ..."


def test_programs_get_the_whole_list(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame({"relation_ids": [RELATIONS]})
    print_frame(frame, Format.JSON)
    assert json.loads(capsys.readouterr().out) == [{"relation_ids": RELATIONS}]
    print_frame(frame, Format.CSV)
    assert "country_number_21" in capsys.readouterr().out
    print_frame(frame, Format.TABLE)
    assert max(map(len, capsys.readouterr().out.splitlines())) < 80
