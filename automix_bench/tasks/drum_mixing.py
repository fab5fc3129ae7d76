"""Given the microphones of a drum kit, make its stereo mix."""

from __future__ import annotations

from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS, mix_before, stems_after

__all__ = ["drum_mixing"]

drum_mixing = Task(
    "drum_mixing",
    version=1,
    description="Shown: up to eight tracks of a drum kit, effects at random. Wanted: its mix.",
    brief=stems_after,
    wanted=mix_before,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=("drum_mix",),
    released_mix=True,
)
