"""Given stems that went through a random console, make the plain sum of what they were before."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.example import Example
from automix_bench.model import Answer
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS, stems_after

__all__ = ["mixing_to_sum"]


def _sum_before(example: Example) -> Answer:
    """The stored mix where it is the plain sum of the stems, else their sum."""
    before = example.before
    mix = before.mix if before.mix_kind == "sum" else total(before.stems.values())
    return Answer({"mix": mix})


mixing_to_sum = Task(
    "mixing_to_sum",
    version=1,
    description="Shown: stems with effects left at random. Wanted: their sum without them.",
    brief=stems_after,
    wanted=_sum_before,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=(
        "quickstart",
        "pseudo_multitrack",
        "wet_multitrack",
        "fx_normalised",
        "effect_removal_single",
        "effect_removal_multi",
    ),
)
