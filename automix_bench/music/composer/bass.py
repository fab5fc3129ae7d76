"""Bass lines that follow the bass drum and lead from chord to chord."""

from __future__ import annotations

import numpy as np

from automix_bench.music.composer.form import Bar
from automix_bench.music.composer.harmony import nearest
from automix_bench.music.composer.playing import STEPS_A_BEAT, Sheet, Slot, Stroke, hits, pick


def locked(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Roots with the bass drum, sometimes a fifth or an octave, and a step into the next chord."""
    strokes: list[Stroke] = []
    for bar in _playing(sheet, slot):
        steps = sorted({0, *sheet.kick[bar.index]})
        if bar.final:
            steps = [0]
        ends = [*steps[1:], sheet.steps]
        for place, (step, end) in enumerate(zip(steps, ends, strict=True)):
            root = _low(bar.chord_at(step / sheet.steps).root, slot)
            pitch = root
            if place and rng.random() < 0.25:
                pitch = _within(root + (12 if rng.random() < 0.5 else 7), slot)
            if place and end == sheet.steps and rng.random() < 0.5:
                pitch = _approach(sheet, bar, root, slot)
            force = 0.95 if step % 8 == 0 else 0.8
            strokes.append(_stroke(sheet, bar, step, 0.9 * (end - step), pitch, force))
    return strokes


def patterned(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """A separate rhythm: accents and strokes on the root, ghosts (`o`) an octave above. The last
    stroke before a new chord leads into it."""
    strokes: list[Stroke] = []
    quiet, loud = pick(slot.patterns, rng), pick(slot.patterns, rng)
    for bar in _playing(sheet, slot):
        pattern = loud if bar.intensity >= 0.75 else quiet
        played = list(hits("X" + "-" * 15 if bar.final else pattern, sheet.steps))
        for place, (step, length, force) in enumerate(played):
            root = _low(bar.chord_at(step / sheet.steps).root, slot)
            pitch = _within(root + 12, slot) if force < 0.5 else root
            leading = place == len(played) - 1 and place > 1
            if leading and rng.random() < 0.4:
                pitch = _approach(sheet, bar, root, slot)
            strokes.append(_stroke(sheet, bar, step, length * 0.9, pitch, max(force, 0.7)))
    return strokes


def walking(sheet: Sheet, slot: Slot, rng: np.random.Generator) -> list[Stroke]:
    """Quarter notes: the root, chord tones and scale tones, and a half step into the next root."""
    strokes: list[Stroke] = []
    before = _low(sheet.bars[0].chords[0].root, slot)
    for bar in _playing(sheet, slot):
        for beat in range(1 if bar.final else sheet.beats):
            chord = bar.chord_at(beat / sheet.beats)
            turn = max(1, sheet.beats // len(bar.chords))
            if beat % turn == 0:
                pitch = _within(nearest(chord.root, before), slot)
            elif beat == sheet.beats - 1:
                pitch = _approach(sheet, bar, before, slot)
            else:
                tones = chord.tones if beat % 2 == 0 else (*chord.tones, *sheet.scale)
                options = {
                    _within(nearest(tone, before + shift), slot)
                    for tone in tones
                    for shift in (-3, 3)
                } - {before}
                ranked = sorted(options, key=lambda option: (abs(option - before), option))
                pitch = ranked[int(rng.integers(min(4, len(ranked))))]
            length = 3.6 * sheet.beats if bar.final else 3.7
            force = 0.85 if beat % 2 == 0 else 0.95
            strokes.append(_stroke(sheet, bar, beat * STEPS_A_BEAT, length, pitch, force))
            before = pitch
    return strokes


def _playing(sheet: Sheet, slot: Slot) -> list[Bar]:
    return [bar for bar in sheet.bars if bar.intensity >= slot.enters or bar.final]


def _stroke(sheet: Sheet, bar: Bar, step: int, steps: float, pitch: int, force: float) -> Stroke:
    beat = bar.index * sheet.beats + step / STEPS_A_BEAT
    return Stroke(beat, steps / STEPS_A_BEAT, pitch, force * (0.7 + 0.3 * bar.intensity))


def _low(pitch_class: int, slot: Slot) -> int:
    """The lowest pitch of that class in the range."""
    return slot.low + (pitch_class - slot.low) % 12


def _within(pitch: int, slot: Slot) -> int:
    while pitch > slot.high:
        pitch -= 12
    while pitch < slot.low:
        pitch += 12
    return pitch


def _approach(sheet: Sheet, bar: Bar, here: int, slot: Slot) -> int:
    """A tone next to the root of the next bar, on the side of the current pitch. If the root stays
    the same, its fifth."""
    following = sheet.bars[min(bar.index + 1, len(sheet.bars) - 1)].chords[0]
    target = _within(nearest(following.root, here), slot)
    if target == here:
        return _within(nearest(following.fifth, here - 5), slot)
    return _within(target + (1 if here > target else -1), slot)
