"""Given a mixture and a request, change the level of some of its sources and leave the rest."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.model import Answer, Brief
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS
from automix_bench.task_parts.remix_requests import request_text

__all__ = ["remix"]


def _mix_and_request(example: Example) -> Brief:
    """The mixture, and in `text` what is asked for. The stems are not shown."""
    request = example.console.labels.get("request_db", {})
    return Brief(stems={"mix": example.before.mix}, text=request_text(request))


def _mix_as_asked(example: Example) -> Answer:
    return Answer({"mix": example.after.mix})


remix = Task(
    "remix",
    version=1,
    description="Shown: a mixture, and gains in dB for some sources. Wanted: it with these gains.",
    brief=_mix_and_request,
    wanted=_mix_as_asked,
    metrics=MIX_METRICS,
    floor="do_nothing",
    ceiling="oracle",
    recipes=("remix",),
)
