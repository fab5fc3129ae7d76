"""The commands that say how sure scores are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.options import Cards, Json, Labels, OnlyMetrics, Plot, TaskFile

if TYPE_CHECKING:
    from automix_bench.metric import Ranged
    from automix_bench.scorecard import Scorecard


def compare(
    cards: Cards,
    metric: OnlyMetrics = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Compare each part of the data: by severity, effect, stem or operation. "
            "Default: whole."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The data set; needed for all --by but stem.")
    ] = None,
    task: TaskFile = None,
    label: Labels = None,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Test which model is better, by how much, and how surely.

    Songs are the samples of the tests; p-values are corrected for the number of comparisons. The
    songs with the largest and smallest differences are named.
    """
    from automix_bench.charts.picture import demand_writable
    from automix_bench.cli.output.comparisons import show_comparison
    from automix_bench.cli.output.terminal import message
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.compare import compare as compare_models
    from automix_bench.evaluation.labels import labels_from
    from automix_bench.evaluation.strata import stratum_of

    if plot is not None:
        demand_writable(plot)
    labels = labels_from(label or [])
    scorecards, metrics = read_cards(cards, metric, task)
    part = stratum_of(by, scorecards[0], Dataset(data) if data else None) if by else None
    comparison = compare_models(scorecards, metrics, part).labelled(labels)
    if plot is not None:
        comparison.plot().save(plot)
        message(f"the picture: {plot}")
    show_comparison(comparison, as_json)


def power(
    cards: Annotated[
        list[Path], typer.Argument(help="One scorecard, or those of the two models to tell apart.")
    ],
    metric: Annotated[str, typer.Option(help="The metric.")],
    difference: Annotated[
        float, typer.Option(help="The difference to find, in the metric's unit.")
    ],
    task: TaskFile = None,
    as_json: Json = False,
) -> None:
    """Estimate how many songs it takes to tell two models apart.

    Also prints what the songs of the scorecards can tell apart.
    """
    from automix_bench.cli.output.comparisons import show_sample_size
    from automix_bench.evaluation.sample_size import sample_size

    scorecards, metrics = read_cards(cards, [metric], task)
    show_sample_size(sample_size(scorecards, metrics[0], difference), as_json)


def strata(
    card: Annotated[Path, typer.Argument(help="A scorecard.")],
    data: Annotated[Path, typer.Argument(help="The data set of the scorecard.")],
    by: Annotated[str, typer.Option(help="severity, effect, stem or operation.")] = "severity",
    metric: OnlyMetrics = None,
    task: TaskFile = None,
    as_json: Json = False,
) -> None:
    """Show a model's scores by severity, effect, stem or operation."""
    from automix_bench.cli.output.comparisons import show_strata
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.strata import strata as scores_by_stratum
    from automix_bench.evaluation.strata import stratum_of

    (scorecard,), metrics = read_cards([card], metric, task)
    scores = scores_by_stratum(scorecard, metrics, stratum_of(by, scorecard, Dataset(data)))
    show_strata(scorecard.model, by, scores, as_json)


def read_cards(
    paths: Sequence[Path], names: Sequence[str] | None, task: str | None
) -> tuple[list[Scorecard], tuple[Ranged, ...]]:
    """The scorecards in these files, and the metrics of these names; all that they share if None.

    Args:
        task: the task of the cards, if it is not built in.
    """
    from automix_bench.evaluation.card_checks import common_metrics, task_of
    from automix_bench.scorecard import read_scorecard

    cards = [read_scorecard(path) for path in paths]
    return cards, common_metrics(cards, task_of(cards, task), names)
