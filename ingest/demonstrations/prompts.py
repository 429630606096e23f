"""Prompts behind demonstrations: other facts of the relation in the same words, one a line.

    The capital of Italy is Rome
    The capital of Kenya is Nairobi
    The capital of France is
"""

from collections.abc import Sequence
from dataclasses import dataclass

from graphdb.demonstration_records import Labels
from graphdb.records import Fact
from graphdb.role_records import GROUPS
from ingest.facts.names import fact_hash
from ingest.facts.prompts import Encode, Tokens, encode_prompt
from ingest.facts.readers import SUBJECT
from ingest.roles.facts import RoleFact
from ingest.roles.positions import SINK, position_groups

WORDS, ANSWERS = range(len(GROUPS), len(GROUPS) + 2)
"""Numbers of the two groups of positions that demonstrations add: their answers, and all else of them."""
N_GROUPS = len(GROUPS) + 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A demonstration: a subject, and the object that it is shown with."""

    subject: str
    object: str


def choose(fact: Fact, pool: Sequence[Fact], shots: int, labels: Labels) -> tuple[Shown, ...] | None:
    """Return the demonstrations of a fact; None where `pool` has too few.

    They share neither subject nor object with the fact. Nearest by hash come first, each object once before any comes
    again, so that a fact keeps its demonstrations, and more of them begin with the fewer. Shuffled labels are the
    objects of the facts that follow in this order, none that is right for the subject.
    """
    own = _texts(fact)
    others = [each for each in pool if own.isdisjoint(_texts(each))]
    near = sorted(others, key=lambda each: fact_hash(each.id) ^ fact_hash(fact.id))
    first = {each.object: each for each in reversed(near)}
    order = [each for each in near if first[each.object] is each]
    order += [each for each in near if first[each.object] is not each]
    if len(order) < shots:
        return None
    if labels is Labels.OWN:
        return tuple(Shown(each.subject, each.object) for each in order[:shots])
    shown = list[Shown]()
    for place, each in enumerate(order[:shots]):
        wrong = (after.object for after in (*order[place + 1 :], *order[:place]) if after.object not in each.accepted)
        label = next(wrong, None)
        if label is None:
            return None
        shown.append(Shown(each.subject, label))
    return tuple(shown)


def _texts(fact: Fact) -> set[str]:
    return {text.casefold() for text in (fact.subject, fact.object, *fact.accepted)}


def demonstrated(
    fact: Fact, answer: int, template: str, shown: Sequence[Shown], encode: Encode, beginning: Tokens = ()
) -> RoleFact | None:
    """Return a fact that is asked behind demonstrations, with its groups of positions.

    `beginning` of the object is read with the words, as without demonstrations. None where the demonstrations' answers
    or the subject have no tokens of their own, or `answer` is not what the object goes on with.
    """
    before = "".join(f"{template.replace(SUBJECT, each.subject)} {each.object}\n" for each in shown)
    prompt = encode_prompt(before + template.replace(SUBJECT, fact.subject), fact, encode).after(beginning)
    if answer not in prompt.answers:
        return None
    groups = position_groups(before + template, fact.subject, prompt.tokens, encode)
    demonstrations = demonstration_groups(template, shown, prompt.tokens, encode)
    if groups is None or demonstrations is None:
        return None
    return RoleFact(prompt, answer, (*demonstrations, *groups[len(demonstrations) :]))


def demonstration_groups(
    template: str, shown: Sequence[Shown], tokens: Tokens, encode: Encode
) -> tuple[int, ...] | None:
    """Return the group of each position of the demonstrations that a prompt begins with; position 0 is the sink.

    None where a demonstration's answer is not made of tokens of its own.
    """
    groups, text = list[int](), ""
    for each in shown:
        words = text + template.replace(SUBJECT, each.subject)
        answer = f"{words} {each.object}"
        text = f"{answer}\n"
        for group, until in ((WORDS, words), (ANSWERS, answer), (WORDS, text)):
            head = tuple(encode(until))
            if head != tokens[: len(head)] or (group == ANSWERS and len(head) <= len(groups)):
                return None
            groups += [group] * (len(head) - len(groups))
    return (SINK, *groups[1:])
