"""Writes a circuit, a relation or the whole store as CSV, JSON, GraphML or Parquet; see `one_each` for the others."""

import json
import sys
from itertools import chain
from pathlib import Path
from typing import IO, Any

import networkx as nx
import pandas as pd

from graphdb.errors import UserError
from graphdb.files import destination
from graphdb.formats import neuronpedia
from graphdb.formats.one_each import FORMATS, Formats, export_each
from graphdb.plain_text import without_formulas, xml_text
from graphdb.queries.lookup import find_fact
from graphdb.store import Store
from graphdb.tables import Kind, records

CONTEXT = ("circuit", "fact", "relation", "model", "method", "faithfulness", "faithfulness_random")
"""Columns of a circuit that each of its edges repeats in a table."""


def export(
    store: Store,
    what: str,
    kind: Kind,
    output: Path | None,
    model: str = "",
    method: str = "",
    formats: Formats = FORMATS,
) -> int:
    """Export the circuits that `what` means to a file, or to standard output; return how many there were.

    `what` is a relation, a fact (id, circuit id or subject) or "" for the whole store. A file, or the folder of several
    circuits in one of `formats`, appears whole or not at all. Raises UserError where there is no such circuit, and for
    what cannot be written.
    """
    circuits = select(store, what, model, method)
    if kind is Kind.PARQUET and output is None and sys.stdout.isatty():
        raise UserError("parquet is binary: name a file with --output")
    if kind in formats:
        export_each(store, circuits, formats[kind], output)
    else:
        with destination(output) as stream:
            write(store, circuits, kind, stream)
    if kind is Kind.NEURONPEDIA:
        for line in neuronpedia.remarks(circuits["model"].unique()):
            sys.stderr.write(f"{line}\n")
    return len(circuits)


def select(store: Store, what: str, model: str = "", method: str = "") -> pd.DataFrame:
    """Return the rows of the query `circuits` that `what` means; UserError if there are none."""
    relations = set(store.query("relations")["relation"])
    if not what or what in relations:
        found = store.query("circuits", relation=what, model=model, method=method)
    else:
        fact = find_fact(store, what)
        one = what if fact["by"] == "circuit" else ""
        found = store.query("circuits", fact=fact["fact"], circuit=one, model=model, method=method)
    if found.empty:
        raise UserError(f"{what or 'the store'} has no circuit to export: `kcircuits query facts_without_circuit`")
    return found


def write(store: Store, circuits: pd.DataFrame, kind: Kind, stream: IO[bytes]) -> None:
    """Write the circuits (rows of the query `circuits`) and their edges to a binary stream.

    In a format of `FORMATS` one circuit is a file.
    """
    match kind:
        case Kind.CSV:
            without_formulas(edge_table(store, circuits)).to_csv(stream, index=False)
        case Kind.PARQUET:
            edge_table(store, circuits).to_parquet(stream, index=False)
        case Kind.JSON:
            stream.write(json.dumps(documents(store, circuits), ensure_ascii=False, indent=1).encode() + b"\n")
        case Kind.GRAPHML:
            nx.write_graphml(_for_xml(graph(store, circuits)), stream, named_key_ids=True)
        case Kind.JSONL:
            raise UserError("jsonl is a dump of the whole store: `kcircuits export --all --to jsonl`, see docs/dump.md")
        case _:
            stream.writelines(FORMATS[kind].contents(store, circuits))


def edge_table(store: Store, circuits: pd.DataFrame) -> pd.DataFrame:
    """Return one row an edge, with the circuit's context, fact by fact and heaviest first."""
    tables = [
        circuits.loc[[index], [*CONTEXT]].merge(store.query("circuit_edges", circuit=circuit), how="cross")
        for index, circuit in circuits["circuit"].items()
    ]
    return pd.concat(tables, ignore_index=True)


def documents(store: Store, circuits: pd.DataFrame) -> dict[str, Any]:
    """Return `{"circuits": [...]}`, each circuit with all its figures and its list of edges."""
    return {
        "circuits": [
            {**row, "edges": records(store.query("circuit_edges", circuit=row["circuit"]))}
            for row in json.loads(circuits.to_json(orient="records"))
        ]
    }


def graph(store: Store, circuits: pd.DataFrame) -> nx.MultiDiGraph:
    """Return the circuits as one graph in which each circuit has nodes of its own, `<circuit id>|<component>`.

    Edges of channel `group` link a kv-head to the heads that read it and carry no weight.
    """
    whole = nx.MultiDiGraph()
    for row in records(circuits):
        circuit = str(row["circuit"])
        context = {name: row[name] for name in CONTEXT}
        nodes = store.query("circuit_nodes", circuit=circuit)[["component", "kind", "layer", "head", "score"]]
        for node in records(nodes):
            given = {name: value for name, value in node.items() if value is not None and value == value}
            whole.add_node(f"{circuit}|{node['component']}", **context, **given)
        for edge in records(store.query("circuit_edges", circuit=circuit)):
            ends = f"{circuit}|{edge['source']}", f"{circuit}|{edge['target']}"
            whole.add_edge(*ends, **{name: edge[name] for name in ("edge", "channel", "weight", "rank")})
        for feed in records(store.query("circuit_groups", circuit=circuit)):
            whole.add_edge(f"{circuit}|{feed['source']}", f"{circuit}|{feed['target']}", channel="group")
    return whole


def _for_xml(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Return the graph with texts that XML can hold: control characters in names become escapes."""
    held = chain((data for _, data in graph.nodes(data=True)), (data for *_, data in graph.edges(data=True)))
    for data in held:
        data.update({name: xml_text(value) for name, value in data.items() if isinstance(value, str)})
    names = {node: xml_text(node) for node in graph if xml_text(node) != node}
    return nx.relabel_nodes(graph, names) if names else graph
