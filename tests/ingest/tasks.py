"""Tasks of a small model: prompts of seven words, and donors on which the metric says something."""

import numpy as np
import torch

from ingest.facts.task import MIN_EFFECT, Task, divide
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run
from tests.ingest.pairs import prompt

LENGTH = 7


@torch.no_grad()
def make_task(model: LanguageModel, number: int, start: int, n_donors: int) -> Task:
    """A task whose donors differ from `start` on; answer and foils are what the donors' prompts change most."""
    draw = np.random.default_rng(number)
    clean = draw.permutation(np.arange(1, 40))[:LENGTH]
    others = [
        np.concatenate((clean[:start], draw.permutation(np.arange(1, 40))[start:LENGTH])) for _ in range(n_donors)
    ]
    logits = last_logits(model.weights, run(model.weights, torch.tensor(np.stack((clean, *others)))).final)
    changes = logits[0] - logits[1:]
    answer = int(changes.amin(0).argmax())
    foils = changes.argmin(1).tolist()
    assert bool((changes[:, answer] - changes.amin(1) >= MIN_EFFECT).all())
    donors = tuple(
        prompt(f"r/{number} donor {index}", map(int, tokens), foil)
        for index, (tokens, foil) in enumerate(zip(others, foils, strict=True))
    )
    return Task(prompt(f"r/{number}", map(int, clean), answer), donors, answer, 3, *divide(n_donors))


def make_tasks(model: LanguageModel, n_donors: int, count: int = 8) -> list[Task]:
    """Tasks of one shape whose donors begin to differ at different positions."""
    starts = (0, 2, 3, 3, 5, 6, 6, 6)
    return [make_task(model, number, start, n_donors) for number, start in enumerate(starts[:count])]
