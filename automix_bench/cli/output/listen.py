"""Print what the commands of `listen` did."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from automix_bench.cli.output.tables import TableRow, columns, print_table
from automix_bench.cli.output.terminal import console, message, print_json, print_line
from automix_bench.listening_tests.export import ExportedTest
from automix_bench.listening_tests.rating_power import MOST_RATERS, PowerOfTest, RatingSpread
from automix_bench.listening_tests.results import ReadResults


def show_export(exported: ExportedTest, as_json: bool) -> None:
    """Print where a test lies and how large it is, and what the user should know."""
    if as_json:
        record = asdict(exported)
        print_json({**record, "folder": str(exported.folder), "key": str(exported.key)})
        return
    for note in exported.notes:
        message(note)
    lists = f"; {exported.lists} lists of {exported.pages_each} pages" if exported.lists > 1 else ""
    print_line(
        f"{exported.folder}: {exported.songs} songs, {exported.pages} pages with "
        f"{exported.stimuli_a_page} stimuli at {exported.level_lufs:g} LUFS{lists}"
    )
    print_line(f"{exported.key}: the key; keep it to yourself until the test is over")
    print_line(f"try it: automix-bench listen serve {exported.folder} RESULTS")


def show_checked(test: Path, as_json: bool) -> None:
    """Print that a test is in order."""
    if as_json:
        print_json({"test": str(test), "in_order": True})
    else:
        print_line(f"{test}: in order")


def show_serving(address: str, results: Path, as_json: bool) -> None:
    """Print where a test is held, at once: whoever reads it through a pipe waits for it."""
    if as_json:
        print_json({"address": address, "results": str(results)})
    else:
        print_line(f"{address}: open it in a browser; Ctrl-C ends it. Results: {results}")
    sys.stdout.flush()


def show_read(found: ReadResults, out: Path, as_json: bool) -> None:
    """Print how many ratings were read, and what did not fit."""
    if as_json:
        print_json(
            {
                "file": str(out),
                "ratings": len(found.rows),
                "raters": found.raters,
                "misfits": list(found.misfits),
            }
        )
        return
    for line in found.misfits:
        message(line)
    print_line(
        f"{out}: {len(found.rows)} ratings by {found.raters} raters; {len(found.misfits)} misfits"
    )
    print_line(f"analyse them: automix-bench ratings {out}")


def show_power(
    spread: RatingSpread,
    plans: Sequence[tuple[int, PowerOfTest | None]],
    difference: float,
    target: float,
    as_json: bool,
) -> None:
    """Print the spread of ratings, and a table of designs with their power."""
    if as_json:
        designs = [
            {"songs": songs, **({"raters": None} if plan is None else asdict(plan))}
            for songs, plan in plans
        ]
        print_json({"spread": asdict(spread), "difference": difference, "designs": designs})
        return
    terminal = console()
    terminal.print(
        f"Spread in points: rater {spread.rater:.3g}, song {spread.song:.3g}, rater and system "
        f"{spread.rater_system:.3g}, song and system {spread.song_system:.3g}, rest "
        f"{spread.rest:.3g}. Source: {spread.source}.",
        soft_wrap=True,
        markup=False,
    )
    head = ("songs", "each rater gets", "raters", f"power for {difference:g} points", "false alarm")
    rows = [
        TableRow((str(songs), "", f"more than {MOST_RATERS}", f"below {target:g}", ""), "dim")
        if plan is None
        else TableRow(
            (
                str(songs),
                str(plan.design.each),
                str(plan.design.raters),
                f"{plan.power:.3f} ± {1.96 * plan.error:.3f}",
                f"{plan.false_alarm:.3f}",
            )
        )
        for songs, plan in plans
    ]
    print_table(columns(*head, right=head), rows)
    terminal.print(
        "Power: the probability that a system which differs from all others by this much is told "
        "apart from a given one of them. False alarm: that any two are told apart where none "
        "differ."
    )
