"""Error of the correlation between left and right."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import side_by_side, tone
from automix_bench.metric import Known, Peer, error_metric

__all__ = ["correlation_error"]


def _by_numpy(*, reference: Audio, estimate: Audio) -> float:
    """By `numpy.corrcoef`, which subtracts the means first: a very small difference in music."""
    return float(abs(np.corrcoef(estimate.samples)[0, 1] - np.corrcoef(reference.samples)[0, 1]))


@error_metric(
    unit="1",
    better="lower",
    low=0.0,
    high=2.0,
    perfect=0.0,
    step=0.05,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    sees=("noise", "reverb", "width"),
    source="the correlation coefficient that a correlation meter shows, over the whole sound",
    known=(
        Known(
            "one channel turned over: 1 to -1", lambda: (tone(0.3, 0.2), tone(0.3, -0.2)), 2.0, 1e-6
        ),
        Known("one channel muted: 1 to 0", lambda: (tone(0.3, 0.2), tone(0.3, 0.0)), 1.0, 1e-6),
        Known(
            "two tones at a right angle: 1 to 0",
            lambda: (tone(0.3, 0.3), side_by_side(tone(0.3), tone(0.3, hz=2_000.0))),
            1.0,
            1e-4,
        ),
    ),
    peers=(Peer("numpy.corrcoef", ("numpy",), _by_numpy, 0.01),),
)
def correlation_error(audio: Audio) -> float:
    """Absolute difference of the correlation between the channels.

        rho = sum L R / sqrt(sum L^2 sum R^2)        | rho(estimate) - rho(reference) |

    rho is 1 for two channels that are equal but for a gain, 0 for unrelated channels, and -1 if one
    channel is the other with reversed polarity. Below 0, a sum to mono loses more than it keeps.
    Means are not removed. With one channel silent, rho is 0. Low frequencies decide the value, as
    they have most of the power.

    Undefined (NaN) for a reference that is silent or not of two channels; a silent estimate gets
    the worst value.
    """
    if audio.channels != 2 or not audio.samples.any():
        return math.nan
    left, right = audio.samples
    powers = (float(np.sum(np.square(one, dtype=np.float64))) for one in (left, right))
    product = float(np.sum(np.multiply(left, right, dtype=np.float64)))
    norm = math.prod(map(math.sqrt, powers))
    return min(max(product / norm, -1.0), 1.0) if norm > 0.0 else 0.0
