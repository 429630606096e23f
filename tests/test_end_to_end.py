"""Both packaged models from facts to answers, through the command line, as processes of their own."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, shell  # noqa: F401


@pytest.mark.timeout(600)
@pytest.mark.weights
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "model", "heads"),
    [("smollm2-135m", "smollm2-135m-instruct-q4_1", 9), ("gemma3-270m", "gemma-3-270m-q4_k_m", 4)],
)
def test_a_packaged_model_runs_from_facts_to_answers(
    name: str,
    model: str,
    heads: int,
    shell: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    where = {"KCIRCUITS_STORE": str(tmp_path / "store")}
    relations = ("country_capital", "country_language")
    done = shell("ingest", *relations, "--limit", "4", "--model", name, **where)
    assert done.status == 0, done.err
    circuits = json.loads(shell("query", "circuits", "--format", "json", **where).out)
    assert {circuit["model"] for circuit in circuits} == {model}
    assert {circuit["relation"] for circuit in circuits} == set(relations)
    for circuit in circuits:
        assert circuit["reached"] == (circuit["faithfulness_size"] >= 0.85)
        assert circuit["faithfulness_size"] > circuit["faithfulness_random"]
    unseen = [circuit["faithfulness"] - circuit["faithfulness_random"] for circuit in circuits]
    assert sum(unseen) / len(unseen) > 0.3
    (stored,) = json.loads(shell("query", "models", "--format", "json", **where).out)
    assert (stored["heads"], stored["circuits"]) == (heads, len(circuits))
    shared = json.loads(shell("query", "shared_components", "-p", "min_relations=2", "--format", "json", **where).out)
    assert {component["kind"] for component in shared} == {"head", "kv_head", "mlp"}
