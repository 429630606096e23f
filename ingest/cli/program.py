"""The command line `kcircuits`: `main`, the commands that find circuits, and those of `graphdb.cli`."""

import importlib.resources
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphdb.cli.compare import app as compare_commands
from graphdb.cli.explain import app as explain_command
from graphdb.cli.extras import needs_extra
from graphdb.cli.maintenance import app as maintenance_commands
from graphdb.cli.store_commands import FormatOption, StoreOption
from graphdb.cli.store_commands import app as store_commands
from graphdb.engines.ports import free_port
from graphdb.errors import REMEDIES, UserError
from graphdb.mcp.command import app as mcp_command
from graphdb.plain_text import visible
from graphdb.tables import Format, print_frame
from ingest.cli.conditions.demonstrate import app as demonstrate_command
from ingest.cli.conditions.edit import app as edit_command
from ingest.cli.conditions.hallucinations import app as hallucinations_command
from ingest.cli.conditions.hops import app as hops_command
from ingest.cli.evaluate import app as evaluate_command
from ingest.cli.exchange import app as exchange_commands
from ingest.cli.methods import app as methods_command
from ingest.cli.models import find_model, open_model
from ingest.cli.options import (
    AblationOption,
    ContrastOption,
    DeviceOption,
    DtypeOption,
    EditOption,
    EffortOption,
    HowOption,
    ModelOption,
    RayOption,
    RolesOption,
    StabilityOption,
    TemplateOption,
    WorkersOption,
    WrongAnswersOption,
)
from ingest.cli.relation_circuits import app as relation_commands
from ingest.cli.roles import app as roles_command
from ingest.cli.trace import app as trace_command
from ingest.cli.written import app as written_command

if TYPE_CHECKING:
    from ingest.facts.sets import FactSet
    from ingest.options import Options

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells report it."""

app = typer.Typer(
    rich_markup_mode=None,  # keeps the examples' line breaks, and rich costs a tenth of a second
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(methods_command)
app.add_typer(trace_command)
app.add_typer(roles_command)
app.add_typer(hallucinations_command)
app.add_typer(demonstrate_command)
app.add_typer(edit_command)
app.add_typer(hops_command)
app.add_typer(written_command)
app.add_typer(evaluate_command)
app.add_typer(relation_commands)
app.add_typer(store_commands)
app.add_typer(explain_command)
app.add_typer(compare_commands)
app.add_typer(mcp_command)
app.add_typer(exchange_commands)
app.add_typer(maintenance_commands)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Knowledge circuits of language models: find them, store them, query them.

    \b
    Examples:
      kcircuits ingest country_capital country_currency
      kcircuits query shared_components --param min_relations=2
      kcircuits show country_capital/France
      kcircuits dashboard

    Exit codes: 0 done, 1 nothing there, 2 a mistake that one line explains, 130 Ctrl-C or SIGTERM.
    """
    if version:
        import importlib.metadata  # a third of what help would take

        print(f"kcircuits {importlib.metadata.version('knowledge-circuits')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 nothing there, 2 the user's mistake, 130 Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends a command gets the same clean end
    command = typer.main.get_command(app)
    try:
        status = command.main(arguments, prog_name="kcircuits", standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        return _complain(str(error))
    except typer.TyperException as error:
        return _complain(error.format_message())
    except BrokenPipeError:
        # The reader (`head`, `less`) has gone; without this, Python's last flush complains about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        return _complain(f"{error.filename or 'writing'}: {error.strerror}; {REMEDIES[error.errno]}")
    if status == INTERRUPTED:
        _complain("interrupted")
    return status or 0


SourcesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RELATION|FILE]",
        help="Packaged relations, fact files, folders of them, or - (standard input). Default: all packaged.",
        autocompletion=lambda: [file.stem for file in (Path(__file__).parents[1] / "facts").rglob("*.json")],
    ),
]


KnownRankOption = Annotated[
    int, typer.Option("--known-rank", min=1, help="A fact is known if its object ranks this well.")
]


@app.command()
def relations(
    sources: SourcesArgument = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Say how many facts this model knows and an ingest covers; as for `ingest`."),
    ] = None,
    known_rank: KnownRankOption = 10,
    device: DeviceOption = "cpu",
    dtype: DtypeOption = "float32",
    form: FormatOption = Format.TABLE,
) -> None:
    """List relations, those that an ingest takes by name alone too, and check fact files; with --model, what an ingest
    would cover.

    \b
    Examples:
      kcircuits relations
      kcircuits relations my_facts.csv --format json
      kcircuits relations my_facts.csv --model gemma3-270m
    """
    with needs_extra("ingest"):
        from ingest.facts.sets import builtin_relations, derived_relations, select
    import pandas as pd

    from ingest.cli.views.summary import print_notes

    sets = select(sources) if sources else [*builtin_relations(), *derived_relations()]
    if model is None:
        rows = [
            {
                "relation": given.relation.id,
                "category": given.relation.category,
                "facts": len(given.facts),
                "templates": len(given.relation.templates),
                "derived_from": list(given.relation.derived_from),
                "name": given.relation.name,
            }
            for given in sets
        ]
    else:
        rows = _foreseen(sets, model, known_rank, device, dtype)
    print_frame(pd.DataFrame(rows), form)
    print_notes(sets)


def _foreseen(
    sets: "Sequence[FactSet]", model: str, known_rank: int, device: str, dtype: str
) -> list[dict[str, object]]:
    """Put the facts to a model and return what an ingest of them would cover, by relation."""
    with needs_extra("ingest"):
        from ingest.cli.progress import shown_progress
        from ingest.discovery.coverage import foresee
        from ingest.options import Options, check

    options = Options(known_rank=known_rank, device=device, dtype=dtype)
    check(options)
    opened = open_model(find_model(model), dtype, device)
    with shown_progress() as progress:
        return [asdict(each) for each in foresee(opened, sets, options, progress)]


