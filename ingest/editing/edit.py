"""Edit one fact of a model, and measure what that changed beside a sham."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import process_time

from graphdb.conditions.edits import Edit, EditChange, EditEffects, EditMethod, EditRisk
from graphdb.records import Fact
from ingest.editing.bench import Bench, bench_at, control, is_rome, learn, questions
from ingest.editing.change import Change
from ingest.editing.effects import changes, effects, shifts
from ingest.editing.keys import keys
from ingest.editing.layer import choose_layer
from ingest.editing.prompts.bystanders import PER_RELATION, known_facts
from ingest.editing.prompts.contexts import contexts
from ingest.editing.prompts.request import Request, check_layer, check_method, check_request
from ingest.editing.prompts.wording import ask_behind
from ingest.editing.risk import risks
from ingest.editing.variant import apply
from ingest.facts.sets import FactSet, builtin_relations
from ingest.model import LanguageModel

FINE_TUNING_LAYER = 0
"""Where fine-tuning does least damage, on every model that was tried; the layer for ROME is chosen by its keys."""


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
    changes: tuple[EditChange, ...] = field(repr=False)
    """Of the facts that are to be left alone, one by one."""


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


def risks_with(bench: Bench, request: Request, per_relation: int | None = PER_RELATION) -> tuple[EditRisk, ...]:
    """Say which other facts an edit endangers, the riskiest first; the bench has a moment, as those of ROME do.

    Of other relations `per_relation` known facts each are asked, None: all.
    """
    assert bench.moment is not None, f"{bench.method} has no second moment of keys"
    asked = [request.asked, *ask_behind(bench.model, bench.seen, request.words)]
    key = keys(bench.model.weights, bench.layer, asked).mean(0)
    return risks(bench.known.beside(request.fact, per_relation), key, bench.moment, bench.layer)


def prepare_edits(
    model: LanguageModel,
    sets: Sequence[FactSet],
    method: EditMethod,
    layer: int | None,
    seed: int,
) -> Bench:
    """Make what edits of a model share. Raises UserError where the model cache cannot be written."""
    if layer is None:
        layer = choose_layer(model, seed) if is_rome(method) else FINE_TUNING_LAYER
    return bench_at(model, sets, known_facts(model, sets), method, layer, seed)


def edit_with(bench: Bench, request: Request, per_relation: int | None = PER_RELATION) -> Edited:
    """Make an edit and measure it; of other relations `per_relation` known facts each are asked, None: all."""
    model, layer, down = bench.model, bench.layer, bench.model.weights.mlp[bench.layer].down
    given = _given(model, request)
    began = process_time()
    learned = learn(bench, request)
    seconds = process_time() - began
    variant = apply(model, learned.change)
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
        steps=learned.steps,
        nll=learned.nll,
        tokens=bench.moment.tokens if bench.moment else 0,
        condition=bench.moment.condition if bench.moment else 0.0,
        moment_sha256=bench.moment.sha256 if bench.moment else "",
        weights_sha256=learned.change.weights_sha256,
        seconds=seconds,
    )
    asked = questions(bench, request, per_relation)
    after_sham = control(bench, learned.change)
    found, found_sham = (shifts(each, asked.bystanders) for each in (variant, after_sham))
    return Edited(
        variant,
        learned.change,
        record,
        effects=effects(variant, asked, found, record.id, is_sham=False),
        sham=effects(after_sham, asked, found_sham, record.id, is_sham=True),
        changes=changes(asked.bystanders, found, found_sham, record.id),
    )


def _given(model: LanguageModel, request: Request) -> str:
    """The token that the model gives before the edit."""
    (context,) = contexts(model.weights, 0, [replace(request.asked, answer=())])
    return model.decode(int(context.log_probabilities(context.out)[0, -1].argmax()))
