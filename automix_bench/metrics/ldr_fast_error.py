"""How far off the punch is: 50 ms against 1 s."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.microdynamics import FAST, percentile_db
from automix_bench.dsp.plain_sounds import growing
from automix_bench.metric import Known, error_metric

__all__ = ["ldr_fast_error"]


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=20.0,
    perfect=0.0,
    step=0.2,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "clip"),
    source="after the loudness dynamic range of Skovenborg, Measures of microdynamics, AES "
    "convention 137 (2014); windows of DiffVox, Yu et al., DAFx 2025",
    known=(
        Known(
            "steady, 0 dB, and growing by 4 dB a second, k = 0.4 ln 10: "
            "-10 log10(44 / (44 + k) * (2.2 + k) / 2.2 * e^(-0.475 k))",
            lambda: (growing(0.0), growing(4.0)),
            0.4712,
            0.01,
        ),
        Known(
            "steady at two levels: 0 dB either",
            lambda: (growing(0.0), growing(0.0).scaled(0.5)),
            0.0,
            1e-4,
        ),
    ),
)
def ldr_fast_error(audio: Audio) -> float:
    """Absolute difference of loudness dynamic range over 1 s: how far attacks stand out.

        LDR = P95 of 10 log10(P_fast(t) / P_slow(t + lead))   | LDR(estimate) - LDR(reference) |

    P are exponential means of the power of all channels, 50 ms and 1 s from 10 to 90 %, the
    slow one read ahead by half the difference; no weighting, so bass counts in full; points every
    5 ms, those left out at which the slow level is 70 dB under the largest sample. Compression and
    limiting lower it, transient shaping raises it. `microdynamics_error` compares such curves point
    by point, channel by channel.

    Undefined (NaN) for a silent reference, and for audio shorter than half the slow window; a
    silent estimate gets the worst value.
    """
    return percentile_db(audio, FAST)
