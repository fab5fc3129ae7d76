"""Groups of tracks brought to the mean spectrum and loudness of released stems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import total
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.effects.gain import Gain
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.mixing_rules.roles import DRUMS
from automix_bench.mixing_rules.session import Session, Track
from automix_bench.mixing_rules.spectral_balance import BANDS_HZ, correction_db

_HZ = (50.0, 100.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 12_000.0, 16_000.0)

Bands = Float64[np.ndarray, " bands"]


@dataclass(frozen=True)
class Corpus:
    """Means over the stems of one class.

    Attributes:
        lufs: loudness.
        spectrum_db: the level of the magnitude spectrum at `_HZ`, at -30 LUFS.
    """

    lufs: float
    spectrum_db: tuple[float, ...]

    def bands_db(self) -> Bands:
        """The level of each third octave, up to a constant: a third octave is the wider, the higher
        it lies."""
        magnitude = np.interp(np.log2(BANDS_HZ), np.log2(_HZ), self.spectrum_db)
        bands: Bands = magnitude + 10.0 * np.log10(BANDS_HZ)
        return bands


MUSDB18 = {
    "vocals": Corpus(-30.7, (2.7, 7.4, 14.7, 16.1, 11.7, 4.3, -1.4, -8.0, -14.2, -24.5)),
    "drums": Corpus(-34.2, (27.9, 29.3, 20.6, 13.4, 6.1, 3.0, 3.4, -1.3, -5.7, -11.4)),
    "bass": Corpus(-29.7, (24.5, 27.7, 17.1, 2.8, -5.0, -8.9, -21.3, -38.9, -43.8, -44.2)),
    "other": Corpus(-31.2, (14.4, 16.6, 20.1, 16.6, 11.4, 8.6, 0.8, -15.5, -21.6, -28.0)),
}
"""Means of MUSDB18, from the features file of FxNorm-Automix (MIT licence)."""


def stem_class(role: str) -> str:
    """Which of the four classes of MUSDB18 a role belongs to; an unknown role is `other`."""
    if role in DRUMS:
        return "drums"
    return role if role in MUSDB18 else "other"


@dataclass(frozen=True)
class EffectNormalisation:
    """The tracks of each class of MUSDB18 together get the mean spectrum and loudness of the class.

    M. Martinez Ramirez et al., "Automatic music mixing with deep learning and out-of-domain data"
    (FxNorm-Automix), ISMIR 2022: stems are normalised to the means of a corpus before a network
    mixes them. Here they are summed as they are. Of the five steps equalisation and loudness are
    taken, as their published means are usable: those of dynamics and panning depend on onset
    detection and frames, and no impulse responses were published. A third-octave equaliser takes
    the place of the paper's filter, and half of the published correction is made.

    All tracks of a class share one equaliser and one gain, so their balance stays.
    """

    share: float = 0.5
    most_db: float = 6.0

    def __call__(self, session: Session) -> Session:
        by_class: dict[str, list[Track]] = {}
        for track in session.audible:
            by_class.setdefault(stem_class(track.role), []).append(track)
        for name, tracks in by_class.items():
            session = session.with_tracks(self._normalised(tracks, MUSDB18[name]))
        return session

    def _normalised(self, tracks: list[Track], corpus: Corpus) -> Iterable[Track]:
        together = total(track.audio for track in tracks)
        gains = correction_db(together, corpus.bands_db(), self.share, self.most_db)
        equalised = [track.through(GraphicEQ(tuple(map(float, gains)))) for track in tracks]
        lufs = or_nan(integrated_lufs, total(track.audio for track in equalised))
        if not isfinite(lufs):
            return tracks
        level = Gain(float(np.clip(corpus.lufs - lufs, -60.0, 60.0)))
        return [track.through(level) for track in equalised]
