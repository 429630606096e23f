from dataclasses import replace

import numpy as np
import pytest

from ingest.discovery import references as module
from ingest.discovery.references import RELATIONS, others, peers
from ingest.facts.sets import FactSet
from ingest.facts.task import Task
from ingest.measures.measure import References
from ingest.model import LanguageModel
from ingest.settings import Settings
from tests.ingest.pairs import prompt
from tests.ingest.tasks import make_tasks

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


def test_a_fact_of_each_relation_is_a_peer_of_the_others(llama: LanguageModel) -> None:
    tasks = make_tasks(llama, n_donors=4, count=4)
    (peer,) = peers(llama, tasks, Settings())
    assert peer.scores.shape == (llama.record.n_edges,)
    assert peers(llama, tasks[::-1], Settings())[0].fact_id == peer.fact_id
    compared = References(peers=(peer,))
    asked = {task.prompt.fact_id: compared.peer(task) for task in tasks}
    assert asked.pop(peer.fact_id) is None
    assert list(asked.values()) == [peer] * 3
    assert compared.peer(replace(tasks[0], again=False)) is None
    assert peers(llama, [], Settings()) == []
