"""Tunes: motifs that return, and phrases with rests that end on a chord tone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.music.composer.form import Bar
from automix_bench.music.composer.harmony import nearest
from automix_bench.music.composer.playing import STEPS_A_BEAT, Sheet, Slot, Stroke, hits, pick

# Rhythms of one bar: `x` note, `-` held, `.` rest. The dense ones are in `_BUSY_CELLS`.
_CELLS = (
    "x---x---x-------",
    "x-----x-x---x---",
    "..x-x-x-x-----x-",
    "x-x-x---x-x-x---",
    "....x-x-x---x-x-",
    "x--x--x-x-------",
)
_BUSY_CELLS = (
    "x-x.x-xxx-x-x---",
    "x--x--x-xx-xx-x-",
    "..xxx-x-xxx-x---",
    "x-xxx-x-..x-x-x-",
)
_ENDINGS = ("x-----------....", "x---x-------....", "..x-x-------....")

# Motion between neighbouring notes, in steps of the scale, and the probability of each.
_STEPS = np.array([-3, -2, -1, 0, 1, 2, 3])
_ODDS = np.array([0.06, 0.16, 0.26, 0.12, 0.24, 0.12, 0.04])


@dataclass(frozen=True)
class _Motif:
    """Two bars of rhythm, a bar to end on, and a contour in steps of the scale."""

    rhythm: tuple[str, str]
    ending: str
    contour: tuple[int, ...]
    turned: tuple[int, ...]


def lead(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """The tune. Four bars have a motif, the motif again, an answer, and a held ending.

    Verse and chorus each have a motif that returns in every such section; the chorus is higher.
    """
    motifs = {kind: _motif(sheet, rng) for kind in ("verse", "chorus", "bridge")}
    strokes: list[Stroke] = []
    middle = (slot.low + slot.high) // 2
    for bar in sheet.bars:
        if bar.section in ("intro", "outro") or bar.intensity < slot.enters:
            continue
        motif = motifs[bar.section]
        height = middle + {"chorus": 4, "verse": -2}.get(bar.section, 1)
        ending = bar.place % 4 == 3 or bar.last
        rhythm = motif.ending if ending else motif.rhythm[bar.place % 2]
        contour = motif.turned if bar.place % 4 == 2 else motif.contour
        strokes += _sung(sheet, slot, bar, rhythm, contour, height)
    if strokes:
        strokes.append(_final(sheet, slot, middle))
    return strokes


def counter(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """A slow line above the chords: one or two held chord tones a bar, each near the one before."""
    strokes: list[Stroke] = []
    pitch = (slot.low + slot.high) // 2
    for bar in sheet.bars:
        if bar.intensity < slot.enters and not bar.final:
            continue
        halves = 1 if bar.final or rng.random() < 0.45 else 2
        span = sheet.steps // halves
        for half in range(halves):
            one = bar.chord_at(half / halves)
            reach = int(rng.integers(-4, 5))
            tones = [nearest(tone, pitch + reach) for tone in one.tones]
            pitch = _within(min(tones, key=lambda tone: abs(tone - pitch - reach)), slot)
            force = 0.7 + 0.3 * bar.intensity
            strokes.append(_stroke(sheet, bar, half * span, 0.97 * span, pitch, force))
    return strokes


def riff(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Short hits in two or three voices, with a rhythm in every second bar."""
    strokes: list[Stroke] = []
    pattern = pick(slot.patterns, rng)
    for bar in sheet.bars:
        if (bar.intensity < slot.enters or bar.place % 2 == 0) and not bar.final:
            continue
        line = "X" + "-" * (sheet.steps - 1) if bar.final else pattern
        for step, length, force in hits(line, sheet.steps):
            one = bar.chord_at(step / sheet.steps)
            middle = (slot.low + slot.high) // 2
            for tone in one.tones[:3]:
                pitch = _within(nearest(tone, middle), slot)
                strokes.append(_stroke(sheet, bar, step, 0.85 * length, pitch, force))
    return strokes


def _motif(sheet: Sheet, rng: np.random.Generator) -> _Motif:
    cells = _CELLS if rng.random() < sheet.straight else _BUSY_CELLS
    first, second = rng.choice(len(cells), size=2, replace=False)
    contour = rng.choice(_STEPS, size=16, p=_ODDS)
    # The answer inverts the contour: it falls where the motif rises.
    return _Motif(
        (cells[int(first)], cells[int(second)]),
        _ENDINGS[int(rng.integers(len(_ENDINGS)))],
        tuple(int(step) for step in contour),
        tuple(-int(step) for step in contour),
    )


def _sung(
    sheet: Sheet, slot: Slot, bar: Bar, rhythm: str, contour: tuple[int, ...], height: int
) -> list[Stroke]:
    """A bar of the tune: chord tones on the beats, steps of the scale between them."""
    ladder = [p for p in range(slot.low, slot.high + 1) if p % 12 in sheet.scale]
    start = min(range(len(ladder)), key=lambda rung: abs(ladder[rung] - height))
    rung, before = start, 0
    strokes = []
    for count, (step, length, force) in enumerate(hits(rhythm, sheet.steps)):
        motion = contour[count % len(contour)]
        # The line turns back if it moves too far from its start.
        turned = -motion if abs(rung + motion - start) > 4 else motion
        rung = min(max(rung + turned, 0), len(ladder) - 1)
        pitch = ladder[rung]
        if step % STEPS_A_BEAT == 0 or length >= 6:
            # The last pitch is not repeated unless the contour repeats it.
            tones = [nearest(t, pitch) for t in bar.chord_at(step / sheet.steps).tones[:3]]
            tones = [tone for tone in tones if tone != before or motion == 0] or tones
            pitch = _within(min(tones, key=lambda tone: (abs(tone - pitch), tone)), slot)
        before = pitch
        accent = 1.0 if step % (2 * STEPS_A_BEAT) == 0 else force
        sounding = min(length, sheet.steps - step) * 0.92
        strokes.append(
            _stroke(sheet, bar, step, sounding, pitch, accent * (0.65 + 0.35 * bar.intensity))
        )
    return strokes


def _final(sheet: Sheet, slot: Slot, middle: int) -> Stroke:
    bar = sheet.bars[-1]
    pitch = _within(nearest(bar.chords[0].root, middle), slot)
    return _stroke(sheet, bar, 0, sheet.steps, pitch, 0.8)


def _within(pitch: int, slot: Slot) -> int:
    while pitch > slot.high:
        pitch -= 12
    while pitch < slot.low:
        pitch += 12
    return pitch


def _stroke(sheet: Sheet, bar: Bar, step: int, steps: float, pitch: int, force: float) -> Stroke:
    beat = bar.index * sheet.beats + step / STEPS_A_BEAT
    return Stroke(beat, steps / STEPS_A_BEAT, pitch, force)
