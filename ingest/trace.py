"""The circuit of one's own prompt: what in the model tells its answer from that of another prompt."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from itertools import product

from graphdb.errors import UserError
from graphdb.records import Circuit, Fact, Kind, Reason, Recall, Relation
from graphdb.store import Store
from graphdb.store.score_files import Scores
from ingest.discovery.answers import Ends, last_states
from ingest.discovery.discovery import Found
from ingest.discovery.recall import recall
from ingest.discovery.resume import end_run, run_record
from ingest.execution.finder import Finder
from ingest.facts.prompts import Case, Encode, Prompt, encode_prompt
from ingest.facts.readers import SUBJECT
from ingest.facts.sets import FactSet, builtin_relations
from ingest.facts.task import MIN_EFFECT
from ingest.measures.measure import References
from ingest.model import LanguageModel, ModelHandle
from ingest.options import Options, Silent, check
from ingest.pipeline import write_found, write_frame
from ingest.settings import Settings

RELATION = Relation("trace", "prompts of one's own", "own prompts", ("{}",))
"""Traced prompts are stored as its facts, each with a prompt of its own."""
LONGEST = 200
"""Characters of a subject; the rest of a longer one becomes a hash."""


@dataclass(frozen=True, slots=True)
class Traced:
    """The circuit of a prompt of one's own."""

    circuit: Circuit
    scores: Scores = field(repr=False)
    """Of every native edge [n_edges], in logits, float16."""
    recall: Recall
    """How the model goes on from the prompt."""
    facts: FactSet
    """The prompt as a fact, and the one it is set against."""
    options: Options
    """How the circuit was found."""


def trace(
    model: LanguageModel,
    prompt: str,
    *,
    answer: str,
    instead: str,
    corrupt: str = "",
    settings: Settings | None = None,
) -> Traced:
    """Find the circuit that makes the model go on from `prompt` with `answer` and not with `instead`.

    Edges outside the circuit carry what they carry on the prompt `corrupt`, after which `instead` is right; see
    `corrupt_prompt` for what it is where it is not given. A space stands between a prompt and its answer, whether
    or not the answer begins with one, and only the answer's first token counts. This one corrupt prompt finds the
    circuit, chooses its size and judges it.

    Raises UserError for what cannot be traced, before anything is computed that takes long.
    """
    chosen = Options(replace(settings or Settings(), robust=False), include_unknown=True)
    check(chosen)
    embed = model.weights.embed
    options = replace(chosen, device=embed.device.type, dtype=str(embed.dtype).removeprefix("torch."))
    fact, donor = contrast(prompt, answer, instead, corrupt, model.encode)
    clean, against = (encode_prompt(each.prompt, each, model.encode) for each in (fact, donor))
    check_prompts(model, clean, against)
    check_effect(model, clean, against, last_states(model, (clean, against)))
    case = Case(clean, (against,), None, wording=fact.prompt, kind=Kind.OWN)
    recalled = recall(model, [case], {}, options, Silent())
    (found,) = Finder(model, options.settings, References(), "")(list(recalled.tasks.values()))
    if found.attempt:
        raise UserError(f"prompt {prompt!r}: {found.attempt.code.words}: {found.attempt.detail}")
    assert found.circuit is not None, "what is no attempt is a circuit"
    assert found.scores is not None, "and has scores"
    return Traced(found.circuit, found.scores, recalled.recalls[fact.id], FactSet(RELATION, (fact, donor)), options)


def contrast(prompt: str, answer: str, instead: str, corrupt: str, encode: Encode) -> tuple[Fact, Fact]:
    """Return the fact that is asked about and the one it is set against.

    The ids follow from all four texts, so that the same prompt against another one is another fact.
    Raises UserError where a text is empty, both answers are one, or no corrupt prompt can be told.
    """
    check_texts(prompt, answer, instead)
    answer, instead = answer.strip(), instead.strip()
    corrupt = corrupt or corrupt_prompt(prompt, answer, instead, encode)
    against = f"{corrupt} {instead}"
    return _fact(f"{prompt} {answer} / {against}", prompt, answer), _fact(against, corrupt, instead)


def check_texts(prompt: str, answer: str, instead: str) -> None:
    """Raise UserError for what is wrong whatever the model."""
    for name, text in (("prompt", prompt), ("answer", answer), ("instead", instead)):
        if not text.strip():
            raise UserError(f"{name} {text!r} is empty: give at least one word")
    if answer.strip() == instead.strip():
        raise UserError(f"answer and instead are both {answer.strip()!r}: give two that differ in their first token")


def _fact(subject: str, prompt: str, answer: str) -> Fact:
    if len(subject) > LONGEST:
        subject = f"{subject[: LONGEST - 9]} {hashlib.sha256(subject.encode()).hexdigest()[:8]}"
    return Fact(f"{RELATION.id}/{subject}", RELATION.id, subject, answer, (answer,), prompt)


