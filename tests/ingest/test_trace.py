"""The circuit of one's own prompt, on small random models of the words w0 .. w59."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphdb.errors import UserError
from graphdb.records import Kind
from graphdb.store import Store
from graphdb.store.score_files import load_scores
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from ingest.model.weights import Weights
from ingest.model_files import ModelFolder
from ingest.settings import Settings
from ingest.trace import contrast, corrupt_prompt, save, trace

CLEAN, CORRUPT = "w1 w2 w3 w4 w5", "w1 w2 w9 w4 w5"
SECANT = Settings(method="secant", effort="quick", robust=False)


@torch.no_grad()
def logits(model: LanguageModel, prompt: str) -> torch.Tensor:
    return last_logits(model.weights, run(model.weights, torch.tensor([model.encode(prompt)])).final)[0]


def answers(model: LanguageModel) -> dict[str, str]:
    """The two words whose logits the corrupt prompt moves most."""
    effect = logits(model, CLEAN) - logits(model, CORRUPT)
    return {"answer": f" w{int(effect.argmax())}", "instead": f" w{int(effect.argmin())}"}


def test_a_trace_is_what_its_prompts_say(small: LanguageModel, llama: LanguageModel) -> None:
    small = replace(small, tokenizer=llama.tokenizer)  # transformers puts another in the place of a small Qwen's own
    asked = answers(small)
    traced = trace(small, CLEAN, **asked, corrupt=CORRUPT, settings=SECANT)
    circuit, top = traced.circuit, small.weights.topology
    before, after = logits(small, CLEAN), logits(small, CORRUPT)
    a, b = (small.encode(asked[name])[0] for name in ("answer", "instead"))
    assert circuit.metric_clean == pytest.approx(float(before[a] - before[b]), abs=1e-6)
    assert circuit.metric_ablated == pytest.approx(float(after[a] - after[b]), abs=1e-6)
    assert traced.recall.rank == circuit.rank_model == int((before > before[a]).sum()) + 1
    assert traced.recall.probability == pytest.approx(float(before.softmax(-1)[a]), abs=1e-6)
    assert traced.scores.shape == (top.n_edges,)
    assert 0 < circuit.n_edges == len(circuit.edges) <= 0.1 * top.n_edges
    assert (circuit.judged_on, circuit.method) == ("find", "secant/single")
    assert circuit.contrast.kind == Kind.OWN
    assert circuit.contrast.donors == (circuit.donor,) == (traced.facts.facts[1].id,)


def test_an_answer_stands_behind_a_space_whether_it_begins_with_one_or_not(llama: LanguageModel) -> None:
    asked = answers(llama)
    with_space = trace(llama, CLEAN, **asked, corrupt=CORRUPT, settings=SECANT)
    without = {name: word.strip() for name, word in asked.items()}
    assert trace(llama, CLEAN, **without, corrupt=CORRUPT, settings=SECANT).circuit == with_space.circuit


def test_contrasts_that_differ_are_facts_that_differ(llama: LanguageModel) -> None:
    asked = [
        ("w1 w2", "w3", "w4", "w5 w2"),
        ("w1 w2", "w3", "w4", "w6 w2"),
        ("w1 w2", "w3", "w6", "w5 w2"),
        ("w1 w2", "w5", "w4", "w5 w2"),
        ("w1 w1", "w3", "w4", "w5 w2"),
        (" ".join(["w1"] * 100), "w3", "w4", "w5 w2"),
        (" ".join(["w1"] * 101), "w3", "w4", "w5 w2"),
    ]
    facts = [contrast(*each, llama.encode)[0] for each in asked]
    assert len({fact.id for fact in facts}) == len(asked)
    assert all(fact.id == f"trace/{fact.subject}" and len(fact.subject) <= 200 for fact in facts)


def test_a_corrupt_prompt_that_is_not_given_comes_from_the_packaged_facts() -> None:
    assert corrupt_prompt("The capital of France is", "Paris", "Berlin", str.split) == "The capital of Germany is"  # pyright: ignore[reportArgumentType]
    with pytest.raises(UserError, match="no packaged fact says of what 'Berlin' is true in place of 'Paris'"):
        corrupt_prompt("The capital of Frances is", "Paris", "Berlin", list)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"prompt": " "}, "prompt ' ' is empty"),
        ({"answer": ""}, "answer '' is empty"),
        ({"answer": "w7", "instead": " w7"}, "are both 'w7'"),
        ({"corrupt": "w1 w2 w9 w4 w5 w6"}, r"has 5 tokens, the corrupt one 6; they part at \['w3', .* against \['w9'"),
        ({"corrupt": CLEAN}, "is the prompt itself"),
        ({"answer": "w7 w8", "instead": "w7 w9"}, "begin with the same token 'w7'"),
        ({"prompt": "w1 " * 65, "corrupt": "w2 " * 65}, "has 65 tokens, at most 64 fit"),
        ({"corrupt": ""}, "give --corrupt"),
        ({"settings": replace(SECANT, method="secand")}, "method 'secand' is unknown; nearest: secant"),
        ({"settings": replace(SECANT, effort="much")}, "effort 'much' is unknown"),
        ({"settings": replace(SECANT, ablation="none")}, "ablation 'none' is unknown"),
        ({"settings": replace(SECANT, target=1.5)}, "faithfulness 1.5 is out of range"),
    ],
)
def test_what_cannot_be_traced(llama: LanguageModel, changed: dict, message: str) -> None:
    asked = {"prompt": CLEAN, "corrupt": CORRUPT, "settings": SECANT, **answers(llama)} | changed
    with pytest.raises(UserError, match=message):
        trace(llama, asked.pop("prompt"), **asked)


def test_a_corrupt_prompt_that_helps_the_answer_is_refused_with_its_effect(llama: LanguageModel) -> None:
    asked = answers(llama)
    effect = logits(llama, CORRUPT) - logits(llama, CLEAN)
    a, b = (llama.encode(asked[name])[0] for name in ("answer", "instead"))
    with pytest.raises(UserError, match=rf"by {float(effect[a] - effect[b]):.2f}, at least 0.5 are needed"):
        trace(llama, CORRUPT, **asked, corrupt=CLEAN, settings=SECANT)


def test_a_prompt_of_no_tokens_is_refused(small_models: dict[str, LanguageModel]) -> None:
    model = small_models["qwen2"]  # its tokenizer knows no word
    with pytest.raises(UserError, match="'w1 w2' has no tokens"):
        trace(model, "w1 w2", answer="w1", instead="w2", corrupt="w1 w3", settings=SECANT)


def test_activations_that_are_no_numbers_are_refused(llama: LanguageModel) -> None:
    broken: Weights = replace(llama.weights, embed=llama.weights.embed * float("nan"))
    with pytest.raises(UserError, match="activations are not finite"):
        trace(replace(llama, weights=broken), CLEAN, answer="w1", instead="w2", corrupt=CORRUPT, settings=SECANT)


def test_a_saved_trace_is_a_fact_with_recall_run_and_circuit(
    store: Store, llama: LanguageModel, small_folders: dict[str, ModelFolder]
) -> None:
    traced = trace(llama, CLEAN, **answers(llama), corrupt=CORRUPT, settings=SECANT)
    for _ in range(2):  # the second time it replaces itself
        save(store, llama, small_folders["llama"], traced)
    (row,) = store.query("circuits", relation="trace").to_dict("records")
    (run_row,) = store.query("runs").to_dict("records")
    (recalled,) = store.query("recalls").to_dict("records")
    assert (row["circuit"], row["run"]) == (traced.circuit.id, run_row["run"])
    assert (row["clean_prompt"], row["corrupt_prompt"]) == (CLEAN, CORRUPT)
    assert (run_row["circuits"], run_row["n_circuits"], bool(run_row["ended"])) == (1, 1, True)
    assert (recalled["fact"], recalled["rank"]) == (row["fact"], traced.recall.rank)
    assert set(store.query("facts")["fact"]) == {fact.id for fact in traced.facts.facts}
    assert len(store.query("circuit_edges", circuit=row["circuit"])) == traced.circuit.n_edges
    assert (load_scores(store.data_folder, row["artifact"]) == traced.scores).all()


@pytest.mark.weights
def test_the_page_on_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(list(filter(None, blocks[0].splitlines()))) == 5
    names: dict = {}
    exec(compile("\n".join(blocks), "docs/python.md", "exec"), names)
    printed = capsys.readouterr().out.splitlines()
    assert float(printed[0].split()[0]) >= 0.85
    assert any("trace/The capital of Italy is Rome" in line for line in printed)
    assert re.search(r"smollm2-135m-instruct-q4_1~[0-9a-f]{8} +4$", printed[-1])
    assert names["found"].scores.shape == (names["top"].n_edges,)
