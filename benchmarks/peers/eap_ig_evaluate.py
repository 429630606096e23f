"""Evaluate circuit files with EAP-IG's own `evaluate_graph`. Runs in the peers' environment, and prints JSON.

`python eap_ig_evaluate.py MODEL_FOLDER TASKS_JSON`, with EAP-IG's `src` on PYTHONPATH. The model is a Llama-like
folder, run by TransformerLens with a key and a value for each query head.
"""

# pyright: reportMissingImports=false, reportCallIssue=false
# The libraries are those of the peer's own environment.

import json
import sys
from pathlib import Path

import eap.evaluate
import torch
from eap.graph import Graph
from safetensors.torch import load_file
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_llama_weights
from transformers import LlamaConfig, LlamaForCausalLM


def read_model(folder: Path) -> HookedTransformer:
    """The folder's model with attention ungrouped."""
    said = json.loads((folder / "config.json").read_text())
    config = LlamaConfig(
        **{key: said[key] for key in said if key not in ("rope_parameters", "dtype", "transformers_version")}
    )
    theirs = LlamaForCausalLM(config)
    theirs.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    theirs.tie_weights()
    cfg = HookedTransformerConfig(
        n_layers=said["num_hidden_layers"],
        n_heads=said["num_attention_heads"],
        n_key_value_heads=said["num_key_value_heads"],
        d_model=said["hidden_size"],
        d_head=said["head_dim"],
        d_mlp=said["intermediate_size"],
        n_ctx=512,
        d_vocab=said["vocab_size"],
        act_fn=said["hidden_act"],
        normalization_type="RMS",
        final_rms=True,
        gated_mlp=True,
        eps=said["rms_norm_eps"],
        positional_embedding_type="rotary",
        rotary_adjacent_pairs=False,
        rotary_dim=said["head_dim"],
        rotary_base=int(said["rope_parameters"]["rope_theta"]),
        original_architecture="LlamaForCausalLM",
        use_attn_result=True,
        use_split_qkv_input=True,
        use_hook_mlp_in=True,
        ungroup_grouped_query_attention=True,
        device="cpu",
    )
    model = HookedTransformer(cfg)
    model.load_state_dict(model.fill_missing_keys(convert_llama_weights(theirs, cfg)), strict=False)
    return model.eval().requires_grad_(requires_grad=False)


def given_tokens(
    _: object, tokens: list[list[int]], *__: object
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
    """In place of their tokenisation: the prompts are tokens already, of one length."""
    rows = torch.tensor(tokens)
    return rows, torch.ones_like(rows), torch.full((len(rows),), rows.shape[1]), rows.shape[1]


def margins(logits: torch.Tensor, task: dict) -> torch.Tensor:
    """logit(answer) - logit(foil) at the last position of each row."""
    return logits[:, -1, task["answer"]] - logits[torch.arange(len(logits)), -1, torch.tensor(task["foils"])]


@torch.inference_mode()
def main(folder: Path, tasks: Path) -> None:
    """Print each circuit's faithfulness: the mean over its corrupt prompts."""
    eap.evaluate.tokenize_plus = given_tokens
    model = read_model(folder)
    found = []
    for task in json.loads(tasks.read_text()):
        graph = Graph.from_json(task["file"])
        clean, corrupt = [task["clean"]] * len(task["corrupt"]), task["corrupt"]
        kept = eap.evaluate.evaluate_graph(
            model, graph, [(clean, corrupt, None)], lambda logits, *_, task=task: margins(logits, task), quiet=True
        )
        whole, nothing = (margins(model(torch.tensor(each)), task) for each in (clean, corrupt))
        edges = int(graph.in_graph.sum())
        found.append({"faithfulness": float(((kept - nothing) / (whole - nothing)).mean()), "edges": edges})
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
