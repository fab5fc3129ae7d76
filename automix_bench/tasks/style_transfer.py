"""Given the tracks of a section and a mix of another section, mix the tracks like that one."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.model import Answer, Brief
from automix_bench.song import Song
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS
from automix_bench.task_parts.sections import section

__all__ = ["style_transfer"]


def _mixed(example: Example, number: int) -> Song:
    """A half of the excerpt through the example's console, from rest: so what the console's reverb
    keeps of the first half is not in the second."""
    return example.console(section(example.before, number, 2))


def _tracks_and_reference(example: Example) -> Brief:
    """The tracks of the second half as they entered the console, and as the reference the mix of
    the first half as it left it."""
    tracks = section(example.before, 1, 2).stems
    return Brief(stems=tracks, reference=_mixed(example, 0).mix)


def _mix_of_second_half(example: Example) -> Answer:
    return Answer({"mix": _mixed(example, 1).mix})


style_transfer = Task(
    "style_transfer",
    version=1,
    description="Shown: tracks of a section, a mix of another. Wanted: a mix by the same console.",
    brief=_tracks_and_reference,
    wanted=_mix_of_second_half,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=("style_pairs",),
)
