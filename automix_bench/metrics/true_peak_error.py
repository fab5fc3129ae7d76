"""Error of the true peak."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import true_peak_dbtp
from automix_bench.dsp.peers import loudness
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["true_peak_error"]


def _between_samples() -> tuple[Audio, Audio]:
    """A quarter of the rate, at 0 and at 45 degrees: the latter has no sample at its crests."""
    index = np.arange(48_000)
    swell = 0.5 * np.sin(np.pi * index / index.size) ** 2
    waves = [swell * np.sin(np.pi * (index / 2.0 + phase)) for phase in (0.0, 0.25)]
    on, between = (Audio(wave[np.newaxis].astype(np.float32), 48_000) for wave in waves)
    return on, between


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.2,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "clip", "level"),
    source="ITU-R BS.1770-5, annex 2",
    known=(
        Known(
            "twice the amplitude: 20 log10 2 dB",
            lambda: (tone(0.1, 0.1), tone(0.2, 0.2)),
            6.0206,
            1e-3,
        ),
        Known(
            "crests on samples and crests between them, where samples read 3.01 dB less",
            _between_samples,
            0.0,
            0.02,
        ),
    ),
    peers=(loudness.libebur128_peer(loudness.true_peak_dbtp, within=0.5),),
)
def true_peak_error(audio: Audio) -> float:
    """Absolute difference of true peak.

        | dBTP(estimate) - dBTP(reference) |

    The true peak is the largest absolute value, over all channels, of the signal at four times its
    rate (twice from 96 kHz on). A converter or a lossy codec meets such peaks between the samples.
    The value depends on one moment of each sound and says nothing of the rest. Peaks of music read
    within 0.03 dB of 32 times oversampling; libebur128, whose filter has 49 taps, reads up to 0.4
    dB low on clipped music.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    return true_peak_dbtp(audio)
