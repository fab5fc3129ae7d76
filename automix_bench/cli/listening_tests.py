"""The commands about listening tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json
from automix_bench.cli.statistics import Cards, Metrics, Task, read_cards

Axis = Annotated[
    str | None, typer.Option(help="The question, of a test that asks several at once.")
]
Reference = Annotated[
    str | None,
    typer.Option(help="The hidden reference: who does not hear it is left out (BS.1534-3)."),
]
Anchor = Annotated[str | None, typer.Option(help="The mid-range anchor, for the same.")]


def ratings(
    files: Annotated[
        list[Path], typer.Argument(help="webMUSHRA .csv, WAET .xml, or a plain .csv.")
    ],
    analysis: Annotated[str, typer.Option(help="mixed, ranks or pairs.")] = "mixed",
    reference: Reference = None,
    anchor: Anchor = None,
    axis: Axis = None,
    as_json: Json = False,
) -> None:
    """Say which systems people prefer, from the files of a listening test."""
    from dataclasses import asdict

    from automix_bench.cli.output.comparisons import print_analysis
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.listening_tests.analysis import analysed

    found = analysed(files, analysis, reference=reference, anchor=anchor, axis=axis)
    if as_json:
        print_json(asdict(found))
    else:
        print_analysis(found)


def agreement(
    files: Annotated[Path, typer.Argument(help="Ratings: a file, or a folder of them.")],
    cards: Cards,
    metric: Metrics = None,
    called: Annotated[
        list[str] | None,
        typer.Option(help="A system or song, as in the ratings=as in the cards; repeatable."),
    ] = None,
    reference: Reference = None,
    anchor: Anchor = None,
    axis: Axis = None,
    task: Task = None,
    as_json: Json = False,
) -> None:
    """Show how far each metric orders systems as people do."""
    from dataclasses import asdict

    from automix_bench.cli.output.comparisons import print_agreement
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.listening_tests.agreement import agreement as agreed
    from automix_bench.listening_tests.agreement import names_of
    from automix_bench.listening_tests.screening import read_screened

    read, metrics = read_cards(cards, metric, task)
    said = read_screened([files], reference=reference, anchor=anchor, axis=axis).ratings
    found = agreed(said, read, metrics, names_of(called or ()))
    if as_json:
        print_json([asdict(a) for a in found])
    else:
        print_agreement(found)
