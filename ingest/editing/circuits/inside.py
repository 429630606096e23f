"""What an edit does inside the model: circuits before and after, where it acts, and where both objects appear.

Everything stands beside a null: circuits beside those from other donors and after the sham, the rest beside the sham.
"""

from dataclasses import dataclass

from graphdb.conditions.edits import EditAction, EditCircuit, EditLens, Stage
from graphdb.errors import UserError
from graphdb.role_records import RoleKind
from ingest.discovery.answers import best_answers, last_states
from ingest.editing.circuits.action import Pair, carried, places
from ingest.editing.circuits.beside import circuits_beside
from ingest.editing.circuits.subject import Subject
from ingest.facts.prompts import Case, encode_prompt, fact_prompt
from ingest.lens.facts import LensFact
from ingest.lens.lens import lenses
from ingest.model import LanguageModel


@dataclass(frozen=True)
class Inside:
    """What was found, each with its nulls."""

    fact_id: str
    """The edited fact."""
    circuits: tuple[EditCircuit, ...]
    """Three a fact; none of facts that have too few donors."""
    actions: tuple[EditAction, ...]
    lenses: tuple[EditLens, ...]


def look_inside(subject: Subject, *, with_circuits: bool = True) -> Inside:
    """Find circuits of the edited fact and its neighbours, where the edit acts, and where both objects appear.

    Circuits take nearly all of the time.

    Raises UserError where old and new object begin with the same token: no logit tells them apart.
    """
    pair = _pair(subject)
    return Inside(
        subject.request.fact.id,
        circuits_beside(subject, pair.new) if with_circuits else (),
        tuple(_action(subject, pair, is_sham=each) for each in (False, True)),
        object_lenses(subject, pair),
    )


def _pair(subject: Subject) -> Pair:
    """The token of the old object, of several accepted ones that which the model ranks best, and of the new one."""
    request, model = subject.request, subject.before
    prompt = encode_prompt(request.words.text, request.fact, model.encode)
    found = best_answers(model, [Case(prompt, (), None)], last_states(model, [prompt])) if prompt.answers else {}
    new = request.asked.answer[0]
    if prompt.fact_id not in found or found[prompt.fact_id].token == new:
        raise UserError(
            f"fact {request.fact.id}: {request.fact.object!r} and {request.to!r} are not told apart by their first "
            "tokens: circuits cannot be compared, give another object or leave out --circuits"
        )
    return Pair(found[prompt.fact_id].token, new)


def _action(subject: Subject, pair: Pair, *, is_sham: bool) -> EditAction:
    """Return where the edit acts, or its sham, and what carries it."""
    movers = subject.heads(RoleKind.MOVER)
    weights = (subject.before.weights, (subject.sham if is_sham else subject.after).weights)
    asked = subject.request.asked
    acts = places(*weights, subject.layer, asked, pair)
    parts = carried(*weights, subject.layer, asked, pair, movers or ())
    return EditAction(
        variant_id=subject.variant_id,
        is_sham=is_sham,
        old=subject.before.decode(pair.old),
        new=subject.before.decode(pair.new),
        before=acts.before,
        change=acts.everywhere,
        at_subject=acts.at_subject,
        at_last=acts.at_last,
        direct=parts.direct,
        movers=None if movers is None else parts.movers,
        n_movers=len(movers or ()),
        heads=parts.heads,
        mlps=parts.mlps,
        rest=parts.rest,
        fingerprint=subject.fingerprint,
    )


def object_lenses(subject: Subject, pair: Pair) -> tuple[EditLens, ...]:
    """Return where old and new object appear before, after, and after the sham; nothing if a run is not finite."""
    models = (subject.before, subject.after, subject.sham)
    read = [_read(subject, pair, stage, model) for stage, model in zip(Stage, models, strict=True)]
    found = tuple(each for each in read if each)
    return found if len(found) == len(read) else ()


def _read(subject: Subject, pair: Pair, stage: Stage, model: LanguageModel) -> EditLens | None:
    request, objects = subject.request, _objects(subject) | {pair.old, pair.new}
    facts = [
        LensFact(request.fact.id, request.asked.tokens, own, (own,), tuple(sorted(objects - {own})))
        for own in (pair.old, pair.new)
    ]
    read = [each for fact in facts for each in lenses(model, [fact], str(subject.template))]
    if len(read) < len(facts):
        return None
    old, new = read
    return EditLens(
        variant_id=subject.variant_id,
        stage=stage,
        blocks=old.blocks,
        old=old.object,
        new=new.object,
        emergence_old=old.emergence,
        emergence_new=new.emergence,
    )


def _objects(subject: Subject) -> set[int]:
    """The first tokens of the relation's objects, without those of other accepted answers of the edited fact."""
    facts, relation = (*subject.facts.facts, *subject.facts.donors), subject.facts.relation
    encode = subject.before.encode
    prompts = [encode_prompt(fact_prompt(relation, each, subject.template), each, encode) for each in facts]
    accepted = {token for each in prompts if each.fact_id == subject.request.fact.id for token in each.answers}
    return {each.answers[0] for each in prompts if each.answers} - accepted
