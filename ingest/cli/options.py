"""Options that several commands of this package have in common."""

from typing import Annotated

import typer

ModelOption = Annotated[str, typer.Option("--model", help="A packaged model, a folder, a GGUF file or a hub name.")]
HowOption = Annotated[str, typer.Option("--method", help="How edges are scored; see `kcircuits methods`.")]
EffortOption = Annotated[str, typer.Option("--effort", help="What it may cost: quick, default or thorough.")]
AblationOption = Annotated[
    str, typer.Option("--ablation", help="What edges outside a circuit carry: corrupt, mean or zero.")
]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu or cuda.")]
DtypeOption = Annotated[str, typer.Option("--dtype", help="float32 or bfloat16.")]
TemplateOption = Annotated[
    int, typer.Option("--template", min=0, help="Ask in this template of each relation, counted from 0.")
]
RolesOption = Annotated[
    bool, typer.Option("--roles/--no-roles", help="Find what heads do, and where answers appear, too.")
]
WrongAnswersOption = Annotated[
    bool, typer.Option("--wrong-answers", help="Set every known object against the answer that rivals it, too.")
]
EditOption = Annotated[
    str, typer.Option("--edit", help="Id of an edit of the store: ask the model that it makes of --model.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Processes that find circuits. Default: one a core, on a GPU one; with --ray as many as the cluster has.",
    ),
]
RayOption = Annotated[
    str,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Find circuits on a Ray: local, auto (this machine's), HOST:PORT or ray://HOST:PORT.",
    ),
]
StabilityOption = Annotated[
    str, typer.Option("--stability", help="Find circuits a second time for a sample of the facts, or all.")
]
ContrastOption = Annotated[
    str,
    typer.Option(
        "--contrast",
        help="What donors differ in: subject; relation, in paired templates; both in turn; or demonstration.",
    ),
]
