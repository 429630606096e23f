"""The three questions behind a two-hop fact: both hops at once, the first alone, the second alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.discovery.answers import Answer, Ends, best_answers, last_states
from ingest.facts.prompts import Case
from ingest.model import LanguageModel
from ingest.roles.pipeline import Asked


@dataclass(frozen=True, slots=True)
class Chain:
    """A two-hop fact and the two facts that it follows from, each as it is asked."""

    both: Case
    first: Case
    second: Case
    bridge: str
    """Object of the first, subject of the second."""

    @property
    def cases(self) -> tuple[Case, Case, Case]:
        """The first hop, the second, and both."""
        return self.first, self.second, self.both


@dataclass(frozen=True)
class Questions:
    """A composed relation, put to a model."""

    both: Asked
    first: Asked
    second: Asked
    chains: tuple[Chain, ...]
    """By subject, without those read behind the beginning of an object, and those that have no finite answer."""
    answers: Mapping[str, Answer]
    """Fact id -> the best accepted answer, of all facts of the chains."""
    ends: Ends

    @property
    def known(self) -> tuple[Chain, ...]:
        """Chains whose three facts are all known."""
        known = {**self.both.answers, **self.first.answers, **self.second.answers}
        return tuple(each for each in self.chains if all(case.prompt.fact_id in known for case in each.cases))

    def token(self, case: Case) -> int:
        """The token of a fact's object."""
        return self.answers[case.prompt.fact_id].token

    def rank(self, case: Case) -> int:
        """Rank of a fact's object after its prompt."""
        return self.answers[case.prompt.fact_id].rank


def put(model: LanguageModel, both: Asked, first: Asked, second: Asked) -> Questions:
    """Put the facts of a composed relation, and those that they follow from, to a model: 1 F each."""
    found = _chains(both, first, second)
    cases = list({case.prompt.fact_id: case for each in found for case in each.cases}.values())
    ends = last_states(model, (case.prompt for case in cases))
    answers = best_answers(model, cases, ends)
    kept = tuple(each for each in found if all(case.prompt.fact_id in answers for case in each.cases))
    return Questions(both, first, second, kept, answers, ends)


def _chains(both: Asked, first: Asked, second: Asked) -> list[Chain]:
    bridges = {fact.subject: fact.object for fact in first.facts.facts}
    ones, twos, cases = map(_cases, (first, second, both))
    return [
        Chain(case, ones[subject], twos[bridges[subject]], bridges[subject])
        for subject, case in sorted(cases.items())
        if subject in ones and bridges[subject] in twos
    ]


def _cases(asked: Asked) -> dict[str, Case]:
    """Subject -> its fact as it is asked, at the first token of the object."""
    by_id = {case.prompt.fact_id: case for case in asked.cases if not case.beginning}
    return {fact.subject: by_id[fact.id] for fact in asked.facts.facts if fact.id in by_id}
