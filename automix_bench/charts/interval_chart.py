"""A chart of means with intervals, one row each, as a forest plot: rows of one panel share an axis.

Songs stand as small dots below the interval. Equal values give equal bytes.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Literal

from markupsafe import Markup

from automix_bench.charts.picture import Picture, style_sheet
from automix_bench.charts.svg import Axis, number_text
from automix_bench.untrusted.shown import for_terminal_lines, one_line

WIDTH = 840
ROW, DOTTED_ROW = 32, 46

_NAMES, _TEXTS, _EDGE = 244, 178, 14
_NAME_LETTERS, _TEXT_LETTERS, _NOTE_LETTERS = 31, 25, 130
_TITLE, _AXIS, _NOTE = 34, 46, 17
_DOT, _DOT_STEP, _MOST_STEPS = 2.6, 4.0, 2


@dataclass(frozen=True)
class IntervalRow:
    """A mean with its interval.

    Attributes:
        name, second: what it is of, in two lines; the second may be empty.
        value, low, high: NaN where there is none.
        text: the same as text, at the right.
        dots: single values by name, such as those of songs.
        style: `sure` and `unsure` for what is tested, `end` for what is only compared with.
    """

    name: str
    value: float
    low: float = nan
    high: float = nan
    text: str = ""
    second: str = ""
    dots: Mapping[str, float] = field(default_factory=dict)
    style: Literal["sure", "unsure", "end"] = "sure"

    def numbers(self) -> Iterator[float]:
        """All its numbers that are finite."""
        yield from filter(isfinite, (self.value, self.low, self.high, *self.dots.values()))

    @property
    def height(self) -> int:
        """In pixels."""
        return DOTTED_ROW if self.dots or self.second else ROW


@dataclass(frozen=True)
class IntervalPanel:
    """Rows on one axis.

    Attributes:
        label: what the numbers are, with the unit.
        zero: whether 0 is on the axis, with a line through it.
    """

    label: str
    rows: Sequence[IntervalRow]
    zero: bool = False

    def axis(self) -> Axis:
        """The axis of all numbers of the rows, with some room at the ends."""
        numbers = [number for row in self.rows for number in row.numbers()]
        numbers += [0.0] if self.zero or not numbers else []
        low, high = min(numbers), max(numbers)
        room = 0.04 * (high - low) or max(0.05 * abs(high), 0.5)
        return Axis(self.label, low - room, high + room)

    @property
    def height(self) -> int:
        """In pixels, with the axis."""
        return sum(row.height for row in self.rows) + _AXIS


def interval_chart(
    title: str, panels: Iterable[IntervalPanel], notes: Sequence[str] = ()
) -> Picture:
    """Draw panels below each other, then the notes as lines of text."""
    parts, top = list[Markup](), _TITLE
    for panel in panels:
        parts.append(_panel(panel, top))
        top += panel.height
    lines = [line for note in notes for line in textwrap.wrap(one_line(note), _NOTE_LETTERS)]
    for line in lines:
        parts.append(_text("note", _EDGE, top + 8, line))
        top += _NOTE
    height = top + 8
    drawing = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="interval-chart" role="img" '
        'viewBox="0 0 {0} {1}" width="{0}" height="{1}">\n<style>\n{2}</style>\n'
        '<title>{3}</title>\n<rect class="paper" width="{0}" height="{1}"/>\n{4}{5}\n</svg>\n'
    ).format(
        WIDTH,
        height,
        style_sheet("intervals.css"),
        one_line(title),
        _text("title", _EDGE, 22, _fitting(title, 100)),
        Markup("\n").join(parts),
    )
    return Picture(for_terminal_lines(drawing))


def _panel(panel: IntervalPanel, top: int) -> Markup:
    axis = panel.axis()
    bottom = top + panel.height - _AXIS
    parts = list[Markup]()
    place = top
    for number, row in enumerate(panel.rows):
        if number % 2 == 0:
            parts.append(
                Markup('<rect class="band" x="0" y="{}" width="{}" height="{}"/>').format(
                    place, WIDTH, row.height
                )
            )
        place += row.height
    for tick in axis.ticks():
        x = _x(axis, tick)
        parts.append(_line("grid", x, top, x, bottom))
        parts.append(_text("tick", x, bottom + 16, number_text(tick), "middle"))
    if panel.zero:
        parts.append(_line("zero", _x(axis, 0.0), top, _x(axis, 0.0), bottom))
    parts.append(_line("axis", _NAMES, bottom, WIDTH - _TEXTS, bottom))
    middle = (_NAMES + WIDTH - _TEXTS) / 2
    parts.append(_text("tick", middle, bottom + 34, _fitting(panel.label, 110), "middle"))
    place = top
    for row in panel.rows:
        parts.append(_row(row, axis, place))
        place += row.height
    return Markup("").join(parts)


def _row(row: IntervalRow, axis: Axis, top: int) -> Markup:
    y = top + (15 if row.height == DOTTED_ROW else row.height // 2)
    parts = [_text("name", _EDGE, y + 4, _fitting(row.name, _NAME_LETTERS))]
    if row.second:
        parts.append(_text("second", _EDGE, y + 20, _fitting(row.second, _NAME_LETTERS)))
    spots = {name: value for name, value in row.dots.items() if isfinite(value)}
    for (name, value), step in zip(spots.items(), _steps(axis, spots.values()), strict=True):
        parts.append(
            Markup(
                '<circle class="song" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}</title></circle>'
            ).format(
                *(_x(axis, value), y + 17 + step * _DOT_STEP, _DOT),
                f"{one_line(name)}: {value:.4g}",
            )
        )
    if isfinite(row.low) and isfinite(row.high):
        parts.append(_line("range", _x(axis, row.low), y, _x(axis, row.high), y))
    if isfinite(row.value):
        parts.append(
            Markup('<circle class="mean" cx="{:.1f}" cy="{}" r="4.5"/>').format(
                _x(axis, row.value), y
            )
        )
    parts.append(_text("name", WIDTH - _EDGE, y + 4, _fitting(row.text, _TEXT_LETTERS), "end"))
    full = one_line(" ".join(filter(None, (row.name, row.second, row.text))))
    return Markup('<g class="{}"><title>{}</title>{}</g>').format(
        row.style, full, Markup("").join(parts)
    )


def _steps(axis: Axis, values: Iterable[float]) -> Iterator[int]:
    """How far each dot stands from its line, in steps up or down, so that near ones lie apart."""
    crowd = dict[int, int]()
    for value in values:
        place = round(_x(axis, value) / (2.0 * _DOT))
        number = crowd.get(place, 0)
        crowd[place] = number + 1
        step = (number + 1) // 2 % (_MOST_STEPS + 1)
        yield step if number % 2 else -step


def _x(axis: Axis, value: float) -> float:
    return _NAMES + 8 + axis.place(value) * (WIDTH - _TEXTS - _NAMES - 16)


def _line(style: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        style, x1, y1, x2, y2
    )


def _text(style: str, x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        style, x, y, anchor, text
    )


def _fitting(text: str, most: int) -> str:
    """The text in one line of at most `most` narrow letters; a wide one takes the room of two."""
    line, room, shown = one_line(text), most, ""
    if sum(map(_letters, line)) <= most:
        return line
    for letter in line:
        room -= _letters(letter)
        if room < 1:
            break
        shown += letter
    return f"{shown}…"


def _letters(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