@app.command()
def ingest(
    sources: SourcesArgument = None,
    model: ModelOption = "smollm2-135m",
    method: HowOption = "secant",
    effort: EffortOption = "default",
    faithfulness: Annotated[
        float, typer.Option("--faithfulness", max=1, help="What a circuit must reach, above 0, at most 1.")
    ] = 0.85,
    known_rank: KnownRankOption = 10,
    include_unknown: Annotated[
        bool, typer.Option("--include-unknown", help="Seek circuits of unknown facts too.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=2, help="Explain only the first facts of each relation, to try it.")
    ] = None,
    ablation: AblationOption = "corrupt",
    robust: Annotated[
        bool,
        typer.Option("--robust/--single-donor", help="Several donors, some of them kept back to judge; or only one."),
    ] = True,
    curve: Annotated[bool, typer.Option("--curve", help="Measure faithfulness at fixed sizes too.")] = False,
    device: DeviceOption = "cpu",
    dtype: DtypeOption = "float32",
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, help="Facts to run at once. Default: as many as memory allows.")
    ] = None,
    workers: WorkersOption = None,
    ray: RayOption = "",
    stability: StabilityOption = "sample",
    template: TemplateOption = 0,
    contrast: ContrastOption = "subject",
    seed: Annotated[int, typer.Option("--seed", help="Of the random circuits to compare with.")] = 0,
    roles: RolesOption = True,
    wrong_answers: WrongAnswersOption = False,
    edit: EditOption = "",
    store: StoreOption = None,
) -> None:
    """Find the circuits of facts and store them.

    A run that was stopped goes on where it stopped when the same command is given again.

    \b
    Examples:
      kcircuits ingest
      kcircuits ingest country_capital country_currency --limit 10
      kcircuits ingest my_facts.csv --faithfulness 0.9 --contrast both --store my_store
      kcircuits ingest landmark_country --model gemma3-270m --include-unknown
    """
    with needs_extra("ingest"):
        from ingest.facts.sets import select, with_template
        from ingest.options import Options
        from ingest.settings import Settings

        sets = with_template([given.first(limit) for given in select(sources or ())], template)
    more = {"random_draws": 3, "stability": stability, "curve": curve, "template": template}
    settings = Settings(method, effort, faithfulness, ablation, robust, seed, **more)
    if not (workers or ray or device == "cuda"):
        workers = len(os.sched_getaffinity(0))
    chosen = Options(settings, known_rank, include_unknown, batch, device, dtype, roles, workers, ray)
    _ingest(sets, model, replace(chosen, wrong_answers=wrong_answers), contrast, store, edit)


def _ingest(
    sets: "Sequence[FactSet]", model: str, options: "Options", contrast: str, target: str | None, edit: str
) -> None:
    """Run an ingest of each contrast asked for, with bars and a summary."""
    with needs_extra("ingest"):
        from ingest.cli.progress import going_on, shown_progress
        from ingest.editing.pipeline import edited_handle
        from ingest.options import check
        from ingest.pipeline import ingest as run
        from ingest.settings import BOTH
    from graphdb.store import open_store
    from ingest.cli.views.summary import print_notes, print_summary

    asked = BOTH if contrast == "both" else (contrast,)
    chosen = [
        # Of both contrasts the first finds all that is no circuit; alone, another one is refused.
        replace(
            options,
            settings=replace(options.settings, contrast=each),
            wrong_answers=options.wrong_answers and each == asked[0],
        )
        for each in asked
    ]
    for each in chosen:
        check(each)
    print_notes(sets)
    handle = find_model(model)  # before a new store is begun
    with _connected(options), open_store(target, create=not edit) as opened:
        handle = edited_handle(opened, edit, handle) if edit else handle
        for each in chosen:
            with going_on(), shown_progress() as progress:
                progress.note(f"The dashboard can be opened now, in another terminal: {dashboard_command(target)}")
                report = run(sets, handle, each, opened, progress)
            print_summary(report, opened, each.settings)


def _connected(options: "Options") -> AbstractContextManager[None]:
    """Hold a connection to the Ray that the options name, if they do."""
    if not options.ray:
        return nullcontext()
    with needs_extra("ray"):
        from ingest.execution.ray_cluster import connected
    return connected(options.ray, options.workers)


def dashboard_command(target: str | None) -> str:
    """Return how the user, who started this program by some name, starts the dashboard on a store."""
    store = ["--store", target] if target else []
    return shlex.join([sys.argv[0] if "/" in sys.argv[0] else "kcircuits", "dashboard", *store])


@app.command()
def dashboard(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = 8501,
    store: StoreOption = None,
) -> None:
    """Open the dashboard in a browser's reach: 127.0.0.1 only.

    \b
    Examples:
      kcircuits dashboard
      kcircuits dashboard --port 8600 --store bolt://localhost:7687
    """
    free_port(port)
    page = importlib.resources.files("dashboard") / "app.py"
    options = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    target = {"KCIRCUITS_STORE": store} if store else {}
    sys.stdout.flush()
    # Streamlit takes this process over, so that a signal meant for the dashboard reaches it.
    os.execve(sys.executable, [sys.executable, "-m", "streamlit", "run", str(page), *flags], os.environ | target)


def _complain(message: str) -> int:
    sys.stderr.write(f"kcircuits: {visible(' '.join(message.split()))}\n")
    return 2
