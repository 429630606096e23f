"""A fact's story, told from the store on both engines and from records alone, against tests/sample.py by hand."""

from dataclasses import asdict, replace

import pytest

from graphdb.circuits.trust import Level
from graphdb.conditions.edits import EditMethod
from graphdb.errors import UserError
from graphdb.explain import Given, Story, explain, story
from graphdb.explain.records import Conditions
from graphdb.explain.stored import checks_of, heads_of, lens_of
from graphdb.explain.text import print_story
from graphdb.records import NodePlaces
from graphdb.role_records import RoleKind
from graphdb.store import Store
from graphdb.tables import records
from graphdb.writing.role_writers import write_lenses, write_roles
from graphdb.writing.writers import write_batch, write_model
from tests import condition_sample, demonstration_sample, hop_sample, rival_sample, sample
from tests.conftest import Kept

FRANCE, ITALY = sample.FACTS[:2]


@pytest.fixture
def filled(kept: Kept) -> Store:
    return kept(sample.fill)


@pytest.fixture
def changed(store: Store) -> Store:
    sample.fill(store)
    return store


def test_the_story_of_a_stored_fact(filled: Store) -> None:
    told = filled.explain("France")
    assert (told.fact, told.object, told.model, told.method, told.wording, told.prompt) == (
        *("country_capital/France", "Paris", "toy", "secant", "0", "The capital of France is"),
    )
    seen = told.appearance
    assert seen is not None
    assert (seen.emergence, seen.rise, seen.wrong_token) == ("a1", "a1", "")
    point = seen.points[3]
    assert (point.block, point.object, point.others, point.wrong) == ("a1", 4.5, 2, None)
    assert (point.rank, point.probability) == (1, 0.75)
    assert told.faithfulness[0] == Level("on donors never used", 0.875, "mean over Italy; lowest 0.75")
    assert told.checks == sample.CHECKS


def test_what_feeds_the_block_in_which_the_object_appears(filled: Store) -> None:
    (fed,) = filled.explain("France").feeding
    assert (fed.block, fed.marks) == ("a1", ("rise", "emergence"))
    assert (fed.from_roles, fed.from_roles_elsewhere) == (0, pytest.approx((1.5 + 0.75) / 8.75))
    (edge,) = fed.edges
    assert (edge.source, edge.target, edge.channel, edge.weight, edge.rank, edge.share) == (
        *("m0", "a1.kv1", "k", -0.5, 6, 1),
    )
    assert (edge.readers, edge.reader_roles) == (("a1.h2",), (RoleKind.MOVER,))


def test_blocks_of_emergence_and_rise_are_told_apart(filled: Store) -> None:
    """Italy's object rises most in m0, which the embedding feeds, and is first from a0 on, where no edge goes."""
    told = filled.explain("Italy")
    assert [(fed.block, fed.marks, len(fed.edges)) for fed in told.feeding] == [
        ("m0", ("rise",), 1),
        ("a0", ("emergence",), 0),
    ]
    assert "no edge of the circuit enters a0" in told.gaps
    assert told.appearance is not None
    assert (told.appearance.wrong_token, told.appearance.points[-1].wrong) == (" Milan", 3.5)


def test_sources_with_a_role_stand_beside_the_whole_circuit(changed: Store) -> None:
    write_lenses(changed, [replace(sample.LENSES[0], rise="m1", emergence="m1")])
    (fed,) = changed.explain("France").feeding
    assert (fed.edges[0].source, fed.edges[0].role) == ("a0.h1", RoleKind.RELATION)
    assert (fed.from_roles, fed.from_roles_elsewhere) == (1, pytest.approx(2.25 / 8.75))


def test_the_heads_of_a_fact_with_their_nulls(filled: Store) -> None:
    told = filled.explain("France")
    (mover,) = told.movers
    assert (mover.component, mover.role, mover.score, mover.mean, mover.null, mover.q) == (
        *("a1.h2", RoleKind.MOVER, 2.25, 2, 0.0625, 0.03125),
    )
    assert (mover.attention, mover.in_circuit, mover.wordings) == (0.25, 0.75, ("0",))
    assert (mover.writes, mover.writes_in_most) == ((" Paris", " French"), (" French",))
    (relating,) = told.relation_heads
    assert (relating.component, relating.role, relating.score, relating.mean, relating.null) == (
        *("a0.h1", RoleKind.RELATION, 1, 0.75, 0.125),
    )
    assert (relating.attention, relating.in_circuit) == (0.125, 1.5)


def test_a_mixture_is_a_mover_and_a_relation_head(filled: Store) -> None:
    told = filled.explain("country_currency/Japan")
    assert [each.score for each in (*told.movers, *told.relation_heads)] == [1.75, 1]
    assert "of 1 mover of this fact 1 not in the circuit: a1.h2" in told.gaps


