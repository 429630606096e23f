"""Facts as a lens reads them: a prompt's tokens, and the tokens whose logits are followed through the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.facts.prompts import Case, Tokens


@dataclass(frozen=True, slots=True)
class LensFact:
    """A fact, and the tokens that are read behind its prompt."""

    fact_id: str
    tokens: Tokens
    """Of the prompt, up to the place that is read."""
    answer: int
    """The object's token there: one of `accepted`."""
    accepted: Tokens
    """Tokens that all accepted objects go on with there."""
    others: Tokens
    """Tokens that the relation's other objects go on with there, each once and none of `accepted`; may be empty."""

    @property
    def relation_id(self) -> str:
        """The relation of the fact."""
        return self.fact_id.partition("/")[0]


def lens_facts(cases: Sequence[Case], answers: Mapping[str, int]) -> tuple[LensFact, ...]:
    """Return the facts of one relation that have an answer's token in `answers`, by fact id; in the order of `cases`.

    The relation's objects are those of all cases and their donors, asked or not, each by the object that stands first.
    A fact that is read behind the beginning of an object has only objects with that beginning for others.
    """
    asked = [case for case in cases if case.prompt.fact_id in answers]
    prompts = {each.fact_id: each for case in cases for each in (case.prompt, *case.donors, *case.further)}
    found = {
        beginning: {name: prompt.after(beginning).answers[:1] for name, prompt in prompts.items()}
        for beginning in dict.fromkeys(case.beginning for case in asked)
    }
    return tuple(_lens_fact(case, answers[case.prompt.fact_id], found[case.beginning]) for case in asked)


def _lens_fact(case: Case, answer: int, objects: Mapping[str, Tokens]) -> LensFact:
    """Return the fact; `objects` holds the token of each fact's object, where it has one there."""
    prompt = case.prompt
    others = {token for tokens in objects.values() for token in tokens} - set(prompt.answers)
    return LensFact(prompt.fact_id, prompt.tokens, answer, prompt.answers, tuple(sorted(others)))
