"""Profiles by sums worked by hand, retrieval on corpora whose every number can be counted, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest

from graphdb.comparison.memberships import Level, Memberships, align
from graphdb.comparison.profiles.controls import Controls, controls, words
from graphdb.comparison.profiles.nearest import nearest_of, nearest_to, parts_of
from graphdb.comparison.profiles.profiles import profiles
from graphdb.comparison.profiles.relation_profiles import PAIR_COLUMNS, relation_profiles
from graphdb.comparison.profiles.retrieval import RETRIEVAL_COLUMNS, retrieval
from graphdb.comparison.profiles.similarity import Measure, Products, blocks
from graphdb.errors import UserError
from tests import sample
from tests.graphdb.comparison import corpora


def of_shares(rows: list[list[float]], relation: list[int]) -> Memberships:
    """Circuits with these scores, one list each; names with 0 are not held."""
    scores = np.array(rows, dtype=float)
    return corpora.corpus(scores > 0, np.array(relation), scores)


def plain(corpus: Memberships) -> Controls:
    """Prompts that say the relation."""
    rows = zip(corpus.circuits["circuit"], corpus.circuits["relation"], corpus.circuits["subject"], strict=True)
    prompts = [(circuit, f"The {relation} of {subject} is") for circuit, relation, subject in rows]
    return controls([corpus], [pd.DataFrame(prompts, columns=["circuit", "clean_prompt"])])


THREE = of_shares([[9, 16, 0, 0], [16, 9, 0, 0], [0, 0, 1, 3], [0, 4, 0, 0]], [0, 0, 1, 2])


def test_a_profile_is_the_root_of_shares_and_a_relation_its_mean() -> None:
    found = profiles(THREE)
    assert found.roots.toarray()[:2] == pytest.approx(np.array([[0.6, 0.8, 0, 0], [0.8, 0.6, 0, 0]]))
    assert found.means == pytest.approx(np.array([[0.7, 0.7, 0, 0], [0, 0, 0.5, np.sqrt(3) / 2], [0, 1, 0, 0]]))
    assert found.centre == pytest.approx(found.means.sum(axis=0) / 3)


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure.BHATTACHARYYA, 2 * 0.6 * 0.8),
        (Measure.WEIGHTED_JACCARD, 18 / 32),
        (Measure.JACCARD, 1.0),
    ],
)
def test_similarities_by_hand(measure: Measure, value: float) -> None:
    found = profiles(THREE)
    assert blocks(measure, found, found)(np.array([0]))[0, 1] == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("n_names", [20, 500])
def test_the_centred_cosine_is_that_of_dense_deviations(n_names: int) -> None:
    held = corpora.popular(np.random.default_rng(0), 60, n_names)
    held[:, 0] = True
    found = profiles(corpora.corpus(held, np.arange(60) % 5))
    dense = found.roots.toarray() - found.centre
    dense /= np.linalg.norm(dense, axis=1)[:, None]
    assert blocks(Measure.COSINE, found, found)(np.arange(7)) == pytest.approx(dense[:7] @ dense.T, abs=1e-5)


def test_products_of_common_and_of_rare_names_add_up() -> None:
    held = corpora.popular(np.random.default_rng(1), 300, 200)
    held[:, 150:] = np.random.default_rng(2).random((300, 50)) < 0.02
    matrix = corpora.corpus(held, np.zeros(300, int)).held
    assert Products(matrix, matrix).block(np.arange(300)) == pytest.approx((matrix @ matrix.T).toarray())


def test_circuits_without_a_score_have_no_profile() -> None:
    corpus = of_shares([[1, 1, 0], [0, 0, 0], [0, 1, 1]], [0, 0, 1])
    assert list(profiles(corpus).corpus.circuits["fact"]) == ["r0/0", "r1/2"]
    with pytest.raises(UserError, match="has no score at level component"):
        nearest_to(corpus, "toy|r0/1|secant")


def test_what_is_nothing_but_the_centre_is_like_nothing() -> None:
    found = profiles(of_shares([[1, 1], [1, 1]], [0, 1]))
    assert np.isnan(blocks(Measure.COSINE, found, found)(np.array([0, 1]))).all()
    assert nearest_to(found.corpus, "toy|r0/0|secant").facts.empty
    assert np.isnan(relation_profiles(found.corpus)["cosine"]).all()


def separate(draw: np.random.Generator, relations: int, facts: int) -> Memberships:
    """Circuits whose relation is all that their scores tell: a name of its own has most of the score."""
    relation = np.repeat(np.arange(relations), facts)
    scores = draw.random((len(relation), relations + 20)) + 0.1
    scores[np.arange(len(relation)), relation] += 30
    return corpora.corpus(np.ones(scores.shape, bool), relation, scores)


def test_circuits_find_their_relation_where_it_is_all_that_differs() -> None:
    corpus = separate(np.random.default_rng(0), 6, 5)
    found = retrieval(profiles(corpus), profiles(corpus), plain(corpus)).set_index("measure")
    by_shares = found.loc[["cosine", "bhattacharyya", "weighted_jaccard"]]
    assert (by_shares[["nearest", "auc"]] == 1).all(axis=None)
    # As sets, and by their sizes, all are equal: the nearest is any.
    chance = 4 / 29
    assert found.loc["jaccard", "nearest"] == pytest.approx(chance)
    assert found.loc["jaccard", "auc"] == 0.5
    assert found["chance"].to_numpy() == pytest.approx(chance)
    assert found["size_alone"].to_numpy() == pytest.approx(chance)
    assert found["prompt_alone"].to_numpy() == pytest.approx(1)
    assert set(found["facts"]) == {30}


def test_circuits_that_say_nothing_find_what_chance_finds() -> None:
    draw = np.random.default_rng(3)
    scores = draw.random((120, 40))
    corpus = corpora.corpus(scores > 0, np.arange(120) % 6, scores)
    found = retrieval(profiles(corpus), profiles(corpus), plain(corpus))
    assert np.abs(found["nearest"] - found["chance"]).max() < 0.12
    assert np.abs(found["auc"] - 0.5).max() < 0.05


def test_the_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    corpus = corpora.modules(np.random.default_rng(4), 4, 5, 60, 0)
    found = profiles(corpus)
    similarity = blocks(Measure.COSINE, found, found)(np.arange(20)).astype(float)
    same = found.of[:, None] == found.of
    mine, others = similarity[same & ~np.eye(20, dtype=bool)], similarity[~same]
    exact = (mine[:, None] > others).mean() + (mine[:, None] == others).mean() / 2
    auc = retrieval(found, found, plain(corpus)).set_index("measure").loc["cosine", "auc"]
    assert auc == pytest.approx(exact, abs=1e-4)


def test_facts_alone_in_their_relation_are_left_out_and_relations_without_their_subjects_counted_apart() -> None:
    corpus = separate(np.random.default_rng(0), 4, 3)
    circuits = corpus.circuits.copy()
    circuits.loc[11, "relation"] = "alone"
    circuits.loc[[0, 3], "subject"] = "France"
    shared = Memberships(circuits, corpus.names, corpus.scores, corpus.level)
    found = retrieval(profiles(shared), profiles(shared), plain(shared), [Measure.COSINE]).set_index("against")
    assert list(found["facts"]) == [11, 11]
    # r0 and r1 share France: each has two others of its own, among eleven in all, or among eight without the other.
    per_fact = {"all": [2 / 11] * 9 + [1 / 11] * 2, "other subjects": [2 / 8] * 6 + [2 / 11] * 3 + [1 / 11] * 2}
    assert found["chance"].to_dict() == pytest.approx({name: np.mean(chances) for name, chances in per_fact.items()})


def test_one_relation_has_nothing_to_be_told_from() -> None:
    corpus = separate(np.random.default_rng(0), 1, 5)
    found = retrieval(profiles(corpus), profiles(corpus), plain(corpus))
    assert list(found.columns) == list(RETRIEVAL_COLUMNS)
    assert found.empty


def wordings(keep: bool) -> tuple[Memberships, Memberships]:
    """Circuits of the same facts in two wordings: the relation carries over, or only the wording does."""
    draw = np.random.default_rng(5)
    relation = np.repeat(np.arange(5), 4)
    both = []
    for wording in range(2):
        scores = draw.random((20, 30)) + 0.1
        scores[:, 20 + wording] += 20
        scores[np.arange(20), relation if keep else (relation + 3 * wording) % 5] += 20
        both.append(corpora.corpus(np.ones(scores.shape, bool), relation, scores))
    return both[0], both[1]


def test_a_second_wording_finds_the_relation_in_the_first_if_it_is_the_relation_that_circuits_show() -> None:
    for keep, nearest in ((True, 1), (False, 0)):
        first, second = map(profiles, wordings(keep))
        found = retrieval(second, first, plain(first.corpus), [Measure.COSINE]).iloc[0]
        assert found["nearest"] == nearest
        assert found["chance"] == pytest.approx(3 / 19)  # without the fact's own


def test_the_nearest_of_a_circuit_and_of_the_same_one_unstored() -> None:
    corpus = corpora.modules(np.random.default_rng(0), 6, 5, 100, shared=2)
    stored = nearest_to(corpus, "toy|r0/0|secant")
    assert len(stored.facts) == 29
    assert set(stored.relations["relation"][:2]) == {"r0", "r1"}
    assert dict(zip(stored.relations["relation"], stored.relations["n_circuits"], strict=True))["r0"] == 4
    row = slice(corpus.scores.indptr[0], corpus.scores.indptr[1])
    held = [corpus.names[name] for name in corpus.scores.indices[row]]
    asked = nearest_of(corpus, dict(zip(held, corpus.scores.data[row], strict=True)))
    assert asked.facts["fact"].iloc[0] == "r0/0"
    assert asked.facts["similarity"].iloc[0] == pytest.approx(1)
    assert len(asked.facts) == 30
    both = stored.facts.merge(asked.facts, on="fact")
    assert both["similarity_x"].to_numpy() == pytest.approx(both["similarity_y"].to_numpy())


def test_a_relation_is_compared_without_the_circuit_itself() -> None:
    corpus = corpora.modules(np.random.default_rng(1), 4, 4, 60, shared=0)
    found = profiles(corpus)
    dense = found.roots.toarray() - found.centre
    others = dense[1:4].mean(axis=0)
    cosine = dense[0] @ others / np.linalg.norm(dense[0]) / np.linalg.norm(others)
    relations = nearest_to(corpus, "toy|r0/0|secant").relations.set_index("relation")
    assert relations.loc["r0", "similarity"] == pytest.approx(cosine)
    other = dense[4:8].mean(axis=0)
    cosine = dense[0] @ other / np.linalg.norm(dense[0]) / np.linalg.norm(other)
    assert relations.loc["r1", "similarity"] == pytest.approx(cosine)


def test_names_that_no_stored_circuit_holds_make_one_less_alike() -> None:
    corpus = of_shares([[9, 16, 0], [16, 9, 0], [0, 1, 3]], [0, 0, 1])
    known = nearest_of(corpus, {"a0.h0": 9, "a0.h1": 16}).facts.set_index("fact")["similarity"]
    strange = nearest_of(corpus, {"a0.h0": 9, "a0.h1": 16, "a9.h9": 25}).facts.set_index("fact")["similarity"]
    assert strange["r0/0"] < known["r0/0"]
    with pytest.raises(UserError, match="has no score"):
        nearest_of(corpus, {"a0.h0": 0.0})


def test_the_scores_of_a_circuits_record_are_those_that_are_stored() -> None:
    assert parts_of(sample.CIRCUITS[0]) == {
        "m0": 0.5, "a0.h1": 1.5, "m1": 3.0, "a1.h2": 0.75, "a0.kv0": 2.0, "a1.kv1": 0.5,
    }  # fmt: skip
    assert parts_of(sample.CIRCUITS[1], Level.EDGE)["m0->a1.h2.q"] == 0.5


def test_relations_of_few_facts_and_few_relations_have_no_q() -> None:
    few = corpora.modules(np.random.default_rng(0), 6, 4, 100, shared=2)
    assert relation_profiles(few)[["low", "high", "self_a", "q"]].isna().all(axis=None)
    three = corpora.modules(np.random.default_rng(0), 3, 6, 100, shared=2)
    found = relation_profiles(three)
    assert found[["p", "q", "expected"]].isna().all(axis=None)
    assert found["cosine"].notna().all()
    one = corpora.modules(np.random.default_rng(0), 1, 6, 100, shared=0)
    assert list(relation_profiles(one).columns) == list(PAIR_COLUMNS)
    assert relation_profiles(one).empty


def test_the_same_seed_gives_the_same_intervals() -> None:
    corpus = corpora.modules(np.random.default_rng(0), 5, 6, 80, shared=2)
    first = relation_profiles(corpus, seed=1)
    pd.testing.assert_frame_equal(first, relation_profiles(corpus, seed=1))
    assert (first["low"] <= first["high"]).all()
    assert not first["low"].equals(relation_profiles(corpus, seed=2)["low"])


def test_words_of_a_prompt() -> None:
    assert words("The capital of France is") == {"the", "capital", "of", "france", "is", "5 words"}


def test_aligned_corpora_are_compared_name_by_name() -> None:
    a, b = of_shares([[1, 3]], [0]), of_shares([[1, 3]], [0])
    other = Memberships(b.circuits, ("a0.h1", "a1.h0"), b.scores, b.level)
    left, right = (profiles(each, np.zeros(3)) for each in align(a, other))
    assert blocks(Measure.BHATTACHARYYA, left, right)(np.array([0]))[0, 0] == pytest.approx(np.sqrt(3 / 4 * 1 / 4))
