"""Small charts as SVG, for pages that stand alone: bars, histograms, lines, points.

Everything is text of fixed precision, so equal numbers give equal bytes; colours come from the
style sheet (`STYLE`, which a page of charts includes), light or dark as the reader's screen is.
Every mark tells its number to a pointer that rests on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 420, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 10, 40
COLOURS = 8
BINS = 30


@dataclass(frozen=True)
class Axis:
    """Numbers along one side of a chart.

    Attributes:
        label: what they are, with the unit.
        low, high: where the axis ends.
        log: whether equal ratios, rather than equal steps, are equally long.
    """

    label: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """From 0 at the low end to 1 at the high one; beyond for what lies beyond."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round numbers between the ends: some five of them."""
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


def histogram(
    series: Mapping[str, Sequence[float]], label: str, *, log: bool = False, count: str = "examples"
) -> str:
    """How often each value comes, in `BINS` equal bins over all series; one on top of the other,
    see-through. Values that are not finite are left out; of nothing, or of one value, a line of
    text says so."""
    kept = {name: np.array([v for v in of if math.isfinite(v)]) for name, of in series.items()}
    every = np.concatenate([*kept.values(), np.zeros(0)])
    if not every.size:
        return '<p class="none">no values</p>'
    low, high = float(every.min()), float(every.max())
    if high - low < 1e-9 * max(1.0, abs(high)):
        if len(series) == 1:
            return f'<p class="none">always {low:.4g}</p>'
        margin = 0.5 if not log else 0.1 * low
        low, high = low - margin, high + margin
    across = Axis(label, low, high, log)
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    edges[0], edges[-1] = low, high
    counts = {name: np.histogram(of, edges)[0] for name, of in kept.items()}
    up = Axis(count, 0.0, max(float(c.max()) for c in counts.values()) * 1.05)
    marks = [
        _bar(across, up, float(edges[bin]), float(edges[bin + 1]), int(of[bin]), style, name)
        for style, (name, of) in enumerate(counts.items())
        for bin in np.flatnonzero(of)
    ]
    return _chart(across, up, marks, list(kept) if len(kept) > 1 else [])


def lines(
    series: Mapping[str, Sequence[float]], at: Sequence[float], across: Axis, up: Axis
) -> str:
    """A line for each series, over the places `at`; what lies below the chart is cut off."""
    marks = []
    for style, (name, values) in enumerate(series.items()):
        points = " ".join(
            f"{_x(across, x):.1f},{_y(up, min(max(y, up.low), up.high)):.1f}"
            for x, y in zip(at, values, strict=True)
        )
        marks.append(
            f'<polyline class="l s{style % COLOURS}" points="{points}">'
            f"<title>{escape(name)}</title></polyline>"
        )
    return _chart(across, up, marks, list(series))


def points(at: Sequence[tuple[float, float, str]], across: Axis, up: Axis) -> str:
    """A dot for each place, with the name it tells."""
    marks = [
        f'<circle class="s0" cx="{_x(across, x):.1f}" cy="{_y(up, y):.1f}" r="2.5">'
        f"<title>{escape(name)}: {x:.4g}, {y:.4g}</title></circle>"
        for x, y, name in at
        if across.low <= x <= across.high and up.low <= y <= up.high
    ]
    return _chart(across, up, marks, [])


def bars(counts: Mapping[str, float], unit: str = "") -> str:
    """A horizontal bar for each name, in the order given, with its number beside it; of a number
    below 0 the number alone."""
    if not counts:
        return '<p class="none">none</p>'
    most, row, name_width = max(1e-9, *counts.values()), 18, 150
    room = WIDTH - name_width - 60
    parts = []
    for number, (name, count) in enumerate(counts.items()):
        y, width = number * row, room * max(count, 0.0) / most
        shown = name if len(name) <= 24 else f"{name[:23]}…"
        parts.append(
            f'<text x="{name_width - 6}" y="{y + 13}" text-anchor="end">{escape(shown)}'
            f"<title>{escape(name)}</title></text>"
            f'<rect class="s0" x="{name_width}" y="{y + 3}" width="{width:.1f}" height="12"/>'
            f'<text x="{name_width + width + 5:.1f}" y="{y + 13}">{count:g}{escape(unit)}</text>'
        )
    height = row * len(counts) + 4
    return _svg(height, "".join(parts))


@dataclass(frozen=True)
class HeatCell:
    """A cell of a heat map.

    Attributes:
        value: from -1 to 1; NaN for none.
        text: that is written into it.
        framed: drawn with a frame.
    """

    value: float
    text: str
    framed: bool = False


def heat_map(rows: Mapping[str, Sequence[HeatCell]], columns: Sequence[str]) -> str:
    """A coloured table as an SVG file of its own, for light paper: blue towards 1, orange towards
    -1, grey where there is no value."""
    wide, high, left, top = 84, 20, 190, 30
    parts = [
        f'<text x="{left + (n + 0.5) * wide:g}" y="{top - 10}" text-anchor="middle">'
        f"{escape(name)}</text>"
        for n, name in enumerate(columns)
    ]
    framed = []
    for row, (name, cells) in enumerate(rows.items()):
        y = top + row * high
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        for column, cell in enumerate(cells):
            x = left + column * wide
            box = f'x="{x}" y="{y}" width="{wide}" height="{high}"'
            parts.append(
                f'<rect {box} fill="{_heat(cell.value)}" stroke="#fff"/>'
                f'<text x="{x + wide / 2:g}" y="{y + 14}" text-anchor="middle">'
                f"{escape(cell.text)}</text>"
            )
            if cell.framed:
                framed.append(f'<rect {box} fill="none" stroke="#1c2024" stroke-width="1.5"/>')
    width, height = left + len(columns) * wide + 10, top + len(rows) * high + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="#1c2024">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts + framed)}</svg>\n'
    )


