"""Given a raw track and the mix of all others, blend the track into the mix."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.audio import Audio, amplitude, reaches_db, total
from automix_bench.console import Console
from automix_bench.consoles.console_json import console_from_json
from automix_bench.example import Example
from automix_bench.model import Answer, Brief
from automix_bench.sampling import rng_for
from automix_bench.song import Song
from automix_bench.task import Task
from automix_bench.task_parts.mixes import MIX_METRICS

__all__ = ["stem_blending"]

SUB_MIX = "submix"
AUDIBLE_DB = -60.0


def _blended(example: Example) -> str:
    """The name of the track that is to be blended: one of the audible ones, by the example's id."""
    names = sorted(name for name in example.before.stems if name != "residual")
    audible = [name for name in names if reaches_db(example.before.stems[name], AUDIBLE_DB)]
    choices = audible or names or sorted(example.before.stems)
    rng = rng_for(0, "stem_blending", example.id)
    return choices[int(rng.integers(len(choices)))]


def _mix_of(example: Example, without: str = "") -> Audio:
    """The song's mix, or that of all tracks but one.

    The engineer's console makes it where the song stores one (composed songs do). It plays at the
    level of the recording, as its compressors depend on it. Else the stems are taken as they sound
    in the mix, as separated ones do, and are summed.
    """
    before = example.before
    stems = {name: stem for name, stem in before.stems.items() if name != without}
    if not stems:
        return before.mix.scaled(0.0)
    engineer = _engineer(before)
    if engineer is None:
        return total(stems.values())
    gain = amplitude(example.gain_db)
    recorded = {name: stem.scaled(1.0 / gain) for name, stem in stems.items()}
    return engineer(replace(before, stems=recorded)).mix.scaled(gain)


def _engineer(song: Song) -> Console | None:
    stored = song.origin.settings.get("console")
    if stored is None:
        return None
    console = console_from_json(stored)
    return console if song.stems.keys() <= console.strips.keys() else None


def _track_and_sub_mix(example: Example) -> Brief:
    name = _blended(example)
    return Brief({name: example.after.stems[name], SUB_MIX: _mix_of(example, name)})


def _mix_with_track(example: Example) -> Answer:
    return Answer({"mix": _mix_of(example)})


stem_blending = Task(
    "stem_blending",
    version=1,
    description="Shown: a raw track, and the mix of all others. Wanted: the mix with the track.",
    brief=_track_and_sub_mix,
    wanted=_mix_with_track,
    metrics=MIX_METRICS,
    floor="plain_sum",
    ceiling="oracle",
    recipes=("raw_multitrack", "pseudo_multitrack"),
    released_mix=True,
)
