"""Fits against a general optimiser, areas worked by hand, and folds that keep what they tell unseen."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from benchmarks.foretell import answers, report
from benchmarks.foretell.answers import ARMS, PRIOR, WITH_MOVERS, Cases, fitted, prior, rows
from benchmarks.foretell.logistic import RIDGE, auroc, fit, held_out
from benchmarks.foretell.pushes import kinds, pushes
from graphdb.foretelling.answers import AnswerRisk, Logistic
from graphdb.foretelling.answers import fitted as shipped
from tests.rival_sample import RIVALS

RNG = np.random.default_rng(0)
N = 240


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "DRAWS", 100)
    monkeypatch.setattr(answers, "PERMUTATIONS", 10)


def planted(strength: float) -> Cases:
    """Facts of eight relations whose wrong answers follow from what movers add, as strongly as is said."""
    rng = np.random.default_rng(1)
    names = {*(name for arm in ARMS.values() for name in arm)}
    figures = {name: rng.normal(size=N) for name in sorted(names)}
    wrong = strength * figures["movers_among"] + rng.logistic(size=N) < -1
    return Cases(np.repeat([f"r{number}" for number in range(8)], N // 8), np.arange(N).astype(str), wrong, figures)


def test_newton_ends_where_a_general_optimiser_does() -> None:
    figures = RNG.normal(size=(N, 3)) * (1, 10, 0.1) + (0, 5, 1)
    labels = RNG.random(N) < 1 / (1 + np.exp(-figures @ (1, -0.1, 5) + 4))
    x = (figures - figures.mean(0)) / figures.std(0)

    def loss(w: Any) -> float:
        score = w[0] + x @ w[1:]
        return float((np.logaddexp(0, score) - labels * score).sum() + RIDGE / 2 * (w[1:] ** 2).sum())

    best = minimize(loss, np.zeros(4)).x
    assert fit(figures, labels).score(figures) == pytest.approx(best[0] + x @ best[1:], abs=1e-3)


def test_labels_that_can_be_separated_have_finite_weights() -> None:
    figures = np.arange(20.0)[:, None]
    assert np.isfinite(fit(figures, figures[:, 0] > 10).weights).all()
    assert np.isfinite(fit(np.ones((20, 1)), figures[:, 0] > 10).weights).all(), "a figure that never changes"


def test_an_area_is_the_share_of_pairs_in_order() -> None:
    scores = np.array([0.0, 1.0, 1.0, 2.0])
    assert auroc(scores, np.array([False, False, True, True])) == (1 + 1 + 1 + 0.5) / 4
    assert auroc(-scores, np.array([False, False, True, True])) == 0.5 / 4
    assert np.isnan(auroc(scores, np.zeros(4, bool)))


def test_a_fold_is_not_fitted_on() -> None:
    """A figure that names the fold's label tells nothing where that fold is left out."""
    folds = np.repeat([0, 1], 20)
    labels = np.tile([False, True], 20)
    figures = (labels * (folds == 0)).astype(float)[:, None]
    scores = held_out(figures, labels, folds)
    assert auroc(scores[folds == 0], labels[folds == 0]) == 0.5
    assert auroc(fit(figures, labels).score(figures)[folds == 0], labels[folds == 0]) == 1


def test_a_planted_cause_is_found_and_nothing_where_there_is_none() -> None:
    found = {(row["folds"], row["arm"]): row for row in rows(planted(3.0))}
    for folds in ("relation", "subject"):
        movers = found[folds, "certainty and movers"]
        assert movers["auroc"] > 0.85
        assert movers["gain_interval"][0] > 0.1
        assert found[folds, "certainty and random heads"]["gain_interval"][0] < 0.05
        assert abs(found[folds, "permuted labels"]["auroc"] - 0.5) < 0.1
    without = {(row["folds"], row["arm"]): row for row in rows(planted(0.0))}
    low, high = without["relation", "certainty and movers"]["gain_interval"]
    assert low < 0.05
    assert high > -0.05


def test_the_share_of_wrong_answers_is_that_of_other_facts() -> None:
    given = Cases(np.array(["a", "a", "a", "b"]), np.arange(4).astype(str), np.array([True, True, False, False]), {})
    scores = prior(given, np.arange(4))
    assert scores.tolist() == pytest.approx([(1 + 1 / 3) / 3, (1 + 1 / 3) / 3, (2 + 2 / 3) / 3, 2 / 3])


def test_what_is_shipped_scores_as_what_was_fitted() -> None:
    given = planted(2.0)
    found = fitted(given)
    score = fit(given.table(WITH_MOVERS), given.wrong).score(given.table(WITH_MOVERS))
    risk = AnswerRisk("toy", *(Logistic(**found[name]) for name in ("with_movers", "without_movers")))
    frame = pd.DataFrame(given.figures)
    assert risk.with_movers.probability(frame).to_numpy() == pytest.approx(1 / (1 + np.exp(-score)))
    assert set(shipped().with_movers.weights) == set(WITH_MOVERS)


def test_the_page_follows_from_the_results_file() -> None:
    assert report.PAGE.read_text() == report.page(report.stored(), report.stored_damage(report.DAMAGE))
    assert shipped().model_id in report.stored()


def test_a_null_result_is_said_to_be_one() -> None:
    found = [{**row, "gain_interval": [-0.01, 0.02]} for row in rows(planted(0.0))]
    result = {"date": "2026-01-02", "facts": N, "relations": 8, "wrong": 60, "relations_wrong": 8, "rows": found}
    pushed = {"pushes": list(pushes(RIVALS)), "kinds": kinds(RIVALS), "answers": {"wrong": 3, "right": 2}}
    page = report.page(json.loads(json.dumps({"toy": result | pushed})), {})
    assert "### toy" in page
    assert page.count("What movers add: a null result: the interval holds 0.") == 2
    assert f"| {PRIOR} |" in page
    assert "| movers | 0.500 [0.000, 1.000] | 0.000 [0.000, 0.000] | -0.250 [-1.000, 0.500] | 0.875" in page
    assert "| function | 0.33 | 0.00 |" in page
