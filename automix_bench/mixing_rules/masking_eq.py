"""A track gives way where it is not essential and another one is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from automix_bench.dsp.spectra.long_term import third_octave_centres, third_octave_powers
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.mixing_rules.session import Levels, Session, Track

OCTAVES_HZ = tuple(31.5 * 2.0**n for n in range(10))
"""The centres of ten octaves, 31.5 Hz to 16 kHz."""

SILENT_DB = -200.0

Spectrum = Float64[np.ndarray, " octaves"]


@dataclass(frozen=True)
class MaskingEQ:
    """Cut a track in the octaves in which it masks others and has little to lose.

        M(m, k, b) = X_m(b) - X_k(b)  where rank_m(b) > essential and rank_k(b) <= essential
        cut_m(b) = share min(max over k of M, most_db)

    X_m(b) is the level of track m in octave b, in dB, at the loudness that it is meant to have, and
    rank_m(b) the place of the octave among those of the track, the strongest first. A bell of one
    octave makes the cut.

    S. Hafezi and J. Reiss, "Autonomous multitrack equalization based on masking reduction", J.
    Audio Eng. Soc. 63(5), 2015: masking counts where a band is essential to the masked track
    and not to the masker. There, filters follow the signal in time; here the long-term spectrum
    decides. The numbers are ours.

    Attributes:
        essential: how many octaves of a track are essential to it.
        most_db: masking beyond counts no more.
        share: the part of the masking that is cut.
        filters: how many octaves of a track are cut at most, the largest cuts first.
    """

    essential: int = 4
    most_db: float = 12.0
    share: float = 0.25
    filters: int = 3

    def __call__(self, session: Session, offsets_lu: Levels | None = None) -> Session:
        tracks, offsets = session.audible, offsets_lu or {}
        if len(tracks) < 2:
            return session
        levels = np.stack(
            [octave_levels_db(t) - t.loudness_lufs + offsets.get(t.name, 0.0) for t in tracks]
        )
        ranks = np.argsort(np.argsort(-levels, axis=1, kind="stable"), axis=1, kind="stable")
        essential = ranks < self.essential
        return session.with_tracks(
            track.through(*self._cuts(number, levels, essential))
            for number, track in enumerate(tracks)
        )

    def _cuts(
        self,
        masker: int,
        levels: Float64[np.ndarray, "tracks octaves"],
        essential: np.ndarray,
    ) -> tuple[PeakingEQ, ...]:
        others = [n for n in range(len(levels)) if n != masker]
        masking = np.where(essential[others], levels[masker] - levels[others], 0.0).max(axis=0)
        masking = np.where(essential[masker] | (levels[masker] <= SILENT_DB), 0.0, masking)
        cuts = self.share * np.clip(masking, 0.0, self.most_db)
        largest = sorted(np.argsort(-cuts, kind="stable")[: self.filters])
        return tuple(
            PeakingEQ(OCTAVES_HZ[n], -float(cuts[n]), 2.0**0.5) for n in largest if cuts[n] >= 0.5
        )


def octave_levels_db(track: Track) -> Spectrum:
    """The power of a track in each octave, in dB in no fixed unit; `SILENT_DB` at most where it has
    none, and above half its rate."""
    powers, centres = third_octave_powers(track.audio), third_octave_centres(track.audio.rate)
    levels = np.full(len(OCTAVES_HZ), SILENT_DB)
    for number, hz in enumerate(OCTAVES_HZ):
        inside = np.abs(np.log2(centres / hz)) < 0.5
        power = float(powers[inside].sum())
        if power > 0.0 and hz * 2.0**0.5 < track.audio.rate / 2.0:
            levels[number] = 10.0 * np.log10(power)
    return levels
