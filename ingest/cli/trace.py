"""The command that traces one prompt.

Everything heavy is imported inside the command, so that `--help` and completion answer at once.
"""

import shlex
import sys
from time import perf_counter
from typing import Annotated

import typer

from graphdb.cli.extras import needs_extra
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.tables import Format
from ingest.cli.models import at_work, find_model, open_model
from ingest.cli.options import AblationOption, DeviceOption, DtypeOption, EffortOption, HowOption, ModelOption

app = typer.Typer()


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
    method: HowOption = "secant",
    effort: EffortOption = "default",
    faithfulness: Annotated[
        float, typer.Option("--faithfulness", max=1, help="What the circuit must reach, above 0, at most 1.")
    ] = 0.85,
    ablation: AblationOption = "corrupt",
    top: Annotated[int, typer.Option("--top", min=1, help="Edges to print, the strongest first.")] = 20,
    save: Annotated[bool, typer.Option("--save", help="Put the circuit into the store.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell the prompt's story too: where the answer appears, what feeds that.")
    ] = False,
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
        from ingest.cli.views.trace_view import Seconds, alike, print_trace
        from ingest.explained import told
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
    seconds = Seconds(ready - start, perf_counter() - ready)
    story = told(traced, loaded) if explain else None
    print_trace(traced, loaded.record, seconds, alike(store, traced.circuit), form, top, story)
    if save:
        from graphdb.store import open_store

        with open_store(store) as opened:
            save_trace(opened, loaded, handle, traced)
        print(f"stored; kcircuits show {shlex.quote(traced.circuit.fact_id)}", file=sys.stderr)
