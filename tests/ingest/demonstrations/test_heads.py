import numpy as np

from ingest.demonstrations.heads import MOST_HEADS, RELATIONS, attention_over_even, choose_heads
from ingest.demonstrations.measure import measure
from ingest.demonstrations.prompts import ANSWERS, WORDS
from ingest.model import LanguageModel
from ingest.roles.positions import LAST, SINK, SUBJECTS
from tests.ingest.roles.models import random_facts

HEADS = tuple(f"a{layer}.h{head}" for layer in range(10) for head in range(8))


def test_heads_are_chosen_on_other_relations() -> None:
    over = {f"r{number}": np.full(len(HEADS), -0.1) for number in range(RELATIONS + 1)}
    for number in range(RELATIONS + 1):
        over[f"r{number}"][[3, 5]] = 0.2, 0.1
    over["r0"][7] = 5.0
    chosen = choose_heads(over, HEADS, "r0")
    assert chosen.heads == ("a0.h3", "a0.h5"), "what only the relation itself shows is not chosen, nor what is below"
    assert chosen.relations == tuple(f"r{number}" for number in range(1, RELATIONS + 1))
    assert choose_heads(over, HEADS, "another").heads == ("a0.h7", "a0.h3", "a0.h5")
    assert "r0" in choose_heads(over, HEADS, "another").relations


def test_at_most_ten_and_no_more_than_a_quarter() -> None:
    over = {"r": np.linspace(1, 0.1, len(HEADS))}
    assert choose_heads(over, HEADS, "another").heads == HEADS[:MOST_HEADS]
    assert choose_heads({"r": over["r"][:8]}, HEADS[:8], "another").heads == HEADS[:2]


def test_attention_over_even_is_a_mean_over_facts(small: LanguageModel) -> None:
    facts = random_facts(3, (SINK, WORDS, ANSWERS, WORDS, SUBJECTS, LAST))
    found = measure(small.weights, facts, range(40, 43))
    assert np.allclose(attention_over_even(small, facts), (found.attention - found.even).mean(0))
