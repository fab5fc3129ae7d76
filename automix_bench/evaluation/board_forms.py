"""A board as Markdown, LaTeX, CSV, HTML and as a picture. A stranger's text is shown as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from markupsafe import Markup

from automix_bench.charts.html_table import html_page, html_table
from automix_bench.charts.interval_chart import IntervalPanel, IntervalRow, interval_chart
from automix_bench.charts.number_text import interval, percent
from automix_bench.charts.picture import Picture
from automix_bench.evaluation.board_cells import (
    ARROWS,
    Row,
    covered_text,
    csv_cell,
    ranked,
    titled,
)
from automix_bench.metric import Ranged
from automix_bench.untrusted.shown import for_csv, for_latex, for_markdown

TEXT_COLUMNS = 2
"""How many columns from the left are no numbers: rank and model."""


@dataclass(frozen=True)
class BoardText:
    """What is written of a board.

    Attributes:
        title: the task, in a few words.
        rows: best first.
        metrics: the one that ranks first.
        loud: what must not be overlooked; empty for nothing.
        notes: what a reader must know.
    """

    title: str
    rows: Sequence[Row]
    metrics: Sequence[Ranged]
    loud: str
    notes: Sequence[str]

    def to_markdown(self) -> str:
        """A table in Markdown; notes below it."""
        heads, *rows = self.table(for_markdown)
        lines = [heads, ["---"] * len(heads), *rows]
        loud = f"**{for_markdown(self.loud)}**\n\n" if self.loud else ""
        table = "".join("| " + " | ".join(line) + " |\n" for line in lines)
        return loud + table + "".join(f"\n{for_markdown(note)}\n" for note in self.notes)

    def to_latex(self) -> str:
        """A table in LaTeX, for the package booktabs; notes are comments above it."""
        heads, *rows = (" & ".join(map(for_latex, line)) + r" \\" for line in self.table(str))
        width = len(self.table(str)[0])
        columns = "l" * TEXT_COLUMNS + "r" * (width - TEXT_COLUMNS)
        loud = rf"\multicolumn{{{width}}}{{l}}{{\textbf{{{for_latex(self.loud)}}}}} \\"
        return "\n".join(
            [
                *(f"% {for_latex(note)}" for note in (self.title, *self.notes)),
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                *([loud, r"\midrule"] if self.loud else []),
                heads,
                r"\midrule",
                *rows,
                r"\bottomrule",
                r"\end{tabular}",
                "",
            ]
        )

    def html_table(self) -> Markup:
        """A table in HTML, to stand in a page."""
        heads, *rows = self.table(str)
        return html_table(
            heads, rows, title=self.title, loud=self.loud, notes=self.notes, left=TEXT_COLUMNS
        )

    def to_html(self) -> str:
        """A page with the table, and below it a picture of the metric that ranks."""
        drawn = Markup(self.picture(self.metrics[:1]).svg)
        return html_page(self.title, self.html_table(), drawn)

    def picture(self, metrics: Sequence[Ranged]) -> Picture:
        """Each model's mean with its interval; an axis for each metric."""
        panels = [
            IntervalPanel(
                f"{m.name} ({m.unit}), {m.better} is better", [_mark(r, m) for r in self.rows]
            )
            for m in metrics
        ]
        return interval_chart(self.title, panels, [*filter(None, [self.loud]), *self.notes])

    def table(self, show: Callable[[str], str]) -> list[list[str]]:
        """The heads of the table, then its rows, as text; `show` is of the medium."""
        columns = [
            ["rank", *map(ranked, self.rows)],
            ["model", *(show(titled(row)) for row in self.rows)],
            *self._metric_columns(show),
            [f"gain ({show(self.metrics[0].unit)})", *map(_gain, self.rows)],
            ["covered", *map(covered_text, self.rows)],
            ["coverage", *(percent(row.coverage) for row in self.rows)],
            *self._cost_columns(show),
        ]
        return [list(line) for line in zip(*columns, strict=True)]

    def _metric_columns(self, show: Callable[[str], str]) -> Iterator[list[str]]:
        for m in self.metrics:
            means = (interval(row.estimates[m.name]) for row in self.rows)
            yield [f"{show(m.name)} ({show(m.unit)}) {ARROWS[m.better]}", *means]

    def _cost_columns(self, show: Callable[[str], str]) -> Iterator[list[str]]:
        """What the models cost and how they ran. A column that would be empty is left out."""
        rows = self.rows
        columns = {
            "s / plain_sum": [_number(row.relative_seconds) for row in rows],
            "CPU (s)": [_number(row.cpu_seconds) for row in rows],
            "memory (MiB)": [_number(row.peak_memory / 2.0**20 or None) for row in rows],
            "parameters": [_number(row.parameters) for row in rows],
            "isolation": [show(row.isolation or "–") for row in rows],
            "samples": [str(row.samples) if row.samples > 1 else "–" for row in rows],
        }
        for head, cells in columns.items():
            if set(cells) != {"–"}:
                yield [head, *cells]


def to_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of numbers and texts as CSV; a text that a spreadsheet would calculate is quoted."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(for_csv, rows[0]))
    writer.writerows([csv_cell(value) for value in row.values()] for row in rows)
    return file.getvalue()


def _mark(row: Row, metric: Ranged) -> IntervalRow:
    mean = row.estimates[metric.name]
    failed = row.coverage < 1.0
    return IntervalRow(
        titled(row),
        mean.value,
        mean.low,
        mean.high,
        text=interval(mean),
        second="failed" if failed else f"rank {ranked(row)}" if row.rank else "",
        style="unsure" if failed else "sure" if row.part == "entry" else "end",
    )


def _gain(row: Row) -> str:
    return "–" if row.part == "floor" else interval(row.gain)


def _number(value: float | None) -> str:
    """A number with three digits, or with all where it is larger; a dash where there is none."""
    if value is None or isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
