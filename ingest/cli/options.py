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
ContrastOption = Annotated[
    str,
    typer.Option("--contrast", help="What donors differ in: subject; relation, in paired templates; or both in turn."),
]
TemplateOption = Annotated[
    int, typer.Option("--template", min=0, help="Ask in this template of each relation, counted from 0.")
]
