"""Groups of a prompt's positions: which tokens are the subject's, which the template's."""

from collections.abc import Iterable

from graphdb.role_records import GROUPS
from ingest.facts.prompts import Encode, Tokens
from ingest.facts.readers import SUBJECT

SINK, SUBJECTS, TEMPLATE, LAST, OTHER = range(len(GROUPS))
"""Numbers of the groups, in the order of `GROUPS`."""


def position_groups(template: str, subject: str, tokens: Tokens, encode: Encode) -> tuple[int, ...] | None:
    """Return the group of each position of a prompt: its number in `GROUPS`.

    `tokens` are those of `template` with the subject in it, and of the beginning of an object where the prompt has one.
    Position 0 is the sink and the last token the last position, whatever they are. A token that the subject shares with
    its surroundings is the subject's. What lies between the words and the last position, in a beginning, is other.

    None where the subject has no position of its own: the template has no `{}` or nothing else, the subject is a single
    token at either end of the prompt, or the tokens are not those of the words.
    """
    text = template.replace(SUBJECT, subject)
    words = tuple(encode(text))
    if not subject or template.strip() == SUBJECT or tokens[: len(words)] != words:
        return None
    groups = [TEMPLATE] * len(words) + [OTHER] * (len(tokens) - len(words))
    for first, end in _places(template, subject):
        before = _whole_tokens(text, range(first, -1, -1), words, encode)
        until = _whole_tokens(text, range(end, len(text) + 1), words, encode)
        if before is None or until is None:
            return None
        groups[before:until] = [SUBJECTS] * (until - before)
    groups[-1], groups[0] = LAST, SINK
    return tuple(groups) if SUBJECTS in groups else None


def _places(template: str, subject: str) -> list[tuple[int, int]]:
    """Where the subject stands in the text, in characters: (first, one behind the last)."""
    places, behind = list[tuple[int, int]](), 0
    for piece in template.split(SUBJECT)[:-1]:
        first = behind + len(piece)
        behind = first + len(subject)
        places.append((first, behind))
    return places


def _whole_tokens(text: str, ends: Iterable[int], words: Tokens, encode: Encode) -> int | None:
    """Number of tokens in the text up to the first of `ends` that lies between two tokens; None where none does."""
    for end in ends:
        head = tuple(encode(text[:end]))
        if head == words[: len(head)]:
            return len(head)
    return None
