"""Given the dry tracks of a song, make the mix that was released."""

from __future__ import annotations

from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS, mix_before, stems_after

__all__ = ["mixing_raw"]

mixing_raw = Task(
    "mixing_raw",
    version=1,
    description="Shown: dry tracks as recorded. Wanted: the mix as released.",
    brief=stems_after,
    wanted=mix_before,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=("raw_multitrack",),
    released_mix=True,
)
