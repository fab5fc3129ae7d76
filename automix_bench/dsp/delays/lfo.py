"""The low-frequency oscillator: a slow sine that moves another effect's knob.

    s[c, n] = sin(2 pi speed_hz n / rate + phase + c spread)

for channel c and sample n. Each block of 256 samples starts from the library's sine and cosine and
continues by rotating the pair by one angle (the coupled form). So errors do not build up: they stay
below 1e-12, and the bits of a sample do not depend on the length of the sound.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled

_BLOCK = 256


def sines(audio: Audio, speed_hz: float, phase_degrees: float, spread_degrees: float) -> np.ndarray:
    """One sine for each channel of `audio`, `(channels, samples)`, in float64.

    Args:
        speed_hz: its frequency.
        phase_degrees: the phase at which the first channel starts; at 0 it rises through 0.
        spread_degrees: by how much each channel is ahead of the one before.
    """
    waves = np.empty(audio.samples.shape)
    phase, spread = math.radians(phase_degrees), math.radians(spread_degrees)
    _fill(waves, 2.0 * math.pi * speed_hz / audio.rate, phase, spread)
    return waves


@compiled
@no_type_check
def _fill(waves: np.ndarray, step: float, phase: float, spread: float) -> None:
    channels, length = waves.shape
    turn_sine, turn_cosine = math.sin(step), math.cos(step)
    for channel in range(channels):
        for first in range(0, length, _BLOCK):
            angle = phase + channel * spread + step * first
            sine, cosine = math.sin(angle), math.cos(angle)
            for n in range(first, min(first + _BLOCK, length)):
                waves[channel, n] = sine
                turned = sine * turn_cosine + cosine * turn_sine
                cosine = cosine * turn_cosine - sine * turn_sine
                sine = turned
