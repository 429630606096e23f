"""Facts behind demonstrations, and which positions of the prompt are whose."""

from collections.abc import Sequence

from graphdb.records import Fact
from graphdb.role_records import GROUPS
from ingest.facts.demonstrations import Shown, line, text_before
from ingest.facts.prompts import Encode, Tokens, encode_prompt
from ingest.facts.readers import SUBJECT
from ingest.roles.facts import RoleFact
from ingest.roles.positions import SINK, position_groups

WORDS, ANSWERS = range(len(GROUPS), len(GROUPS) + 2)
"""Numbers of the two groups of positions that demonstrations add: all of them but their answers, and these."""
N_GROUPS = len(GROUPS) + 2


def demonstrated(
    fact: Fact, answer: int, template: str, shown: Sequence[Shown], encode: Encode, beginning: Tokens = ()
) -> RoleFact | None:
    """Return a fact that is asked behind demonstrations, with its groups of positions.

    `beginning` of the object is read with the words, as without demonstrations. None where the demonstrations' answers
    or the subject have no tokens of their own, or `answer` is not what the object goes on with.
    """
    before = text_before(template, shown)
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
        words, answer = (text + part for part in line(template, each))
        text += text_before(template, [each])
        for group, until in ((WORDS, words), (ANSWERS, answer), (WORDS, text)):
            head = tuple(encode(until))
            if head != tokens[: len(head)] or (group == ANSWERS and len(head) <= len(groups)):
                return None
            groups += [group] * (len(head) - len(groups))
    return (SINK, *groups[1:])
