"""Runs batches in this process, one after the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from ingest.discovery.discovery import Found
from ingest.execution.finder import Batch, Finder, Within


def here(find: Finder, batches: Sequence[Batch], within: Within) -> Iterator[list[Found]]:
    """Yield what is found in each batch."""
    for batch in batches:
        with one_thread():
            found = find(batch, within)
        yield found


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread, so that sums come in one order however many workers there are."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
