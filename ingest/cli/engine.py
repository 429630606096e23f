"""The commands around the discovery engine: its methods, a trace of one prompt, and what stored circuits measure.

Everything heavy is imported inside the commands, so that `--help` and completion answer at once.
"""

import shlex
import sys
from functools import partial
from time import perf_counter
from typing import Annotated

import typer

from graphdb.cli.store_commands import FormatOption, MethodOption, StoreOption
from graphdb.tables import Format
from ingest.cli.extras import needs_extra
from ingest.cli.models import at_work, find_model, open_model

app = typer.Typer()

ModelOption = Annotated[str, typer.Option("--model", help="A packaged model, a folder, a GGUF file or a hub name.")]
HowOption = Annotated[str, typer.Option("--method", help="How edges are scored; see `kcircuits methods`.")]
EffortOption = Annotated[str, typer.Option("--effort", help="What it may cost: quick, default or thorough.")]
AblationOption = Annotated[
    str, typer.Option("--ablation", help="What edges outside a circuit carry: corrupt, mean or zero.")
]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu or cuda.")]
DtypeOption = Annotated[str, typer.Option("--dtype", help="float32 or bfloat16.")]


@app.command()
def methods(form: FormatOption = Format.TABLE) -> None:
    """List the methods that find circuits: price, measured quality, source.

    \b
    Examples:
      kcircuits methods
      kcircuits methods --format json
    """
    with needs_extra("ingest"):
        from ingest.methods.table import print_methods

    print_methods(form)


@app.command()
def trace(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What the model goes on from.")],
    answer: Annotated[str, typer.Option("--answer", help="What it goes on with; the first token counts.")],
    instead: Annotated[str, typer.Option("--instead", help="What would be right after the corrupt prompt.")],
    corrupt: Annotated[
        str,
        typer.Option("--corrupt", help="A prompt of as many tokens. Default: what packaged facts say of --instead."),
    ] = "",
    model: ModelOption = "smollm2-135m",
    method: HowOption = "trained",
    effort: EffortOption = "default",
    faithfulness: Annotated[
        float, typer.Option("--faithfulness", max=1, help="What the circuit must reach, above 0, at most 1.")
    ] = 0.85,
    ablation: AblationOption = "corrupt",
    top: Annotated[int, typer.Option("--top", min=1, help="Edges to print, the strongest first.")] = 20,
    save: Annotated[bool, typer.Option("--save", help="Put the circuit into the store.")] = False,
    device: DeviceOption = "cpu",
    dtype: DtypeOption = "float32",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Find the circuit of one's own prompt, in seconds.

    \b
    Examples:
      kcircuits trace "The capital of France is" --answer " Paris" --instead " Berlin"
      kcircuits trace "The cat sat on the" --answer mat --instead beach --corrupt "The crab sat on the" --effort quick
      kcircuits trace "The capital of France is" --answer Paris --instead Rome --save --store my_store
    """
    with needs_extra("ingest"):
        from ingest.cli.trace_view import Seconds, print_trace
        from ingest.options import Options, check
        from ingest.settings import Settings
        from ingest.trace import check_texts
        from ingest.trace import save as save_trace
        from ingest.trace import trace as run
    settings = Settings(method, effort, faithfulness, ablation=ablation, robust=False)
    check(Options(settings, device=device, dtype=dtype))
    check_texts(prompt, answer, instead)
    start = perf_counter()
    handle = find_model(model)
    loaded = open_model(handle, dtype, device)
    ready = perf_counter()
    with at_work("tracing"):
        traced = run(loaded, prompt, answer=answer, instead=instead, corrupt=corrupt, settings=settings)
    print_trace(traced, loaded.record, Seconds(ready - start, perf_counter() - ready), form, top)
    if save:
        from graphdb.store import open_store

        with open_store(store) as opened:
            save_trace(opened, loaded, handle, traced)
        print(f"stored; kcircuits show {shlex.quote(traced.circuit.fact_id)}", file=sys.stderr)


@app.command()
def evaluate(
    circuits: Annotated[
        list[str], typer.Argument(metavar="CIRCUIT...", help="Circuits' ids, facts' ids or subjects, as for `show`.")
    ],
    curve: Annotated[bool, typer.Option("--curve", help="Measure faithfulness at fixed sizes too.")] = False,
    model: Annotated[
        str, typer.Option("--model", help="Where the model is. Default: where the store says it came from.")
    ] = "",
    method: MethodOption = "",
    device: DeviceOption = "cpu",
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Measure stored circuits again, from their edges; exit code 1 if a figure differs.

    \b
    Examples:
      kcircuits evaluate country_capital/France
      kcircuits evaluate France Italy --method trained --curve
      kcircuits evaluate country_capital/France --format json --store my_store
    """
    with needs_extra("ingest"):
        from ingest.measures.evaluate import ModelsOf, evaluate, select_circuits
    from graphdb.store import open_store
    from ingest.cli.evaluate_view import print_evaluation

    with open_store(store, create=False) as opened:
        chosen = select_circuits(opened, circuits, method)
        models = ModelsOf(opened, model, find_model, partial(open_model, device=device))
        figures = [each for row in chosen for each in evaluate(opened, models.load(row), row, curve=curve)]
    print_evaluation(figures, form)
    if any(each.differs for each in figures):
        raise typer.Exit(1)
