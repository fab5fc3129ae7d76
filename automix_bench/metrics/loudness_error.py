"""Error of the integrated loudness."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import BLOCK_SECONDS, integrated_lufs, or_nan
from automix_bench.dsp.peers import loudness
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, Peer, error_metric

__all__ = ["loudness_error"]


def _pyloudnorm(*, reference: Audio, estimate: Audio) -> float:
    import pyloudnorm

    meter = pyloudnorm.Meter(reference.rate, filter_class="DeMan", block_size=BLOCK_SECONDS)
    read = [float(meter.integrated_loudness(one.samples.T)) for one in (reference, estimate)]
    return abs(read[0] - read[1])


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=70.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "level"),
    source="ITU-R BS.1770-5, annex 1",
    known=(
        Known(
            "twice the amplitude: 20 log10 2 LU",
            lambda: (tone(0.1, 0.1), tone(0.2, 0.2)),
            6.0206,
            1e-3,
        ),
        Known(
            "one of two like channels muted: 10 log10 2 LU",
            lambda: (tone(0.1, 0.1), tone(0.1, 0.0)),
            3.0103,
            1e-3,
        ),
        Known(
            "an estimate under the gate: the worst value",
            lambda: (tone(0.1, 0.1), tone(1e-5, 1e-5)),
            70.0,
            0.0,
        ),
    ),
    peers=(
        loudness.libebur128_peer(loudness.integrated_lufs, within=0.01),
        Peer("pyloudnorm with De Man's filter", ("pyloudnorm",), _pyloudnorm, 0.01),
    ),
)
def loudness_error(audio: Audio) -> float:
    """Absolute difference of integrated loudness.

        | LUFS(estimate) - LUFS(reference) |

    Loudness is K-weighted, gated at -70 LUFS and at 10 LU below the mean, and adds the powers of
    the channels: one number for all of them. Spectrum, stereo image and timing matter only through
    the weighting and the gates.

    Undefined (NaN) for a reference that does not pass the gate at -70 LUFS, such as silence, and
    for audio shorter than one block of 0.4 s, of more than 6 channels (5.1) or under 4 kHz. An
    estimate under that gate gets the worst value.
    """
    return or_nan(integrated_lufs, audio)
