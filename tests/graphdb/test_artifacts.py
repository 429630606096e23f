from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graphdb.artifacts import load_scores, save_scores
from graphdb.errors import UserError


@given(arrays(np.float16, st.integers(0, 50)), st.text(min_size=1))
def test_scores_come_back_as_they_went(
    tmp_path_factory: pytest.TempPathFactory, scores: np.ndarray, circuit: str
) -> None:
    folder = tmp_path_factory.mktemp("scores")
    np.testing.assert_array_equal(load_scores(folder, save_scores(folder, circuit, scores)), scores)


def test_a_circuit_found_again_replaces_its_scores(tmp_path: Path) -> None:
    save_scores(tmp_path, "model|fact|method", np.zeros(3, np.float16))
    name = save_scores(tmp_path, "model|fact|method", np.ones(2, np.float16))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    np.testing.assert_array_equal(load_scores(tmp_path, name), [1, 1])


def test_circuits_have_files_of_their_own(tmp_path: Path) -> None:
    names = {save_scores(tmp_path, circuit, np.zeros(1, np.float16)) for circuit in ("a/b", "a|b", "A/B")}
    assert len(names) == 3


def test_missing_scores_are_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.npy are not there"):
        load_scores(tmp_path, "gone.npy")


def test_spoilt_scores_are_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "spoilt.npy").write_bytes(b"\x93NUMPY spoilt")
    with pytest.raises(UserError, match=r"spoilt\.npy cannot be read"):
        load_scores(tmp_path, "spoilt.npy")
