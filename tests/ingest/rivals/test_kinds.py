import pytest

from graphdb.conditions.rivals import RivalKind
from ingest.rivals.kinds import rival_kind


@pytest.mark.parametrize(
    ("text", "subject", "kind"),
    [
        (" the", "France", RivalKind.FUNCTION),
        (" The", "the Theatre", RivalKind.FUNCTION),
        (" \n", "France", RivalKind.FUNCTION),
        (" \u201c", "France", RivalKind.FUNCTION),
        (" Malaysian", "Malaysia", RivalKind.SUBJECT),
        (" Spanish", "Spain", RivalKind.SUBJECT),
        ("lao", "Laos", RivalKind.SUBJECT),
        (" Kong", "Hong Kong", RivalKind.SUBJECT),
        (" French", "France", RivalKind.OTHER),
        (" M", "Malaysia", RivalKind.OTHER),
        (" 1", "France", RivalKind.OTHER),
        (" Lyon", "France", RivalKind.OTHER),
    ],
)
def test_a_kind_is_told_by_the_text(text: str, subject: str, kind: RivalKind) -> None:
    assert rival_kind(text, subject, is_object=False) is kind


def test_another_object_is_that_whatever_it_looks_like() -> None:
    """The symbol of indium is In."""
    assert rival_kind(" In", "indigo", is_object=True) is RivalKind.RELATION
