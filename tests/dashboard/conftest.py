"""The sample store as the dashboard's own."""

from collections.abc import Iterator

import pytest

from dashboard.data import questions
from graphdb.store import Store
from tests import sample
from tests.conftest import Kept, empty


def shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Let the dashboard of this process read the store."""
    monkeypatch.setenv("KCIRCUITS_STORE", store.target)
    forget()
    yield store
    forget()


@pytest.fixture
def empty_store(embedded_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An embedded store without a circuit."""
    empty(embedded_store)
    yield from shown(embedded_store, monkeypatch)


@pytest.fixture
def sample_on_each_engine(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The sample store, on each engine in turn, only to be read."""
    yield from shown(kept(sample.fill), monkeypatch)


@pytest.fixture
def sample_store(kept_embedded: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The sample store, embedded, only to be read."""
    yield from shown(kept_embedded(sample.fill), monkeypatch)


@pytest.fixture
def changed_store(empty_store: Store) -> Store:
    """The sample store, embedded, to be written into."""
    sample.fill(empty_store)
    return empty_store


def forget() -> None:
    """Let the next page open the store anew."""
    questions.store.clear()
    questions.forget()
