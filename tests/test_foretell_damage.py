"""What tells which answers an edit damages: figures by hand, planted causes, folds, and what the page says of them."""

import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.foretell import report
from benchmarks.foretell.damage import resampling, summary
from benchmarks.foretell.damage.circuits import Alike, Scored, alike, cosines, joined
from benchmarks.foretell.damage.figures import table
from benchmarks.foretell.damage.page import section
from benchmarks.foretell.damage.pairs import Pair, jaccard
from benchmarks.foretell.damage.resampling import beyond, correlation, over_edits
from benchmarks.foretell.damage.summary import damage
from benchmarks.foretell.folds import SUBJECT_FOLDS, by_relation, by_subject
from graphdb.topology import Topology

TOP = Topology(n_layers=2, n_heads=2, n_kv_heads=1)
STILL = Pair("", "", 1.0, -1.0, 0.5, *[0.0] * 5, flipped=False, kl=0.0, flipped_sham=False, kl_sham=0.0)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "DRAWS", 100)
    monkeypatch.setattr(summary, "PERMUTATIONS", 10)


def pair(edit: str, fact: str, **others: Any) -> Pair:
    return replace(STILL, edit=edit, fact=fact, **others)


def planted(circuits: float) -> Iterator[Pair]:
    """Edits of eight relations that flip what their key reaches and, as strongly as is said, what has like circuits."""
    rng = np.random.default_rng(1)
    for edit in range(8):
        for fact in range(60):
            log_key, log_margin, prompts, *likes = rng.normal(size=7).tolist()
            danger = 2 * (log_key - log_margin) + circuits * likes[1]
            yield pair(
                f"r{edit}/edited",
                f"r{fact % 8}/s{fact}",
                key=float(np.exp(log_key)),
                margin=float(np.exp(log_margin)),
                log_probability=-float(rng.exponential()),
                prompts=prompts,
                **dict(zip(("profile", "edges", "profile_random", "edges_random"), likes, strict=True)),
                flipped=bool(danger + rng.logistic() > 2),
                kl=float(np.exp(danger)),
            )


def told(found: Any) -> dict[str, dict[str, Any]]:
    return {row["told_by"]: row for row in found}


def gain(found: Any, over: str) -> list[float]:
    (row,) = (row for row in found["gains"] if (row["told_by"], row["over"]) == ("all and circuits", over))
    return row["gain"]


def test_likeness_of_prompts_by_hand() -> None:
    assert jaccard((1, 2, 2, 3), (3, 4, 2)) == 2 / 4
    assert jaccard((1,), (2,)) == 0


def test_cosines_are_of_deviations_of_shares() -> None:
    # √shares: (1, 0), (1, 0), (0, 1); mean (2/3, 1/3): deviations (1, -1) / 3 twice, and (-2, 2) / 3
    found = cosines(np.array([[4, 0], [1, 0], [0, 1]], np.float32))
    assert found == pytest.approx(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]), abs=1e-6)
    # √shares: (.6, .8), (.8, .6), (0, 1); mean (7, 12) / 15: deviations (2, 0), (5, -3), (-7, 3)
    found = cosines(np.array([[9, 16], [16, 9], [0, 5]], np.float32))
    assert found[0, 1] == pytest.approx(5 / 34**0.5, abs=1e-5)
    assert found[1, 2] == pytest.approx(-44 / (34 * 58) ** 0.5, abs=1e-5)


def test_facts_whose_edges_leave_the_same_components_are_alike_by_component_alone() -> None:
    matrix = np.zeros((3, TOP.n_sources, TOP.n_slots), np.float32)
    matrix[0, 0, 0], matrix[1, 0, 1], matrix[2, 1, -1] = 2, -1, 3
    given = joined([Scored(("a/1",), TOP.pack(matrix[:1])), Scored(("a/2", "b/1"), TOP.pack(matrix[1:]))])
    found = alike(TOP, given)
    profile, edges, profile_random, _ = found.between("a/1", "a/2")
    assert profile == pytest.approx(1)
    assert edges == pytest.approx(-0.5)  # three facts without a common edge, less their mean
    assert profile_random == pytest.approx(1), "the embedding's block has one source"
    assert np.isnan(found.between("a/1", "not scored")).all()


def test_figures_have_the_sign_of_danger_and_only_pairs_with_scores() -> None:
    found = table(
        [
            pair("a/1", "a/2", key=0.5, margin=0.0, log_probability=-2.0),
            pair("a/1", "b/1", edges=float("nan")),
            pair("b/1", "a/2", key=0.0, margin=2.0, flipped=True),
        ]
    )
    assert found.edits.tolist() == [0, 1]
    assert found.same.tolist() == [True, False]
    assert found.figures["margin"] == pytest.approx([-np.log(1e-6), -np.log(2)])
    assert found.figures["risk"] == pytest.approx(found.figures["key"] + found.figures["margin"])
    assert found.figures["probability"].tolist() == [2, 1]
    assert found.columns(("same relation", "key"))[:, 0].tolist() == [1, 0]
    assert (found.relations.tolist(), found.subjects.tolist()) == (["a", "b"], ["2", "2"])


