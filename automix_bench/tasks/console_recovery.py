"""Given the tracks of a song and its mix, find the console that made the one of the others.

Reverse engineering of a mix: Barchiesi and Reiss, "Reverse engineering of a mix", JAES 58 (7/8),
2010; Colonel and Reiss, "Reverse engineering of a recording mix with differentiable digital signal
processing", JASA 150 (1), 2021. The console of the answer is played on the tracks, and its mix is
compared with the true one: so consoles that sound alike score alike. Beside that, each place of the
console is scored by its settings: which effects, in which order, with which knobs.
"""

from __future__ import annotations

from dataclasses import replace

from automix_bench.example import Example
from automix_bench.metrics.settings.effect_presence_f1 import effect_presence_f1
from automix_bench.metrics.settings.knob_error import knob_error
from automix_bench.metrics.settings.order_tau import order_tau
from automix_bench.metrics.settings.render_distance import render_distance
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS

__all__ = ["console_recovery"]


def _tracks_and_mix(example: Example) -> Brief:
    """The tracks as they entered the console, and as the reference the mix that left it."""
    return Brief(stems=example.before.stems, reference=example.after.mix)


def _console(example: Example) -> Answer:
    """The console, without what was done to the tracks before, and without its labels."""
    return Answer(console=replace(example.console, prepared={}, labels={}))


def _mix_through(example: Example, answer: Answer) -> Stems:
    """What the console of an answer makes of the tracks.

    Raises:
        ValueError: it has no strip for a track.
    """
    console, tracks = answer.console, example.before.stems
    if console is None:
        raise ValueError("no console")
    if lacking := sorted(tracks.keys() - console.strips.keys()):
        raise ValueError(f"no strip for {lacking[0]}")
    return {"mix": console(example.before).mix}


console_recovery = Task(
    "console_recovery",
    version=1,
    description="Shown: tracks and their mix. Wanted: the console that made it, with its settings.",
    brief=_tracks_and_mix,
    wanted=_console,
    sounds=_mix_through,
    metrics=(*MIX_METRICS, render_distance, effect_presence_f1, order_tau, knob_error),
    floor="plain_sum",
    ceiling="oracle",
    recipes=(
        "quickstart",
        "pseudo_multitrack",
        "effect_removal_single",
        "effect_removal_multi",
        "drc_profiles",
        "style_pairs",
    ),
)
