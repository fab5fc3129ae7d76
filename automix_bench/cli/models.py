"""The commands about models and their answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.executor_options import ExecutorName, ExecutorSettings, Workers, crew
from automix_bench.cli.options import (
    Data,
    Effects,
    Fresh,
    Json,
    Metrics,
    Split,
    TaskName,
    bars,
    load_effects,
)


def run(
    model: Annotated[str, typer.Argument(help="A model by name, or a .py file.")],
    task: TaskName,
    data: Data,
    out: Annotated[Path, typer.Argument(help="Where the answers are put.")],
    split: Split = None,
    effect: Effects = None,
    fresh: Fresh = False,
    workers: Workers = None,
    executor: ExecutorName = None,
    executor_set: ExecutorSettings = None,
) -> None:
    """Show a model every example and keep its answers."""
    from automix_bench.cli.output.boards import tell_kept
    from automix_bench.cli.output.terminal import tell_lines
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.entry import entry
    from automix_bench.evaluation.run import run as run_model
    from automix_bench.task import task_named

    load_effects(effect)
    chosen = crew(executor, workers, executor_set)
    with bars() as progress:
        ran = run_model(
            entry(model),
            task_named(task),
            Dataset(data, split),
            out,
            fresh=fresh,
            executor=chosen,
            progress=progress,
        )
    tell_kept({model: ran.kept} if ran.kept else {})
    tell_lines(f"{model} failed on", ran.failures)
    if ran.failures:
        raise typer.Exit(5)


def score(
    answers: Annotated[Path, typer.Argument(help="What `run` wrote.")],
    data: Data,
    out: Annotated[
        Path | None, typer.Option(help="The scorecard; beside the run if none is given.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="The task, if it is in a .py file.")] = None,
    metrics: Metrics = None,
    effect: Effects = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    executor_set: ExecutorSettings = None,
    as_json: Json = False,
) -> None:
    """Measure the answers of a run, and write a scorecard."""
    from automix_bench.catalogue.metrics import metrics_named
    from automix_bench.cli.output.boards import print_card
    from automix_bench.cli.output.terminal import tell
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.run_folder import identity
    from automix_bench.evaluation.score import score as score_answers
    from automix_bench.task import task_named

    load_effects(effect)
    chosen = crew(executor, workers, executor_set)
    said = identity(answers)
    wanted, also = task_named(task or said["task"]), metrics_named(metrics or "")
    with bars() as progress:
        card = score_answers(
            wanted,
            Dataset(data, said["split"]),
            answers,
            also=also,
            executor=chosen,
            progress=progress,
        )
    beside = answers.resolve()
    path = out or beside.with_name(f"{beside.name}.json")
    card.write(path)
    print_card(card, wanted.measured_by(also).metrics, as_json)
    tell(f"the scorecard: {path}")
    if card.coverage < 1.0:
        raise typer.Exit(5)


def evaluate(
    task: TaskName,
    data: Data,
    models: Annotated[
        list[str] | None, typer.Argument(help="Models by name, or .py files.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Where answers are kept; beside the data if none is given.")
    ] = None,
    split: Split = None,
    effect: Effects = None,
    fresh: Fresh = False,
    metrics: Metrics = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    executor_set: ExecutorSettings = None,
    as_json: Json = False,
) -> None:
    """Run and score models, with the floor and the ceiling, and print the board."""
    from automix_bench.catalogue.metrics import metrics_named
    from automix_bench.cli.output.boards import show_board, tell_failures, tell_kept
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.evaluate import evaluate as evaluated_on
    from automix_bench.task import task_named

    load_effects(effect)
    chosen = crew(executor, workers, executor_set)
    where = runs or data.resolve().with_name(f"{data.resolve().name}-runs")
    with bars() as progress:
        evaluated = evaluated_on(
            task_named(task),
            Dataset(data, split),
            models or [],
            where,
            fresh=fresh,
            also=metrics_named(metrics or ""),
            executor=chosen,
            progress=progress,
        )
    show_board(evaluated.board, as_json)
    tell_kept(evaluated.kept)
    tell_failures(evaluated)
    if evaluated.failures:
        raise typer.Exit(5)


def board(
    task: TaskName,
    cards: Annotated[list[Path], typer.Argument(help="Scorecards.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: Json = False,
) -> None:
    """Rank scorecards."""
    from automix_bench.cli.output.boards import show_board
    from automix_bench.evaluation.leaderboard import board as ranked
    from automix_bench.scorecard import read_scorecard
    from automix_bench.task import task_named

    made = ranked(task_named(task), [read_scorecard(path) for path in cards])
    if markdown:
        typer.echo(made.to_markdown(), nl=False)
    else:
        show_board(made, as_json)
