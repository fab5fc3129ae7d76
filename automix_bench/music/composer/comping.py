"""Chord players: keys, guitars, pads and strings."""

from __future__ import annotations

import numpy as np

from automix_bench.music.composer.form import Bar
from automix_bench.music.composer.harmony import Chord, nearest, voiced
from automix_bench.music.composer.playing import STEPS_A_BEAT, Sheet, Slot, Stroke, hits, pick


def comp(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Close chords in a rhythm: piano, electric piano, organ, stabs."""
    strokes: list[Stroke] = []
    quiet, loud = pick(slot.patterns, rng), pick(slot.patterns, rng)
    voicings = _voicings(sheet, slot, 4 if _rich(sheet) else 3)
    for bar in _playing(sheet, slot):
        pattern = loud if bar.intensity >= 0.75 else quiet
        for step, length, force in _rhythm(bar, pattern, sheet.steps):
            for pitch in _at(voicings, bar, step, sheet.steps):
                strokes.append(_stroke(sheet, bar, step, length, pitch, force))
    return strokes


def pad(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Chords held for their full length, with the least possible motion of each voice."""
    strokes: list[Stroke] = []
    voicings = _voicings(sheet, slot, 3)
    for bar in _playing(sheet, slot):
        span = sheet.steps // len(bar.chords)
        for place, voicing in enumerate(voicings[bar.index]):
            for pitch in voicing:
                strokes.append(_stroke(sheet, bar, place * span, span * 0.97, pitch, 0.8))
    return strokes


def strum(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Open guitar chords of four to six strings.

    Down strokes are on eighths, up strokes between them. Each string sounds a little after the one
    before. Up strokes touch only the upper strings.
    """
    strokes: list[Stroke] = []
    quiet, loud = pick(slot.patterns, rng), pick(slot.patterns, rng)
    for bar in _playing(sheet, slot):
        pattern = loud if bar.intensity >= 0.75 else quiet
        for step, length, force in _rhythm(bar, pattern, sheet.steps):
            strings = _strings(bar.chord_at(step / sheet.steps), slot)
            down = step % 4 != 2
            order = strings if down else tuple(reversed(strings[-4:]))
            for place, pitch in enumerate(order):
                softer = force * (1.0 if down else 0.85)
                strokes.append(_stroke(sheet, bar, step, length, pitch, softer, place))
    return strokes


def power(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Root, fifth and octave: held on accents, short on the strokes between."""
    strokes: list[Stroke] = []
    quiet, loud = pick(slot.patterns, rng), pick(slot.patterns, rng)
    for bar in _playing(sheet, slot):
        pattern = loud if bar.intensity >= 0.75 else quiet
        for step, length, force in _rhythm(bar, pattern, sheet.steps):
            one = bar.chord_at(step / sheet.steps)
            root = slot.low + (one.root - slot.low) % 12
            pitches = (root, nearest(one.fifth, root + 7), root + 12)
            for place, pitch in enumerate(pitches if force > 0.5 else pitches[:2]):
                sounding = length if force > 0.5 else 0.7 * length
                strokes.append(_stroke(sheet, bar, step, sounding, pitch, force, place))
    return strokes


def arpeggio(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Chords one tone at a time, in one figure for the whole song."""
    strokes: list[Stroke] = []
    pattern = pick(slot.patterns, rng)
    figure = ((0, 1, 2, 3), (0, 2, 1, 3), (0, 2, 3, 1), (3, 2, 1, 0))[int(rng.integers(4))]
    voicings = _voicings(sheet, slot, 4)
    for bar in _playing(sheet, slot):
        for count, (step, length, force) in enumerate(_rhythm(bar, pattern, sheet.steps)):
            voicing = _at(voicings, bar, step, sheet.steps)
            chosen = voicing if bar.final else (voicing[figure[count % 4]],)
            for place, pitch in enumerate(chosen):
                strokes.append(_stroke(sheet, bar, step, length, pitch, force, place))
    return strokes


def _rich(sheet: Sheet) -> bool:
    """Whether the song uses many sevenths and ninths."""
    counts = [len(one.tones) for bar in sheet.bars for one in bar.chords]
    return sum(counts) / len(counts) > 3.3


def _playing(sheet: Sheet, slot: Slot) -> list[Bar]:
    return [bar for bar in sheet.bars if bar.intensity >= slot.enters or bar.final]


def _rhythm(bar: Bar, pattern: str, steps: int) -> list[tuple[int, float, float]]:
    """The strokes of a bar. No stroke lasts into the next chord, and the last bar is one long
    chord."""
    if bar.final:
        return [(0, float(steps), 1.0)]
    span = steps // len(bar.chords)
    return [
        (step, min(length, span - step % span) * 0.95, force)
        for step, length, force in hits(pattern, steps)
    ]


def _voicings(sheet: Sheet, slot: Slot, voices: int) -> list[tuple[tuple[int, ...], ...]]:
    """For each bar, the voicing of each of its chords."""
    flat = [one for bar in sheet.bars for one in bar.chords]
    pitches = iter(voiced(flat, slot.low, slot.high, voices))
    return [tuple(next(pitches) for _ in bar.chords) for bar in sheet.bars]


def _at(
    voicings: list[tuple[tuple[int, ...], ...]], bar: Bar, step: int, steps: int
) -> tuple[int, ...]:
    mine = voicings[bar.index]
    return mine[min(step * len(mine) // steps, len(mine) - 1)]


def _strings(one: Chord, slot: Slot) -> tuple[int, ...]:
    """A guitar voicing: the root at the bottom, a fifth above it, then further tones of the
    chord."""
    root = slot.low + (one.root - slot.low) % 12
    pitches = [root, nearest(one.fifth, root + 7)]
    while len(pitches) < 6:
        above = min(pitches[-1] + 3 + (tone - pitches[-1] - 3) % 12 for tone in one.tones)
        if above > slot.high:
            break
        pitches.append(above)
    return tuple(pitches)


def _stroke(
    sheet: Sheet, bar: Bar, step: int, steps: float, pitch: int, force: float, spread: int = 0
) -> Stroke:
    beat = bar.index * sheet.beats + step / STEPS_A_BEAT
    return Stroke(beat, steps / STEPS_A_BEAT, pitch, force * (0.55 + 0.45 * bar.intensity), spread)
