import csv
import io
import json
import re
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from graphdb.queries.library import all_queries
from graphdb.store import Store
from graphdb.tables import Kind
from tests.cli.conftest import Answer, Cli
from tests.sample import FRANCE_EDGES, TOPOLOGY


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 0, answer
    return list(csv.DictReader(io.StringIO(answer.out)))


def test_status_counts_what_the_store_holds(cli: Cli, in_filled: Store) -> None:
    status = json.loads(cli("status", "--format", "json").out)
    assert status["store"] == in_filled.target
    assert status["engine"] == "embedded"
    assert (status["counts"]["relations"], status["counts"]["facts"], status["counts"]["circuits"]) == (
        3,
        7,
        5,
    )
    assert [model["model"] for model in status["models"]] == ["toy"]
    assert status["store_bytes"] > status["scores_bytes"] > 5 * 2 * TOPOLOGY.n_edges


def test_status_as_a_table_and_as_csv(cli: Cli, in_filled: Store) -> None:
    out = cli("status").out
    assert in_filled.target in out
    assert "run-1" in out
    assert rows(cli("status", "--format", "csv"))[0]["circuits"] == "5"


def test_status_tells_a_run_that_is_running_from_one_that_was_stopped(cli: Cli, in_filled: Store) -> None:
    ended = "MATCH (r:Run) SET r.ended = '{}'"
    in_filled.write([(ended.format(""), [{}])])
    assert "unfinished" in cli("status").out
    with in_filled.claim("toy", ["country_capital"], "run-1"):
        assert "running" in cli("status").out
        assert [run["state"] for run in json.loads(cli("status", "--format", "json").out)["runs"]] == ["running"]
    assert "unfinished" in cli("status").out
    in_filled.write([(ended.format("2026-01-02T03:05:05+00:00"), [{}])])


def test_query_without_a_name_lists_the_library(cli: Cli) -> None:
    assert [row["query"] for row in rows(cli("query", "--format", "csv"))] == [q.name for q in all_queries()]


def test_query_describes_its_parameters_and_columns(cli: Cli) -> None:
    out = cli("query", "shared_components", "--describe").out
    assert "min_relations" in out
    assert "Computed from the rows of `relation_memberships`." in out
    assert "MATCH" in cli("query", "hubs", "--describe").out
    described = json.loads(cli("query", "hubs", "--describe", "--format", "json").out)
    assert "limit" in [parameter["name"] for parameter in described["parameters"]]


def test_query_answers_with_parameters(cli: Cli, in_filled: Store) -> None:
    answer = cli("query", "circuit_edges", "-p", "circuit=toy|country_capital/France|secant", "--format", "csv")
    assert [(row["source"], row["target"], row["channel"], float(row["weight"])) for row in rows(answer)] == [
        *FRANCE_EDGES
    ]


def test_query_that_finds_nothing_says_so_beside_the_answer(cli: Cli, in_filled: Store) -> None:
    nothing = ("query", "shared_components", "--param", "min_relations=9")
    assert cli(*nothing) == Answer(0, "", "nothing found\n")
    assert cli(*nothing, "--format", "json").out == "[]\n"
    assert cli(*nothing, "--format", "csv").out.startswith("component,kind,")


def test_cypher_reads(cli: Cli, in_filled: Store) -> None:
    text = "MATCH (r:Relation) RETURN r.id AS relation, r.templates AS templates ORDER BY relation"
    answer = json.loads(cli("cypher", text, "--format", "json").out)
    assert answer[0] == {"relation": "antonym", "templates": ["The opposite of {} is"]}


def test_cypher_answers_with_nodes_and_paths(cli: Cli, in_filled: Store) -> None:
    text = "MATCH p=(c:Circuit)-[:EXPLAINS]->(f:Fact {subject: 'France'}) RETURN f, p"
    (row,) = json.loads(cli("cypher", text, "--format", "json").out)
    assert row["f"]["object"] == "Paris"
    assert [row["p"][0]["id"], row["p"][2]["id"]] == [
        "toy|country_capital/France|secant",
        "country_capital/France",
    ]


def test_cypher_reads_a_statement_from_standard_input(shell: Cli, in_filled: Store) -> None:
    answer = shell("cypher", "-", "--format", "csv", stdin=b"MATCH (f:Fact) RETURN count(f) AS n\n")
    assert answer.out == "n\n7\n"


