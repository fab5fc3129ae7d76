"""Tracks that carry nothing low are cut below what they play."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.dsp.spectra.long_term import third_octave_centres, third_octave_powers
from automix_bench.effects.high_pass import HighPass
from automix_bench.mixing_rules.roles import LOW
from automix_bench.mixing_rules.session import Session, Track


@dataclass(frozen=True)
class LowCut:
    """A high pass for every track but kick and bass.

        f = min(most_hz, lowest / 2^(1/2))

    `lowest` is the lowest third octave of the track within `floor_db` of its strongest one. The
    filter has 12 dB an octave. To cut what a track does not need is one of the practices in P.
    Pestana and J. Reiss, "Intelligent audio production strategies informed by best practices", AES
    53rd conference, 2014. The numbers are ours.

    Attributes:
        floor_db: below this, relative to its strongest third octave, a track has nothing to lose.
        most_hz: the highest frequency of the filter.
    """

    floor_db: float = -25.0
    most_hz: float = 200.0
    least_hz: float = 30.0

    def __call__(self, session: Session) -> Session:
        return session.with_tracks(
            self._cut(track) for track in session.audible if track.role not in LOW
        )

    def _cut(self, track: Track) -> Track:
        powers, centres = third_octave_powers(track.audio), third_octave_centres(track.audio.rate)
        strong = np.flatnonzero(powers >= powers.max() * 10.0 ** (self.floor_db / 10.0))
        hz = min(self.most_hz, float(centres[strong[0]]) / 2.0**0.5)
        if hz < self.least_hz or hz >= track.audio.rate / 4.0:
            return track
        return track.through(HighPass(hz, "2"))
