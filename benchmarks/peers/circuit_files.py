"""Make the circuit files of `tests/formats/peers` with EAP-IG's and auto-circuit's own code.

`python circuit_files.py FOLDER` in the peers' environment, with EAP-IG's `src` on PYTHONPATH. The models are random:
`gpt2` has two layers of three heads, `grouped` two layers of four heads over two kv-heads.
"""

# pyright: reportMissingImports=false, reportCallIssue=false
# The libraries are those of the peer's own environment.

import sys
from pathlib import Path

import eap.attribute
import eap.utils
import torch
from eap.graph import Graph
from eap_ig_evaluate import given_tokens
from transformer_lens import HookedTransformer, HookedTransformerConfig

WORDS, POSITIONS, EDGES = 50, 6, 12


def random_model(heads: int, kv_heads: int | None) -> HookedTransformer:
    """Two layers; grouped attention is ungrouped, as EAP-IG wants it."""
    torch.manual_seed(0)
    config = HookedTransformerConfig(
        n_layers=2,
        n_heads=heads,
        n_key_value_heads=kv_heads,
        d_model=24,
        d_head=8,
        d_mlp=32,
        n_ctx=16,
        d_vocab=WORDS,
        act_fn="gelu",
        normalization_type="LN",
        device="cpu",
        seed=0,
        use_attn_result=True,
        use_split_qkv_input=True,
        use_hook_mlp_in=True,
        ungroup_grouped_query_attention=kv_heads is not None,
    )
    return HookedTransformer(config)


def main(folder: Path) -> None:
    """Write each model's circuit as JSON and `.pt`, with scores alone too, and auto-circuit's scores."""
    folder.mkdir(parents=True, exist_ok=True)
    zeros = torch.zeros
    torch.zeros = lambda *size, **more: zeros(*size, **more | {"device": "cpu"})  # theirs run on CUDA alone
    for module in (eap.attribute, eap.utils):
        module.tokenize_plus = given_tokens
    generator = torch.Generator().manual_seed(0)
    clean, corrupt = (torch.randint(WORDS, (3, POSITIONS), generator=generator).tolist() for _ in range(2))
    for name, model in {"gpt2": random_model(3, None), "grouped": random_model(4, 2)}.items():
        graph = Graph.from_model(model)
        eap.attribute.attribute(
            model,
            graph,
            [(clean, corrupt, None)],
            lambda logits, *_: (logits[:, -1, 1] - logits[:, -1, 2]).mean(),
            "EAP-IG-inputs",
            ig_steps=3,
            quiet=True,
        )
        graph.to_json(str(folder / f"{name}_scores.json"))
        graph.apply_topn(EDGES, absolute=True)
        graph.to_json(str(folder / f"{name}.json"))
        graph.to_pt(str(folder / f"{name}.pt"))
    torch.zeros = zeros
    write_prune_scores(folder)


def write_prune_scores(folder: Path) -> None:
    """auto-circuit's scores of the same `gpt2`, of a circuit's edges, and of positions."""
    import numpy as np
    from auto_circuit.utils.graph_utils import patchable_model
    from safetensors.torch import save_file

    model = random_model(3, None)
    for name, seq_len in (("circuit", None), ("positions", POSITIONS)):
        patched = patchable_model(model, factorized=True, slice_output="last_seq", seq_len=seq_len, separate_qkv=True)
        edges = sorted(patched.edges, key=lambda edge: (edge.name, edge.seq_idx or 0))[:: 7 if seq_len is None else 41]
        scores = patched.circuit_prune_scores(dict.fromkeys(edges).keys())
        save_file({key: value.contiguous() for key, value in scores.items()}, folder / f"auto_{name}.safetensors")
        np.savez(folder / f"auto_{name}.npz", **{key: value.numpy() for key, value in scores.items()})
        (folder / f"auto_{name}.txt").write_text("\n".join(sorted({edge.name for edge in edges})) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