def test_cypher_writes_when_it_is_told_to(cli: Cli, in_filled: Store) -> None:
    assert cli("cypher", "--write", "CREATE (:Note {text: 'mine'})") == Answer(0, "", "")
    assert rows(cli("cypher", "MATCH (n:Note) RETURN n.text AS text", "--format", "csv")) == [{"text": "mine"}]
    assert cli("cypher", "--write", "MATCH (n:Note) DELETE n").status == 0


@pytest.mark.parametrize("text", ["country_capital/France", "France", "france", "toy|country_capital/France|secant"])
def test_show_finds_a_fact(cli: Cli, in_filled: Store, text: str) -> None:
    view = json.loads(cli("show", text, "--format", "json").out)
    assert view["fact"]["fact"] == "country_capital/France"
    assert view["recalls"][0]["rank"] == 1
    (circuit,) = view["circuits"]
    assert (circuit["figures"]["faithfulness"], circuit["figures"]["faithfulness_random"]) == (0.875, 0.125)
    assert circuit["measured"]
    assert [edge["weight"] for edge in circuit["edges"]] == [weight for *_, weight in FRANCE_EDGES]


def test_show_as_a_page(cli: Cli, in_filled: Store) -> None:
    out = cli("show", "France", "--edges", "2").out
    assert "6 of 82 edges (7.32%), 6 nodes" in out
    assert "6 of 82 edges (7.32%), 6 nodes; 7 before exact pruning" in out
    assert "Hit@10" in out
    assert "embed->a0.kv0.v" in out
    assert "a0.h1->m1.mlp" not in out


def test_show_puts_every_faithfulness_beside_its_baselines(cli: Cli, in_filled: Store) -> None:
    lines = cli("show", "France").out.splitlines()
    levels = [line.rsplit("  ", 2) for line in lines[lines.index("") :]]
    found = {part[0].strip(): (part[1].strip(), part[2]) for part in levels if len(part) == 3}
    assert found["on donors never used"] == ("0.875", "mean over Italy; lowest 0.75")
    assert found["lowest where the size was chosen"] == ("0.938", "target 0.85 reached; Japan")
    assert found["in the second template"] == ("0.750", "one donor")
    assert found["random circuits"] == ("0.125", "mean of 2, of equal size and layer profile; spread 0.06")
    assert found["another relation's circuit"] == ("0.250", "antonym/hot's at equal size, against Italy")
    assert found["model without the circuit"] == ("0.250", "what survives against Italy")


def test_show_says_what_was_not_measured(cli: Cli, in_filled: Store) -> None:
    out = cli("show", "hot").out
    assert "too few donors  size: 0 of 1, unseen: 0 of 2" in out
    assert "on donors that found it" in out
    assert "no template to ask it in" in out
    assert re.search(r"^stability +not measured", out, re.MULTILINE)
    assert "no other fact's circuit was at hand" in out
    assert "a fact of the relation 0.375, of another relation 0.125" in cli("show", "France").out
    assert "Faithfulness by share" not in out
    assert "CMD) 0.156" in cli("show", "France").out


def test_show_keeps_to_a_hundred_columns(cli: Cli, in_filled: Store) -> None:
    assert max(map(len, cli("show", "France").out.splitlines())) <= 100


def test_show_says_why_a_fact_has_no_circuit(cli: Cli, in_filled: Store) -> None:
    out = cli("show", "Mexico").out
    assert "no circuit by secant: no donor of equal token count" in out
    assert "no circuit of this fact is stored" in out


def test_show_takes_another_size_from_the_scores(cli: Cli, in_filled: Store) -> None:
    # France's three heaviest edges are a path: embedding, values of a0.kv0, its head a0.h1, m1, logits.
    (circuit,) = json.loads(cli("show", "France", "--top", 3, "--format", "json").out)["circuits"]
    assert not circuit["measured"]
    assert [edge["edge"] for edge in circuit["edges"]] == [
        "m1->logits.logits",
        "embed->a0.kv0.v",
        "a0.h1->m1.mlp",
    ]
    assert "not measured for this size" in cli("show", "France", "--top", 3).out


