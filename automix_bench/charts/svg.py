"""Small charts as SVG: bars, histograms, lines, points and steps.

Numbers have a fixed precision, so equal values give equal bytes. Names are escaped. A mark has a
class (`s0` to `s7` for the series, `ink` and `rule` for other lines); its colour comes from the
style sheet of the page or picture that the chart stands in. Each mark has a tooltip.

No plotting library is used. A plotting library would need several times the bytes for
a chart and a large dependency, and its charts have no tooltips and do not follow a dark screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

WIDTH, HEIGHT = 420, 210
COLOURS = 8
BINS = 30
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 10, 40


@dataclass(frozen=True)
class Axis:
    """The numbers along one side of a chart.

    Attributes:
        label: what the numbers are, with the unit.
        low, high: the ends of the axis.
        log: whether the axis is logarithmic.
    """

    label: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """The place of a value: 0 at the low end, 1 at the high end, beyond them outside."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """About five round numbers between the ends."""
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            steps = (1.0, 2.0, 5.0) if len(powers) < 4 else (1.0,)
            every = [step * 10.0**power for power in powers for step in steps]
            return [tick for tick in every if self.low * 0.999 <= tick <= self.high * 1.001]
        rough = (self.high - self.low) / 5.0
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(s * power for s in (1.0, 2.0, 2.5, 5.0, 10.0) if s * power >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


@dataclass(frozen=True)
class Plot:
    """The area of a chart: two axes and a size in pixels. Its methods draw marks into the area.

    Attributes:
        across: the axis at the bottom, from left to right.
        up: the axis at the left, from the bottom to the top.
    """

    across: Axis
    up: Axis
    width: int = WIDTH
    height: int = HEIGHT

    def x(self, value: float) -> float:
        """The horizontal position of a value, in pixels from the left."""
        return _LEFT + self.across.place(value) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """The vertical position of a value, in pixels from the top."""
        return self.height - _BOTTOM - self.up.place(value) * (self.height - _TOP - _BOTTOM)

    def bar(self, start: float, end: float, value: float, style: str, tooltip: str) -> Markup:
        """A bar from `start` to `end`, as high as `value`."""
        x, y = self.x(start), self.y(value)
        width = max(self.x(end) - x - 0.5, 0.5)
        return Markup(
            '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
            "<title>{}</title></rect>"
        ).format(style, x, y, width, self.height - _BOTTOM - y, tooltip)

    def line(
        self, across: Iterable[float], up: Iterable[float], style: str, tooltip: str
    ) -> Markup:
        """A line through points. Where it leaves the chart it runs along the edge."""
        points = " ".join(
            f"{self.x(x):.1f},{self.y(min(max(y, self.up.low), self.up.high)):.1f}"
            for x, y in zip(across, up, strict=True)
        )
        return Markup('<polyline class="l {}" points="{}"><title>{}</title></polyline>').format(
            style, points, tooltip
        )

    def steps(
        self, edges: Iterable[float], values: Iterable[float], style: str, tooltip: str
    ) -> Markup:
        """A line that is level between each two edges: the outline of a histogram."""
        return self.line(
            np.repeat(list(edges), 2)[1:-1], np.repeat(list(values), 2), style, tooltip
        )

    def dot(self, x: float, y: float, tooltip: str) -> Markup:
        """A small disc."""
        return Markup(
            '<circle class="s0" cx="{:.1f}" cy="{:.1f}" r="2.5"><title>{}</title></circle>'
        ).format(self.x(x), self.y(y), tooltip)

    def drawn(self, marks: Iterable[Markup], names: Sequence[str] | None = None) -> Markup:
        """The axes, the grid and the marks, without an `svg` element around them.

        Args:
            names: words at 0, 1, 2 … along the bottom, instead of numbers.
        """
        bottom, right = self.height - _BOTTOM, self.width - _RIGHT
        parts = list[Markup]()
        for tick in self.up.ticks():
            y = self.y(tick)
            parts.append(
                Markup(
                    '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                    '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
                ).format(_LEFT, right, y, y, _LEFT - 6, y + 4, number_text(tick))
            )
        if names is None:
            below = [(self.x(tick), number_text(tick)) for tick in self.across.ticks()]
        else:
            most = max(2, int((right - _LEFT) / max(1, len(names)) / 6))
            below = [(self.x(place), short_name(name, most)) for place, name in enumerate(names)]
        for x, label in below:
            parts.append(
                Markup(
                    '<line class="axis" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>'
                    '<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
                ).format(x, x, bottom, bottom + 4, x, bottom + 16, label)
            )
        parts += [
            Markup('<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                _LEFT, right, bottom, bottom
            ),
            *marks,
            Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                (_LEFT + right) / 2, self.height - 8, self.across.label
            ),
            Markup(
                '<text transform="translate(12 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>'
            ).format((_TOP + bottom) / 2, self.up.label),
        ]
        return Markup("").join(parts)


def histogram(
    series: Mapping[str, Sequence[float]], label: str, *, log: bool = False, count: str = "examples"
) -> Markup:
    """How often each value comes, in `BINS` equal bins over all series. Series lie on top of each
    other and are see-through. Values that are not finite are left out. Where there is no value, or
    a single one, a line of text stands instead of the chart.

    Args:
        label: what the values are, with the unit.
        log: whether the bins are equally wide on a logarithmic axis.
        count: what is counted.
    """
    finite = {name: np.array([v for v in of if math.isfinite(v)]) for name, of in series.items()}
    every = np.concatenate([*finite.values(), np.zeros(0)])
    if not every.size:
        return text_instead("There are no values.")
    low, high = float(every.min()), float(every.max())
    if high - low < 1e-9 * max(1.0, abs(high)):
        if len(series) == 1:
            return text_instead(f"The value is always {low:.4g}.")
        margin = 0.5 if not log else 0.1 * low
        low, high = low - margin, high + margin
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    edges[0], edges[-1] = low, high
    counts = {name: np.histogram(of, edges)[0] for name, of in finite.items()}
    most = max(float(of.max()) for of in counts.values())
    plot = Plot(Axis(label, low, high, log), Axis(count, 0.0, 1.05 * most))
    marks = []
    for number, (name, of) in enumerate(counts.items()):
        for bin in np.flatnonzero(of):
            start, end = float(edges[bin]), float(edges[bin + 1])
            tooltip = f"{name + ': ' if name else ''}{start:.4g} to {end:.4g}: {of[bin]}"
            marks.append(plot.bar(start, end, float(of[bin]), series_class(number), tooltip))
    return _chart(plot, marks, list(finite) if len(finite) > 1 else [])


def lines(
    series: Mapping[str, Sequence[float]], at: Sequence[float], across: Axis, up: Axis
) -> Markup:
    """A line for each series, over the places `at`. Values below the chart lie on its edge."""
    plot = Plot(across, up)
    marks = [
        plot.line(at, values, series_class(number), name)
        for number, (name, values) in enumerate(series.items())
    ]
    return _chart(plot, marks, list(series))


def points(at: Sequence[tuple[float, float, str]], across: Axis, up: Axis) -> Markup:
    """A dot for each `(x, y, name)` that lies on the chart; the name is its tooltip."""
    plot = Plot(across, up)
    marks = [
        plot.dot(x, y, f"{name}: {x:.4g}, {y:.4g}")
        for x, y, name in at
        if across.low <= x <= across.high and up.low <= y <= up.high
    ]
    return _chart(plot, marks, [])


def bars(counts: Mapping[str, float], unit: str = "") -> Markup:
    """A horizontal bar for each name, in the order given, with its number beside it. A number below
    0 has no bar."""
    if not counts:
        return text_instead("There are none.")
    most, row, name_width = max(1e-9, *counts.values()), 18, 150
    room = WIDTH - name_width - 60
    parts = list[Markup]()
    for number, (name, count) in enumerate(counts.items()):
        y, width = number * row, room * max(count, 0.0) / most
        parts.append(
            Markup(
                '<text x="{}" y="{}" text-anchor="end">{}<title>{}</title></text>'
                '<rect class="s0" x="{}" y="{}" width="{:.1f}" height="12"/>'
                '<text x="{:.1f}" y="{}">{:g}{}</text>'
            ).format(
                *(name_width - 6, y + 13, short_name(name, 24), name),
                *(name_width, y + 3, width),
                *(name_width + width + 5, y + 13, count, unit),
            )
        )
    told = ", ".join(f"{name} {count:g}{unit}" for name, count in counts.items())
    return _svg(row * len(counts) + 4, parts, told)


def series_class(number: int) -> str:
    """The class of a series: its colour. The colours come again after `COLOURS` series."""
    return f"s{number % COLOURS}"


def _chart(plot: Plot, marks: Sequence[Markup], names: Sequence[str]) -> Markup:
    told = f"{plot.up.label} over {plot.across.label}"
    return _svg(plot.height, [plot.drawn(marks)], told) + _legend(names)


def _svg(height: int, parts: Iterable[Markup], told: str) -> Markup:
    """An `svg` element; who cannot see it is told what it shows."""
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, told, Markup("").join(parts)
    )


def _legend(names: Sequence[str]) -> Markup:
    if not names:
        return Markup("")
    parts = (
        Markup('<span><i class="{}"></i>{}</span>').format(series_class(number), name)
        for number, name in enumerate(names)
    )
    return Markup('<p class="legend">{}</p>').format(Markup("").join(parts))


def text_instead(text: str) -> Markup:
    """A line of text in the place of a chart."""
    return Markup('<p class="none">{}</p>').format(text)


def short_name(name: str, most: int) -> str:
    """At most `most` characters of a name."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def number_text(value: float) -> str:
    """A number at a tick of an axis; whole thousands have a k."""
    if abs(value) >= 1000.0 and value % 1000.0 == 0.0:
        return f"{value / 1000.0:g}k"
    return f"{round(value, 9):g}"