def test_where_the_nodes_write_and_what_has_no_role(filled: Store) -> None:
    told = filled.explain("France")
    assert [(place.component, place.role.value, place.score) for place in told.places] == [
        ("m1", "", 3),
        ("a0.h1", "relation", 1.5),
        ("a1.h2", "mover", 0.75),
        ("m0", "", 0.5),
    ]
    assert (told.places[1].subject, told.places[1].template, told.places[1].last) == (0.5, 0.25, 0.75)
    rest = told.unexplained
    assert rest is not None
    assert (rest.with_role, rest.mlps, rest.heads) == (pytest.approx(2.25 / 5.75), pytest.approx(3.5 / 5.75), 0)
    assert (rest.nodes_with_role, rest.nodes) == (2, 4)


def test_a_fact_without_a_circuit_says_why(filled: Store) -> None:
    told = filled.explain("Mexico")
    assert (told.model, told.circuit, told.appearance, told.faithfulness) == ("toy", "", None, ())
    assert told.gaps[0] == "no circuit is stored: no donor of equal token count, by secant"
    assert "no lens is stored in this wording: where the object appears is not known" in told.gaps
    assert "no head is a mover for this fact; 1 mover in the relation" in told.gaps


def test_too_few_facts_are_told_from_no_roles(changed: Store) -> None:
    untested = {"role": RoleKind.NONE, "mover_q": None, "relation_q": None, "facts": ()}
    write_roles(changed, [replace(sample.ROLES[-1], **untested)])
    assert "too few facts to give heads roles: 3 in this wording" in changed.explain("hot").gaps
    own_words = "no roles are stored in this wording; there are some in template 0"
    assert own_words in changed.explain("big").gaps


def test_roles_of_another_wording_are_named_and_not_taken(changed: Store) -> None:
    write_roles(changed, [replace(each, wording="1") for each in sample.ROLES[:3]])
    told = changed.explain("France")
    assert told.movers[0].wordings == ("0", "1")
    assert "of 1 relation head of this fact 0 hold in this wording alone" in told.gaps
    other = story(FRANCE, "toy", "2", roles=heads_of(changed, FRANCE.id, "toy"))
    assert "no roles are stored in this wording; there are some in template 0, 1" in other.gaps
    assert (other.movers, other.facts) == ((), 0)


def test_what_is_read_from_the_store_is_what_was_written(filled: Store) -> None:
    heads = {each.component: each for each in heads_of(filled, FRANCE.id, "toy")}
    for role in sample.ROLES[:3]:
        of_france = tuple(each for each in role.facts if each.fact_id == FRANCE.id)
        assert heads[role.component] == replace(role, facts=of_france, fingerprint="")
    for lens in sample.LENSES:
        assert lens_of(filled, lens.fact_id, "toy", "0") == replace(lens, fingerprint="")
    assert tuple(checks_of(filled, "country_capital", "toy")) == sample.CHECKS


def test_a_story_of_records_is_that_of_the_store(filled: Store) -> None:
    assert of_records(records(filled.query("circuits", fact=FRANCE.id))[0]) == explain(filled, FRANCE.id)


def of_records(figures: dict[str, object]) -> Story:
    circuit = sample.CIRCUITS[0]
    given = Given(figures=figures, edges=circuit.edges, places=circuit.places, group_size=2)
    parts = {"circuit": given, "roles": sample.ROLES[:3], "lens": sample.LENSES[0], "checks": sample.CHECKS}
    return story(FRANCE, "toy", "0", **parts)


def test_a_story_of_nothing_is_all_gaps() -> None:
    told = story(ITALY, "toy", "0")
    assert told.gaps == (
        "no circuit is stored",
        "no lens is stored in this wording: where the object appears is not known",
        "no roles are stored in this wording",
    )
    lone = story(ITALY, "toy", "0", lens=replace(sample.LENSES[1], others=(), emergence="", rise=""))
    assert "the relation has no other object to compare with" in lone.gaps[1]
    late = story(ITALY, "toy", "0", lens=replace(sample.LENSES[1], emergence=""))
    assert "it never emerges" in late.gaps[1]


def test_a_circuit_that_no_places_were_measured_of(filled: Store) -> None:
    told = filled.explain("Italy")
    assert (told.places, told.gaps[0]) == ((), "where in the prompt the circuit's nodes write was not measured")


def test_several_circuits_leave_open_which_one(changed: Store) -> None:
    eap = sample.circuit_id(FRANCE.id, "eap")
    write_batch(changed, [], [replace(sample.CIRCUITS[0], id=eap, method="eap")])
    with pytest.raises(UserError, match=r"has several circuits: .*eap, .*secant; give one of these ids"):
        changed.explain("France")
    assert changed.explain("France", method="eap").circuit == changed.explain(eap).circuit == eap


