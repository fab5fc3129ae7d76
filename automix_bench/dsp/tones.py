"""Plain tones, of which what a measure must read can be worked out by hand."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio


def tone(*amplitudes: float, hz: float = 1_000.0, seconds: float = 1.0) -> Audio:
    """A sine at 48 kHz in as many channels as there are amplitudes; negative ones turn it over."""
    time = np.arange(round(seconds * 48_000)) / 48_000
    wave = np.sin(2.0 * np.pi * hz * time)
    return Audio((np.array(amplitudes)[:, np.newaxis] * wave).astype(np.float32), 48_000)


def side_by_side(left: Audio, right: Audio) -> Audio:
    """Two sounds of one channel as left and right."""
    return left.with_samples(np.concatenate([left.samples, right.samples]))
