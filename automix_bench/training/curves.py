"""The curves of a training, from its log: a picture and a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from automix_bench.charts.html_table import html_page, html_table
from automix_bench.charts.picture import style_sheet
from automix_bench.charts.svg import Axis, Plot, text_instead
from automix_bench.training.training_log import read_log

POINTS = 300
"""The loss is drawn as so many means at most."""
_PANEL = 430, 250
_HEADING = 26


@dataclass(frozen=True)
class Curves:
    """The numbers of a log.

    Attributes:
        steps, losses, rates: of the steps that were not skipped.
        validations: step and mean over songs, of those that are finite.
        best: the step and the value of the best; None before the first.
        songs: the value of each song at the best.
    """

    steps: Sequence[int] = ()
    losses: Sequence[float] = ()
    rates: Sequence[float] = ()
    validations: Sequence[tuple[int, float]] = ()
    best: tuple[int, float] | None = None
    songs: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, log: Path) -> Curves:
        """The curves of a log.

        Raises:
            DatasetError: there is no log.
        """
        steps, losses, rates = list[int](), list[float](), list[float]()
        validations, best = list[tuple[int, float]](), None
        songs: Mapping[str, float] = {}
        for line in read_log(log):
            value: Any = line.get("validation")
            if isinstance(value, int | float):
                validations.append((line["step"], float(value)))
                if line["best"]:
                    best, songs = validations[-1], line["songs"]
            elif isinstance(line.get("loss"), int | float) and "skipped" not in line:
                steps.append(line["step"])
                losses.append(float(line["loss"]))
                rates.append(float(line["learning_rate"]))
        return cls(steps, losses, rates, validations, best, songs)


def curve_picture(curves: Curves) -> str:
    """The loss and the validation over the steps, as an SVG file. Equal curves give equal bytes."""
    width, height = _PANEL
    last = max([*curves.steps[-1:], *(step for step, _ in curves.validations), 1])
    across = Axis("step", 0.0, float(last))
    panels = [
        ("loss of the batches, means", _loss_panel(curves, across)),
        ("validation, mean over songs, averaged weights", _validation_panel(curves, across)),
    ]
    parts = [
        Markup(
            '<g transform="translate({} {})"><text class="name" x="52" y="-8">{}</text>{}</g>'
        ).format(number * width, _HEADING, title, drawn)
        for number, (title, drawn) in enumerate(panels)
    ]
    total = len(panels) * width, height + _HEADING
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" '
            'viewBox="0 0 {0} {1}"><style>{2}</style>'
            '<rect class="paper" width="{0}" height="{1}"/>{3}</svg>\n'
        ).format(*total, style_sheet("picture.css", "series.css"), Markup("").join(parts))
    )


def curve_page(
    title: str,
    facts: Mapping[str, str],
    settings: Mapping[str, str],
    curves: Curves,
    limits: str,
) -> str:
    """The page of a training: its facts, its curves, its settings, and its songs at the best
    validation."""
    parts = [
        Markup("<h1>{}</h1>\n").format(title),
        html_table(("", ""), list(facts.items()), left=2),
        Markup(curve_picture(curves)),
    ]
    if limits:
        parts.append(Markup("<h2>What the weights are not good for</h2>\n<p>{}</p>").format(limits))
    parts.append(html_table(("", ""), list(settings.items()), title="Settings", left=2))
    if curves.songs:
        worst = sorted(curves.songs.items(), key=lambda one: -_sortable(one[1]))
        rows = [(song, _number(value)) for song, value in worst]
        heads, at = ("song", "validation"), f"at step {curves.best[0]}" if curves.best else ""
        parts.append(html_table(heads, rows, title=f"Songs of the split valid {at}, worst first"))
    return html_page(title, *parts)


def _loss_panel(curves: Curves, across: Axis) -> Markup:
    if not curves.losses:
        return text_instead("")
    count = min(POINTS, len(curves.losses))
    steps = [float(np.mean(part)) for part in np.array_split(np.array(curves.steps), count)]
    means = [float(np.mean(part)) for part in np.array_split(np.array(curves.losses), count)]
    highest = float(np.quantile(means, 0.99))
    plot = _plot(across, "loss", [min(means), highest])
    return plot.drawn([plot.line(steps, means, "s0", "loss")])


def _validation_panel(curves: Curves, across: Axis) -> Markup:
    if not curves.validations:
        return text_instead("")
    steps, values = zip(*curves.validations, strict=True)
    # Before the first step it is far off: there the line may run along the edge.
    plot = _plot(across, "validation", values[1:] if len(values) > 3 else values)
    marks = [plot.line(steps, values, "s1", "validation")]
    if curves.best is not None:
        step, value = curves.best
        marks.append(plot.dot(step, value, f"the best: {value:.4g} at step {step}"))
    return plot.drawn(marks)


def _plot(across: Axis, label: str, values: Sequence[float]) -> Plot:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or max(0.05 * abs(high), 1e-6)
    return Plot(across, Axis(label, low - room, high + room), *_PANEL)


def _sortable(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.inf


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "not finite"
