"""Given stems that went through a random console, make the mix that was released."""

from __future__ import annotations

from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS, mix_before, stems_after

__all__ = ["mixing"]


mixing = Task(
    "mixing",
    version=3,
    description="Shown: stems with effects left at random. Wanted: the mix as released.",
    brief=stems_after,
    wanted=mix_before,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=("quickstart", "pseudo_multitrack", "wet_multitrack", "fx_normalised"),
    released_mix=True,
)
