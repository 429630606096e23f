"""The sizes of a circuit that a visitor may choose from."""

STEPS = (10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000)
"""Sizes to choose from, edges; beyond the last a drawing shows nothing more."""

READABLE = 1000
"""One of `STEPS`: more edges hide each other."""


def options(stored: int, *, beyond: bool) -> list[int]:
    """Sizes to choose from, ascending: the stored one, smaller ones and, `beyond` it, larger ones."""
    return sorted({stored, *(step for step in STEPS if step < stored or beyond)})


def first_size(stored: int) -> int:
    """The size that a circuit is first drawn at: its own, if a drawing of so many edges can be read."""
    return min(stored, READABLE)
