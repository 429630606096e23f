"""The ridge lens: its fit on rows made by hand, what is left out, and the file that keeps a model's rows."""

from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pytest
import torch

from graphdb.errors import UserError
from ingest.facts.sets import builtin_relations
from ingest.lens import ridge_rows
from ingest.lens.blocks import last_streams
from ingest.lens.ridge import fit
from ingest.lens.ridge_rows import Rows, rows_of, samples
from ingest.model import LanguageModel
from ingest.model.forward import run
from ingest.model_files import ModelFolder
from tests.ingest.lens.facts_of import Words, worded

WIDTH = 4


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(ridge_rows, "POSITIONS", 300)


def linear_rows(seed: int = 0) -> tuple[Rows, np.ndarray, np.ndarray]:
    """Relation `a` follows one affine map, `b` another; [2 blocks and the final stream, 60 rows, 4]."""
    draw = np.random.default_rng(seed)
    weight, shift = draw.normal(size=(WIDTH, WIDTH)), draw.normal(size=WIDTH)
    x = draw.normal(size=(60, WIDTH)) * [1, 1000, 1, 1] + 5
    y = x @ weight + shift
    y[40:] = -y[40:]
    streams = np.stack((x, 2 * x, y)).astype(np.float32)
    return Rows(streams, ("a",) * 40 + ("b",) * 20), weight, shift


def test_a_linear_map_is_found_whatever_the_scale_of_its_inputs() -> None:
    rows, weight, shift = linear_rows()
    maps = fit(rows, without="b", penalty=1e-9)
    x = np.random.default_rng(1).normal(size=(3, WIDTH))
    read = maps.translate(torch.tensor(np.stack((x, 2 * x, x), 1)))
    expected = torch.tensor(x @ weight + shift)
    torch.testing.assert_close(read[:, 0], expected, atol=1e-3, rtol=1e-5)
    torch.testing.assert_close(read[:, 1], expected, atol=1e-3, rtol=1e-5)
    torch.testing.assert_close(read[:, 2], torch.tensor(x))  # the final stream is read as it is


def test_the_relation_that_is_read_is_left_out() -> None:
    rows, weight, shift = linear_rows()
    x = torch.ones(1, 3, WIDTH, dtype=torch.float64)
    expected = torch.tensor(np.ones(WIDTH) @ weight + shift)
    torch.testing.assert_close(fit(rows, "a", 1e-9).translate(x)[0, 0], -expected, atol=1e-3, rtol=1e-5)
    changed = rows.streams.copy()
    changed[:, 40:] = 17
    again = fit(Rows(changed, rows.relations), "b")
    assert all(torch.equal(*pair) for pair in zip(vars(fit(rows, "b")).values(), vars(again).values(), strict=True))
    assert not torch.equal(fit(rows, "").weight, again.weight)


def test_a_fit_worked_by_hand() -> None:
    """x = -1, 1 and y = 3 x + 5, standardised as they are: weight 3 / (1 + penalty), through the means."""
    streams = np.array([[[-1], [1]], [[2], [8]]], np.float32)
    maps = fit(Rows(streams, ("a", "a")), "b", penalty=0.5)
    assert maps.weight.tolist() == [[[pytest.approx(2)]]]
    assert maps.translate(torch.tensor([[[2.0], [0.0]]], dtype=torch.float64))[0, 0].item() == pytest.approx(9)


def test_a_coordinate_that_never_varies_counts_for_nothing() -> None:
    rows, _, _ = linear_rows()
    rows.streams[0, :, 2] = 3
    maps = fit(rows, "b")
    assert maps.weight[0, 2].tolist() == [0] * WIDTH
    assert maps.weight.isfinite().all()


def test_rows_that_are_not_finite_are_left_out_and_without_any_there_is_no_fit() -> None:
    rows, _, _ = linear_rows()
    expected = fit(Rows(rows.streams[:, 1:], rows.relations[1:]), "b")
    rows.streams[:, 0] = np.nan
    assert torch.equal(fit(rows, "b").weight, expected.weight)
    with pytest.raises(UserError, match="no packaged prompt"):
        fit(Rows(rows.streams[:, :1], ("a",)), "b")


class Mute:
    """A tokenizer that knows no word."""

    def encode(self, text: str) -> list[int]:
        return []


def test_a_tokenizer_that_knows_no_word_is_the_users_one_line(llama: LanguageModel) -> None:
    rows = rows_of(replace(llama, tokenizer=Mute()))
    assert rows.streams.shape == (7, 0, 32)
    with pytest.raises(UserError, match="no packaged prompt"):
        fit(rows, "r")


def test_every_relation_gives_its_share_of_positions_and_no_prompt_is_too_long() -> None:
    sets = builtin_relations()
    found = samples(sets, Words().encode, longest=8)
    share = 300 // len(sets)
    for each in sets:
        mine = [sample.tokens for sample in found if sample.relation_id == each.relation.id]
        longest = max(map(len, mine), default=0)
        assert longest <= 8
        assert not mine or sum(len(tokens) - 1 for tokens in mine[:-1]) < share
    assert {sample.relation_id for sample in found} <= {each.relation.id for each in sets}
    assert samples(sets, Words().encode, longest=8) == found


def test_rows_are_the_streams_at_all_positions_but_the_first(llama: LanguageModel) -> None:
    model = worded(llama)
    rows = rows_of(model)
    (first, *_) = samples(builtin_relations(), model.encode, 64)
    streams = last_streams(run(model.weights, torch.tensor([first.tokens])))
    assert rows.streams.shape == (7, len(rows.relations), 32)
    np.testing.assert_allclose(rows.streams[:, len(first.tokens) - 2], streams[0].numpy(), rtol=1e-5)
    assert rows.relations[: len(first.tokens) - 1] == (first.relation_id,) * (len(first.tokens) - 1)


def test_rows_are_made_once_for_the_same_weights_and_prompts(
    llama: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = worded(llama)
    before = rows_of(model)
    (file,) = (tmp_path / "kcircuits" / "models").iterdir()
    assert model.handle.weights_sha256[:12] in file.name
    with monkeypatch.context() as patched:
        patched.setattr(ridge_rows, "run", None)  # nothing is run again
        again = rows_of(model)
    np.testing.assert_array_equal(before.streams, again.streams)
    monkeypatch.setattr(ridge_rows, "VERSION", 2)
    rows_of(model)
    assert isinstance(model.handle, ModelFolder)
    rows_of(replace(model, handle=replace(model.handle, weights_sha256="0" * 64)))
    monkeypatch.setattr(ridge_rows, "POSITIONS", 200)
    rows_of(model)
    assert len(list(file.parent.iterdir())) == 4


def test_rows_are_written_whole_or_not_at_all(
    llama: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(stream: IO[bytes], values: np.ndarray) -> None:
        stream.write(b"\x93NUMPY")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(np, "save", cut_off)
        with pytest.raises(KeyboardInterrupt):
            rows_of(worded(llama))
    assert list((tmp_path / "kcircuits" / "models").iterdir()) == []


def test_rows_that_cannot_be_written_are_the_users_one_line(
    llama: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(stream: object, values: np.ndarray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(UserError, match=r"cannot be written \(No space left on device\)"):
        rows_of(worded(llama))
