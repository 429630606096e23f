"""What a user chooses for an ingest, and how they see it go."""

from dataclasses import dataclass, field
from typing import Protocol

import torch

from graphdb.errors import UserError, unknown
from graphdb.records import Kind
from ingest.compute.prompt_runs import ABLATIONS
from ingest.methods import EFFORTS, METHODS
from ingest.settings import CONTRASTS, STABILITIES, Settings

DEVICES = ("cpu", "cuda")
DTYPES = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chooses for an ingest."""

    settings: Settings = field(default_factory=Settings)
    known_rank: int = 10
    """A fact is known if the model ranks its answer this well or better."""
    include_unknown: bool = False
    """Seek circuits of unknown facts too."""
    batch: int | None = None
    """Facts run at once; None: as many as memory allows."""
    device: str = "cpu"
    """`cpu` or `cuda`."""
    dtype: str = "float32"
    """`float32` or `bfloat16`."""
    roles: bool = True
    """Whether roles of heads and lenses of facts are found too."""
    workers: int | None = None
    """Processes that find circuits; circuits are the same, bit for bit, however many there are on machines of a kind.
    None: this one alone, on Ray as many as it has CPUs, or GPUs for the device `cuda`."""
    ray: str = ""
    """Where circuits are found: `local`, `auto`, `HOST:PORT` or `ray://HOST:PORT` of a Ray; empty: here."""
    wrong_answers: bool = False
    """Whether known facts' objects are set against their rivals, too; it takes roles."""


def check(options: Options) -> None:
    """Raise UserError unless every option is in its range."""
    settings = options.settings
    choices = (
        ("method", settings.method, METHODS),
        ("effort", settings.effort, EFFORTS),
        ("ablation", settings.ablation, ABLATIONS),
        ("stability", settings.stability, STABILITIES),
        ("contrast", settings.contrast, CONTRASTS),
        ("device", options.device, DEVICES),
        ("dtype", options.dtype, DTYPES),
    )
    for name, value, known in choices:
        if value not in known:
            raise unknown(name, value, known)
    if not 0 < settings.target <= 1:
        raise UserError(f"faithfulness {settings.target:g} is out of range: give a number above 0 and up to 1")
    if settings.template and settings.contrast == Kind.RELATION:
        raise UserError(
            f"template {settings.template}: the contrast {settings.contrast} asks in paired templates; leave it out"
        )
    if options.wrong_answers and not (options.roles and settings.contrast == CONTRASTS[0]):
        raise UserError(
            "wrong-answers: what pushes them is told by movers, which are found with --roles and the contrast subject; "
            "leave --no-roles and another --contrast out"
        )
    for name, value in (("batch", options.batch), ("known-rank", options.known_rank), ("workers", options.workers)):
        if value is not None and value < 1:
            raise UserError(f"{name} {value} is out of range: give a whole number from 1 on")
    if options.device == "cuda" and not options.ray and (options.workers or 1) > 1:
        raise UserError(f"workers {options.workers} is out of range with --device cuda: give 1, or --ray")
    if options.device == "cuda" and not torch.cuda.is_available():
        raise UserError("device cuda: this machine has no GPU that torch can use; give --device cpu")


class Progress(Protocol):
    """Shows the user how an ingest goes."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` facts."""
        ...

    def advance(self, facts: int) -> None:
        """Some facts of the stage are done."""
        ...

    def within(self, facts: float) -> None:
        """As many facts of the stage, beyond those that are done, are under way and in parts done."""
        ...

    def note(self, line: str) -> None:
        """Say something once."""
        ...


class Silent:
    """Progress that shows nothing."""

    def stage(self, name: str, total: int) -> None:
        """Show nothing."""

    def advance(self, facts: int) -> None:
        """Show nothing."""

    def within(self, facts: float) -> None:
        """Show nothing."""

    def note(self, line: str) -> None:
        """Show nothing."""
