"""The command about programs that cannot hear."""

from __future__ import annotations

from typing import Annotated

import typer

from automix_bench.cli.options import Data, Effects, Json, TaskName, load_effects


def brief(
    task: TaskName,
    data: Data,
    example: Annotated[
        str,
        typer.Argument(metavar="ID", help="The id of an example, or its number, counted from 0."),
    ],
    effect: Effects = None,
    as_json: Json = False,
) -> None:
    """Print what a task shows of an example, as numbers.

    Each stem's level, dynamics, spectrum and image, the instruction, the reference if there is one,
    and the effects that an answer may use. A program that reads it with --json can answer with a
    console: see docs/agents.md. Nothing of what is wanted is in it.
    """
    from automix_bench.agents.brief_json import brief_to_json, task_to_json
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.agents import show_brief
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.dataset.reader import Dataset
    from automix_bench.errors import UsageError

    load_effects(effect)
    asked, dataset = task_named(task), Dataset(data)
    number = dataset.number_of(example)
    shown = asked.brief(dataset[number])
    if not shown.stems:
        raise UsageError(f"{example}: the task {task} shows no stem of this example: take another")
    record = {**task_to_json(asked), **brief_to_json(shown)}
    if as_json:
        print_json(record)
    else:
        show_brief(record)
