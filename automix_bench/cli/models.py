"""The commands that run models and score their answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import (
    Answers,
    AnyData,
    Data,
    Effects,
    FailFast,
    Fresh,
    Json,
    Labels,
    MemoryLimit,
    ModelReads,
    MoreMetrics,
    Samples,
    ScoredSplit,
    TaskFile,
    TaskName,
    TimeLimit,
    bars,
    limits_of,
    load_effects,
    readable,
    with_executor,
)
from automix_bench.executor import Executor


@with_executor
def run(
    model: Annotated[
        str,
        typer.Argument(
            help="Name of a model, or a .py file.", autocompletion=completion.plugins("models")
        ),
    ],
    task: TaskName,
    data: Data,
    out: Annotated[Path, typer.Argument(help="The folder to write the answers to.")],
    split: ScoredSplit = None,
    effect: Effects = None,
    fresh: Fresh = False,
    any_data: AnyData = False,
    fail_fast: FailFast = False,
    time_limit: TimeLimit = 600.0,
    memory_limit: MemoryLimit = 16.0,
    model_reads: ModelReads = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Run a model on a task and store its answers.

    If it is interrupted, the same command goes on where it stopped. Exit code 5 if the model failed
    on some examples.
    """
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.boards import (
        failures_json,
        show_failures,
        show_note,
        show_reused,
    )
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.evaluation.entry import entry
    from automix_bench.evaluation.model_code import UNKNOWN
    from automix_bench.evaluation.run import run as run_model
    from automix_bench.evaluation.scored_data import examples_to_score

    load_effects(effect)
    dataset = examples_to_score(data, split)
    asked = entry(model, (dataset.folder, out), readable(model_reads))
    with _showing_model_errors(), bars() as progress:
        ran = run_model(
            asked,
            task_named(task),
            dataset,
            out,
            fresh=fresh,
            any_data=any_data,
            fail_fast=fail_fast,
            limits=limits_of(time_limit, memory_limit),
            executor=executor,
            progress=progress,
        )
    show_note(ran.note)
    unknown = [model] if asked.weights == UNKNOWN else []
    show_reused({model: ran.reused} if ran.reused else {}, unknown)
    show_failures({model: ran.failed})
    if as_json:
        (failures,) = failures_json({model: ran.failed}).values()
        about = {"model": model, "folder": str(out), "reused": ran.reused, "note": ran.note}
        print_json({**about, "failures": failures})
    if ran.failed:
        raise typer.Exit(5)


@with_executor
def score(
    answers: Answers,
    data: Data,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The scorecard file to write. Default: the answers' folder with .json added."
        ),
    ] = None,
    task: TaskFile = None,
    metrics: MoreMetrics = None,
    effect: Effects = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Score stored answers and write a scorecard.

    Exit code 5 if the model did not answer every example.
    """
    from automix_bench.catalogue.metrics import metrics_named
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.boards import show_failures, show_scorecard
    from automix_bench.cli.output.terminal import message
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.evaluate import failed_scores
    from automix_bench.evaluation.run_folder import identity
    from automix_bench.evaluation.score import score as score_answers

    load_effects(effect)
    record = identity(answers)
    chosen, also = task_named(task or record["task"]), metrics_named(metrics or "")
    with bars() as progress:
        card = score_answers(
            chosen,
            Dataset(data, record["split"]),
            answers,
            also=also,
            executor=executor,
            progress=progress,
        )
    beside = answers.resolve()
    path = out or beside.with_name(f"{beside.name}.json")
    card.write(path)
    show_scorecard(card, chosen.measured_by(also).metrics, as_json)
    message(f"the scorecard: {path}")
    if card.coverage < 1.0:
        show_failures({card.model: failed_scores(card, beside)})
        raise typer.Exit(5)


@with_executor
def evaluate(
    task: TaskName,
    data: Data,
    models: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names of models, or .py files. Default: only floor and ceiling.",
            autocompletion=completion.plugins("models"),
        ),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            help="The folder to store answers and scorecards in. Default: DATA-runs, beside DATA."
        ),
    ] = None,
    split: ScoredSplit = None,
    effect: Effects = None,
    fresh: Fresh = False,
    any_data: AnyData = False,
    fail_fast: FailFast = False,
    time_limit: TimeLimit = 600.0,
    memory_limit: MemoryLimit = 16.0,
    model_reads: ModelReads = None,
    samples: Samples = 1,
    metrics: MoreMetrics = None,
    label: Labels = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Run and score models on a task, and print a board.

    The board ranks them between the task's floor and its ceiling. Examples of the split test are
    scored, unless --split says otherwise. Stored answers are used again.
    Exit code 5 if a model failed on some examples.
    """
    from automix_bench.catalogue.metrics import metrics_named
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.boards import (
        show_answers,
        show_board,
        show_failures,
        show_note,
        show_reused,
    )
    from automix_bench.cli.output.terminal import message
    from automix_bench.evaluation.evaluate import evaluate as evaluate_models
    from automix_bench.evaluation.labels import labels_from
    from automix_bench.evaluation.model_code import UNKNOWN
    from automix_bench.evaluation.scored_data import examples_to_score

    load_effects(effect)
    labels = labels_from(label or [])
    folder = runs or data.resolve().with_name(f"{data.resolve().name}-runs")
    with _showing_model_errors(), bars() as progress:
        evaluated = evaluate_models(
            task_named(task),
            examples_to_score(data, split),
            models or [],
            folder,
            fresh=fresh,
            any_data=any_data,
            fail_fast=fail_fast,
            limits=limits_of(time_limit, memory_limit),
            samples=samples,
            reads=readable(model_reads),
            also=metrics_named(metrics or ""),
            labels=labels,
            executor=executor,
            progress=progress,
            told=message,
        )
    failed = {labels.get(model, model): failures for model, failures in evaluated.failed.items()}
    show_board(evaluated.board, as_json, failed)
    if as_json:  # the board prints its note itself
        show_note(evaluated.board.note)
    unknown = [row.model for row in evaluated.board.rows if row.weights == UNKNOWN]
    show_reused(evaluated.reused, unknown)
    of = evaluated.board.task
    show_answers(evaluated.runs, (of.floor, of.ceiling))
    show_failures(evaluated.failed)
    if evaluated.failed:
        raise typer.Exit(5)


@contextlib.contextmanager
def _showing_model_errors() -> Iterator[None]:
    """Print the traceback of the model's error that ends a run."""
    from automix_bench.cli.output.boards import show_model_error
    from automix_bench.evaluation.failures import ModelFailed

    try:
        yield
    except ModelFailed as error:
        show_model_error(error.failure)
        raise
