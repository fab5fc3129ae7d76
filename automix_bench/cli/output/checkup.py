"""Print the check-up of a model."""

from __future__ import annotations

from automix_bench.checkup.check_report import CheckReport
from automix_bench.checkup.check_trial import DOES_NOT_APPLY, FAIL, PASS
from automix_bench.cli.output.tables import TableRow, columns, print_table
from automix_bench.cli.output.terminal import console, count_text, print_json, styled

_MARKS = {PASS: "pass", FAIL: "FAILS", DOES_NOT_APPLY: "–"}
_STYLES = {PASS: "green", FAIL: "bold red", DOES_NOT_APPLY: "dim"}


def show_check(report: CheckReport, as_json: bool) -> None:
    """Print a line for each trial, why some fail, and why some do not apply."""
    if as_json:
        print_json(report.to_json())
        return
    heads = columns(
        *("trial", "", "figure", "expected", "seconds", "tries"),
        right=("figure", "seconds"),
        spare=("tries", "seconds"),
    )
    rows = [
        TableRow(
            (
                line.trial.name,
                styled(_MARKS[line.verdict], _STYLES[line.verdict]),
                line.figure_text,
                line.limit,
                f"{line.seconds:.1f}",
                line.trial.description,
            )
        )
        for line in report.lines
    ]
    terminal = console()
    where = f"{report.isolation}: {report.lacking}" if report.lacking else report.isolation
    terminal.print(f"{report.model}, checked for {report.task} ({where})", soft_wrap=True)
    print_table(heads, rows)
    reasons: dict[str, list[str]] = {}
    for line in report.lines:
        if line.verdict == DOES_NOT_APPLY:
            reasons.setdefault(line.reason, []).append(line.trial.name)
    for reason, names in reasons.items():
        terminal.print(f"– {', '.join(names)}: {reason}", style="dim", soft_wrap=True)
    for line in report.lines:
        if line.verdict == PASS and line.reason:
            terminal.print(f"{line.trial.name}: {line.reason}", style="dim", soft_wrap=True)
    for line in report.lines:
        if line.verdict == FAIL:
            reason = line.reason or f"{line.figure_text}. {line.trial.expects}"
            terminal.print(f"{line.trial.name}: {reason}", soft_wrap=True)
    counts = report.counts()
    passed, failed = counts.get(PASS, 0), counts.get(FAIL, 0)
    terminal.print(f"{count_text(passed, 'trial')} passed, {failed or 'none'} failed")
