"""The bus makes the mix sound like a reference: spectrum, width, loudness."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.spectra.long_term import long_term_powers
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.mixing_rules.bus_glue import at_loudness
from automix_bench.mixing_rules.mix_quality import band_levels_db
from automix_bench.mixing_rules.session import Session
from automix_bench.mixing_rules.spectral_balance import BANDS_HZ, correction_db

NARROW = 1e-4
"""A side of so little power beside the middle counts as none: -40 dB."""


@dataclass(frozen=True)
class SpectrumMatch:
    """An equaliser, a width and a gain on the bus, set from a reference.

    The long-term spectrum is matched in third octaves, smoothed over an octave, then the power of
    the side against that of the middle, then the integrated loudness. Matching of this kind is the
    baseline of C. Steinmetz, N. Bryan and J. Reiss, "Style transfer of audio effects with
    differentiable signal processing", J. Audio Eng. Soc. 70(9), 2022.

    Attributes:
        most_db: the largest gain of a band, either way.
        widest: the largest change of width, as a factor either way.
    """

    most_db: float = 12.0
    widest: float = 2.0

    def __call__(self, session: Session, reference: Audio) -> Session:
        if not session.audible or not np.any(reference.samples):
            return session
        target = np.full(BANDS_HZ.size, -200.0)
        target[1:] = np.maximum(band_levels_db(reference), -200.0)
        gains = correction_db(session.mix, target, 1.0, self.most_db)
        session = session.on_bus(GraphicEQ(tuple(float(gain) for gain in gains)))
        if session.channels == reference.channels == 2:
            target_share, share = side_share(reference), side_share(session.mix)
            if share > NARROW:
                width = math.sqrt(max(target_share, NARROW) / share)
                limited = float(np.clip(width, 1.0 / self.widest, self.widest))
                session = session.on_bus(StereoWidth(limited))
        loudness = or_nan(integrated_lufs, reference)
        return at_loudness(session, loudness) if np.isfinite(loudness) else session


def side_share(audio: Audio) -> float:
    """The power of the side over that of the middle; 0 for silence."""
    middle, side = long_term_powers(audio).sum(axis=1).tolist()
    return side / middle if middle > 0.0 else 0.0