def corrupt_prompt(prompt: str, answer: str, instead: str, encode: Encode) -> str:
    """Return `prompt` about another subject, for whom `instead` is right: what the packaged facts say of both answers.

    For "The capital of France is", Paris and Berlin: "The capital of Germany is". One with as many tokens comes
    first. Raises UserError where no packaged relation has a fact of each answer, the first one's subject in the prompt.
    """
    found = [
        re.sub(rf"\b{re.escape(subject)}\b", lambda _, other=other: other, prompt)
        for given in builtin_relations()
        for subject, other in product(_subjects(given, answer), _subjects(given, instead))
        if re.search(rf"\b{re.escape(subject)}\b", prompt)
    ]
    if not found:
        raise UserError(
            f"no packaged fact says of what {instead!r} is true in place of {answer!r}: give --corrupt, "
            "the same prompt about something else, with as many tokens"
        )
    n_tokens = len(encode(prompt))
    return next((each for each in found if len(encode(each)) == n_tokens), found[0])


def _subjects(given: FactSet, answer: str) -> list[str]:
    return [fact.subject for fact in given.facts if answer in fact.accepted]


def check_prompts(model: LanguageModel, clean: Prompt, corrupt: Prompt) -> None:
    """Raise UserError unless the two can be run side by side and have answers that differ."""
    for prompt in (clean, corrupt):
        if not prompt.tokens:
            raise UserError(f"prompt {_short(prompt.text)} has no tokens: use words that the tokenizer knows")
        if len(prompt.tokens) > model.weights.max_positions:
            raise UserError(
                f"prompt {_short(prompt.text)} has {len(prompt.tokens)} tokens, at most "
                f"{model.weights.max_positions} fit into the model: shorten it"
            )
        if not prompt.answers:
            raise UserError(f"the tokenizer joins the end of {_short(prompt.text)} with the answer: end it with a word")
    if clean.answers == corrupt.answers:
        raise UserError(
            f"answer and instead begin with the same token {model.decode(clean.answers[0])!r}: "
            "take two that differ in their first token"
        )
    if len(clean.tokens) != len(corrupt.tokens):
        raise UserError(
            f"the prompt has {len(clean.tokens)} tokens, the corrupt one {len(corrupt.tokens)}; they part at "
            f"{_parting(model, clean, corrupt)}: take words of equal length"
        )
    if clean.tokens == corrupt.tokens:
        raise UserError(f"corrupt prompt {_short(corrupt.text)} is the prompt itself: change what the answer hangs on")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _parting(model: LanguageModel, clean: Prompt, corrupt: Prompt) -> str:
    """The tokens from the first that differs on, a few of each prompt."""
    pairs = zip(clean.tokens, corrupt.tokens, strict=False)
    first = next((place for place, (one, two) in enumerate(pairs) if one != two), len(clean.tokens))
    one, two = ([model.decode(token) for token in prompt.tokens[first : first + 4]] for prompt in (clean, corrupt))
    return f"{one} against {two}"


def check_effect(model: LanguageModel, clean: Prompt, corrupt: Prompt, ends: Ends) -> None:
    """Raise UserError unless the corrupt prompt lowers logit(answer) - logit(instead) by `MIN_EFFECT`."""
    answer, foil = clean.answers[0], corrupt.answers[0]
    difference = ends[clean.tokens] - ends[corrupt.tokens]
    effect = float(difference @ (model.weights.unembed[answer] - model.weights.unembed[foil]))
    if effect != effect or abs(effect) == float("inf"):
        raise UserError(f"prompt {_short(clean.text)}: {Reason.NOT_FINITE.words}; take another model, or float32")
    if effect < MIN_EFFECT:
        raise UserError(
            f"the corrupt prompt lowers logit({model.decode(answer)!r}) - logit({model.decode(foil)!r}) by "
            f"{effect:.2f}, at least {MIN_EFFECT} are needed for a faithfulness to mean anything: "
            "take another corrupt prompt or other answers"
        )


def save(store: Store, model: LanguageModel, handle: ModelHandle, traced: Traced) -> None:
    """Write a traced circuit to the store, as that of a fact of the relation `trace`; the same one is replaced.

    Raises UserError for a prompt that cannot be a fact's.
    """
    if any(SUBJECT in fact.prompt for fact in traced.facts.facts):
        raise UserError(f"the prompt holds {SUBJECT}, which stands for a subject in a stored prompt: leave it out")
    this_run = run_record([traced.facts], traced.options, handle)
    write_frame(store, model, [traced.facts], this_run)
    circuit = replace(traced.circuit, run_id=this_run.id)
    write_found(store, [Found(circuit, traced.scores)], [traced.recall])
    end_run(store, this_run)
