"""What a store holds, in a form that two stores can be compared by."""

import json
from typing import Any

from graphdb.dump import dump
from graphdb.maintenance.check import check
from graphdb.store import Store

SUMMARIES = (
    "MATCH (n) WHERE n:CircuitSummary OR n:ComponentSummary OR n:FactSummary OR n:RecallSummary "
    "RETURN properties(n) AS row",
    "MATCH (k:Component)-[u:USED_BY]->(r:Relation) RETURN {k: k.id, r: r.id, u: properties(u)} AS row",
)


def contents(store: Store) -> list[str]:
    """The canonical dump, but for the times of runs and the sum over them; summaries; names of score files.

    Nothing may be wrong with the store.
    """
    assert check(store) == []
    lines = [_timeless(json.loads(line)) for line in b"".join(dump(store)).splitlines()]
    rows = [row for text in SUMMARIES for row in store.read(text)["row"]]
    return [*lines[:-1], *sorted(json.dumps(row, sort_keys=True) for row in rows), *score_files(store)]


def score_files(store: Store) -> list[str]:
    return sorted(path.name for path in store.data_folder.iterdir())


def _timeless(record: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in record.items() if name not in ("started", "ended")})
