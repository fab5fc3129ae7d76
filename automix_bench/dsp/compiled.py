"""Loops over samples, compiled: how they are compiled, what goes in, and what counts as silence.

A loop that feeds back on itself cannot be written as array arithmetic, so it is compiled with
numba: without the interpreter's lock, so threads run side by side, kept on disk, so only the first
run of a machine waits for it, and without `fastmath`, so the bits do not depend on the compiler's
mood. Such a loop is marked `@compiled` and, below that, `@typing.no_type_check`, which keeps the
shape checks of the tests from wrapping what numba has to read.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from automix_bench.audio import Audio

compiled: Any = numba.njit(nogil=True, cache=True)

# A tail that decays for ever ends in denormal numbers, on which processors are slow. What feeds
# back is set to 0 below this amplitude: -600 dB, far under the smallest normal float32.
# Compiled into every loop: numba does not notice a change here, so remove its kept files after one.
SILENCE = 1e-30


def doubles(audio: Audio) -> np.ndarray:
    """The samples as float64, `(channels, samples)`, contiguous: the one form that loops take, so
    each is compiled once."""
    return audio.samples.astype(np.float64, order="C")