def test_show_drops_edges_that_lead_nowhere(cli: Cli, in_filled: Store) -> None:
    answer = cli("show", "France", "--top", 2, "--format", "csv")
    assert rows(answer) == []


def test_explain_fits_one_screen(cli: Cli, in_filled: Store) -> None:
    answer = cli("explain", "France")
    assert (answer.status, answer.err) == (0, "")
    assert len(answer.lines) <= 50
    assert max(map(len, answer.lines)) <= 100
    parts = ("Where the object appears", "What feeds a1 (rise and emergence)", "Movers", "Relation heads",
             "Where the strongest nodes write", "What cutting these heads costs", "Not explained")  # fmt: skip
    assert [part for part in parts if not any(line.startswith(part) for line in answer.lines)] == []
    assert re.search(
        r"^a1\.h2 +2\.25 +2 +0\.06\d* +0\.0312 +25% +0\.75 +0 +' Paris' ' French'$", answer.out, re.MULTILINE
    )
    assert re.search(r"^1 movers from the subject +2\.5 \[2, 3\] +0\.125 \[0, 0\.25\] +3 ", answer.out, re.MULTILINE)
    assert re.search(r"^random circuits +0\.125", answer.out, re.MULTILINE)
    assert "61% of what the circuit's heads and MLPs write comes from nodes without a role" in answer.out


def test_explain_says_what_the_model_would_rather_say(cli: Cli, in_filled: Store) -> None:
    out = cli("explain", "Italy").out
    assert "the model's own first choice is another: ' Milan'" in out
    assert "no edge of the circuit enters a0" in out


def test_explain_as_json_has_it_all(cli: Cli, in_filled: Store) -> None:
    told = json.loads(cli("explain", "toy|country_capital/France|secant", "--format", "json").out)
    assert [point["block"] for point in told["appearance"]["points"]] == ["embed", "a0", "m0", "a1", "m1"]
    assert (told["movers"][0]["null"], told["movers"][0]["writes"]) == (0.0625, [" Paris", " French"])
    assert told["unexplained"]["nodes"] == 4


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["Frence"], "fact 'Frence' is unknown; nearest: France"),
        (["Japan"], "subject 'Japan' has several facts"),
        (["France", "--model", "toi"], "model 'toi' is unknown; nearest: toy"),
        (["France", "--method", "secan"], "method 'secan' is unknown; nearest: secant"),
        (["France", "--format", "csv"], "--format"),
    ],
)
def test_explain_refuses_in_one_line(cli: Cli, in_filled: Store, words: list[str], complaint: str) -> None:
    assert complaint in cli("explain", *words).complaint


def test_nearest_prints_facts_and_relations(cli: Cli, in_filled: Store) -> None:
    found = json.loads(cli("nearest", "Italy", "--limit", "2", "--format", "json").out)
    assert [row["rank"] for row in found["Nearest facts"]] == [1, 2]
    assert len(found["Nearest relations"]) == 2
    assert "5 circuits of 3 relations" in found["notes"][0]
    facts = rows(cli("nearest", "country_capital/Italy", "--format", "csv"))
    assert facts[0]["fact"] == "country_capital/Japan"
    assert "Nearest relations" in cli("nearest", "Italy", "--level", "channel").out
    assert "level 'edges' is unknown; nearest: edge" in cli("nearest", "Italy", "--level", "edges").complaint
    assert "country_currency/Mexico has no circuit" in cli("nearest", "Mexico").complaint


def test_compare_puts_the_overlap_beside_chance(cli: Cli, in_filled: Store) -> None:
    """a1.h2 and m0 are in both circuits, of six components of France and two of Italy."""
    found = json.loads(cli("compare", "France", "Italy", "--format", "json").out)
    shared = found["What they share"][0]
    assert (shared["measure"], shared["a"], shared["b"], shared["value"]) == ("shared", 6, 2, 2)
    assert 0 < shared["expected"] <= 2
    assert 0 < shared["p"] <= 1


