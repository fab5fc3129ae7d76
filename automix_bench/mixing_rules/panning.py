"""Low tracks stay in the middle, the others spread to the sides."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.long_term import third_octave_centres, third_octave_powers
from automix_bench.effects.pan import Pan
from automix_bench.mixing_rules.roles import CENTRED
from automix_bench.mixing_rules.session import Session, Track
from automix_bench.mixing_rules.track_roles import told_side

MONO_SIDE_DB = -30.0
"""A track is a mono recording if its side lies so far under its middle."""

SIDES = {"left": -1.0, "right": 1.0}


def centroid_hz(audio: Audio) -> float:
    """The centre of a sound's power over the logarithm of frequency, in Hz; NaN for silence."""
    powers, centres = third_octave_powers(audio), third_octave_centres(audio.rate)
    if not powers.sum() > 0.0:
        return math.nan
    return float(2.0 ** (np.sum(powers * np.log2(centres)) / powers.sum()))


def is_mono(audio: Audio) -> bool:
    """Whether both channels hold the same sound, nearly."""
    if audio.channels != 2:
        return audio.channels == 1
    left, right = audio.samples.astype(np.float64)
    middle, side = float(np.sum((left + right) ** 2)), float(np.sum((left - right) ** 2))
    return bool(side <= middle * 10.0 ** (MONO_SIDE_DB / 10.0))


@dataclass(frozen=True)
class Panning:
    """Spread the mono tracks.

        width = most clip(log2(c / low_hz) / log2(high_hz / low_hz), 0, 1)

    c is the track's spectral centroid. Tracks below `low_hz` and those that belong in the middle
    (kick, snare, bass, leads) stay there. The others are taken in the order of their centroid, and
    in each octave they go to either side in turn, so that no two neighbours of one band are on one
    side. The first of an octave goes to the side that has less so far. A stereo recording keeps its
    own places. A pair of tracks whose names end in `left` and `right` is put to these sides.

    The rules are those of E. Perez-Gonzalez and J. Reiss, "A real-time semiautonomous audio panning
    system for music mixing", EURASIP J. Adv. Signal Process. 2010 (low sources in the
    middle, sources of one band apart, both sides balanced), and of S. Mansbridge, S. Finn and J.
    Reiss, "An autonomous system for multitrack stereo pan positioning", AES 133, 2012 (the higher,
    the wider).

    Attributes:
        most: the widest place, 1 being the end.
        low_hz: up to here tracks stay in the middle.
        high_hz: from here on tracks are at the widest place.
    """

    most: float = 0.6
    low_hz: float = 200.0
    high_hz: float = 6_000.0

    def __call__(self, session: Session) -> Session:
        if session.channels != 2:
            return session
        centroids = {t.name: centroid_hz(t.audio) for t in session.audible}
        moved = [
            track
            for track in sorted(session.audible, key=lambda t: (centroids[t.name], t.name))
            if self._may_move(track, centroids[track.name])
        ]
        pairs = [track for track in session.audible if self._side(track)]
        placed = [track.through(Pan(self._side(track))) for track in pairs]
        lean, side, octave = 0.0, 1.0, None
        for track in moved:
            hz = centroids[track.name]
            if octave != (octave := math.floor(math.log2(hz))):
                side = -1.0 if lean > 0.0 else 1.0
            pan = side * self._width(hz)
            lean, side = lean + pan, -side
            placed.append(track.through(Pan(pan)))
        return session.with_tracks(placed)

    @staticmethod
    def _side(track: Track) -> float:
        """-1 or 1 for one of a pair, else 0."""
        last = track.name.rpartition("-")[2]
        if track.role == "overhead" and last not in SIDES:
            last = told_side(track.name)
        side = SIDES.get(last, 0.0)
        return side if is_mono(track.audio) else 0.0

    def _may_move(self, track: Track, hz: float) -> bool:
        if self._side(track):
            return False
        return track.role not in CENTRED and hz > self.low_hz and is_mono(track.audio)

    def _width(self, hz: float) -> float:
        reach = math.log2(hz / self.low_hz) / math.log2(self.high_hz / self.low_hz)
        return self.most * min(max(reach, 0.0), 1.0)
