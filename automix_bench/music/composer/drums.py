"""Drums: grooves by section, fills and crashes, with a track for each piece of the kit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from automix_bench.music.composer.form import Bar
from automix_bench.music.composer.playing import STEPS_A_BEAT, Stroke, hits

KICK, RIM, SNARE, CLAP = 36, 37, 38, 39
CLOSED, PEDAL, OPEN = 42, 44, 46
CRASH, CRASH_2, RIDE, BELL = 49, 57, 51, 53
TOMS = (50, 48, 47, 45, 43)
TAMBOURINE, COWBELL, CABASA, SHAKER, CLAVES = 54, 56, 69, 70, 75
CONGA_MUTE, CONGA_HIGH, CONGA_LOW = 62, 63, 64

TRACKS = {
    "kick": (KICK,),
    "snare": (RIM, SNARE, CLAP),
    "hihat": (CLOSED, PEDAL, OPEN),
    "cymbals": (CRASH, CRASH_2, RIDE, BELL),
    "toms": TOMS,
    "percussion": (
        *(TAMBOURINE, COWBELL, CABASA, SHAKER, CLAVES),
        *(CONGA_MUTE, CONGA_HIGH, CONGA_LOW),
    ),
}
MONO = ("kick", "snare", "hihat")

Line = tuple[int, str]
Groove = tuple[Line, ...]


@dataclass(frozen=True)
class Kit:
    """The drum habits of a genre.

    Attributes:
        programs: kits of the SoundFont; one is drawn.
        quiet: grooves for verses and similar sections; one is drawn for the song.
        loud: grooves for choruses; one is drawn for the song.
        percussion: lines added to the groove in loud sections; one is drawn; it may be empty.
        fills: the probability that the last bar of a section has a fill.
        crashes: whether a loud section opens with a crash cymbal.
        ghosts: the probability of a soft snare stroke on each free sixteenth.
    """

    programs: tuple[int, ...]
    quiet: tuple[Groove, ...]
    loud: tuple[Groove, ...]
    percussion: tuple[Groove, ...] = ((),)
    fills: float = 0.8
    crashes: bool = True
    ghosts: float = 0.0


@dataclass(frozen=True)
class Drumming:
    """The drum part: strokes by track, and the steps of the bass drum in each bar."""

    tracks: dict[str, list[Stroke]]
    kick: tuple[tuple[int, ...], ...]


def drum(bars: Sequence[Bar], beats: int, kit: Kit, rng: np.random.Generator) -> Drumming:
    """The drums of a song."""
    quiet, loud = (_one(grooves, rng) for grooves in (kit.quiet, kit.loud))
    extra = _one(kit.percussion, rng)
    sparse_intro = bool(rng.random() < 0.6)
    strokes: list[Stroke] = []
    kicks: list[tuple[int, ...]] = []
    for bar in bars:
        groove = loud if bar.intensity >= 0.75 else quiet
        if sparse_intro and bar.section in ("intro", "outro"):
            groove = tuple(line for line in groove if line[0] not in (KICK, SNARE))
        if bar.intensity >= 0.55:
            groove = groove + extra
        played = [(KICK, 0, 1.0), (CRASH, 0, 1.0)] if bar.final else _bar(bar, beats, groove, rng)
        if bar.last and rng.random() < kit.fills:
            played = _with_fill(played, bar, beats, rng)
        if kit.crashes and bar.first and bar.intensity >= 0.55 and bar.index > 0:
            played = [*played, (CRASH if bar.visit % 2 == 0 else CRASH_2, 0, 1.0)]
        if kit.ghosts and not bar.final:
            played += _ghosts(played, beats, kit.ghosts, rng)
        kicks.append(tuple(sorted({step for pitch, step, _ in played if pitch == KICK})))
        # Louder sections are hit harder.
        force = 0.6 + 0.4 * bar.intensity
        strokes += [
            Stroke(bar.index * beats + step / STEPS_A_BEAT, 0.25, pitch, hit * force)
            for pitch, step, hit in played
        ]
    tracks = {
        name: mine
        for name, pitches in TRACKS.items()
        if (mine := [stroke for stroke in strokes if stroke.pitch in pitches])
    }
    return Drumming(tracks, tuple(kicks))


Hit = tuple[int, int, float]


def _one(grooves: tuple[Groove, ...], rng: np.random.Generator) -> Groove:
    return grooves[int(rng.integers(len(grooves)))]


def _bar(bar: Bar, beats: int, groove: Groove, rng: np.random.Generator) -> list[Hit]:
    """The groove, sometimes with an early bass drum or an open hi-hat at the end."""
    steps = beats * STEPS_A_BEAT
    played = [
        (pitch, step, force) for pitch, pattern in groove for step, _, force in hits(pattern, steps)
    ]
    pitches = {pitch for pitch, _ in groove}
    if KICK in pitches and bar.place % 2 == 1 and rng.random() < 0.35:
        played.append((KICK, steps - 2 - int(rng.integers(2)), 0.75))
    if CLOSED in pitches and bar.place % 4 == 3 and rng.random() < 0.5:
        played = [hit for hit in played if not (hit[0] == CLOSED and hit[1] >= steps - 2)]
        played.append((OPEN, steps - 2, 0.8))
    return played


def _with_fill(played: list[Hit], bar: Bar, beats: int, rng: np.random.Generator) -> list[Hit]:
    """Replace the last one or two beats by a fill on snare and toms, from high to low, with rising
    force."""
    steps = beats * STEPS_A_BEAT
    length = STEPS_A_BEAT * (2 if bar.intensity > 0.45 and rng.random() < 0.6 else 1)
    start = steps - length
    before = [hit for hit in played if hit[1] < start or hit[0] in (KICK, *TRACKS["percussion"])]
    pattern = ("xxxx", "x.xx", "xxx.", "x.x.")[int(rng.integers(4))]
    order = (SNARE, *TOMS)
    fill: list[Hit] = []
    for step in range(length):
        if pattern[step % 4] == "x":
            reach = int(step / length * len(order))
            force = 0.65 + 0.35 * step / length
            fill.append((order[reach], start + step, force))
    return [*before, *fill]


def _ghosts(played: list[Hit], beats: int, chance: float, rng: np.random.Generator) -> list[Hit]:
    steps = beats * STEPS_A_BEAT
    taken = {step for pitch, step, _ in played if pitch in (KICK, SNARE, RIM)}
    drawn = rng.random(steps)
    return [
        (SNARE, step, 0.3) for step in range(steps) if drawn[step] < chance and step not in taken
    ]
