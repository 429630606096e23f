import resource
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graphdb.errors import UserError
from graphdb.store.score_files import checksum, load_scores, remove_scores, save_scores


@given(arrays(np.float16, st.integers(0, 50)), st.text(min_size=1))
def test_scores_come_back_as_they_went(
    tmp_path_factory: pytest.TempPathFactory, scores: np.ndarray, circuit: str
) -> None:
    folder = tmp_path_factory.mktemp("scores")
    saved = save_scores(folder, circuit, scores)
    np.testing.assert_array_equal(load_scores(folder, saved.name), scores)
    assert checksum(folder, saved.name) == saved.sha256


def test_the_same_scores_of_a_circuit_have_one_file_and_others_leave_it_whole(tmp_path: Path) -> None:
    first, again, other = (save_scores(tmp_path, "model|fact|method", np.full(3, n, np.float16)) for n in (0, 0, 1))
    assert first == again
    assert {path.name for path in tmp_path.iterdir()} == {first.name, other.name}
    np.testing.assert_array_equal(load_scores(tmp_path, first.name), [0, 0, 0])


def test_circuits_have_files_of_their_own(tmp_path: Path) -> None:
    names = {save_scores(tmp_path, circuit, np.zeros(1, np.float16)).name for circuit in ("a/b", "a|b", "A/B")}
    assert len(names) == 3


def test_scores_that_cannot_be_written_are_a_users_error_and_leave_nothing(tmp_path: Path) -> None:
    """A file of more than 64 bytes meets the limit as it would a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
        with pytest.raises(UserError, match=r"npy cannot be written \(.*\): choose another place"):
            save_scores(tmp_path, "model|fact|method", np.zeros(1000, np.float16))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


NAME = "ab" * 16 + ".npy"


def test_missing_scores_are_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"{NAME} are not there"):
        load_scores(tmp_path, NAME)
    assert checksum(tmp_path, NAME) is None


def test_spoilt_scores_are_a_users_error(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\x93NUMPY spoilt")
    with pytest.raises(UserError, match=rf"{NAME} cannot be read"):
        load_scores(tmp_path, NAME)


@pytest.mark.parametrize("name", ["", "../secret.npy", "/etc/passwd", f"{NAME}/../{NAME}", f".{NAME}"])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "scores"
    folder.mkdir()
    (tmp_path / "secret.npy").write_bytes(b"mine")
    with pytest.raises(UserError, match="names no scores"):
        load_scores(folder, name)
    assert remove_scores(folder, [name]) == 0
    assert (tmp_path / "secret.npy").exists()
