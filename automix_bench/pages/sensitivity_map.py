"""A coloured table of values from -1 to 1, as an SVG file of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automix_bench.pages.template import filled

_CELL = 84, 20
_LEFT, _TOP, _MARGIN = 190, 30, 10
_POSITIVE, _NEGATIVE = (116, 169, 245), (245, 159, 92)


@dataclass(frozen=True)
class MapCell:
    """One cell.

    Attributes:
        value: from -1 to 1; NaN if there is none.
        text: what is written into the cell.
        framed: whether the cell has a frame.
    """

    value: float
    text: str
    framed: bool = False


def sensitivity_map(rows: Mapping[str, Sequence[MapCell]], columns: Sequence[str]) -> str:
    """The table as the text of an SVG file, for light paper: blue towards 1, orange towards -1,
    grey where there is no value.

    Args:
        rows: the cells of each row, by the row's name, in the order of the columns.
        columns: the names of the columns.
    """
    wide, high = _CELL
    placed_columns = [
        {"name": name, "x": _LEFT + (number + 0.5) * wide, "y": _TOP - 10}
        for number, name in enumerate(columns)
    ]
    placed_rows = [
        {
            "name": name,
            "x": _LEFT - 8,
            "y": _TOP + number * high,
            "cells": [
                {
                    "x": _LEFT + column * wide,
                    "fill": _colour(cell.value),
                    "text": cell.text,
                    "framed": cell.framed,
                }
                for column, cell in enumerate(cells)
            ],
        }
        for number, (name, cells) in enumerate(rows.items())
    ]
    return filled(
        "sensitivity_map.svg",
        width=_LEFT + len(columns) * wide + _MARGIN,
        height=_TOP + len(rows) * high + _MARGIN,
        cell_width=wide,
        cell_height=high,
        columns=placed_columns,
        rows=placed_rows,
    )


def _colour(value: float) -> str:
    """From white to a colour that is still light enough for black letters."""
    if math.isnan(value):
        return "#e4e6ea"
    end = _POSITIVE if value >= 0.0 else _NEGATIVE
    part = min(abs(value), 1.0)
    return "#" + "".join(f"{round(255 + part * (channel - 255)):02x}" for channel in end)
