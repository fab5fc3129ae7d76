"""Print the results of listening tests, and how well metrics agree with them."""

from __future__ import annotations

from dataclasses import asdict

from automix_bench.charts.number_text import interval, p_text
from automix_bench.cli.output.tables import Column, TableRow, columns, print_table
from automix_bench.cli.output.terminal import console, count_text, print_json
from automix_bench.listening_tests.analysis_result import Analysis
from automix_bench.listening_tests.metric_board import MetricBoard, Stratum, ranked, titled
from automix_bench.listening_tests.screening import left_out_lines
from automix_bench.statistics import Estimate
from automix_bench.statistics.significance import LEVEL

MOST_PAIRS = 10
"""How many pairs of metrics are listed below a board."""


def show_analysis(analysis: Analysis, as_json: bool) -> None:
    """Print what was left out, the systems in order, and which pairs of them differ."""
    if as_json:
        print_json(asdict(analysis))
        return
    terminal = console()
    for line in left_out_lines(analysis.unread, analysis.training, analysis.excluded):
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


def show_metric_board(board: MetricBoard, as_json: bool) -> None:
    """Print a board of metrics for each listening test, and which metrics are told apart."""
    if as_json:
        print_json(board.records())
        return
    terminal = console()
    for stratum in board.strata:
        terminal.print(f"{stratum.source}: agreement with listeners; 1 is best")
        print_table(*_metric_table(stratum))
        tied = any(row.group for row in stratum.rows)
        letters = " Metrics that share a letter do not differ significantly." if tied else ""
        terminal.print(f"{stratum.counts()} Pairs right: 0.5 is chance.{letters}")
        apart = [pair for pair in stratum.pairs if pair.p <= LEVEL]
        for pair in apart[:MOST_PAIRS]:
            terminal.print(
                f"told apart: {pair.ahead} ahead of {pair.behind} by {pair.difference:.2f}, "
                f"p {p_text(pair.p)} (Holm)"
            )
        left = len(apart) - MOST_PAIRS
        if left > 0:
            terminal.print(f"told apart: {count_text(left, 'more pair')}; --json has all")
    if len(board.strata) > 1:
        _print_by_source(board)


def _metric_table(stratum: Stratum) -> tuple[list[Column], list[TableRow]]:
    heads = ("Kendall's tau", "pairs right", "Spearman")
    of_means = ("Kendall, of means", "Spearman, of means", "Spearman, pooled")
    rows = [
        TableRow(
            (
                ranked(row),
                titled(row),
                *map(interval, (row.kendall, row.pairs, row.spearman)),
                *map(interval, (row.kendall_of_means, row.spearman_of_means, row.spearman_pooled)),
            ),
            "" if row.part == "metric" else "dim",
        )
        for row in stratum.rows
    ]
    spare = (*of_means[::-1], *heads[:0:-1])
    right = (*heads, *of_means)
    return columns("rank", "metric", *right, right=right, spare=spare), rows


def _print_by_source(board: MetricBoard) -> None:
    """Print each metric's tau in each test."""
    sources = [stratum.source for stratum in board.strata]
    terminal = console()
    terminal.print("Kendall's tau by source")
    rows = [
        TableRow((metric, *(f"{of[s]:.2f}" if s in of else "–" for s in sources)))
        for metric, of in board.by_source().items()
    ]
    print_table(columns("metric", *sources, right=sources), rows)
