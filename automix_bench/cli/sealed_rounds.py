"""The commands of hidden rounds, below `benchmark`: seal, results, reveal, regenerate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json, Settings, bars, with_executor
from automix_bench.executor import Executor

Round = Annotated[Path, typer.Argument(help="The folder of a round, see `benchmark seal`.")]

Definition = Annotated[
    str | None,
    typer.Option(
        "--benchmark",
        metavar="FILE",
        help="The .toml file of the benchmark, if it is not official.",
    ),
]


@with_executor
def seal(
    name: Annotated[str, typer.Argument(help="A benchmark, or the .toml file of one.")],
    folder: Annotated[Path, typer.Argument(help="The folder for the round.")],
    settings: Settings = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Begin a hidden round: draw a secret, make its data, and print what to publish.

    `secret.json` and `data` stay with you until the round is over; `round.json` is for everybody.
    """
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.submissions import sealed_round
    from automix_bench.submissions.benchmark import benchmark_named

    with bars() as progress:
        record = sealed_round.seal(
            benchmark_named(name),
            folder,
            settings or [],
            executor=executor,
            progress=progress,
            told=message,
        )
    if as_json:
        print_json(record)
    message(f"publish {folder / sealed_round.ROUND}: sealed as {record['commitment']}")


def results(
    folder: Round,
    cards: Annotated[list[Path], typer.Argument(help="Scorecards of models on its data.")],
    archive: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL=FILE",
            help="The submission that a model is of; its row has the system's name. Repeatable.",
        ),
    ] = None,
    definition: Definition = None,
    as_json: Json = False,
) -> None:
    """Print what may be published of scores in a round: means with intervals, as JSON."""
    del as_json  # there is no other form
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.scorecard import read_scorecard
    from automix_bench.submissions import sealed_round
    from automix_bench.submissions.benchmark import benchmark_named

    benchmark = benchmark_named(definition) if definition else None
    archives = {m: Path(f) for m, _, f in (text.partition("=") for text in archive or [])}
    scorecards = [read_scorecard(card) for card in cards]
    print_json(sealed_round.results(folder, scorecards, benchmark, archives))


def reveal(
    folder: Round,
    out: Annotated[Path, typer.Argument(help="The file to write, for everybody.")],
    as_json: Json = False,
) -> None:
    """End a hidden round: write its secret and the fingerprint of its data."""
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.files.atomic import write_whole
    from automix_bench.files.canonical_json import pretty
    from automix_bench.submissions import sealed_round

    record = sealed_round.reveal(folder)
    write_whole(out, pretty(record).encode())
    if as_json:
        print_json(record)
    message(f"publish {out}; from now on everybody can make the data of this round")


@with_executor
def regenerate(
    revealed: Annotated[Path, typer.Argument(help="What was published at the end of a round.")],
    sealed: Annotated[Path, typer.Argument(help="What was published before it: round.json.")],
    folder: Annotated[Path, typer.Argument(help="The folder for the data.")],
    settings: Settings = None,
    definition: Definition = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Check a round that is over: that it is the one that was sealed, and makes the same data.

    Exit code 3 if something is not as it was published.
    """
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.submissions import sealed_round
    from automix_bench.submissions.benchmark import benchmark_named

    record = sealed_round.read_revealed(revealed)
    with bars() as progress:
        dataset = sealed_round.regenerate(
            record,
            sealed_round.read_round(sealed),
            folder,
            settings or [],
            benchmark=benchmark_named(definition) if definition else None,
            executor=executor,
            progress=progress,
            told=message,
        )
    if as_json:
        print_json({"fingerprint": dataset.fingerprint})
    message(f"{folder}: as sealed, fingerprint {dataset.fingerprint}")