def _heat(value: float) -> str:
    """From white to a colour as light as black letters on it want."""
    if math.isnan(value):
        return "#e4e6ea"
    far = (116, 169, 245) if value >= 0.0 else (245, 159, 92)
    part = min(abs(value), 1.0)
    return "#" + "".join(f"{round(255 + part * (end - 255)):02x}" for end in far)


def _bar(
    across: Axis, up: Axis, start: float, end: float, count: int, style: int, name: str
) -> str:
    x, width = _x(across, start), _x(across, end) - _x(across, start)
    y = _y(up, float(count))
    told = f"{name + ': ' if name else ''}{start:.4g} to {end:.4g}: {count}"
    return (
        f'<rect class="s{style % COLOURS}" x="{x:.1f}" y="{y:.1f}" '
        f'width="{max(width - 0.5, 0.5):.1f}" height="{HEIGHT - _BOTTOM - y:.1f}">'
        f"<title>{escape(told)}</title></rect>"
    )


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.place(value) * (WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - axis.place(value) * (HEIGHT - _TOP - _BOTTOM)


def _chart(across: Axis, up: Axis, marks: Sequence[str], names: Sequence[str]) -> str:
    bottom, parts = HEIGHT - _BOTTOM, []
    for tick in up.ticks():
        y = _y(up, tick)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(tick)}</text>'
        )
    for tick in across.ticks():
        x = _x(across, tick)
        parts.append(
            f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
            f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_number(tick)}</text>'
        )
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts += [
        f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}"/>',
        *marks,
        f'<text x="{middle:.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(across.label)}</text>",
        f'<text transform="translate(12 {(_TOP + bottom) / 2:.1f}) rotate(-90)" '
        f'text-anchor="middle">{escape(up.label)}</text>',
    ]
    return _svg(HEIGHT, "".join(parts)) + _legend(names)


def _svg(height: int, inside: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{inside}</svg>'


def _legend(names: Sequence[str]) -> str:
    if not names:
        return ""
    parts = (
        f'<span><i class="s{style % COLOURS}"></i>{escape(name)}</span>'
        for style, name in enumerate(names)
    )
    return f'<p class="legend">{"".join(parts)}</p>'


def _number(value: float) -> str:
    if abs(value) >= 1000.0 and value % 1000.0 == 0.0:
        return f"{value / 1000.0:g}k"
    return f"{round(value, 9):g}"


STYLE = """:root{color-scheme:light dark;--ink:#1c2024;--soft:#60646c;--line:#d9dce2;--paper:#fff;
--card:#f7f8fa;--hot:#d9480f}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9ba1a8;--line:#363a40;--paper:#16181b;
--card:#1d2024}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1180px;
margin:2rem auto;padding:0 1rem}
h1{margin:0}h2{margin:2.2rem 0 .4rem;font-size:1.2rem;border-bottom:1px solid var(--line)}
small,.fine,.none{color:var(--soft);font-weight:normal;font-size:.85rem}
.tiles{display:flex;flex-wrap:wrap;gap:.8rem}.tiles div{background:var(--card);padding:.5rem 1rem;
border-radius:6px;color:var(--soft)}.tiles b{display:block;font-size:1.5rem;color:var(--ink)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:.8rem}
figure{margin:0;background:var(--card);border-radius:6px;padding:.6rem .8rem}
figcaption{font-weight:600;font-size:.9rem;margin-bottom:.3rem}
svg{width:100%;display:block}svg text{font-size:11px;fill:var(--soft)}
svg rect,svg circle{fill:currentColor}svg rect{opacity:.6}svg rect:hover{opacity:1}
svg circle{opacity:.5}.l{fill:none;stroke:currentColor;stroke-width:1.6}
.grid line,line.grid{stroke:var(--line)}line.axis{stroke:var(--soft)}
.s0{color:#2f6fde}.s1{color:#e8590c}.s2{color:#2b9348}.s3{color:#9c36b5}.s4{color:#d6a400}
.s5{color:#0c8599}.s6{color:#c2255c}.s7{color:#868e96}
.legend{margin:.2rem 0 0;font-size:.8rem;color:var(--soft)}.legend span{margin-right:.9rem}
.legend i{display:inline-block;width:.7em;height:.7em;margin-right:.3em;background:currentColor}
figure.broad{grid-column:span 2}.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem}
th,td{text-align:left;padding:.15rem .6rem;border-bottom:1px solid var(--line)}th{font-weight:600}
.heat{background:color-mix(in srgb,var(--hot) calc(var(--v)*100%),transparent)}
details{margin:.4rem 0}summary{cursor:pointer;font-weight:600}
"""
