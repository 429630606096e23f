"""Facts of the small models' words, of which a model knows all that it is asked: its own answers are the objects."""

from collections.abc import Sequence

import torch

from graphdb.records import Fact, Relation
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel
from ingest.model.forward import last_logits, run

TEMPLATES = ("w40 w41 {} w42", "w43 {} w44 w45")
FURTHER = ("w50 {} w51",)


def known_sets(model: LanguageModel) -> list[FactSet]:
    """Two relations of six facts each, with the objects that the model gives."""
    one = _set(model, "first", TEMPLATES, [f"w{number}" for number in range(1, 7)])
    two = _set(model, "second", FURTHER, [f"w{number}" for number in range(11, 17)])
    return [one, two]


def _set(model: LanguageModel, name: str, templates: tuple[str, ...], subjects: Sequence[str]) -> FactSet:
    objects = [first_word(model, templates[0].replace("{}", subject)) for subject in subjects]
    facts = [
        Fact(f"{name}/{subject}", name, subject, each, (each,)) for subject, each in zip(subjects, objects, strict=True)
    ]
    return FactSet(Relation(name, name, "test", templates), tuple(facts))


@torch.no_grad()
def first_word(model: LanguageModel, text: str) -> str:
    logits = last_logits(model.weights, run(model.weights, torch.tensor([model.encode(text)])).final)
    return model.decode(int(logits[0].argmax()))
