"""Turn a score into a performance: swing, timing errors, accents, strums; beats become seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from automix_bench.music.composer.genre import Genre
from automix_bench.music.composer.playing import Stroke
from automix_bench.music.synth.play_part import Bend, Note

# The usual offset of a role from the beat, in ms; above 0 is late.
# Bowed notes sound late, so they begin early.
_LEAN_MS = {"kick": 0.0, "snare": 4.0, "hihat": -2.0, "bass": 5.0, "lead": 8.0, "strings": -25.0}
# The time from one string of a strum to the next, in ms.
_STRUM_MS = 11.0

_VELOCITY_LOW, _VELOCITY_HIGH = 22.0, 120.0


@dataclass(frozen=True)
class Clock:
    """The times of the beats, the same for the whole band.

    Attributes:
        tempo_bpm: quarter notes a minute.
        swing, swung_beats: as in `Genre`.
        drift_ms: how far the band drifts ahead and behind over half a minute.
        phase: the phase at which the drift begins, in radians.
    """

    tempo_bpm: float
    swing: float
    swung_beats: float
    drift_ms: float
    phase: float

    def seconds(self, beats: np.ndarray) -> np.ndarray:
        """The time of each beat, with swing and drift; beat 0 is at 0."""
        whole, part = np.divmod(beats / self.swung_beats, 1.0)
        early = part * 2.0 * self.swing
        late = self.swing + (part - 0.5) * 2.0 * (1.0 - self.swing)
        swung = (whole + np.where(part < 0.5, early, late)) * self.swung_beats
        straight = swung * 60.0 / self.tempo_bpm
        stray = np.sin(straight * 2.0 * np.pi / 31.0 + self.phase) - np.sin(self.phase)
        return np.asarray(straight + 1e-3 * self.drift_ms * stray)


def perform(
    strokes: Sequence[Stroke], role: str, genre: Genre, clock: Clock, rng: np.random.Generator
) -> tuple[Note, ...]:
    """Strokes as notes, in order of time, without repeats.

    Strokes on one beat share their timing error, because one player plays them.
    """
    unique = list({(stroke.beat, stroke.pitch): stroke for stroke in strokes}.values())
    beats = np.array([stroke.beat for stroke in unique])
    lengths = np.array([stroke.beats for stroke in unique])
    forces = np.array([stroke.force for stroke in unique])
    spreads = np.array([stroke.spread for stroke in unique])
    pitches = [stroke.pitch for stroke in unique]

    moments, which = np.unique(beats, return_inverse=True)
    human = genre.looseness_ms > 0.0
    lean = _LEAN_MS.get(role, 0.0) * human
    error = rng.normal(0.0, 1.0, len(moments)) * genre.looseness_ms + lean
    strum = spreads * _STRUM_MS * rng.uniform(0.6, 1.3, len(moments))[which]
    starts = clock.seconds(beats) + 1e-3 * (error[which] + strum)
    starts = np.maximum(starts, 0.0)
    ends = np.maximum(clock.seconds(beats + lengths), starts + 0.03)

    # Velocities: the pattern's accents, an error per beat, and a smaller error per note.
    chance = rng.normal(0.0, 1.0, len(moments))[which] * (0.05 if human else 0.015)
    forces = np.clip(forces + chance + rng.normal(0.0, 0.02, len(unique)), 0.0, 1.0)
    velocities = np.rint(_VELOCITY_LOW + (_VELOCITY_HIGH - _VELOCITY_LOW) * forces)
    # Rounded to the microsecond, so the score does not depend on the platform's sine function.
    notes = [
        Note(round(float(start), 6), round(float(end - start), 6), pitch, int(velocity))
        for start, end, pitch, velocity in zip(starts, ends, pitches, velocities, strict=True)
    ]
    return tuple(sorted(notes, key=lambda note: (note.start_seconds, note.pitch)))


def scoops(notes: Sequence[Note], rng: np.random.Generator) -> tuple[Bend, ...]:
    """Pitch bends that slide into some long notes of a tune, from up to a semitone and a half
    below."""
    bends: list[Bend] = []
    drawn = rng.random((len(notes), 2))
    for note, (whether, depth) in zip(notes, drawn, strict=True):
        if note.duration_seconds < 0.35 or whether > 0.35:
            continue
        start = -int(2048 + depth * 4096)
        for step in range(8):
            when = round(note.start_seconds + 0.012 * step, 6)
            bends.append(Bend(when, round(start * (1.0 - step / 7.0))))
    return tuple(bends)