def test_folds_hold_all_of_a_relation_or_a_subject() -> None:
    assert by_relation(["b", "a", "b"]).tolist() == [1, 0, 1]
    folds = by_subject([f"s{number // 2}" for number in range(200)])
    assert (folds[::2] == folds[1::2]).all()
    assert set(folds.tolist()) == set(range(SUBJECT_FOLDS))


def test_whole_edits_are_drawn() -> None:
    values = np.array([0.0, 0, 0, 4])
    (told, never) = over_edits(np.array([0, 0, 0, 1]), lambda rows: [values[rows].mean(), float("nan")])
    assert told == [1, 0, 4]  # three pairs of one edit and one of the other; either edit alone at the ends
    assert never is None


def test_what_the_base_tells_is_taken_off() -> None:
    base = np.arange(6.0)[:, None]
    assert beyond(3 * base[:, 0] + 1, base) == pytest.approx(np.zeros(6))
    assert correlation(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(0.5)
    assert np.isnan(correlation(np.ones(3), np.arange(3.0)))


def test_damage_by_hand() -> None:
    given = [
        pair("a/1", "a/2", flipped=True, kl=2.0, margin=0.1, flipped_sham=True),
        pair("a/1", "b/1", flipped=True, kl=1.0),
        pair("b/1", "b/2", kl_sham=0.5),
        pair("b/1", "a/2", kl=3.0),
    ]
    edit, sham = damage(given, is_sham=False), damage(given, is_sham=True)
    assert edit["flips"] == [1, 0, 2]
    assert edit["flips_firm"] == [0.5, 0, 1]
    assert [edit[name][0] for name in ("same", "other", "kl_same", "kl_other")] == [0.5, 0.5, 1, 2]
    assert [sham[name][0] for name in ("flips", "flips_firm", "same", "kl_same")] == [0.5, 0, 0.5, 0.25]


def test_a_planted_cause_is_found_and_nothing_where_there_is_none() -> None:
    found = summary.summary(list(planted(3.0)))
    for unseen in ("relation", "subject"):
        mine = found["together"][unseen]
        assert gain(mine, "all but circuits")[1] > 0.02
        assert gain(mine, "all and random circuits")[1] > 0.02
        assert abs(told(mine["areas"])["permuted labels"]["auroc"][0] - 0.5) < 0.1
    alone = told(found["alone"])
    assert alone["edges"]["partial"][1] > 0.5
    assert abs(alone["edges_random"]["partial"][0]) < 0.2
    assert alone["risk"]["auroc"][0] > max(alone[name]["auroc"][0] for name in ("key", "margin", "prompts"))
    without = summary.summary(list(planted(0.0)))["together"]["relation"]
    _, low, high = gain(without, "all but circuits")
    assert low < 0.01
    assert high > -0.01


def test_edits_that_change_no_answer_have_no_areas() -> None:
    still = [pair(f"r{edit}/edited", f"r{fact % 2}/s{fact}", kl=0.1 * fact) for edit in range(2) for fact in range(6)]
    found = {"date": "2026-01-02", "layer": 5, "known": 13, **summary.summary(still)}
    assert all(row["auroc"] is None for row in (*found["alone"], *found["together"]["relation"]["areas"]))
    assert "| answers changed, an edit | 0.000 [0.000, 0.000] |" in section({"toy": {"rome": found}})


def test_the_page_says_a_null_result_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, page = tmp_path / "damage.json", tmp_path / "page.md"
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "DAMAGE", file)
    found = {"date": "2026-01-02", "layer": 5, "known": 61, **summary.summary(list(planted(0.0)))}
    for each in found["together"].values():
        each["gains"] = [row | {"gain": [0.001, -0.01, 0.02]} for row in each["gains"]]
    report.write_damage("toy", "rome", found, file)
    report.write_damage("toy", "ft-m", found, file)
    assert list(report.stored_damage(file)["toy"]) == ["rome", "ft-m"]
    assert page.read_text() == report.page(report.stored(), json.loads(file.read_text()))
    written = section(report.stored_damage(file))
    assert page.read_text().endswith(written)
    assert "### toy: rome, layer 5" in written
    null = "- *all and circuits* over *all but circuits*: 0.001 [-0.010, 0.020], a null result: the interval holds 0."
    assert written.count(null) == 4
    assert "| key and margin | 0." in written
    assert len(file.read_bytes()) < 60_000
    report.write_damage("toy", "rome", found, tmp_path / "elsewhere.json")
    assert list(report.stored_damage(file)["toy"]) == ["rome", "ft-m"]


def test_there_is_no_section_without_edits() -> None:
    assert "damage" not in report.page(report.stored(), {})


def test_likeness_can_be_sent_to_another_process() -> None:
    found = Alike(("a/1", "a/2"), np.zeros((4, 2, 2), np.float32))
    assert pickle.loads(pickle.dumps(found)).between("a/1", "a/2") == (0, 0, 0, 0)
    assert pickle.loads(pickle.dumps(pair("a/1", "a/2"))) == pair("a/1", "a/2")
