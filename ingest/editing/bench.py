"""What edits of one model and layer share, and the change and the questions that come of one request."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphdb.conditions.edits import EditMethod
from ingest.editing.change import Change, RankOne, Whole, make_change
from ingest.editing.effects import Questions
from ingest.editing.moment import Moment, moment
from ingest.editing.prompts.bystanders import PER_RELATION, Bystanders
from ingest.editing.prompts.contexts import contexts
from ingest.editing.prompts.request import Request
from ingest.editing.prompts.wording import Wording, ask, ask_behind
from ingest.editing.samples import prefixes
from ingest.editing.updates.fine_tuning import fine_tune
from ingest.editing.updates.rome import rome
from ingest.editing.updates.sham import sham
from ingest.editing.updates.tuning import tuning_of
from ingest.editing.variant import apply
from ingest.facts.prompts import Tokens
from ingest.facts.sets import FactSet
from ingest.model import LanguageModel


@dataclass(frozen=True)
class Bench:
    """What edits of one model need and that is of no fact: made once, used for many."""

    model: LanguageModel
    method: EditMethod
    layer: int
    seed: int
    moment: Moment | None = field(repr=False)
    """Of the keys of the layer; None for fine-tuning."""
    seen: tuple[Tokens, ...]
    """Words before a prompt that an edit learns from."""
    unseen: tuple[Tokens, ...]
    """Words before a prompt that it is judged by."""
    sets: tuple[FactSet, ...] = field(repr=False)
    known: Bystanders = field(repr=False)
    """Facts that an edit is to leave alone."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A change that was found, and how."""

    change: Change
    steps: int
    """Of the optimiser."""
    nll: float
    """Nats a token of the object that it ended with."""


def is_rome(method: EditMethod) -> bool:
    """Whether a method needs the second moment of keys."""
    return method in (EditMethod.ROME, EditMethod.ROME_ORIGINAL)


def bench_at(
    model: LanguageModel, sets: Sequence[FactSet], known: Bystanders, method: EditMethod, layer: int, seed: int
) -> Bench:
    """Make what edits of one layer share. Raises UserError where the model cache cannot be written."""
    found = moment(model, layer, seed) if is_rome(method) else None
    words = prefixes(model, seed), prefixes(model, seed + 1)
    return Bench(model, method, layer, seed, found, *words, tuple(sets), known)


def learn(bench: Bench, request: Request) -> Learned:
    """Find the change that gives the fact its new object."""
    delta, steps, nll = _delta(bench, request)
    down = bench.model.weights.mlp[bench.layer].down
    return Learned(make_change(bench.model.record.weights_sha256, bench.layer, delta, down), steps, nll)


def _delta(bench: Bench, request: Request) -> tuple[RankOne | Whole, int, float]:
    weights, tuning = bench.model.weights, tuning_of(bench.model.weights.mlp[bench.layer])
    if bench.moment is None:
        (found,) = contexts(weights, bench.layer, [request.asked], whole=True)
        return fine_tune(found, tuning, bench.method)
    behind = ask_behind(bench.model, bench.seen, request.words, request.to)
    found = contexts(weights, bench.layer, [request.asked, *(each for each in behind if each.answer)])
    subject = request.fact.subject
    (essence,) = contexts(weights, bench.layer, [ask(bench.model, Wording(f"{subject} is a", len(subject)))])
    delta, value = rome(found, essence, bench.moment, tuning, bench.method)
    return delta, value.steps, value.nll


def control(bench: Bench, change: Change) -> LanguageModel:
    """Return the model with the sham of a change in its place."""
    down = bench.model.weights.mlp[bench.layer].down
    delta = sham(change.delta, down, bench.seed)
    return apply(bench.model, make_change(change.base_sha256, bench.layer, delta, down))


def questions(bench: Bench, request: Request, per_relation: int | None = PER_RELATION) -> Questions:
    """Return what is asked before and after; of other relations `per_relation` known facts each, None: all."""
    unseen = ask_behind(bench.model, bench.unseen, request.words, request.to)
    templates = [ask(bench.model, words, request.to) for words in request.others]
    return Questions(
        request.asked,
        [each for each in unseen if each.answer],
        templates,
        request.fact.relation_id,
        bench.known.beside(request.fact, per_relation),
    )
