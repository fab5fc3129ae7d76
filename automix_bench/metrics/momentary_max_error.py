"""How far off the loudest moment is."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.tones import tone
from automix_bench.loudness import BLOCK_SECONDS, momentary_max_lufs
from automix_bench.metric import Known, Peer, error_metric

__all__ = ["momentary_max_error"]


def _libebur128(*, reference: Audio, estimate: Audio) -> float:
    """Asked every 10 ms; nothing of it is asked before a window is full."""
    import pyebur128

    read = []
    for audio in (reference, estimate):
        meter = pyebur128.R128State(audio.channels, audio.rate, pyebur128.MeasurementMode.MODE_M)
        frames, step = np.ascontiguousarray(audio.samples.T), audio.rate // 100
        found = [-math.inf]
        for start in range(0, audio.length - step + 1, step):
            meter.add_frames(frames[start : start + step].ravel(), step)
            if start + step >= BLOCK_SECONDS * audio.rate:
                found.append(float(pyebur128.get_loudness_momentary(meter)))
        read.append(max(found))
    return abs(read[0] - read[1])


def _begun(seconds: float) -> Audio:
    """A tone of 4 s of which only the first seconds are left."""
    whole = tone(0.1, 0.1, seconds=4.0)
    return whole.with_samples(whole.samples * (np.arange(whole.length) < seconds * whole.rate))


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=70.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "level"),
    source="EBU Tech 3341 (2023), of windows of 0.4 s every 10 ms",
    known=(
        Known(
            "twice the amplitude: 20 log10 2 LU",
            lambda: (tone(0.1, 0.1, seconds=4.0), tone(0.2, 0.2, seconds=4.0)),
            6.0206,
            1e-3,
        ),
        Known(
            "0.5 s of tone, then nothing: the loudest 0.4 s is that of the whole tone",
            lambda: (tone(0.1, 0.1, seconds=4.0), _begun(0.5)),
            0.0,
            0.01,
        ),
    ),
    peers=(Peer("libebur128 (pyebur128)", ("pyebur128",), _libebur128, 0.01),),
)
def momentary_max_error(audio: Audio) -> float:
    """Absolute difference of the loudest 0.4 seconds.

        | max LUFS_M(estimate) - max LUFS_M(reference) |

    K-weighted as integrated loudness, over windows of 0.4 s without a gate. It hangs on the
    loudest stretch of each, which need not be the same one: that the rest is off is not seen.

    Undefined (NaN) for a silent reference and for audio shorter than one window; a silent estimate
    gets the worst value.

    Raises:
        ValueError: the audio has more than 5 channels, or a rate under 4 kHz.
    """
    return math.nan if audio.seconds < BLOCK_SECONDS else momentary_max_lufs(audio)
