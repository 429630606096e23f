"""The commands that bring circuits into a store, and out of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import MethodOption, ModelOption, StoreOption
from graphdb.errors import UserError
from graphdb.tables import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphdb.formats.content import Content
    from graphdb.formats.foreign import Foreign
    from graphdb.formats.importing import Imported
    from graphdb.store import Store
    from ingest.facts.about import Told

app = typer.Typer()

FactOption = Annotated[
    str, typer.Option("--fact", metavar="RELATION/SUBJECT", help="What the circuit explains. Default: from the file.")
]
RelationOption = Annotated[
    str, typer.Option("--relation", metavar="ID", help="The relation of several files, whose names are the subjects.")
]
ObjectOption = Annotated[str, typer.Option("--object", help="The fact's object. Default: the packaged fact's.")]
PromptOption = Annotated[str, typer.Option("--prompt", help="The prompt that the circuit was found with.")]
ModelNameOption = Annotated[
    str, typer.Option("--model", metavar="NAME", help="The model, such as gpt2-medium. Default: that of the shape.")
]
FoundByOption = Annotated[
    str, typer.Option("--method", metavar="NAME", help="How it was found. Default: after the format.")
]
EdgesOption = Annotated[
    int | None,
    typer.Option("--edges", min=1, metavar="N", help="Take the N edges of the largest |score|, not those marked."),
]


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Dumps, or circuits: EAP-IG, Knowledge Circuits, auto-circuit."),
    ],
    fact: FactOption = "",
    relation: RelationOption = "",
    object_: ObjectOption = "",
    prompt: PromptOption = "",
    model: ModelNameOption = "",
    method: FoundByOption = "",
    edges: EdgesOption = None,
    store: StoreOption = None,
) -> None:
    """Bring dumps, and other tools' circuits, into a store.

    Every file is checked first. What the store has of a dump by the same id is replaced, the rest stays. A circuit is
    imported without weights and without figures: `kcircuits evaluate` measures them. docs/formats.md describes the
    formats.

    \b
    Examples:
      kcircuits import store.jsonl.gz
      kcircuits import ioi.json --fact ioi/John --prompt "When Mary and John went …, John gave a drink to" --object Mary
      kcircuits import graph.gv --model gpt2-medium --fact country_capital/China
      kcircuits import scores/*.npz --relation country_capital --model gpt2 --edges 500
    """
    from graphdb.formats.content import Content, content_of
    from ingest.facts.about import Told

    told = Told(fact, relation, object_, prompt)
    contents = {file: content_of(file) for file in files}
    dumps = [file for file, content in contents.items() if content is Content.DUMP]
    circuits = {file: content for file, content in contents.items() if content is not Content.DUMP}
    if dumps and (told != Told() or model or method or edges):
        raise UserError(f"{dumps[0]}: a dump says itself what its circuits are of: leave the options out")
    if told.is_of_one and len(circuits) > 1:
        raise UserError(
            "--fact, --object and --prompt are of one circuit: import the files one by one, or give --relation"
        )
    _import_dumps(dumps, store)
    _import_circuits(circuits, told, model, method, edges, store)


def _import_dumps(dumps: "Sequence[Path]", store: str | None) -> None:
    from rich.console import Console

    from graphdb.dump.reader import check
    from graphdb.dump.restore import restore
    from graphdb.store import open_store

    for file in dumps:
        with Console(stderr=True).status("Checking the dump …") as status:
            contents = check(file)
            counts = contents.counts
            of = f"of {counts['edge']:,} edges written …"
            with open_store(store) as opened:
                restore(opened, file, contents, lambda edges, of=of: status.update(f"{edges:,} {of}"))
        print(f"{file}: {counts['circuit']} circuits, {counts['edge']} edges, {counts['scores']} score files")


def _import_circuits(
    files: "dict[Path, Content]", told: "Told", model: str, method: str, edges: int | None, store: str | None
) -> None:
    """Read every file before anything is written, and before a store is made."""
    from graphdb.formats.importing import write_imported
    from graphdb.store import existing_store, open_store

    if not files:
        return
    with existing_store(store) as there:
        items = _read(files, told, model, method, edges, there)
    with open_store(store) as opened:
        new = write_imported(opened, items)
    for each in items:
        stands = "" if each in new else ", stands already"
        print(f"{each.file}: {each.circuit.id}, {each.circuit.n_edges} edges, {each.circuit.n_nodes} nodes{stands}")
        if each.lost:
            print(f"{each.file}: not kept: {'; '.join(each.lost)}", file=sys.stderr)


def _read_tensors(file: Path, content: "Content") -> "Foreign | None":
    """The circuit of a file that takes torch or safetensors to read; None: of another."""
    from graphdb.formats.content import Content

    if content not in (Content.EAP_TORCH, Content.SAFETENSORS):
        return None
    with needs_extra("ingest"):
        from ingest.tensor_files import read_pt, read_safetensors
    return read_pt(file) if content is Content.EAP_TORCH else read_safetensors(file)


def _read(
    files: "dict[Path, Content]",
    told: "Told",
    model: str,
    method: str,
    edges: int | None,
    store: "Store | None",
) -> "list[Imported]":
    from graphdb.formats.importing import imported, model_of, named_model, stored_models
    from graphdb.formats.reading import read_circuit
    from ingest.facts.about import about

    models = stored_models(store) if store else []
    items: dict[str, Imported] = {}
    for file, content in files.items():
        found = _read_tensors(file, content) or read_circuit(file, content, named_model(model, models))
        of = model_of(found, file, model or found.said.model, models)
        item = imported(file, found, about(store, file, told, found.said), of, method, edges)
        if item.circuit.id in items:
            raise UserError(
                f"{file} and {items[item.circuit.id].file} are both of {item.circuit.id}: see --fact, --method"
            )
        items[item.circuit.id] = item
    return list(items.values())


@app.command()
def export(
    what: Annotated[
        str | None, typer.Argument(metavar="WHAT", help="A relation, a fact's id, a subject or a circuit's id.")
    ] = None,
    to: Annotated[Kind, typer.Option("--to", help="The format.")] = Kind.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE|FOLDER", help="Default: standard output.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every circuit of the store.")] = False,
    scores: Annotated[
        bool, typer.Option("--scores/--no-scores", help="Whether a dump (jsonl) holds the score files.")
    ] = True,
    model: ModelOption = "",
    method: MethodOption = "",
    store: StoreOption = None,
) -> None:
    """Write circuits, or a dump of the store, to a file.

    Of html, neuronpedia, eap-ig, eap-ig-pt and auto-circuit each circuit is a file, and several are a new folder.

    \b
    Examples:
      kcircuits export country_capital/France --to graphml --output france.graphml
      kcircuits export country_capital --to csv > capitals.csv
      kcircuits export --all --to parquet --output circuits.parquet
      kcircuits export country_capital/France --to html --output france.html
      kcircuits export country_capital --to neuronpedia --output graphs
      kcircuits export country_capital --to eap-ig --output capitals
      kcircuits export --all --to jsonl --output store.jsonl.gz
    """
    if (what is None) != everything:
        raise UserError("nothing or too much to export: name a relation, a fact or a circuit, or say --all")
    if to is Kind.JSONL and everything and not (model or method):
        _dump(store, output, scores)
        return
    from graphdb.formats import exports
    from graphdb.formats.edge_files import edge_files
    from graphdb.formats.one_each import FORMATS, Format
    from graphdb.store import open_store

    formats = FORMATS
    if to is Kind.EAP_IG_PT:
        with needs_extra("ingest"):
            from ingest.tensor_files import encode_pt
        formats = {to: Format(".pt", edge_files(encode_pt))}
    with open_store(store, create=False) as opened:
        count = exports.export(opened, what or "", to, output, model, method, formats)
    if output:
        print(f"{output}: {count} circuits")


def _dump(store: str | None, output: Path | None, scores: bool) -> None:
    from graphdb.dump import write_dump
    from graphdb.store import open_store

    with open_store(store, create=False) as opened:
        counts = write_dump(opened, output, scores)
    if output:
        print(f"{output}: {counts['circuit']} circuits, {counts['edge']} edges, {counts['scores']} score files")
