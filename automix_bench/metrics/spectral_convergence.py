"""Spectral convergence: the norm of the error of magnitudes over that of the reference's.

    || |R| - |E| ||_F / || |R| ||_F

R and E are the transforms of the reference and the estimate, of 2048 points (Hann window as long,
hop 512), with the signals reflected at their ends. The norm runs over channels, frames and bins
together, so the loudest partials decide. Phase is not seen. The resolution is in samples, so values
at different rates cannot be compared.

Undefined (NaN) for a silent reference and for audio of 1024 samples or fewer, which cannot be
reflected. A silent estimate, to which the equation would give 1, gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.stft_distances import channels_metric
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import Weights, overlapping
from automix_bench.metric import Known

__all__ = ["spectral_convergence"]

spectral_convergence = channels_metric(
    __name__,
    __doc__,
    overlapping((2048,), frames_per_window=4),
    Weights(logarithmic=0.0),
    source="Arık, Jun & Diamos, Fast Spectrogram Inversion using Multi-head Convolutional Neural "
    "Networks, IEEE Signal Process. Lett. 26(1), 2019, arXiv:1808.06719, eq. 2",
    step=0.02,
    known=Known(
        "a click at half its size",
        lambda: (clicks(24_000), clicks(24_000, size=0.25)),
        0.5,
        within=1e-4,
    ),
)
