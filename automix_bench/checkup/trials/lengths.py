"""Time and memory against the length of the music."""

from __future__ import annotations

import math
from collections.abc import Sequence

from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.subject import Subject
from automix_bench.isolation.model_process import Reply

__all__ = ["lengths"]

_MOST = 1.5
_LEAST_SECONDS = 0.2
_LEAST_BYTES = 512 << 20


@check_trial(
    challenge=DIVERSITY,
    expects="Time and memory grow no faster than length to the power of 1.5.",
    limit="at most 1.5",
    unit="(power)",
)
def lengths(subject: Subject) -> Finding:
    """From 1 s to 60 s of music, ten minutes with --long: curves of time and memory.

    The figure is the slope between the two longest, in a plot with two logarithmic axes: 1 is
    linear, 2 quadratic, n log n somewhat over 1. CPU seconds where the system counts them, else
    seconds. Less than 0.2 s and 512 MiB count as that: they are the costs of a process. Models that
    remove effects are not tried on the longest, as many of them take as long as the music lasts.
    """
    spent: dict[str, float] = {}
    memory: dict[str, float] = {}
    several = subject.music.lengths
    lengths_s = several[:-1] if subject.kind.removes and len(several) > 2 else several
    for seconds in lengths_s:
        count = 1 if subject.kind.removes else 3
        brief = subject.brief_of(subject.music.long(seconds, count))
        reply = subject.reply(brief)
        try:
            subject.fitting(brief, reply)
        except NotAnswered as error:
            why = f"no answer for {seconds:g} s: {error}"
            return Finding(None, False, why, {"cpu_seconds_by_seconds": spent})
        spent[f"{seconds:g}"] = _seconds(reply)
        if reply.peak_memory is not None:
            memory[f"{seconds:g}"] = reply.peak_memory / (1 << 20)
    time = _slope(lengths_s, [max(value, _LEAST_SECONDS) for value in spent.values()])
    least = _LEAST_BYTES / (1 << 20)
    space = _slope(lengths_s, [max(value, least) for value in memory.values()]) if memory else 0.0
    figures = {
        "cpu_seconds_by_seconds": spent,
        "peak_mib_by_seconds": memory,
        "slope_of_time": time,
        "slope_of_memory": space,
    }
    worst = max(time, space)
    what = "time" if time >= space else "memory"
    reason = "" if worst <= _MOST else f"{what} grows as length to the power of {worst:.2f}"
    return Finding(worst, worst <= _MOST, reason, figures)


def _seconds(reply: Reply) -> float:
    return reply.seconds if reply.cpu_seconds is None else reply.cpu_seconds


def _slope(lengths_s: Sequence[float], values: Sequence[float]) -> float:
    """Between the last two, on logarithmic axes."""
    if len(values) < 2:
        return 0.0
    return math.log(values[-1] / values[-2]) / math.log(lengths_s[-1] / lengths_s[-2])
