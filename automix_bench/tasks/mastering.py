"""Given a mix with faults, return the mix without them."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.model import Brief
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS, mix_before

__all__ = ["mastering"]


def _mix_after(example: Example) -> Brief:
    return Brief(stems={"mix": example.after.mix})


mastering = Task(
    "mastering",
    version=1,
    description="Shown: a mix with one to three faults. Wanted: the mix as it was before.",
    brief=_mix_after,
    wanted=mix_before,
    metrics=MIX_METRICS,
    floor="do_nothing",
    ceiling="oracle",
    recipes=("mastering_degradations",),
)
