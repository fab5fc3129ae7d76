"""ST-ITO's crest factor, which takes a maximum over the wrong axis."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import Known, metric

__all__ = ["st_ito_crest"]


def _sides() -> tuple[Audio, Audio]:
    """Equal channels, and the same with the right at half: 0 dB in every channel, whatever the
    music."""
    wave = np.sin(2.0 * np.pi * np.arange(48_000) / 64 + 0.1)
    alike, half = (np.stack([wave, part * wave]).astype(np.float32) for part in (1.0, 0.5))
    return Audio(alike, 48_000), Audio(half, 48_000)


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=200.0,
    perfect=0.0,
    step=0.2,
    blind_to=("gain", "polarity", "delay"),
    sees=(),
    symmetric=True,
    source="Steinmetz et al., ST-ITO, ISMIR 2024, arXiv:2410.21233; its code at c34463a, "
    "st_ito/features.py: compute_crest_factor. The difference of the two is ours",
    known=(
        Known(
            "every sample divided by the larger channel's: constant, 0 dB each",
            _sides,
            value=0.0,
            within=1e-4,
        ),
    ),
    instead="crest_error",
)
def st_ito_crest(*, reference: Audio, estimate: Audio) -> float:
    """Absolute difference of the crest factor as ST-ITO computes it.

        mean over channels of | crest(estimate) - crest(reference) |
        crest = 20 log10(max |y| / rms y)
        y = x / max(largest |x| of all channels at that sample, 1e-8)

    What is wrong: the code means to bring the peak to 1, but divides every sample by the larger
    channel. So mono, and the louder channel of stereo, always have 0 dB; what is left measures
    panning. Never NaN. Silence is measured as well: by the floors, 1e-4 of the RMS and 1e-8 of the
    quotient, it has -160 dB.
    """
    return float(np.abs(_crests(estimate) - _crests(reference)).mean())


def _crests(audio: Audio) -> np.ndarray:
    samples = np.abs(audio.samples)
    relative = (samples / np.maximum(samples.max(0), np.float32(1e-8))).astype(np.float64)
    rms = np.sqrt(np.maximum(np.square(relative).mean(-1), 1e-8))
    return np.asarray(20.0 * np.log10(np.maximum(relative.max(-1) / rms, 1e-8)))