def test_names_that_the_store_does_not_have(changed: Store) -> None:
    for given, complaint in (({"model": "toi"}, "nearest: toy"), ({"method": "secan"}, "nearest: secant")):
        with pytest.raises(UserError, match=complaint):
            changed.explain("France", **given)
    with pytest.raises(UserError, match="'Frence' is unknown; nearest: France"):
        changed.explain("Frence")
    with pytest.raises(UserError, match="has several facts"):
        changed.explain("Japan")
    write_model(changed, replace(sample.MODEL, id="twin"))
    with pytest.raises(UserError, match="Mexico was never put to twin"):
        changed.explain("Mexico", model="twin")
    twin = replace(sample.RECALLS[4], id="twin|country_currency/Mexico", model_id="twin")
    write_batch(changed, [twin], [])
    with pytest.raises(UserError, match="put to several models: toy, twin"):
        changed.explain("Mexico")


def test_tokens_and_names_do_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31m\u202e"
    roles = [
        replace(each, facts=tuple(replace(fact, writes=(hostile,)) for fact in each.facts)) for each in sample.ROLES[:3]
    ]
    lens = replace(sample.LENSES[1], wrong_token=hostile)
    fact = replace(FRANCE, object=hostile)
    print_story(story(fact, hostile, "0", roles=roles, lens=lens, why_none=[hostile]))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert r"\x1b[31m\u202e" in out


def test_a_story_is_plain_values(filled: Store) -> None:
    """So that JSON holds all of it."""
    told = asdict(filled.explain("France"))
    assert told["movers"][0]["writes"] == (" Paris", " French")
    assert told["checks"][0]["random"] == 0.125


def test_places_of_components_that_write_nothing_are_left_out(filled: Store) -> None:
    figures = records(filled.query("circuits", fact=FRANCE.id))[0]
    places = (
        NodePlaces("a1.h2", 0.5, 0.25, 0.0),
        NodePlaces("embed", 1.0, 0.0, 0.0),
        NodePlaces("a9.h9", 1.0, 0.0, 0.0),
    )
    given = Given(figures=figures, edges=sample.CIRCUITS[0].edges, places=places, group_size=2)
    assert [each.component for each in story(FRANCE, "toy", "0", circuit=given).places] == ["a1.h2"]


def test_what_is_stored_under_other_conditions(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    condition_sample.fill(store)
    told = store.explain("country_capital/France", model="toy", method="secant")
    kept = told.conditions
    assert kept.rival == replace(rival_sample.RIVALS[0], fingerprint="")
    (edit,) = kept.edits
    assert (edit.edit, edit.object, edit.method, edit.efficacy) == ("toy~12345678", "Rome", EditMethod.ROME, 1.0)
    assert (edit.neighbourhood, edit.neighbourhood_sham, edit.flips, edit.flips_sham) == (0.75, 0.875, 4, 1)
    assert kept.hops is None
    assert kept.shown == replace(demonstration_sample.OWN, fingerprint="")
    assert kept.shown_shuffled == replace(demonstration_sample.SHUFFLED, fingerprint="")
    print_story(told)
    said = " ".join(capsys.readouterr().out.split())
    assert "Under other conditions - answered right: ' Paris', before ' Lyon'; object less rival +3.25 logits" in said
    assert "behind one demonstration 3 facts of the relation gain +0.25 in probability (shuffled labels -0.12)" in said
    assert "toy~12345678 Rome rome 1 yes 88% 50% 75% (88%) 94% (100%) 4 (1)" in said


def test_a_two_hop_fact_and_a_wrong_answer_are_told(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    condition_sample.fill(store)
    by_hops = store.explain("city_capital/Lyon")
    assert by_hops.conditions.hops == hop_sample.KNOWN
    assert store.explain("city_capital/Milan").conditions.hops == hop_sample.UNKNOWN
    for told in (by_hops, store.explain("country_capital/Italy", method="secant")):
        print_story(told)
    said = " ".join(capsys.readouterr().out.split())
    assert "two hops by way of 'France': rank of the right answer 1 and 1 alone, 1 in both at once" in said
    assert "cutting movers of the first hop costs +2.00 logits, of the second +1.75" in said
    assert "answered wrong: ' Milan' in place of ' Rome', which has rank 2" in said
    assert "movers +0.50 (random heads -0.12), heads +0.25, MLPs -1.50; most for the rival: m1 -1.50, m0 -0.50" in said


def test_nothing_is_said_of_conditions_that_are_not_stored(filled: Store, capsys: pytest.CaptureFixture[str]) -> None:
    told = filled.explain("France")
    assert told.conditions == Conditions()
    print_story(told)
    assert "other conditions" not in capsys.readouterr().out
