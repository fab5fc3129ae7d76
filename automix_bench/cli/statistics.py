"""The commands that say how sure scores are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.options import (
    Cards,
    Json,
    Labels,
    OnlyMetrics,
    Plot,
    ScoredSplit,
    TaskFile,
)

if TYPE_CHECKING:
    from automix_bench.metric import Ranged
    from automix_bench.scorecard import Scorecard

_CLAIM = "A claim before the run"


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
    claim: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Test only the claim that `power --claim` wrote before the run. Refused if "
            "anything differs from it.",
        ),
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
    if claim is not None:
        _compare_as_claimed(claim, cards, metric, by, task, as_json)
        return
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
    claim: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what is claimed before the run: that one model is better than another on "
            "the songs of --data.",
            rich_help_panel=_CLAIM,
        ),
    ] = None,
    better: Annotated[
        str, typer.Option(help="The model that is claimed to be better.", rich_help_panel=_CLAIM)
    ] = "",
    than: Annotated[str, typer.Option(help="The other model.", rich_help_panel=_CLAIM)] = "",
    data: Annotated[
        Path | None,
        typer.Option(help="The data set on which they will be compared.", rich_help_panel=_CLAIM),
    ] = None,
    split: ScoredSplit = None,
    margin: Annotated[
        float,
        typer.Option(
            help="It is better by more than this, in the metric's unit.", rich_help_panel=_CLAIM
        ),
    ] = 0.0,
    alpha: Annotated[
        float, typer.Option(help="The level of the test.", rich_help_panel=_CLAIM)
    ] = 0.05,
    sides: Annotated[
        int, typer.Option(min=1, max=2, help="Of the test.", rich_help_panel=_CLAIM)
    ] = 1,
    task: TaskFile = None,
    as_json: Json = False,
) -> None:
    """Estimate how many songs it takes to tell two models apart.

    Also prints what the songs of the scorecards can tell apart. With --claim it writes what will be
    tested, before the run: publish the hash of the claim, then run, then `compare --claim`.
    """
    from automix_bench.cli.output.comparisons import show_claim, show_sample_size
    from automix_bench.errors import UsageError
    from automix_bench.evaluation.sample_size import sample_size

    if claim is None and (better or than or data):
        raise UsageError("--better, --than and --data belong to a claim: add --claim FILE")
    scorecards, metrics = read_cards(cards, [metric], task)
    size = sample_size(scorecards, metrics[0], difference)
    if claim is None:
        show_sample_size(size, as_json)
        return
    from automix_bench.evaluation.card_checks import task_of
    from automix_bench.evaluation.claim import Terms, claim_of, write_claim
    from automix_bench.evaluation.scored_data import examples_to_score

    if data is None:
        raise UsageError("--claim: name the data set of the comparison: --data DATA")
    made = claim_of(
        Terms(better, than, margin, alpha, sides),
        size,
        scorecards,
        task_of(scorecards, task),
        examples_to_score(data, split),
    )
    write_claim(made, claim)
    show_sample_size(size, as_json, made)
    show_claim(made, str(claim))


def _compare_as_claimed(
    path: Path,
    paths: Sequence[Path],
    names: Sequence[str] | None,
    by: str | None,
    task: str | None,
    as_json: bool,
) -> None:
    """Test a claim alone."""
    from automix_bench.cli.output.comparisons import show_tested_claim
    from automix_bench.errors import UsageError
    from automix_bench.evaluation.claim import compare_as_claimed
    from automix_bench.untrusted.claim_record import read_claim

    claim = read_claim(path)
    if by is not None or (names and names != [claim["metric"]]):
        raise UsageError(
            f"--claim: tests {claim['metric']} on all of the data and nothing else: leave out --by "
            "and other metrics"
        )
    cards, metrics = read_cards(paths, [claim["metric"]], task)
    show_tested_claim(compare_as_claimed(claim, cards, metrics[0]), as_json)


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
