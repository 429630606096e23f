"""Which tokens are read for a fact: its own, and the relation's other objects at the same place."""

from graphdb.records import Fact, Relation
from ingest.facts.prompts import Case, Prompt, prepare
from ingest.facts.sets import FactSet
from ingest.lens.facts import lens_facts


def prompt(name: str, *objects: tuple[int, ...]) -> Prompt:
    return Prompt(f"r/{name}", name, (1, 2), (), objects).after(())


def case(asked: Prompt, beginning: tuple[int, ...] = (), donors: tuple[Prompt, ...] = ()) -> Case:
    return Case(asked.after(beginning) if beginning else asked, donors, None, beginning)


def test_others_are_the_first_tokens_of_the_other_facts_objects() -> None:
    cases = [case(prompt("a", (5, 6), (9,))), case(prompt("b", (7,))), case(prompt("c", (8,), (30,)))]
    first, _, third = lens_facts(cases, {"r/a": 5, "r/b": 7, "r/c": 30})
    assert (first.fact_id, first.tokens, first.answer, first.accepted) == ("r/a", (1, 2), 5, (5, 9))
    assert first.others == (7, 8)
    assert (third.answer, third.accepted, third.others) == (30, (8, 30), (5, 7))


def test_shared_and_accepted_objects_are_no_others() -> None:
    cases = [case(prompt("a", (5,), (8,))), case(prompt("b", (5,))), case(prompt("c", (8,))), case(prompt("d", (9,)))]
    assert [each.others for each in lens_facts(cases, {"r/a": 5, "r/b": 5})] == [(9,), (8, 9)]


def test_a_relation_with_one_object_has_no_others() -> None:
    cases = [case(prompt("a", (5,))), case(prompt("b", (5,)))]
    assert [each.others for each in lens_facts(cases, {"r/a": 5, "r/b": 5})] == [(), ()]


def test_behind_a_beginning_only_objects_that_begin_so_are_others() -> None:
    cases = [case(prompt("a", (5, 6)), beginning=(5,)), case(prompt("b", (5, 7))), case(prompt("c", (6, 8)))]
    first, second = lens_facts(cases, {"r/a": 6, "r/b": 5})
    assert (first.tokens, first.answer, first.others) == ((1, 2, 5), 6, (7,))
    assert second.others == (6,)


def test_facts_without_an_answer_are_not_read_but_their_objects_are_and_so_are_those_of_donors() -> None:
    cases = [case(prompt("a", (5,)), donors=(prompt("d", (9,)),)), case(prompt("b", (7,)))]
    (only,) = lens_facts(cases, {"r/a": 5})
    assert only.others == (7, 9)


def test_facts_of_a_set_are_read_as_it_prepares_them() -> None:
    objects = {"x": "w5", "y": "w6", "z": "w7"}
    facts = tuple(Fact(f"r/{subject}", "r", subject, each, (each,), "") for subject, each in objects.items())
    sets = FactSet(Relation("r", "r", "own", ("the {} is",)), facts)
    cases = prepare(sets, lambda text: [ord(word[-1]) for word in text.split()])
    found = lens_facts(cases, {each.prompt.fact_id: each.prompt.answers[0] for each in cases})
    assert [each.others for each in found] == [(ord("6"), ord("7")), (ord("5"), ord("7")), (ord("5"), ord("6"))]
    assert {each.relation_id for each in found} == {"r"}
