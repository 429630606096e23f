"""The architectures whose circuits can be found, and the short names by which the graph knows them."""

ARCHITECTURES = {
    "GPT2LMHeadModel": "gpt2",
    "LlamaForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "Gemma3ForCausalLM": "gemma3",
}
"""Name in a model's configuration -> short name, the `architecture` of a Model."""
