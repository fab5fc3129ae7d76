"""What scorecards tell of live shows: frames that were late, and the latency that models state."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from automix_bench.charts.number_text import percent
from automix_bench.evaluation.board_cells import Row
from automix_bench.untrusted.scorecard_record import Cost


def late_share(cost: Cost) -> float:
    """The share of frames that took longer to be mixed than they last; NaN for other tasks."""
    frames = cost.get("frames", 0)  # anybody may have written it
    return min(cost.get("late_frames", 0) / frames, 1.0) if frames else nan


def stated_latency(cost: Cost) -> float:
    """The latency that a model states, in seconds; NaN for tasks that are not live."""
    return cost.get("latency_seconds", 0.0) if cost.get("frames", 0) else nan


def lines_on_live_shows(rows: Sequence[Row]) -> list[str]:
    """Which models of a board mixed frames too slowly, and how late their mixes are."""
    late = [f"{row.model} {percent(row.late_share)}" for row in rows if row.late_share > 0.0]
    latency = [
        f"{row.model} {1000.0 * row.latency_seconds:.1f} ms"
        for row in rows
        if row.latency_seconds > 0.0
    ]
    return [
        *([f"Frames that took longer than they last: {', '.join(late)}."] if late else []),
        *([f"Latency, as the models state it: {', '.join(latency)}."] if latency else []),
    ]
