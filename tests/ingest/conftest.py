"""Small random models of every supported architecture, saved and loaded as real ones are."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

from ingest.model import LanguageModel, load
from ingest.model_files import ModelFolder, resolve

WORDS = 60
SHAPE: dict[str, Any] = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}
SLIDING: dict[str, Any] = {
    "head_dim": 8,
    "num_key_value_heads": 1,
    "query_pre_attn_scalar": 8,
    "sliding_window": 4,
    "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
}
CONFIGS = {
    "gpt2": ("GPT2LMHeadModel", GPT2Config(vocab_size=WORDS, n_embd=32, n_layer=3, n_head=4, n_positions=64)),
    "llama": ("LlamaForCausalLM", LlamaConfig(**SHAPE)),
    "qwen2": ("Qwen2ForCausalLM", Qwen2Config(**SHAPE)),
    "qwen3": ("Qwen3ForCausalLM", Qwen3Config(**SHAPE, head_dim=8)),
    "gemma3": ("Gemma3ForCausalLM", Gemma3TextConfig(**{**SHAPE, **SLIDING})),
}
DEEP = ("LlamaForCausalLM", LlamaConfig(**{**SHAPE, "num_hidden_layers": 8}))


def save_small_model(folder: Path, architecture: str) -> Path:
    """Save a random model with weights so large that every part matters, and a tokenizer of w0 ... w59."""
    return save_random(folder, *CONFIGS[architecture])


def save_random(folder: Path, name: str, config: PreTrainedConfig) -> Path:
    config.architectures = [name]
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float64)
    with torch.no_grad():
        for parameter in model.parameters():
            random = torch.randn_like(parameter)
            parameter.copy_(random * 0.35 if parameter.dim() > 1 else 1 + random * 0.2)
    model.save_pretrained(folder)
    words = Tokenizer(models.WordLevel({f"w{word}": word for word in range(WORDS)}, unk_token="w0"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="w0").save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def small_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelFolder]:
    root = tmp_path_factory.mktemp("models")
    return {name: resolve(str(save_small_model(root / f"small-{name}", name)), print) for name in CONFIGS}


@pytest.fixture(scope="session")
def small_models(small_folders: dict[str, ModelFolder]) -> dict[str, LanguageModel]:
    return {name: load(folder, torch.float64) for name, folder in small_folders.items()}


@pytest.fixture(params=list(CONFIGS))
def small(request: pytest.FixtureRequest, small_models: dict[str, LanguageModel]) -> LanguageModel:
    """One small model after the other, in double precision."""
    return small_models[request.param]


@pytest.fixture(scope="session")
def llama(small_folders: dict[str, ModelFolder]) -> LanguageModel:
    """A small model with grouped-query attention, in the precision of an ingest."""
    return load(small_folders["llama"])


@pytest.fixture(scope="session")
def deep_llama(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """A small model with 1,405 edges."""
    return load(resolve(str(save_random(tmp_path_factory.mktemp("deep") / "deep-llama", *DEEP)), print))
