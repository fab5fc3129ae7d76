"""The means of one model in several metrics, as a picture and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from automix_bench.charts.html_table import html_table
from automix_bench.charts.interval_chart import IntervalPanel, IntervalRow, interval_chart
from automix_bench.charts.number_text import interval
from automix_bench.charts.picture import Picture
from automix_bench.metric import Ranged
from automix_bench.statistics import Estimate


@dataclass(frozen=True)
class MetricMean:
    """A mean over songs.

    Attributes:
        by_song: each song's own mean.
        scores, failed: how many scores there are, and how many of them failed.
    """

    metric: Ranged
    estimate: Estimate
    by_song: Mapping[str, float]
    scores: int
    failed: int


@dataclass(frozen=True)
class MetricMeans:
    """The means of one model, with a title above and notes below."""

    title: str
    means: Sequence[MetricMean]
    notes: Sequence[str]

    def picture(self) -> Picture:
        """An axis for each metric, with the mean, its interval, and a dot for each song."""
        panels = []
        for of in self.means:
            name, mean = of.metric.name, of.estimate
            ends, text = (mean.value, mean.low, mean.high), interval(mean)
            row = IntervalRow(name, *ends, text, dots=of.by_song)
            label = f"{name} ({of.metric.unit}), {of.metric.better} is better"
            panels.append(IntervalPanel(label, [row]))
        return interval_chart(self.title, panels, self.notes)

    def table(self) -> Markup:
        """A row for each metric."""
        heads = ["metric", "unit", "mean over songs", "scores", "failed"]
        rows = [
            (m.metric.name, m.metric.unit, interval(m.estimate, 3), str(m.scores), str(m.failed))
            for m in self.means
        ]
        return html_table(heads, rows, title=self.title, notes=self.notes, left=2)
