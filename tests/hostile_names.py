"""A store whose every name wants to be more than a name: markup, script, formula, terminal escape."""

from dataclasses import replace

from graphdb.records import Circuit, Contrast, Fact, Kind, Model, Recall, Relation, Run
from graphdb.store import Store
from graphdb.writing.role_writers import write_lenses, write_role_checks, write_roles
from graphdb.writing.writers import write_batch, write_facts, write_model, write_relations, write_run
from tests import sample

PWNED = "window.__pwned=1"
NAMES = (
    f"<script>{PWNED}</script>",
    f"<img src=http://evil.example/i.png onerror={PWNED}>",
    f"[click](javascript:{PWNED})",
    "![seen](http://evil.example/md.png)",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\x1b]0;title\x07\x1b[2Jgone",
    f"$$\\href{{javascript:{PWNED}}}{{x}}$$",
    ":material/home: :red[red] :smile:",
    "``` `tick` ``",
    "safe\u202egnp.exe\u2066",
    f"<svg onload={PWNED}>",
    "\x9b31mred",
    "# head ~~gone~~ **bold** | a --> b",
)
"""Subjects of the facts; none has a slash or a bar that would end an id's part."""
MODEL_NAME = f"<img src=x onerror={PWNED}> $x$ *m*"
METHOD = "<b>way</b> :smile: $y$"
RELATIONS = (f"=1+1<img src=x onerror={PWNED}>", "![r](http:evil.example) \x1b[31m")
PARTS = tuple(name.replace("/", "∕").replace("|", "¦") for name in NAMES)
"""The same as parts of ids, in which a slash and a bar separate."""


def fill(store: Store) -> None:
    """Write a model, two relations and a circuit for each name."""
    model = replace(sample.MODEL, id=MODEL_NAME, name=MODEL_NAME)
    facts = [_fact(number, name) for number, name in enumerate(PARTS)]
    write_model(store, model)
    write_relations(store, [_relation(each) for each in RELATIONS])
    write_facts(store, facts)
    write_run(store, _run(model))
    write_batch(store, [_recall(model, fact) for fact in facts], [_circuit(model, each, facts) for each in facts])


def fill_roles(store: Store) -> None:
    """Write roles in every fact's own words, and what heads write and models answer instead, all hostile."""
    model = {"model_id": MODEL_NAME}
    written = {"writes": NAMES, "writes_share": (0.75,) * len(NAMES)}
    wrong = {"wrong": sample.LENSES[1].wrong, "wrong_token": "".join(NAMES)}
    roles, lenses, checks = [], [], []
    for number, part in enumerate(PARTS):
        of, words = relation(number), f"{NAMES[number]} is"
        fact, where = f"{of}/{part}", {"relation_id": of, "wording": words} | model
        held = replace(sample.ROLES[0].facts[0], fact_id=fact, writes=NAMES)
        roles.append(replace(sample.ROLES[0], facts=(held,), **where, **written))
        lenses.append(replace(sample.LENSES[0], fact_id=fact, wording=words, **model, **wrong))
        checks.append(replace(sample.CHECKS[0], heads=NAMES, **where))
    write_roles(store, roles)
    write_lenses(store, lenses)
    write_role_checks(store, checks)


def relation(number: int) -> str:
    """The relation of the fact of this number."""
    return RELATIONS[number % len(RELATIONS)]


def _relation(name: str) -> Relation:
    return replace(sample.RELATIONS[0], id=name, name=name)


def _fact(number: int, name: str) -> Fact:
    of = relation(number)
    return Fact(f"{of}/{name}", of, NAMES[number], NAMES[number], (NAMES[number],), f"{NAMES[number]} is")


def _run(model: Model) -> Run:
    return replace(sample.RUN, model_id=model.id, method=METHOD)


def _recall(model: Model, fact: Fact) -> Recall:
    given = {"model_id": model.id, "fact_id": fact.id, "prompt": fact.prompt, "answer": f" {fact.object}"}
    return replace(sample.RECALLS[0], id=f"{model.id}|{fact.id}", **given)


def _circuit(model: Model, fact: Fact, facts: list[Fact]) -> Circuit:
    donor = next(each for each in facts if each.relation_id == fact.relation_id and each != fact)
    contrast = Contrast(
        model_id=model.id,
        fact_id=fact.id,
        kind=Kind.SUBJECT,
        wording=fact.prompt,
        clean_prompt=fact.prompt,
        tokens=tuple(NAMES[place % len(NAMES)] for place in range(5)),
        beginning=f" {fact.object}",
        answer=f" {fact.object}",
        donors_find=(donor.id,),
        donors_unseen=(donor.id,),
        corrupt_prompts=(donor.prompt, donor.prompt),
        foils=(f" {donor.object}", f" {donor.object}"),
    )
    named = {"id": f"{model.id}|{fact.id}|{METHOD}", "method": METHOD, "lacks": fact.object, "other": fact.id}
    return replace(sample.CIRCUITS[0], contrast=contrast, model_id=model.id, fact_id=fact.id, **named)
