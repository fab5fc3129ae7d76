"""The report as a page: tables, what separation costs by its quality, and learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from markupsafe import Markup

from automix_bench.charts.html_table import html_page, html_table
from automix_bench.charts.number_text import interval
from automix_bench.charts.picture import style_sheet
from automix_bench.charts.svg import Axis, Plot, series_class
from experiments.separation_for_mixing.analysis import Answers
from experiments.separation_for_mixing.ladder import fixed
from experiments.separation_for_mixing.report_tables import CAVEATS, TextTable, losses

_STYLE = (
    "div.scores { overflow-x: auto; margin: 20px 0; } "
    "div.scores th, div.scores td { white-space: normal; } "
    "div.scores th { vertical-align: bottom; } div.scores td.n { white-space: nowrap; } "
    "figure svg { width: 720px; } circle { fill: currentColor; }"
)


def page_of(
    title: str,
    lines: Sequence[str],
    tables: Sequence[TextTable],
    answers: Answers,
    separator: Mapping[str, Any] | None,
) -> str:
    """The page. Charts stand after the tables of steps."""
    style = style_sheet("picture.css", "series.css") + _STYLE
    parts = [Markup("<style>{}</style><h1>{}</h1>").format(style, title)]
    parts += [Markup("<p>{}</p>").format(line) for line in lines]
    charts = [_quality(answers, separator), _curves(answers)]
    for table in tables:
        if table.title.startswith("Arms"):
            parts += charts
            charts = []
        parts.append(html_table(table.heads, table.rows, title=table.title, left=table.left))
    parts += [Markup("<p>{}</p>").format(line) for line in CAVEATS]
    return html_page(title, *parts, *charts)


def _quality(answers: Answers, separator: Mapping[str, Any] | None) -> Markup:
    """The loss by separation, over its quality; and that of the trained separator."""
    at = sorted(losses(answers).items())
    if len(at) < 2:
        return Markup("")
    real = [(separator["sdr_db"], one) for one in answers.also if separator and one.after == "R4"]
    shown = [step for _, step in (*at, *real)]
    margin = answers.margin or 0.0
    low = min(0.0, *(step.difference.low for step in shown))
    high = max(margin, *(step.difference.high for step in shown))
    room = 0.1 * (high - low)
    across = Axis("SDR of the separation, dB", at[0][0] - 0.5, at[-1][0] + 0.5)
    plot = Plot(across, Axis("worse than W4, dB", low - room, high + room), 720, 320)
    marks = []
    if margin:
        marks.append(plot.line([across.low, across.high], [margin, margin], "rule", "margin"))
        marks.append(_name(plot, across.low, margin, "rule", "margin"))
    values = [step.difference.value for _, step in at]
    marks.append(plot.line([sdr for sdr, _ in at], values, series_class(0), "leakage"))
    marks.append(_name(plot, at[0][0], values[0], series_class(0), "leakage (S4)"))
    for sdr, step in at:
        marks += _point(plot, sdr, step.difference, 0, "")
    for sdr, step in ((min(max(sdr, across.low), across.high), step) for sdr, step in real):
        marks += _point(plot, sdr, step.difference, 1, "R4: ")
        marks.append(_name(plot, sdr, step.difference.value, series_class(1), "separator (R4)"))
    return _figure(plot, marks, "What separation costs, by its quality.")


def _curves(answers: Answers) -> Markup:
    sizes = sorted({songs for _, songs in answers.curve})
    if len(sizes) < 2:
        return Markup("")
    floor = answers.means.get("equal_loudness")
    values = [one for one in answers.curve.values() if not isnan(one.value)]
    values += [floor] if floor else []
    low, high = min(one.low for one in values), max(one.high for one in values)
    room = 0.05 * (high - low)
    across = Axis("songs trained on", sizes[0] * 0.9, sizes[-1] * 1.4, log=True)
    plot = Plot(across, Axis("distance, dB", low - room, high + room), 720, 320)
    marks = []
    if floor:
        ends = [across.low, across.high]
        marks.append(plot.line(ends, [floor.value] * 2, "rule", "equal_loudness"))
        marks.append(_name(plot, sizes[0], floor.value, "rule", "equal_loudness"))
    for number, arm in enumerate(fixed()["curves"]):
        own = sorted((songs, one) for (name, songs), one in answers.curve.items() if name == arm)
        if own:
            style = series_class(number)
            marks.append(plot.line([s for s, _ in own], [o.value for _, o in own], style, arm))
            marks.append(_name(plot, own[-1][0], own[-1][1].value, style, arm))
            for songs, one in own:
                marks += _point(plot, songs, one, number, "")
    return _figure(plot, marks, "Learning curves: the distance over the number of songs.")


def _point(plot: Plot, x: float, one: Any, series: int, name: str) -> list[Markup]:
    """A value and its interval."""
    style, told = series_class(series), f"{name}{interval(one)}"
    dot = plot.dot(x, one.value, told).replace('class="s0"', Markup('class="{}"').format(style))
    return [plot.line([x, x], [one.low, one.high], style, told), dot]


def _name(plot: Plot, x: float, y: float, style: str, name: str) -> Markup:
    """The name of a series beside a point, in its colour."""
    return Markup('<text class="key {}" x="{:.1f}" y="{:.1f}">{}</text>').format(
        style, plot.x(x) + 8.0, plot.y(y) - 6.0, name
    )


def _figure(plot: Plot, marks: Sequence[Markup], caption: str) -> Markup:
    return Markup(
        '<figure class="charts">'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
        "<figcaption>{}</figcaption></figure>"
    ).format(
        plot.width,
        plot.height,
        caption,
        plot.drawn(marks),
        caption,
    )
