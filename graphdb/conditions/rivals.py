"""The frozen record of a fact's object against its strongest rival: wrong answers, and right ones measured alike."""

from dataclasses import dataclass
from enum import StrEnum


class RivalKind(StrEnum):
    """What kind of answer a rival is, told by its text."""

    RELATION = "relation"
    """Its token begins another object of the relation."""
    FUNCTION = "function"
    """A function word, or no word at all."""
    SUBJECT = "subject"
    """Derived from the subject: it begins as a word of the subject does."""
    OTHER = "other"
    """None of these; it may well be a valid answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """The object of a known fact against its rival: the token that the model finds likeliest of all that are not
    accepted. Where the answer is wrong that is the model's first choice, where it is right its next one.

    What pushes which way is direct logit attribution at the last position, the object's less the rival's, in logits:
    positive favours the object. `heads`, `mlps` and `embed` add up to `margin`. Figures that end in `_among` are of
    the relation's objects alone, first choice against runner-up, and do not know which is right.
    """

    model_id: str
    fact_id: str
    wording: str
    """Number of the relation's template."""
    object: str
    """Token that is read of the object, as the tokenizer gives it."""
    rival: str
    wrong: bool
    """Whether the model ranks the rival before the object."""
    rival_kind: RivalKind
    rank: int
    """Of the object among all tokens, 1 = best."""
    margin: float
    """Logit of the object less that of the rival."""
    probability: float
    """Of the object."""
    probability_rival: float
    entropy: float
    """Of the next token, nats."""
    turn: str
    """Block from which on the one that wins stays ahead of the other, by the closed lens; empty: a tie."""
    n_movers: int
    """Movers of the relation in this wording."""
    movers: float | None
    """What they add; None: the relation has none."""
    movers_random: float | None
    """What as many random heads of the same layers add."""
    heads: float
    """What all heads add."""
    mlps: float
    embed: float
    """The embedding, with biases that belong to no head."""
    for_object: tuple[str, ...]
    """Components that favour the object most, the strongest first."""
    for_object_values: tuple[float, ...]
    for_rival: tuple[str, ...]
    """Components that favour the rival most, the strongest first."""
    for_rival_values: tuple[float, ...]
    """What they add: negative."""
    first: str
    """Token of the relation's objects that the model finds likeliest; empty where there are fewer than two."""
    second: str
    """The next one."""
    right_among: bool | None
    """Whether the first one is an accepted object; None: fewer than two objects or facts. So for all that follow."""
    margin_among: float | None
    """Logit of the first less that of the second."""
    probability_among: float | None
    """Of the first."""
    entropy_among: float | None
    """Nats."""
    movers_among: float | None
    """What movers add from the subject to the first less the second, beyond its mean over the relation's other facts;
    None where the relation has no mover, too."""
    random_among: float | None
    """The same of as many random heads of the same layers."""
    fingerprint: str = ""
    """Hash of all that determines it."""

    @property
    def id(self) -> str:
        """`<model id>|<fact id>|<wording>`."""
        return f"{self.model_id}|{self.fact_id}|{self.wording}"
