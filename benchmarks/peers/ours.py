"""Time our attribution on the same shapes: `python -m benchmarks.peers.ours gpt2|default` prints JSON."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.peers.shape import ANSWER, FOIL, HEADS, LAYERS, STEPS, WIDTH, WORDS, prompts, report
from benchmarks.random_models import random_model, random_tasks
from ingest.compute.prompt_runs import Runs
from ingest.facts.task import Task
from ingest.methods import EFFORTS, METHODS
from ingest.model import LanguageModel, load
from ingest.model.forward import last_logits, run
from ingest.model_files import DEFAULT_MODEL, resolve


def gpt2_small() -> Any:
    """Configuration of GPT-2-small."""
    from transformers import GPT2Config

    config = GPT2Config(vocab_size=WORDS, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS)
    config.architectures = ["GPT2LMHeadModel"]
    return config


@torch.no_grad()
def main(model: LanguageModel) -> None:
    """Print the times."""
    clean, corrupt = (tokens % len(model.weights.embed) for tokens in prompts())
    tasks = random_tasks(clean, corrupt, ANSWER, FOIL)
    methods = {name: partial(_score, model, tasks, name) for name in ("eap", "eap-ig", "secant")}
    report(lambda: last_logits(model.weights, run(model.weights, clean).final), methods)


def _score(model: LanguageModel, tasks: Sequence[Task], method: str) -> object:
    effort = replace(EFFORTS["default"], steps=STEPS)
    return METHODS[method].score_edges(Runs(model.weights, tasks), [[0] * len(tasks)], effort)


if __name__ == "__main__":
    if sys.argv[1] == "default":
        main(load(resolve(DEFAULT_MODEL, lambda _: None)))
    else:
        with TemporaryDirectory() as folder:
            main(random_model(gpt2_small(), Path(folder)))
