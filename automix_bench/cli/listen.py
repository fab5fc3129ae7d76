"""The commands that make a listening test, hold it, and read what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json, Labels, TaskFile, bars

_PEOPLE = "What raters see"
_DESIGN = "Which raters hear what"


def export(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of answers written by `run`, of one task.")
    ],
    data: Annotated[Path, typer.Argument(help="The data set of the runs.")],
    out: Annotated[Path, typer.Argument(help="The folder to write to: new or empty.")],
    method: Annotated[
        str,
        typer.Option(
            help="mushra: with an open and a hidden reference. no_reference: the same sounds "
            "without the open one. ape: all sounds of a page on one scale."
        ),
    ] = "mushra",
    anchor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="An anchor: a model such as plain_sum or fx_normalised_mix, or lowpass_3500 (Hz). "
            "Repeatable; none: no anchor. Default: the floor of the task, and for mixes of stems "
            "fx_normalised_mix too.",
        ),
    ] = None,
    stem: Annotated[
        str | None, typer.Option(help="The sound to rate, if answers hold several.")
    ] = None,
    songs: Annotated[int, typer.Option(help="How many songs, drawn at random.")] = 8,
    songs_each: Annotated[
        int | None,
        typer.Option(
            help="How many of the songs each rater gets, balanced. Default: all.",
            rich_help_panel=_DESIGN,
        ),
    ] = None,
    passages: Annotated[
        int,
        typer.Option(
            help="Of each song: 1, the loudest; or 2, and the one that differs most from it.",
            rich_help_panel=_DESIGN,
        ),
    ] = 2,
    seconds: Annotated[
        float, typer.Option(help="Of a passage.", rich_help_panel=_DESIGN)
    ] = 10.0,
    level: Annotated[
        float,
        typer.Option(
            help="The loudness of all stimuli, in LUFS; lower where a peak would clip.",
            rich_help_panel=_DESIGN,
        ),
    ] = -23.0,
    seed: Annotated[
        int,
        typer.Option(
            min=0, help="Of songs, orders and names of files.", rich_help_panel=_DESIGN
        ),
    ] = 0,
    training: Annotated[
        bool,
        typer.Option(
            "--training/--no-training", help="A training page first.", rich_help_panel=_DESIGN
        ),
    ] = True,
    name: Annotated[
        str | None,
        typer.Option(help="Of the test, in files and results. Default: that of OUT."),
    ] = None,
    title: Annotated[
        str, typer.Option(help="Above the pages.", rich_help_panel=_PEOPLE)
    ] = "Listening test",
    question: Annotated[
        str | None, typer.Option(help="Above the sounds.", rich_help_panel=_PEOPLE)
    ] = None,
    consent: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Plain text to agree to, in place of ours.",
            rich_help_panel=_PEOPLE,
        ),
    ] = None,
    instructions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Plain text, in place of ours.", rich_help_panel=_PEOPLE
        ),
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The questions at the end, as JSON: a list of objects with name, label, kind "
            "(text, number or choice), optional, and options of a choice.",
            rich_help_panel=_PEOPLE,
        ),
    ] = None,
    prolific: Annotated[
        str,
        typer.Option(
            metavar="CODE",
            help="Completion code of a study on Prolific. PROLIFIC_PID, STUDY_ID and SESSION_ID of "
            "the address are then kept with the results.",
            rich_help_panel=_PEOPLE,
        ),
    ] = "",
    wav: Annotated[bool, typer.Option("--wav", help="WAV in place of FLAC.")] = False,
    task: TaskFile = None,
    label: Labels = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write a listening test from the answers of models.

    The folder holds loudness-matched sounds, a test for `listen serve`, one for webMUSHRA and one
    for the Web Audio Evaluation Tool. File names do not tell which model a sound is of: the key is
    written beside the folder, as OUT.key.json.
    """
    from automix_bench.cli.output.listen import show_export
    from automix_bench.evaluation.labels import labels_from
    from automix_bench.listening_tests.answered_sounds import answered_sounds
    from automix_bench.listening_tests.export import export as export_test
    from automix_bench.listening_tests.export_settings import TestSettings
    from automix_bench.listening_tests.texts import QUESTIONS, read_questions, read_text

    settings = TestSettings(
        method=method,  # type: ignore[arg-type]  # it is checked there
        name=name,
        title=title,
        question=question,
        songs=songs,
        songs_each=songs_each,
        passages=passages,
        seconds=seconds,
        level_lufs=level,
        seed=seed,
        training=training,
        questions=read_questions(questions) if questions else QUESTIONS,
        completion_code=prolific,
        wav=wav,
        **({"consent": read_text(consent)} if consent else {}),
        **({"instructions": read_text(instructions)} if instructions else {}),
    )
    sounds = answered_sounds(
        runs, data, task=task, labels=labels_from(label or []), anchors=anchor or (), stem=stem
    )
    with bars() as progress:
        exported = export_test(sounds, out, settings, progress)
    show_export(exported, as_json)


