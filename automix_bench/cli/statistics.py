"""The commands about how sure scores are, and whether people agree with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.options import Json

if TYPE_CHECKING:
    from automix_bench.metric import Metric
    from automix_bench.scorecard import Scorecard

Cards = Annotated[list[Path], typer.Argument(help="Scorecards of one task and data set.")]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", help="Only this metric; repeatable.")
]
Task = Annotated[str | None, typer.Option(help="The task, if it is in a .py file.")]
By = Annotated[str | None, typer.Option(help="By part of the data: severity or stem.")]
Where = Annotated[Path | None, typer.Option(help="The data set, for severities.")]


def compare(
    cards: Cards,
    metric: Metrics = None,
    by: By = None,
    data: Where = None,
    task: Task = None,
    as_json: Json = False,
) -> None:
    """Say which model is better, by how much, how sure, and on which songs."""
    from automix_bench.cli.output.comparisons import print_comparison
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.compare import compare as compared
    from automix_bench.evaluation.strata import stratum_of

    read, metrics = read_cards(cards, metric, task)
    part = stratum_of(by, read[0], Dataset(data) if data else None) if by else None
    found = compared(read, metrics, part)
    if as_json:
        print_json(found.to_json())
    else:
        print_comparison(found)


def power(
    cards: Annotated[list[Path], typer.Argument(help="One scorecard, or those of two models.")],
    metric: Annotated[str, typer.Option(help="The metric.")],
    difference: Annotated[float, typer.Option(help="To be found, in the metric's unit.")],
    task: Task = None,
    as_json: Json = False,
) -> None:
    """Say how many songs it takes to tell two models apart, and what the present ones can tell."""
    from automix_bench.cli.output.comparisons import print_sample_size
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.evaluation.sample_size import sample_size

    read, metrics = read_cards(cards, [metric], task)
    found = sample_size(read, metrics[0], difference)
    if as_json:
        print_json(found.to_json())
    else:
        print_sample_size(found)


def strata(
    card: Annotated[Path, typer.Argument(help="A scorecard.")],
    data: Annotated[Path, typer.Argument(help="The data set it is of.")],
    by: Annotated[str, typer.Option(help="severity or stem.")] = "severity",
    metric: Metrics = None,
    task: Task = None,
    as_json: Json = False,
) -> None:
    """Show a model's scores by how hard the effects hit, or by stem."""
    from dataclasses import asdict

    from automix_bench.cli.output.comparisons import print_strata
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.strata import strata as parted
    from automix_bench.evaluation.strata import stratum_of

    read, metrics = read_cards([card], metric, task)
    found = parted(read[0], metrics, stratum_of(by, read[0], Dataset(data)))
    if as_json:
        print_json({"model": read[0].model, "by": by, "strata": [asdict(s) for s in found]})
    else:
        print_strata(read[0].model, found)


def read_cards(
    paths: Sequence[Path], names: Sequence[str] | None, task: str | None
) -> tuple[list[Scorecard], tuple[Metric, ...]]:
    """The cards in these files, and the metrics that are asked for."""
    from automix_bench.evaluation.compare import metrics_of
    from automix_bench.scorecard import read_scorecard
    from automix_bench.task import task_named

    cards = [read_scorecard(path) for path in paths]
    return cards, metrics_of(cards[0], task_named(task or cards[0].task), names)
