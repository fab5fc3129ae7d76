"""The command that trains a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import Data, Json, bars, with_executor
from automix_bench.executor import Executor


@with_executor
def train(
    training: Annotated[
        str,
        typer.Argument(
            help="Name of a training, or a .py file.",
            autocompletion=completion.plugins("trainings"),
        ),
    ],
    data: Data,
    out: Annotated[Path, typer.Argument(help="The folder of the training, new or to go on with.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the training or of its schedule. Repeatable. All of them: train "
            "TRAINING --help.",
            autocompletion=completion.training_settings,
        ),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0.0, help="Stop after so long; the same command goes on. Default: never."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Only try it: one batch is overfitted, gradients reach all, resuming is exact.",
        ),
    ] = False,
    device: Annotated[
        str,
        typer.Option(help="What torch computes on: cpu, cuda, …; auto for a GPU where one is."),
    ] = "cpu",
    checkpoint_minutes: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="The longest time between two checkpoints. One is also written at each validation "
            "and when it is ended.",
        ),
    ] = 5.0,
    prepared: Annotated[
        Path | None,
        typer.Option(
            help="The folder of what is stored of each example, to share between trainings. "
            "Default: in OUT."
        ),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write a log for TensorBoard.")
    ] = False,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Train a network on a data set.

    It learns from the split train, and is validated on the songs of the split valid. If it is
    interrupted, the same command goes on where it stopped, and gives the same weights. OUT then
    holds weights.safetensors, their card, a log and a page with curves. --workers is for preparing
    the examples. Exit code 3 if a check fails.
    """
    from automix_bench.cli.output.terminal import message
    from automix_bench.cli.output.trainings import show_check, show_result
    from automix_bench.training.training_settings import training_from

    chosen = training_from(training, settings or ())
    if check:
        from automix_bench.training.training_check import check_training

        with bars() as progress:
            lines = check_training(
                chosen, data, prepared, device=device, progress=progress, told=message
            )
        show_check(chosen.name, lines, as_json)
        if not all(line.holds for line in lines):
            raise typer.Exit(3)
        return
    from automix_bench.training.trainer import TrainingRun
    from automix_bench.training.trainer import train as train_network

    with bars() as progress:
        run = TrainingRun(
            hours=hours,
            executor=executor,
            device=device,
            checkpoint_minutes=checkpoint_minutes,
            prepared=prepared,
            tensorboard=tensorboard,
            progress=progress,
            told=message,
        )
        result = train_network(chosen, data, out, run)
    show_result(chosen.name, result, as_json)