def test_compare_as_a_table_and_as_csv(cli: Cli, in_filled: Store) -> None:
    out = cli("compare", "country_capital", "country_currency", "--rows", "1").out
    assert "A  relation country_capital: 3 circuits" in out
    assert "expected" in out
    assert "under 5 circuits, so without q-value: antonym, country_capital, country_currency" in out
    assert "a1.h2" not in out
    names = rows(cli("compare", "country_capital", "country_currency", "--view", "names", "--format", "csv"))
    (member,) = [row for row in names if row["name"] == "a1.h2"]
    assert (member["part"], member["share_a"], member["share_b"]) == ("only_a", "1.0", "0.0")


def test_compare_without_arguments_is_all_relations(cli: Cli, in_filled: Store) -> None:
    pairs = rows(cli("compare", "--format", "csv"))
    assert {(row["a"], row["b"]) for row in pairs} == {
        ("antonym", "country_capital"), ("antonym", "country_currency"), ("country_capital", "country_currency")
    }  # fmt: skip


def test_compare_one_relation_shows_its_core_its_stability_and_its_outliers(cli: Cli, in_filled: Store) -> None:
    out = cli("compare", "country_capital").out
    assert "What its circuits hold" in out
    assert "How that changes with its facts" in out
    assert "Facts, those unlike the others first" in out


def test_compare_at_a_level_or_a_view_that_there_is_not(cli: Cli, in_filled: Store) -> None:
    assert "level 'edges' is unknown; nearest: edge" in cli("compare", "--level", "edges").complaint
    assert "view 'neerest' is unknown; nearest: nearest" in cli("compare", "--view", "neerest").complaint
    assert "give one --level" in cli("compare", "--level", "edge", "--level", "layer").complaint


def test_export_to_standard_output(cli: Cli, in_filled: Store) -> None:
    exported = rows(cli("export", "country_capital"))
    assert len(exported) == 6 + 4 + 5
    assert len(json.loads(cli("export", "--all", "--to", "json").out)["circuits"]) == 5


def test_html_and_graphs_of_one_circuit_and_of_several(cli: Cli, in_filled: Store, tmp_path: Path) -> None:
    file, folder = tmp_path / "france.html", tmp_path / "capitals"
    assert cli("export", "France", "--to", "html", "--output", file).out == f"{file}: 1 circuits\n"
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert cli("export", "country_capital", "--to", "html", "--output", folder).out == f"{folder}: 3 circuits\n"
    assert "name a new folder" in cli("export", "country_capital", "--to", "html").complaint
    assert "is there already" in cli("export", "country_capital", "--to", "neuronpedia", "--output", folder).complaint
    exported = cli("export", "France", "--to", "neuronpedia")
    assert json.loads(exported.out)["metadata"]["scan"] == "toy"
    assert exported.err.startswith("Neuronpedia is not known to have toy")


def test_two_things_in_one_html_file(cli: Cli, in_filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "both.html"
    compared = cli("compare", "country_capital", "antonym", "--html", file)
    assert compared.out == f"{file}: country_capital and antonym\n"
    assert "only antonym" in file.read_text("utf-8")
    for wrong, said in (
        (["country_capital"], "of two things"),
        (["country_capital", "antonym", "--view", "names"], "no --view"),
        (["country_capital", "antonym", "--level", "edge"], "leave --level out"),
        (["country_capital", "atlantis"], "unknown"),
    ):
        assert said in cli("compare", *wrong, "--html", tmp_path / "wrong.html").complaint
    nowhere = tmp_path / "no" / "both.html"
    assert "cannot be written" in cli("compare", "country_capital", "antonym", "--html", nowhere).complaint
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("kind", [Kind.CSV, Kind.JSON, Kind.GRAPHML, Kind.PARQUET])
def test_export_to_a_file(cli: Cli, in_filled: Store, tmp_path: Path, kind: Kind) -> None:
    file = tmp_path / f"france.{kind}"
    assert cli("export", "France", "--to", kind, "--output", file).out == f"{file}: 1 circuits\n"
    match kind:
        case Kind.CSV:
            edges = len(pd.read_csv(file))
        case Kind.JSON:
            edges = len(json.loads(file.read_text())["circuits"][0]["edges"])
        case Kind.PARQUET:
            edges = len(pd.read_parquet(file))
        case _:
            graph = nx.read_graphml(file)
            edges = sum(channel != "group" for *_, channel in graph.edges(data="channel"))
    assert edges == 6
