"""Loops over samples: what goes into them, and what counts as silence.

They are compiled (`automix_bench.dsp.compiled`): what feeds back on itself cannot be written as
array arithmetic, and other things would take many passes of it.
"""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio

# A tail that decays for ever ends in denormal numbers, on which processors are slow. What feeds
# back is set to 0 below this amplitude: -600 dB, far under the smallest normal float32.
# Compiled into every loop: numba does not notice a change here, so remove its kept files after one.
SILENCE = 1e-30


def doubles(audio: Audio) -> np.ndarray:
    """The samples as float64, `(channels, samples)`, contiguous: the one form that loops take, so
    each is compiled once."""
    return audio.samples.astype(np.float64, order="C")
