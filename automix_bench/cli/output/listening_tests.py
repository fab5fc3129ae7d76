"""Print the results of listening tests, and how well metrics agree with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from automix_bench.charts.number_text import interval, p_text
from automix_bench.cli.output.tables import TableRow, columns, print_table
from automix_bench.cli.output.terminal import console, count_text, print_json
from automix_bench.listening_tests.agreement import Agreement
from automix_bench.listening_tests.analysis_result import Analysis
from automix_bench.listening_tests.screening import ScreenedRatings
from automix_bench.statistics import Estimate


def left_out_lines(source: Analysis | ScreenedRatings) -> list[str]:
    """A line for each file, page and rater that was left out."""
    return [
        *(f"not read: {path}: {reason}" for path, reason in source.unread.items()),
        *(f"left out: {page}: a training page by its name" for page in source.training),
        *(f"left out: {rater}: {reason}" for rater, reason in source.excluded.items()),
    ]


def show_analysis(analysis: Analysis, as_json: bool) -> None:
    """Print what was left out, the systems in order, and which pairs of them differ."""
    if as_json:
        print_json(asdict(analysis))
        return
    terminal = console()
    for line in left_out_lines(analysis):
        terminal.print(line, soft_wrap=True)
    terminal.print(f"{analysis.method}: {analysis.ratings} ratings by {analysis.raters} raters")
    systems = [
        TableRow((s.system, interval(Estimate(s.value, s.low, s.high, 0)), s.group))
        for s in analysis.systems
    ]
    print_table(columns("system", analysis.unit, "group", right=(analysis.unit,)), systems)
    pairs = [
        TableRow(
            (pair.one, pair.other, f"{pair.difference:.2f}", p_text(pair.p)),
            "" if pair.sure else "dim",
        )
        for pair in analysis.pairs
    ]
    print_table(columns("ahead", "behind", "by", "p (Holm)", right=("by", "p (Holm)")), pairs)
    terminal.print(
        f"{analysis.said} Systems that share a letter do not differ significantly.".lstrip()
    )


def show_agreement(agreements: Sequence[Agreement], as_json: bool) -> None:
    """Print how well each metric orders systems as listeners do, best first."""
    if as_json:
        print_json([asdict(a) for a in agreements])
        return
    heads = (
        "pairs right",
        "Kendall, by song",
        "Spearman, by song",
        "Kendall, of means",
        "Spearman, of means",
        "Spearman, pooled",
    )
    rows = []
    for a in agreements:
        by_song, of_means = (a.kendall, a.spearman), (a.kendall_of_means, a.spearman_of_means)
        estimates = (a.pairs, *by_song, *of_means, a.spearman_pooled)
        rows.append(TableRow((a.metric, *(interval(estimate) for estimate in estimates))))
    terminal = console()
    terminal.print("Agreement with listeners; 1 is best")
    print_table(columns("metric", *heads, right=heads, spare=heads[:0:-1]), rows)
    if agreements:
        songs = agreements[0].pairs.songs
        intervals = "brackets: 95 % intervals over songs" if songs > 1 else "no interval"
        terminal.print(
            f"{agreements[0].systems} systems on {count_text(songs, 'song')}; {intervals}. "
            "Pairs right: 0.5 is chance."
        )
