"""Random models of any size, loaded as real ones are."""

from pathlib import Path
from typing import Any

import torch

from ingest.facts.prompts import Prompt
from ingest.facts.task import Task
from ingest.model import LanguageModel, load
from ingest.model_files import resolve


def random_model(config: Any, folder: Path) -> LanguageModel:
    """Save a random model of a transformers configuration, with a tokenizer of one word, and load it."""
    from tokenizers import Tokenizer, models
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"word": 0}, "word"))).save_pretrained(folder)
    return load(resolve(str(folder), lambda _: None))


def random_tasks(clean: torch.Tensor, corrupt: torch.Tensor, answer: int, foil: int) -> list[Task]:
    """Return tasks of one donor each from prompts [b, p]."""

    def prompt(fact: int, tokens: torch.Tensor, token: int) -> Prompt:
        return Prompt(f"random/{fact}", "", tuple(tokens.tolist()), (token,))

    return [
        Task(prompt(fact, one, answer), (prompt(-fact, two, foil),), answer, 1, 1, 0)
        for fact, (one, two) in enumerate(zip(clean, corrupt, strict=True))
    ]
