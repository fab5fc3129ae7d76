"""The bus: gentle compression of the sum, and the loudness of the mix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import peak
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.mixing_rules.compression import ballistics_ms, dynamics
from automix_bench.mixing_rules.session import Session


@dataclass(frozen=True)
class BusGlue:
    """A compressor over the sum: a low ratio, a threshold at its RMS, ballistics from its crest.

    The ballistics are those of Giannoulis et al. (`compression.ballistics_ms`), but no faster than
    10 ms, so that transients pass. A ratio of 2 or less on the bus is the advice that P. Pestana
    and J. Reiss collected ("Intelligent audio production strategies informed by best practices",
    AES 53rd conference, 2014).
    """

    ratio: float = 2.0
    above_db: float = 0.0

    def __call__(self, session: Session) -> Session:
        mix = session.mix
        if not peak(mix) > 0.0:
            return session
        signal = dynamics(mix)
        attack, release = ballistics_ms(signal.crest)
        return session.on_bus(
            Compressor(
                threshold_db=float(np.clip(signal.rms_db + self.above_db, -80.0, 0.0)),
                ratio=self.ratio,
                knee_db=6.0,
                attack_ms=max(attack, 10.0),
                release_ms=max(release, 50.0),
                makeup_db=0.0,
            )
        )


def at_loudness(session: Session, target_lufs: float) -> Session:
    """A gain at the end of the bus that brings the mix to a loudness, to 0.001 LU (ITU-R
    BS.1770-5). A mix without a loudness stays as it is."""
    mix = session.mix
    if not np.isfinite(or_nan(integrated_lufs, mix)):
        return session
    return session.on_bus(Gain(gain_to_db(mix, target_lufs)))
