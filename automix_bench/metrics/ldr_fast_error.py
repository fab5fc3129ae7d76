"""Absolute difference of loudness dynamic range over 1 s: how far attacks stand out.

    LDR = P95 of 10 log10(P_fast(t) / P_slow(t + lead))   | LDR(estimate) - LDR(reference) |

P_fast and P_slow are exponential means of the power of all channels, with times of 50 ms and 1 s
from 10 to 90 %. P_slow is read ahead by half the difference of the two times. There is no
weighting, so bass counts in full. There is a point every 5 ms; points are left out where P_slow is
70 dB under the largest sample. Compression and limiting lower the value, transient shaping raises
it. `microdynamics_error` compares such curves point by point, channel by channel.

Undefined (NaN) for a silent reference, and for audio shorter than half the slow time; a silent
estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.dynamics.microdynamics import FAST
from automix_bench.dsp.families.loudness_dynamic_range import ldr_metric
from automix_bench.dsp.plain_sounds import growing
from automix_bench.metric import Known

__all__ = ["ldr_fast_error"]

ldr_fast_error = ldr_metric(
    __name__,
    __doc__,
    FAST,
    sees=("noise", "clip"),
    growth=Known(
        "steady, 0 dB, and growing by 4 dB a second, k = 0.4 ln 10: "
        "-10 log10(44 / (44 + k) * (2.2 + k) / 2.2 * e^(-0.475 k))",
        lambda: (growing(0.0), growing(4.0)),
        0.4712,
        within=0.01,
    ),
)
