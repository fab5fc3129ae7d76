"""The commands about listening tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json, TaskFile, bars

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
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A file of ratings, or a folder of such files, and scorecards (.json). Each "
            "further file or folder of ratings is a test of its own."
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="Use only this metric. Repeatable. Default: all that the scorecards share; on "
            "sounds all that are quick."
        ),
    ] = None,
    sounds: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Measure the rated sounds, FOLDER/SONG/SYSTEM.wav, in place of scorecards. "
            "One for all tests, or one for each in order.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="The sound of each song that metrics compare with. Default: --reference."
        ),
    ] = None,
    trim: Annotated[
        bool, typer.Option("--trim", help="Cut the sounds of a song to the shortest.")
    ] = False,
    simulate: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC",
            help="Simulated raters who follow METRIC, in place of files of ratings. Without "
            "scorecards: utility, on a made-up test.",
        ),
    ] = None,
    raters: Annotated[int, typer.Option(min=1, help="How many raters to simulate.")] = 20,
    noise: Annotated[
        float,
        typer.Option(
            min=0.0, help="The error of a simulated rating, in standard deviations of the metric."
        ),
    ] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    called: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RATED=NAME",
            help="The name in the scorecards, or of the sound, of a system or song of the ratings. "
            "Repeatable. Default: the same name.",
        ),
    ] = None,
    reference: Reference = None,
    anchor: Anchor = None,
    axis: Axis = None,
    training: Training = None,
    highest: Highest = 100.0,
    task: TaskFile = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print all numbers as CSV.")] = False,
    as_json: Json = False,
) -> None:
    """Rank metrics by how well they order sounds as listeners do.

    A board for each test: Kendall's tau with the mean over listeners, with intervals over songs,
    between a random order (floor) and one listener against the others (ceiling).
    """
    from automix_bench.cli.output.listening_tests import show_metric_board
    from automix_bench.cli.output.terminal import message, print_lines
    from automix_bench.listening_tests.board_of_files import Files, Screening, metric_board_of_files
    from automix_bench.listening_tests.simulated_raters import SimulatedPanel

    with bars() as progress:
        board = metric_board_of_files(
            Files(tuple(files or ()), tuple(sounds or ()), target, trim, tuple(called or ()), task),
            metric,
            Screening(reference, anchor, axis, tuple(training or ()), highest),
            (simulate, SimulatedPanel(raters, noise), seed) if simulate is not None else None,
            told=message,
            progress=progress,
        )
    if markdown or csv:
        print_lines(board.to_markdown() if markdown else board.to_csv())
    else:
        show_metric_board(board, as_json)
