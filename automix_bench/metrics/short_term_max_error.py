"""How far off the loudest three seconds are."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import SHORT_TERM_SECONDS, short_term_max_lufs
from automix_bench.dsp.peers import loudness
from automix_bench.dsp.plain_sounds import begun, tone
from automix_bench.metric import Known, error_metric

__all__ = ["short_term_max_error"]


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=70.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "clip", "level"),
    source="EBU Tech 3341 (2023), of windows of 3 s every 10 ms",
    known=(
        Known(
            "twice the amplitude: 20 log10 2 LU",
            lambda: (tone(0.1, 0.1, seconds=4.0), tone(0.2, 0.2, seconds=4.0)),
            6.0206,
            1e-3,
        ),
        Known(
            "0.75 s of tone, then nothing: a quarter of 3 s, 10 log10 4 LU",
            lambda: (tone(0.1, 0.1, seconds=4.0), begun(0.75)),
            6.0206,
            0.01,
        ),
    ),
    peers=(loudness.libebur128_peer(loudness.short_term_max_lufs, within=0.01),),
)
def short_term_max_error(audio: Audio) -> float:
    """Absolute difference of the loudest 3 seconds.

        | max LUFS_S(estimate) - max LUFS_S(reference) |

    K-weighted as integrated loudness, over windows of 3 s without a gate. It hangs on the
    loudest stretch of each, which need not be the same one: that the rest is off is not seen.

    Undefined (NaN) for a silent reference and for audio shorter than one window; a silent estimate
    gets the worst value.

    Raises:
        ValueError: the audio has more than 5 channels, or a rate under 4 kHz.
    """
    return math.nan if audio.seconds < SHORT_TERM_SECONDS else short_term_max_lufs(audio)
