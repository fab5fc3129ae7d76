"""Multi-resolution short-time Fourier transform distance of automatic mixing.

The mean of the distances of magnitudes and of log magnitudes, over transforms of 512, 2048 and 8192
points (Hann windows as long, hop half of it):

    mean | |R| - |E| |  +  mean | ln |R| - ln |E| |

R and E are the transforms of the reference and the estimate. The signals are reflected at their
ends, and magnitudes are floored at 1e-4. Means run over channels, frames and bins. The first term
is not relative: it grows with the level of both sounds, so bring sounds to a common loudness before
you compare values of different songs. Values at different rates cannot be compared either.

Undefined (NaN) for a silent reference and for audio of 4096 samples or fewer, which cannot be
reflected; a silent estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.stft_distances import channels_metric
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import Weights, overlapping
from automix_bench.metric import Known

__all__ = ["mrstft_automix"]

mrstft_automix = channels_metric(
    __name__,
    __doc__,
    overlapping((512, 2048, 8192), frames_per_window=2),
    Weights(convergence=0.0, linear=1.0),
    source="the loss of automix-toolkit (Steinmetz, Vanka et al., 2022) and, as a metric, of "
    "Diff-MST (Vanka et al., ISMIR 2024, arXiv:2407.08889); auraloss 0.4 with w_sc=0, w_lin_mag=1",
    step=0.05,
    symmetric=True,
    known=Known(
        "a click of 1, doubled: 1 + 2 ln 2 over the frames, whose two windows sum to 1",
        lambda: (clicks(24_100, size=1.0), clicks(24_100, size=2.0)),
        (1.0 + 2.0 * 0.693147) * (1 / 188 + 1 / 47 + 1 / 12) / 3.0,
        within=1e-4,
    ),
)
