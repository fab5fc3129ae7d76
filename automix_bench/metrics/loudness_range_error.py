"""Error of the loudness range."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import loudness_range_lu, or_nan
from automix_bench.dsp.peers import loudness
from automix_bench.dsp.plain_sounds import softer_half, tone
from automix_bench.metric import Known, error_metric

__all__ = ["loudness_range_error"]


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    source="EBU Tech 3342 (2023)",
    known=(
        Known(
            "a tone, and one that falls by 20 log10 2 dB half-way",
            lambda: (tone(0.1, 0.1, seconds=20.0), softer_half(0.5, seconds=20.0)),
            6.0206,
            1e-3,
        ),
    ),
    peers=(loudness.libebur128_peer(loudness.range_lu, within=0.2),),
)
def loudness_range_error(audio: Audio) -> float:
    """Absolute difference of loudness range, the distance from soft to loud passages.

        LRA = P95 - P10 of short-term loudness      | LRA(estimate) - LRA(reference) |

    Windows of 3 s begin every 100 ms. Windows under -70 LUFS, and those more than 20 LU under the
    mean power, are left out. libebur128 takes one window a second. The measure is meant for whole
    programmes: for less than half a minute it says little, for less than 3 s nothing.

    Undefined (NaN) for a reference of which no 3 s pass the gate at -70 LUFS, such as silence, and
    for audio shorter than 3 s, of more than 6 channels (5.1) or under 4 kHz. An estimate under that
    gate gets the worst value.
    """
    return or_nan(loudness_range_lu, audio)
