"""Write a page about the check-up of a model: one HTML file that needs no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from automix_bench.charts import svg
from automix_bench.charts.svg import Axis
from automix_bench.checkup.check_report import CheckLine, CheckReport, versions
from automix_bench.checkup.check_trial import CHALLENGES, DOES_NOT_APPLY, FAIL, PASS
from automix_bench.files.atomic import write_whole
from automix_bench.pages.template import filled

MARKS = {PASS: "pass", FAIL: "fails", DOES_NOT_APPLY: "–"}
CLASSES = {PASS: "pass", FAIL: "fail", DOES_NOT_APPLY: "none"}


def write_check_page(report: CheckReport, path: Path) -> None:
    """Write the page.

    Raises:
        DiskFull: there is no room.
    """
    by_challenge = {
        challenge: [_shown(line) for line in report.lines if line.trial.challenge == challenge]
        for challenge in CHALLENGES
    }
    counts = report.counts()
    page = filled(
        "check.html",
        report=report,
        versions=versions(),
        tiles={
            "passed": counts.get(PASS, 0),
            "failed": counts.get(FAIL, 0),
            "do not apply": counts.get(DOES_NOT_APPLY, 0),
        },
        challenges={name: lines for name, lines in by_challenge.items() if lines},
    )
    write_whole(path, page.encode())


def _shown(line: CheckLine) -> dict[str, Any]:
    return {
        "line": line,
        "mark": MARKS[line.verdict],
        "kind": CLASSES[line.verdict],
        "figures": {name: _number(value) for name, value in line.figures.items()},
        "chart": _curves(line.figures),
    }


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _curves(figures: Mapping[str, Any]) -> Markup | None:
    """CPU seconds by length of the music, where a trial measured them."""
    curve = figures.get("cpu_seconds_by_seconds")
    if not isinstance(curve, Mapping) or len(curve) < 2:
        return None
    at = [float(seconds) for seconds in curve]
    spent = [max(float(value), 1e-3) for value in curve.values()]
    across = Axis("seconds of music", min(at), max(at), log=True)
    up = Axis("CPU seconds", min(spent) * 0.8, max(spent) * 1.25, log=True)
    return svg.lines({"": spent}, at, across, up)
