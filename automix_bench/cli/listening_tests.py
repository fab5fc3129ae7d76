"""The commands about listening tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Cards, Json, OnlyMetrics, TaskFile

Axis = Annotated[
    str | None, typer.Option(help="The question to use, if the test asks more than one.")
]
Reference = Annotated[
    str | None,
    typer.Option(
        help="Name of the hidden reference. Listeners who do not recognise it are left out, by "
        "ITU-R BS.1534-3."
    ),
]
Anchor = Annotated[
    str | None, typer.Option(help="Name of the mid-range anchor, for the same check.")
]
Training = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Pages to leave out, such as 'intro*', by name. Repeatable; none: leave out none. "
        "Default: names with a word such as training or practice.",
    ),
]
Highest = Annotated[
    float, typer.Option(help="The highest score of the scale in tables. The lowest is 0.")
]


def ratings(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of ratings, or their folder: webMUSHRA .csv, WAET .xml, or a plain .csv."
        ),
    ],
    analysis: Annotated[
        str,
        typer.Option(
            help="mixed: a linear mixed model of scores. ranks: tests on ranks. pairs: a "
            "Bradley-Terry model of preferences."
        ),
    ] = "mixed",
    reference: Reference = None,
    anchor: Anchor = None,
    axis: Axis = None,
    training: Training = None,
    highest: Highest = 100.0,
    as_json: Json = False,
) -> None:
    """Rank systems by the ratings of a listening test."""
    from automix_bench.cli.output.listening_tests import show_analysis
    from automix_bench.listening_tests.analysis_of_files import analysed

    analysis_of_ratings = analysed(
        files,
        analysis,
        reference=reference,
        anchor=anchor,
        axis=axis,
        training=training or (),
        highest=highest,
    )
    show_analysis(analysis_of_ratings, as_json)


def agreement(
    files: Annotated[Path, typer.Argument(help="A file of ratings, or a folder of such files.")],
    cards: Cards,
    metric: OnlyMetrics = None,
    called: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RATED=NAME",
            help="The name in the scorecards of a system or song of the ratings. Repeatable. "
            "Default: the same name.",
        ),
    ] = None,
    reference: Reference = None,
    anchor: Anchor = None,
    axis: Axis = None,
    training: Training = None,
    highest: Highest = 100.0,
    task: TaskFile = None,
    as_json: Json = False,
) -> None:
    """Show how well metrics order systems as listeners do."""
    from automix_bench.cli.output.listening_tests import left_out_lines, show_agreement
    from automix_bench.cli.output.terminal import message
    from automix_bench.cli.statistics import read_cards
    from automix_bench.listening_tests.agreement import agreement as agreement_of
    from automix_bench.listening_tests.agreement import names_of
    from automix_bench.listening_tests.screening import read_screened

    scorecards, metrics = read_cards(cards, metric, task)
    screened = read_screened(
        [files],
        reference=reference,
        anchor=anchor,
        axis=axis,
        training=training or (),
        highest=highest,
    )
    for line in left_out_lines(screened):
        message(line)
    agreements = agreement_of(screened.ratings, scorecards, metrics, names_of(called or ()))
    show_agreement(agreements, as_json)
