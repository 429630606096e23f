import pytest

from graphdb.role_records import GROUPS
from ingest.facts.prompts import Encode
from ingest.model import LanguageModel
from ingest.roles.positions import position_groups

PIECES = ("The", " capital", " of", " New", " York", " is", "New", " France", "two", " cat", " cats", " ca", "ts", "un")
PIECES += ("happy", "unhappy", "Paris", " in", " is in")
BOS = 999


def encode(text: str, *, bos: bool = False) -> list[int]:
    """Tokenise by the longest piece that fits, else by characters."""
    tokens = [BOS] if bos else []
    while text:
        piece = max((each for each in PIECES if text.startswith(each)), key=len, default=text[0])
        tokens.append(PIECES.index(piece) if piece in PIECES else 100 + ord(piece))
        text = text[len(piece) :]
    return tokens


def with_bos(text: str) -> list[int]:
    return encode(text, bos=True)


def groups(template: str, subject: str, how: Encode = encode, beginning: tuple[int, ...] = ()) -> str | None:
    """The groups' first letters, a letter a position."""
    tokens = (*how(template.replace("{}", subject)), *beginning)
    found = position_groups(template, subject, tokens, how)
    return None if found is None else "".join(GROUPS[group][:2] for group in found)


@pytest.mark.parametrize(
    ("template", "subject", "how", "expected"),
    [
        ("The capital of {} is", "New York", encode, "sitetesusula"),
        ("The capital of {} is", "New York", with_bos, "sitetetesusula"),
        ("{} is in", "New York", encode, "sisula"),
        ("{} is in", "New York", with_bos, "sisusula"),
        ("{} is", "Paris", with_bos, "sisula"),
        ("The capital of {}", "New York", encode, "sitetesula"),
        ("The capital of {} is in {} is", "France", encode, "sitetesutesula"),
    ],
)
def test_groups_of_a_prompt(template: str, subject: str, how: Encode, expected: str) -> None:
    assert groups(template, subject, how) == expected


def test_a_token_that_the_subject_shares_with_its_surroundings_is_the_subjects() -> None:
    assert groups("two{}s is", " cat") == "sisula"
    assert groups("The un{} is", "happy") == "sitesula"


def test_a_beginning_of_the_object_is_other_but_for_the_last_position() -> None:
    assert groups("The capital of {} is", "New York", encode, (500, 501)) == "sitetesusuteotla"


@pytest.mark.parametrize(
    ("template", "subject"),
    [
        ("{}", "New York"),
        (" {} ", "New York"),
        ("The capital is", "New York"),
        ("{} is", "Paris"),
        ("The capital of {}", " France"),
        ("The capital of {} is", ""),
    ],
)
def test_a_subject_without_a_position_of_its_own_is_a_gap(template: str, subject: str) -> None:
    assert groups(template, subject) is None


def test_tokens_of_other_words_are_a_gap() -> None:
    assert position_groups("The capital of {} is", "France", tuple(encode("The capital is")), encode) is None


def test_groups_with_the_tokenizer_of_a_model(llama: LanguageModel) -> None:
    tokens = tuple(llama.encode("w1 w2 w30 w4 w5"))
    assert position_groups("w1 {} w4 w5", "w2 w30", tokens, llama.encode) == (0, 1, 1, 2, 3)
