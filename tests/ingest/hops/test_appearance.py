"""Where bridge and object appear: a case by hand, and the lens of a small model's facts."""

import numpy as np
import pytest

from ingest.hops.appearance import appearance, appearances
from ingest.lens.facts import LensFact
from ingest.lens.lens import lenses
from ingest.model import LanguageModel
from tests.ingest.hops.chained import questions, worded

NAMES = ("embed", "a0", "m0", "a1", "m1")
LOGITS = np.log(np.array([[2, 1, 1], [1, 2, 1], [1, 2, 2], [1, 1, 8], [1, 6, 1]], np.float64))
"""Of three bridges after five blocks: the first leads at once, the second from a0 to m0, the third after a1."""


def test_a_bridge_stands_beside_the_others() -> None:
    found = appearance(NAMES, LOGITS, 1, "a1")
    assert (found.bridge_block, found.object_block, found.before) == ("a0", "a1", True)
    assert found.before_null == 0.5, "the first leads before a1, the third not"
    assert found.probability == pytest.approx(6 / 8)
    assert found.probability_null == pytest.approx((2 / 4 + 8 / 10) / 2)


def test_a_bridge_that_comes_with_the_object_or_ties_is_not_before_it() -> None:
    assert not appearance(NAMES, LOGITS, 2, "a1").before
    assert appearance(NAMES, LOGITS, 2, "a1").bridge_block == "a1"
    assert appearance(NAMES, LOGITS, 2, "").before, "the object never comes"
    assert not appearance(NAMES, LOGITS, 0, "embed").before
    assert appearance(NAMES, np.zeros((5, 3)), 0, "").bridge_block == ""


def test_the_object_appears_where_its_lens_says(small: LanguageModel) -> None:
    small = worded(small)
    asked = questions(small)
    found = appearances(small, asked)
    assert found.keys() == {each.both.prompt.fact_id for each in asked.known}
    for each in asked.known:
        prompt = each.both.prompt
        others = tuple({*range(19, 25)} - {*prompt.answers})
        fact = LensFact(prompt.fact_id, prompt.tokens, prompt.answers[0], prompt.answers, others)
        (lens,) = lenses(small, [fact], "0")
        assert found[prompt.fact_id].object_block == lens.emergence
    assert all(0 < each.probability <= 1 for each in found.values())
