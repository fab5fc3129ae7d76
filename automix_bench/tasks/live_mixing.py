"""Given the microphones of a stage frame by frame, mix them as they come."""

from __future__ import annotations

from automix_bench.metrics.clicks import clicks
from automix_bench.metrics.clipped_runs import clipped_runs
from automix_bench.metrics.gain_jumps import gain_jumps
from automix_bench.metrics.latency import latency
from automix_bench.task import Task
from automix_bench.task_parts.live import microphones_live
from automix_bench.task_parts.mixes import MIX_METRICS, mix_before

__all__ = ["live_mixing"]

live_mixing = Task(
    "live_mixing",
    version=1,
    description="Shown: microphones with bleed, 50 ms at a time. Wanted: the mix as released.",
    brief=microphones_live,
    wanted=mix_before,
    metrics=(*MIX_METRICS, gain_jumps, clicks, clipped_runs, latency),
    floor="plain_sum",
    ceiling="oracle",
    recipes=("live_multitrack",),
    released_mix=True,
)
