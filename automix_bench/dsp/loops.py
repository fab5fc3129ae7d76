"""What compiled loops over samples take, and below what they count a sample as silence.

Loops are compiled (`automix_bench.dsp.compiled`) because feedback cannot be written as array
arithmetic, and other computations would take many passes of it.
"""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio

# A decaying tail ends in denormal numbers, on which processors are slow. So feedback is set to 0
# below this amplitude: -600 dB, far under the smallest normal float32. The number is compiled into
# every loop, and numba does not notice a change here: delete its cache after one.
SILENCE = 1e-30


def doubles(audio: Audio) -> np.ndarray:
    """The samples as float64, `(channels, samples)`, contiguous. Loops take only this form, so each
    is compiled once."""
    return audio.samples.astype(np.float64, order="C")
