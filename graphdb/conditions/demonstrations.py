"""The frozen records of demonstrations: what other facts of the relation before a prompt change in a model."""

from dataclasses import dataclass
from enum import StrEnum


class Labels(StrEnum):
    """Whose objects the demonstrations have."""

    OWN = "own"
    """Each its own: they are true."""
    SHUFFLED = "shuffled"
    """Each another fact's: they show the form and the relation's objects, and nothing true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What demonstrations change in one relation, in one wording: means over facts; log probabilities in nats.

    The zero-shot figures are of the same facts. Intervals are 95%, bootstrap over facts; those of gains and drops are
    of paired differences.
    """

    model_id: str
    relation_id: str
    wording: str
    """Number of the relation's template."""
    shots: int
    """Demonstrations before each prompt."""
    labels: Labels
    n_facts: int
    """Facts behind the figures: known without demonstrations."""
    probability: float
    """Of the first token of the object that tells it from others."""
    probability_low: float
    probability_high: float
    probability_zero: float
    """The same without demonstrations."""
    gain: float
    """The probability less that without demonstrations."""
    gain_low: float
    gain_high: float
    gain_log: float
    """The same of the log probability."""
    gain_log_low: float
    gain_log_high: float
    first: float
    """Share of facts whose object is the model's first choice."""
    first_zero: float
    """The same without demonstrations."""
    movers_r: float | None
    """Correlation over heads of the mean mover score with that without demonstrations; None: there is none."""
    movers_r_halves: float | None
    """For comparison, without demonstrations: that between two halves of the facts."""
    heads: tuple[str, ...]
    """Heads that attend most to the answers of demonstrations in other relations, the strongest first."""
    chosen_on: tuple[str, ...]
    """These relations."""
    drop: float
    """What the log probability loses when these heads do not attend to the demonstrations from the last position."""
    drop_low: float
    drop_high: float
    random: float
    """The same for as many random heads of the same layers."""
    random_low: float
    random_high: float
    drop_share: float | None
    """The drop as a share of the gain of the log probability; None: the gain's interval is not above 0."""
    fingerprint: str = ""
    """Hash of all that determines it; equal for all that is said of the relation at this number of shots."""

    @property
    def id(self) -> str:
        """`<model id>|<relation id>|<wording>|<shots>|<labels>`."""
        return f"{self.model_id}|{self.relation_id}|{self.wording}|{self.shots}|{self.labels}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationHead:
    """What one head does with demonstrations in one relation, in one wording: means over facts."""

    model_id: str
    relation_id: str
    wording: str
    shots: int
    component: str
    """Name of the head, as in `graphdb.components`."""
    n_facts: int
    attention: float
    """Share of the last position's attention on the answers of the demonstrations."""
    attention_null: float
    """What the answers would get if the attention on the demonstrations were spread evenly over their tokens."""
    attention_shuffled: float | None
    """The attention on the answers where they are other facts'; None: no fact could be asked so."""
    attention_q: float | None
    """Of the attention above its null, Benjamini-Hochberg over the heads; None for too few facts to test."""
    mover: float | None
    """Mover score with the demonstrations, in logits; None where the relation's objects give none."""
    mover_zero: float | None
    """The same without them."""
    is_new: bool
    """It attends to the answers far above its null, and is no mover without demonstrations."""
    fingerprint: str = ""

    @property
    def id(self) -> str:
        """`<model id>|<relation id>|<wording>|<shots>|<component>`."""
        return f"{self.model_id}|{self.relation_id}|{self.wording}|{self.shots}|{self.component}"

    @property
    def component_id(self) -> str:
        """The id of the component."""
        return f"{self.model_id}/{self.component}"
