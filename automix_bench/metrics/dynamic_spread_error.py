"""Error of the spread of levels around their mean."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import softer_half, tone
from automix_bench.metric import Known, error_metric

__all__ = ["dynamic_spread_error"]

_STEP_SECONDS = 0.01
_STEPS_A_BLOCK = 5
_GATE_DB = 60.0


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=30.0,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "clip", "compression", "width"),
    source="dynamic spread (p = 1) of Vickers, Automatic long-term loudness and dynamics matching, "
    "AES convention 111 (2001), a feature of Ma et al., Intelligent multitrack dynamic range "
    "compression, JAES 63(6), 2015; in blocks, with a gate",
    known=(
        Known(
            "a tone, 0 dB, and one that falls by 20 dB half-way: 10 dB to either side of the mean",
            lambda: (tone(0.1, 0.1, seconds=10.0), softer_half(0.1, seconds=10.0)),
            10.0,
            0.05,
        ),
        Known(
            "silence has no level: the spread of what is left of the tone",
            lambda: (tone(0.1, 0.1, seconds=10.0), softer_half(0.0, seconds=10.0)),
            0.0,
            0.1,
        ),
    ),
)
def dynamic_spread_error(audio: Audio) -> float:
    """Absolute difference of dynamic spread: the mean distance of levels from their mean.

        V_i = 10 log10(mean x^2 of block i)        spread = mean_i | V_i - mean V |
        | spread(estimate) - spread(reference) |

    Blocks last 50 ms and begin every 10 ms; all channels are taken together. Silence has no level,
    so blocks more than 60 dB below the loudest are left out. (Some code of the literature takes
    samples instead of blocks. It measures the shape of the wave, and one sample of digital silence
    counts as much as a thousand others.)

    Undefined (NaN) for a silent reference and for audio shorter than a block; a silent estimate
    gets the worst value.
    """
    size = max(round(_STEP_SECONDS * audio.rate), 1)
    count = audio.length // size
    rows = audio.samples[:, : count * size].reshape(audio.channels, count, size)
    energies = np.einsum("cns,cns->n", rows, rows, dtype=np.float64)
    if count < _STEPS_A_BLOCK or not energies.any():
        return math.nan
    powers = np.lib.stride_tricks.sliding_window_view(energies, _STEPS_A_BLOCK).sum(axis=1)
    levels = 10.0 * np.log10(powers[powers > powers.max() * 10.0 ** (-_GATE_DB / 10.0)])
    return float(np.mean(np.abs(levels - np.mean(levels))))
