"""The ways to find circuits whose quality is measured: a method with what it may use."""

from dataclasses import dataclass

from ingest.compute.prompt_runs import CORRUPT, MEAN
from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Way:
    """A method with what it may use."""

    method: str
    effort: str
    donors: int
    ablation: str = CORRUPT

    @property
    def settings(self) -> Settings:
        return Settings(self.method, self.effort, ablation=self.ablation)


WAYS = (
    Way("random", "default", 1),
    Way("eap", "default", 1),
    Way("relp", "default", 1),
    Way("eap-ig", "default", 1),
    Way("secant", "default", 1),
    Way("secant+relp", "default", 1),
    Way("trained", "default", 1),
    Way("secant", "default", 6),
    Way("secant+relp", "default", 6),
    Way("trained", "quick", 6),
    Way("trained", "default", 6),
    Way("trained", "thorough", 6),
    Way("acdc", "quick", 1),
    Way("secant", "default", 1, MEAN),
    Way("secant", "default", 6, MEAN),
    Way("trained", "default", 6, MEAN),
)
