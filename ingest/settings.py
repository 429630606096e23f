"""What determines a circuit, beside model and fact."""

from dataclasses import dataclass

from graphdb.records import Kind
from ingest.compute.prompt_runs import CORRUPT
from ingest.methods import DEFAULT

STABILITIES = ("sample", "all")
BOTH = (Kind.SUBJECT, Kind.RELATION)
"""What `both` stands for: other subjects, and other relations' words."""
CONTRASTS = (*BOTH, Kind.DEMONSTRATION)
"""What an ingest sets against each other."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What determines circuits, beside model and facts."""

    method: str = DEFAULT
    effort: str = "default"
    target: float = 0.85
    """Faithfulness asked for, in (0, 1]."""
    ablation: str = CORRUPT
    """What edges outside a circuit carry: `corrupt`, `mean` or `zero`."""
    robust: bool = True
    """Whether a fact has several donors in three parts; else one donor, which does everything."""
    seed: int = 0
    random_draws: int = 3
    """Random circuits whose mean stands beside a circuit's faithfulness."""
    stability: str = "sample"
    """Of which facts the circuit is found a second time: a `sample` of each relation, or `all`."""
    curve: bool = False
    """Whether faithfulness is also measured at fixed sizes."""
    template: int = 0
    """Number of the template, from 0, in which facts are asked."""
    contrast: str = Kind.SUBJECT
    """What a fact's donors differ in: `subject`; `relation`, in words that the relation's file pairs; `demonstration`:
    the subject, behind other facts of the relation."""

    @property
    def first_words(self) -> bool:
        """Whether facts are asked in their relation's first template: how well one is recalled is said of that."""
        return self.template == 0 and self.contrast == Kind.SUBJECT

    @property
    def label(self) -> str:
        """Name of the method as circuits bear it: circuits found in another way stand beside each other."""
        ablation = "" if self.ablation == CORRUPT else self.ablation
        wording = f"wording{self.template}" if self.template else ""
        contrast = "" if self.contrast == Kind.SUBJECT else self.contrast
        parts = (self.method, ablation, "" if self.robust else "single", wording, contrast)
        return "/".join(part for part in parts if part)