def check(
    test: Annotated[
        Path,
        typer.Argument(
            help="The folder written by `listen export`, or one of its configurations of webMUSHRA."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Check a listening test that was copied or edited by hand.

    The first thing that is wrong is named: where it is, what was expected and what came.
    """
    from automix_bench.cli.output.listen import show_checked
    from automix_bench.listening_tests import webmushra
    from automix_bench.listening_tests.exported_test import read_test

    if test.is_dir():
        read_test(test)
        for path in sorted((test / "configs").glob("*.yaml")):
            webmushra.check(path)
    else:
        webmushra.check(test)
    show_checked(test, as_json)


def serve(
    test: Annotated[Path, typer.Argument(help="The folder written by `listen export`.")],
    results: Annotated[Path, typer.Argument(help="The folder for the results.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8000,
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen on. Others than 127.0.0.1 let in whoever reaches this "
            "machine: there is no password."
        ),
    ] = "127.0.0.1",
    as_json: Json = False,
) -> None:
    """Hold a listening test in the browser, and keep the ratings.

    Each page is kept as soon as it is rated. A reload of the browser or a restart of the server
    goes on where the rater was. Stop it with Ctrl-C.
    """
    from automix_bench.cli.output.listen import show_serving
    from automix_bench.listening_tests.server import serving

    with serving(test, results, host, port) as server:
        show_serving(server.address, results, as_json)
        server.serve_forever()


def read(
    results: Annotated[
        list[Path],
        typer.Argument(
            help="Results: webMUSHRA's mushra.csv, the .xml files of the Web Audio Evaluation "
            "Tool, what `listen serve` kept, or their folders."
        ),
    ],
    key: Annotated[Path, typer.Option(help="The .key.json that `listen export` wrote.")],
    out: Annotated[
        Path, typer.Option(help="The table of ratings to write, for `ratings` and `agreement`.")
    ] = Path("ratings.csv"),
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if anything does not fit the key.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read the results of a listening test into one table of ratings.

    Stimuli become systems and pages become songs by the key. What does not fit is named.
    """
    from automix_bench.cli.output.listen import show_read
    from automix_bench.errors import DatasetError
    from automix_bench.listening_tests.results import read_results, write_ratings

    found = read_results(results, key)
    if strict and found.misfits:
        raise DatasetError(f"--strict: {len(found.misfits)} misfits, first: {found.misfits[0]}")
    write_ratings(found, out)
    show_read(found, out, as_json)


def power(
    difference: Annotated[
        float, typer.Option(help="The difference to find, in points of a scale from 0 to 100.")
    ] = 5.0,
    pilot: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Ratings of a pilot, from which the spread is estimated. Repeatable. Default: "
            "published ratings of speech codecs.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SYSTEM",
            help="A system of the pilot to leave out: the hidden reference and anchors. "
            "Repeatable.",
        ),
    ] = None,
    systems: Annotated[
        int, typer.Option(min=2, help="How many systems are compared with one another.")
    ] = 4,
    songs: Annotated[
        list[int] | None,
        typer.Option(min=2, help="How many songs. Repeatable. Default: 8 to 128."),
    ] = None,
    songs_each: Annotated[
        int | None,
        typer.Option(min=1, help="How many of them each rater gets. Default: all."),
    ] = None,
    passages: Annotated[int, typer.Option(min=1, help="Of each song.")] = 1,
    raters: Annotated[
        list[int] | None,
        typer.Option(
            min=2, help="Say what so many raters find, in place of how many are needed. Repeatable."
        ),
    ] = None,
    target: Annotated[
        float, typer.Option("--power", help="The probability of finding the difference.")
    ] = 0.8,
    level: Annotated[
        float, typer.Option(help="The level of the test, over all pairs of systems.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulation.")] = 0,
    as_json: Json = False,
) -> None:
    """Estimate how many raters and songs it takes to tell two systems apart.

    Tests are simulated and analysed by the mixed model of `ratings`, with raters and songs as
    random effects, so that the answer holds for other raters and other songs.
    """
    from automix_bench.cli.output.listen import show_power
    from automix_bench.listening_tests.rating_power import PUBLISHED, plans, spread_of
    from automix_bench.listening_tests.ratings import read_ratings

    spread = PUBLISHED
    if pilot:
        spread = spread_of(read_ratings(pilot), ", ".join(map(str, pilot)), without or ())
    found = plans(
        spread,
        difference,
        systems=systems,
        songs=songs or (8, 16, 32, 64, 128),
        songs_each=songs_each,
        passages=passages,
        raters=raters or (),
        target=target,
        level=level,
        seed=seed,
    )
    show_power(spread, found, difference, target, as_json)
