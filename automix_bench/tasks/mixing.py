"""Given stems that went through a random console, make the mix that was released."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS, stems_after

__all__ = ["mixing"]


def _mix_before(example: Example) -> Stems:
    return {"mix": example.before.mix}


mixing = Task(
    "mixing",
    version=3,
    description="Shown: stems with effects left at random. Wanted: the mix as released.",
    brief=stems_after,
    targets=_mix_before,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=("quickstart", "pseudo_multitrack", "wet_multitrack", "fx_normalised"),
    released_mix=True,
)
