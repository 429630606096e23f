"""What is asked of an edit, and every mistake in it that can be told before anything is computed that takes long."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphdb.conditions.edits import EditMethod
from graphdb.errors import UserError, unknown
from graphdb.records import Fact, Relation
from ingest.editing.effects import gives
from ingest.editing.prompts.wording import JOINT, Asked, Wording, ask, asked_words, wording
from ingest.editing.samples import PREFIX_LENGTHS
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel

OWN = Relation("edit", "facts of one's own", "own prompts", ("{}",))
"""Stands for the relation of a fact that no set has."""


@dataclass(frozen=True, slots=True)
class Request:
    """A fact, and the object that it is to have."""

    fact: Fact
    words: Wording
    to: str
    asked: Asked
    """The words as tokens, with the new object."""
    others: tuple[Wording, ...]
    """The relation's other templates."""


def own_fact(prompt: str, subject: str) -> Fact:
    """Return the fact that a prompt of one's own asks for. Raises UserError where the subject is not in it."""
    words = wording(prompt, subject)
    template = words.text[: words.end - len(subject)] + SUBJECT + words.text[words.end :]
    return Fact(f"{OWN.id}/{words.text}", OWN.id, subject, "", (), template)


def check_method(name: str) -> EditMethod:
    """Return the method of this name. Raises UserError for another."""
    if name not in set(EditMethod):
        raise unknown("method", name, EditMethod)
    return EditMethod(name)


def check_layer(model: LanguageModel, layer: int | None) -> None:
    """Raise UserError for a layer that the model has not."""
    n = model.weights.topology.n_layers
    if layer is not None and not 0 <= layer < n:
        raise UserError(f"layer {layer} is unknown: model {model.record.id} has layers 0 to {n - 1}")


def check_request(model: LanguageModel, fact: Fact, to: str, sets: Sequence[FactSet], template: int) -> Request:
    """Return what is asked, in tokens.

    Raises UserError where the weights have too few bits, the subject is not in the prompt, the tokenizer cannot tell
    prompt and object apart, the prompt is too long, or the model gives the object already.
    """
    if model.weights.embed.dtype.itemsize < 4:
        raise UserError(
            f"model {model.record.id} is open in {str(model.weights.embed.dtype).removeprefix('torch.')}: "
            "edits are found by small steps, open it in float32"
        )
    relation = next((each.relation for each in sets if each.relation.id == fact.relation_id), None)
    relation = relation or replace(OWN, templates=(fact.prompt or SUBJECT,))
    words = asked_words(relation, fact, template)
    asked = ask(model, words, to)
    _check_tokens(model, words, to, asked)
    if gives(model, [asked])[0].first:
        raise UserError(f"the model already gives {to.strip()!r} after {words.text!r}: give another object")
    every = [asked_words(relation, fact, number) for number in range(len(relation.templates))]
    others = tuple(dict.fromkeys(each for each in every if each.text != words.text))
    fitting = tuple(each for each in others if ask(model, each, to).answer)
    return Request(fact, words, to.strip(), asked, fitting)


def _check_tokens(model: LanguageModel, words: Wording, to: str, asked: Asked) -> None:
    if not to.strip():
        raise UserError(f"the new object {to!r} is empty: give at least one word")
    if not asked.answer:
        raise UserError(
            f"the tokenizer joins the end of {words.text!r} with {to.strip()!r}: end the prompt with a word"
        )
    longest = len(asked.tokens) + len(asked.answer) + max(PREFIX_LENGTHS) + len(model.encode(JOINT))
    if longest > (most := model.weights.max_positions):
        raise UserError(
            f"prompt {words.text[:60]!r} with its object and words before it has {longest} tokens, at most {most} fit "
            "into the model: shorten it"
        )
