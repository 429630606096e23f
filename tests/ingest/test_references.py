import numpy as np
import pytest

from ingest.discovery import references as module
from ingest.discovery.references import RELATIONS, others
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.model import LanguageModel
from ingest.settings import Settings
from tests.ingest.pairs import prompt

FIRST, SECOND = RELATIONS


@pytest.mark.parametrize(
    ("complete", "relations", "expected"),
    [
        (RELATIONS, ["own"], [FIRST]),
        (RELATIONS, ["own", FIRST], [FIRST, SECOND]),
        (RELATIONS, [SECOND], [FIRST]),
        ([SECOND], ["own"], [SECOND]),
        ([], ["own"], []),
    ],
)
def test_only_what_circuits_need_is_scored(
    llama: LanguageModel,
    complete: list[str],
    relations: list[str],
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The model is asked in a fake's place: which facts of the two relations it knows."""

    def first_complete(_model: LanguageModel, facts: FactSet, _options: object) -> object:
        known = prompt(f"{facts.relation.id}/known", (1, 2), 7)
        return Task(known, (known,), 7, 1, 1, 0) if facts.relation.id in complete else None

    monkeypatch.setattr(module, "_first_complete", first_complete)
    monkeypatch.setattr(module, "score", lambda *_: np.zeros((1, 3), np.float32))
    assert [each.relation_id for each in others(llama, Settings(), relations)] == expected
