"""Edit one fact of a model, and measure what that changed beside a sham."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import process_time

from graphdb.edit_records import Edit, EditEffects, EditMethod, EditRisk
from graphdb.records import Fact
from ingest.editing.change import Change, RankOne, Whole, make_change
from ingest.editing.effects import Questions, effects
from ingest.editing.keys import keys
from ingest.editing.layer import choose_layer
from ingest.editing.moment import Moment, moment
from ingest.editing.prompts.bystanders import PER_RELATION, Bystanders, known_facts
from ingest.editing.prompts.contexts import contexts
from ingest.editing.prompts.request import Request, check_layer, check_method, check_request
from ingest.editing.prompts.wording import Wording, ask, ask_behind
from ingest.editing.risk import risks
from ingest.editing.samples import prefixes
from ingest.editing.updates.fine_tuning import fine_tune
from ingest.editing.updates.rome import rome
from ingest.editing.updates.sham import sham
from ingest.editing.updates.tuning import tuning_of
from ingest.editing.variant import apply
from ingest.facts.prompts import Tokens
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel

FINE_TUNING_LAYER = 0
"""Where fine-tuning does least damage, on every model that was tried; the layer for ROME is chosen by its keys."""


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


@dataclass(frozen=True)
class Edited:
    """An edit: undone by going on with the model that it was made in, whose weights it has not touched."""

    model: LanguageModel = field(repr=False)
    """The variant; its handle opens it again, in another process too."""
    change: Change = field(repr=False)
    """What `save_change` keeps."""
    record: Edit
    effects: EditEffects
    sham: EditEffects


def edit(
    model: LanguageModel,
    fact: Fact,
    to: str,
    sets: Sequence[FactSet] = (),
    *,
    method: str = EditMethod.ROME,
    layer: int | None = None,
    template: int = 0,
    seed: int = 0,
) -> Edited:
    """Change a model so that it gives `fact` the object `to`, and measure what else that changes.

    `sets` hold the facts that it is to leave alone; none: the packaged ones. The first edit of a model and layer
    measures the second moment of its keys, which takes up to a minute and is kept.

    Raises UserError for an unknown method or layer, and for what `check_request` refuses.
    """
    sets = sets or builtin_relations()
    chosen = check_method(method)
    check_layer(model, layer)
    request = check_request(model, fact, to, sets, template)
    return edit_with(prepare_edits(model, sets, chosen, layer, seed), request)


def risks_of(
    model: LanguageModel,
    fact: Fact,
    to: str,
    sets: Sequence[FactSet] = (),
    *,
    layer: int | None = None,
    template: int = 0,
    seed: int = 0,
) -> tuple[EditRisk, ...]:
    """Say which other facts an edit by ROME endangers, the riskiest first, without making it.

    Arguments and errors are those of `edit`.
    """
    sets = sets or builtin_relations()
    check_layer(model, layer)
    request = check_request(model, fact, to, sets, template)
    return risks_with(prepare_edits(model, sets, EditMethod.ROME, layer, seed), request)


def risks_with(bench: Bench, request: Request) -> tuple[EditRisk, ...]:
    """Say which other facts an edit endangers, the riskiest first; the bench is of ROME, which has a moment."""
    assert bench.moment is not None, f"{bench.method} has no second moment of keys"
    asked = [request.asked, *ask_behind(bench.model, bench.seen, request.words)]
    key = keys(bench.model.weights, bench.layer, asked).mean(0)
    return risks(bench.known.beside(request.fact), key, bench.moment, bench.layer)


def prepare_edits(
    model: LanguageModel, sets: Sequence[FactSet], method: EditMethod, layer: int | None, seed: int
) -> Bench:
    """Make what edits of a model share. Raises UserError where the model cache cannot be written."""
    is_rome = method in (EditMethod.ROME, EditMethod.ROME_ORIGINAL)
    if layer is None:
        layer = choose_layer(model, seed) if is_rome else FINE_TUNING_LAYER
    found = moment(model, layer, seed) if is_rome else None
    known = known_facts(model, sets)
    return Bench(
        model, method, layer, seed, found, prefixes(model, seed), prefixes(model, seed + 1), tuple(sets), known
    )


def edit_with(bench: Bench, request: Request, per_relation: int | None = PER_RELATION) -> Edited:
    """Make an edit and measure it; of other relations `per_relation` known facts each are asked, None: all."""
    model, layer, down = bench.model, bench.layer, bench.model.weights.mlp[bench.layer].down
    given = _given(model, request)
    began = process_time()
    delta, steps, nll = _delta(bench, request)
    seconds = process_time() - began
    change = make_change(model.record.weights_sha256, layer, delta, down)
    variant = apply(model, change)
    norm = float((variant.weights.mlp[layer].down - down).norm())
    record = Edit(
        model_id=model.record.id,
        variant_id=variant.record.id,
        fact_id=request.fact.id,
        prompt=request.words.text,
        subject=request.fact.subject,
        given=given,
        object=request.to,
        method=bench.method,
        layer=layer,
        seed=bench.seed,
        norm=norm,
        share=norm / float(down.norm()),
        steps=steps,
        nll=nll,
        tokens=bench.moment.tokens if bench.moment else 0,
        condition=bench.moment.condition if bench.moment else 0.0,
        moment_sha256=bench.moment.sha256 if bench.moment else "",
        weights_sha256=change.weights_sha256,
        seconds=seconds,
    )
    control = apply(model, make_change(model.record.weights_sha256, layer, sham(delta, down, bench.seed), down))
    asked = _questions(bench, request, per_relation)
    measured = effects(variant, asked, record.id, is_sham=False)
    return Edited(variant, change, record, measured, effects(control, asked, record.id, is_sham=True))


def _delta(bench: Bench, request: Request) -> tuple[RankOne | Whole, int, float]:
    """The change, the steps that it took, and the nats a token of the object that it ended with."""
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


def _given(model: LanguageModel, request: Request) -> str:
    """The token that the model gives before the edit."""
    (context,) = contexts(model.weights, 0, [replace(request.asked, answer=())])
    return model.decode(int(context.log_probabilities(context.out)[0, -1].argmax()))


def _questions(bench: Bench, request: Request, per_relation: int | None) -> Questions:
    unseen = ask_behind(bench.model, bench.unseen, request.words, request.to)
    templates = [ask(bench.model, words, request.to) for words in request.others]
    return Questions(
        request.asked,
        [each for each in unseen if each.answer],
        templates,
        request.fact.relation_id,
        bench.known.beside(request.fact, per_relation),
    )
