"""What kind of answer a rival is: a rule on its text, so that anyone can see why it says what it says."""

from graphdb.conditions.rivals import RivalKind

_ENGLISH = """
    a about above after again against all also although am among an and another any are as at be because been before
    being below between both but by can could did do does done down during each either else every few for from had has
    have having he her here hers him his how i if in into is it its itself just less like many may me might mine more
    most much must my near neither no nor not now of off often on once one only or other our out over own per quite
    same shall she should since so some such than that the their them then there these they this those through thus to
    too under until up upon us very was we were what when where whether which while who whom whose why will with within
    without would yet you your
"""
FUNCTION_WORDS = frozenset(_ENGLISH.split())
"""English words of the closed classes, and adverbs that stand for none."""
STEM = 3
"""Letters that a derived word and a word of the subject begin with alike: Spain, Spanish. Not so France and French."""


def rival_kind(text: str, subject: str, *, is_object: bool) -> RivalKind:
    """Tell the kind of a rival by its token's text; `is_object`: the token begins another object of the relation.

    Objects come first, since those of some relations look like function words (the symbol of indium is In).
    """
    word = text.strip().casefold()
    if is_object:
        return RivalKind.RELATION
    if word in FUNCTION_WORDS or not any(map(str.isalnum, word)):
        return RivalKind.FUNCTION
    if len(word) >= STEM and any(word[:STEM] == each[:STEM] for each in subject.casefold().split()):
        return RivalKind.SUBJECT
    return RivalKind.OTHER
