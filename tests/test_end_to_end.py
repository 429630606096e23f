"""A packaged model from facts to answers, through the command line, as a process of its own.

The default one goes this way with the README's tour (`tests/test_readme.py`).
"""

from pathlib import Path

import pytest

from graphdb.store import Store, open_store
from tests.cli.conftest import Cli, shell  # noqa: F401


@pytest.mark.timeout(1800)
@pytest.mark.soak
@pytest.mark.weights
@pytest.mark.slow
def test_the_second_packaged_model_runs_from_facts_to_answers(
    shell: Cli,  # noqa: F811
    tmp_path: Path,
    *,
    soak: bool,
) -> None:
    relations = ("country_capital", "country_language")
    few = ("--limit", "8") if soak else ("--limit", "3")
    done = shell("ingest", *relations, *few, "--model", "gemma3-270m", "--store", str(tmp_path / "store"))
    assert done.status == 0, done.err
    with open_store(tmp_path / "store", create=False) as store:
        assert_answers(store, "gemma-3-270m-q4_k_m", 4, {*relations})


def assert_answers(store: Store, model: str, heads: int, relations: set[str]) -> None:
    """The circuits of some relations in a model are what they say, and beyond chance on donors never seen."""
    circuits = store.query("circuits")
    assert set(circuits["model"]) == {model}
    assert set(circuits["relation"]) == relations
    assert (circuits["reached"] == (circuits["faithfulness_size"] >= 0.85)).all()
    assert (circuits["faithfulness_size"] > circuits["faithfulness_random"]).all()
    assert (circuits["faithfulness"] - circuits["faithfulness_random"]).mean() > 0.3
    (stored,) = store.query("models").to_dict("records")
    assert (stored["heads"], stored["circuits"]) == (heads, len(circuits))
    shared = store.query("shared_components", min_relations=2)
    assert set(shared["kind"]) == {"head", "kv_head", "mlp"}
