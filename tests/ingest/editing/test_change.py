"""The file of an edit: a round trip, and what is refused."""

from pathlib import Path

import pytest
import safetensors.torch
import torch

from graphdb.errors import UserError
from ingest.editing.change import (
    Change,
    RankOne,
    Whole,
    changed_down,
    edited_hash,
    make_change,
    open_change,
    save_change,
)
from ingest.editing.moment import _keep, _kept, moment_of

DRAW = torch.Generator().manual_seed(0)
DOWN = torch.randn(5, 12, generator=DRAW).T
DELTAS = {
    "rank one": RankOne(torch.randn(5, generator=DRAW), torch.randn(12, generator=DRAW)),
    "whole": Whole(torch.randn(12, 5, generator=DRAW)),
}


@pytest.fixture(params=list(DELTAS))
def change(request: pytest.FixtureRequest) -> Change:
    return make_change("ab" * 32, 2, DELTAS[request.param], DOWN)


def test_a_change_comes_back_and_gives_the_same_bits(change: Change, tmp_path: Path) -> None:
    save_change(change, tmp_path / "edit")
    again = open_change(tmp_path / "edit")
    after = changed_down(again, DOWN)
    assert torch.equal(after, change.delta.apply(DOWN))
    assert after.stride() == DOWN.stride()
    assert (again.base_sha256, again.layer, again.weights_sha256) == (
        change.base_sha256,
        change.layer,
        change.weights_sha256,
    )
    assert edited_hash(again.base_sha256, again.layer, after) == change.weights_sha256


def test_the_same_change_is_the_same_bytes(change: Change, tmp_path: Path) -> None:
    for number in range(8):
        save_change(change, tmp_path / str(number))
    assert len({(tmp_path / str(number)).read_bytes() for number in range(8)}) == 1


def test_the_hash_is_of_what_was_and_of_what_is_there_now(change: Change) -> None:
    after = change.delta.apply(DOWN)
    found = {edited_hash("ab" * 32, 2, after), edited_hash("cd" * 32, 2, after), edited_hash("ab" * 32, 1, after)}
    assert len(found) == 3
    assert edited_hash("ab" * 32, 2, after.contiguous()) == change.weights_sha256
    nudged = after.clone()
    nudged[3, 3] = torch.nextafter(nudged[3, 3], torch.tensor(9.0))
    assert edited_hash("ab" * 32, 2, nudged) not in found


def test_another_projection_is_not_changed_in_silence() -> None:
    change = make_change("ab" * 32, 2, DELTAS["rank one"], DOWN)
    with pytest.raises(UserError, match="gives other weights than when it was made"):
        changed_down(change, DOWN + 1)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_file_cut_short_is_refused(change: Change, tmp_path: Path, share: float) -> None:
    path = tmp_path / "edit"
    save_change(change, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match=r"edit is no file of an edit, or is cut short: make the edit again$"):
        open_change(path)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "edit"
    path.write_text("a text that is longer than the eight bytes of a header")
    with pytest.raises(UserError, match="is no file of an edit"):
        open_change(path)
    path.write_bytes(safetensors.torch.save({"weight": DOWN.contiguous()}))
    with pytest.raises(UserError, match="expected one that says 'kcircuits edit 1'"):
        open_change(path)
    path.write_bytes(safetensors.torch.save({"u": torch.ones(2)}, {"about": '{"format": "kcircuits edit 1"}'}))
    with pytest.raises(UserError, match="it lacks 'r'"):
        open_change(path)
    path.write_bytes(safetensors.torch.save({"u": torch.ones(2)}, {"about": "{"}))
    with pytest.raises(UserError, match="is no file of an edit"):
        open_change(path)
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            open_change(missing)


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "edit"
    save_change(make_change("ab" * 32, 2, DELTAS["rank one"], DOWN), path)
    damaged = bytearray(path.read_bytes())
    damaged[-2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(UserError, match="its file is damaged"):
        changed_down(open_change(path), DOWN)


def test_what_cannot_be_written_leaves_nothing(change: Change, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        save_change(change, tmp_path / "none" / "edit")
    assert list(tmp_path.iterdir()) == []


def test_a_moment_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    found = moment_of(torch.randn(30, 6, generator=DRAW))
    path = tmp_path / "moment"
    assert _kept(path) is None
    _keep(path, found)
    again = _kept(path)
    assert again is not None
    assert (again.tokens, again.condition, again.sha256) == (30, found.condition, found.sha256)
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:40], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(damaged)
        assert _kept(path) is None
