"""What a user chooses for an ingest, and how they see it go."""

from dataclasses import dataclass, field
from typing import Protocol

from graphdb.errors import UserError, unknown
from ingest.attribution import METHODS
from ingest.discovery import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chooses for an ingest."""

    settings: Settings = field(default_factory=Settings)
    known_rank: int = 10
    """A fact is known if the model ranks its answer this well or better."""
    include_unknown: bool = False
    """Seek circuits of unknown facts too."""
    batch: int = 16
    """Facts run at once."""


def check(options: Options) -> None:
    """Raise UserError unless every option is in its range."""
    settings = options.settings
    if settings.method not in METHODS:
        raise unknown("method", settings.method, METHODS)
    if not 0 < settings.target <= 1:
        raise UserError(f"faithfulness {settings.target:g} is out of range: give a number above 0 and up to 1")
    for name, value in (("batch", options.batch), ("known-rank", options.known_rank)):
        if value < 1:
            raise UserError(f"{name} {value} is out of range: give a whole number from 1 on")


class Progress(Protocol):
    """Shows the user how an ingest goes."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` facts."""
        ...

    def advance(self, facts: int) -> None:
        """Some facts of the stage are done."""
        ...

    def note(self, line: str) -> None:
        """Say something once."""
        ...
