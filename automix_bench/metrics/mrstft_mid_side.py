"""Multi-resolution short-time Fourier transform distance of mid and side.

The mean over left plus right and left minus right, and over transforms of 4096, 2048, 1024 and 512
points (Hann windows as long, hop a quarter of it), of

    0.9 mean | |R| - |E| |  +  0.1 mean | ln |R| - ln |E| |

R and E are the transforms of the reference and the estimate. The signals are reflected at their
ends, and magnitudes are floored at 1e-4. The published loss squares the second term, in logarithms
to base ten. The first term is not relative: it grows with the level of both sounds. An error of
width weighs as much as an error of tone; exchanging the sides is not seen. A mono sound is measured
as two equal channels. Values at different rates cannot be compared.

Undefined (NaN) for a silent reference, for more than two channels, and for audio of 2048 samples or
fewer, which cannot be reflected; a silent estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.stft_distances import sum_and_difference_metric
from automix_bench.dsp.plain_sounds import clicks, on_the_left
from automix_bench.dsp.spectra.stft_distance import Weights, overlapping
from automix_bench.metric import Known

__all__ = ["mrstft_mid_side"]

mrstft_mid_side = sum_and_difference_metric(
    __name__,
    __doc__,
    overlapping((4096, 2048, 1024, 512), frames_per_window=4),
    Weights(convergence=0.0, logarithmic=0.1, linear=0.9),
    source="sizes and weights of the mid and side loss of MEGAMI (Sony, 2025) and ITO-Master; the "
    "terms those of auraloss 0.4, SumAndDifferenceSTFTLoss with w_sc=0",
    step=0.02,
    symmetric=True,
    known=Known(
        "a click on one side, doubled: 1.8 + 0.4 ln 2 over the frames, four windows sum to 2",
        lambda: (on_the_left(clicks(24_096, size=1.0)), on_the_left(clicks(24_096, size=2.0))),
        (0.9 * 2.0 + 0.1 * 4.0 * 0.693147) * (1 / 47 + 1 / 94 + 1 / 188 + 1 / 376) / 4.0,
        within=1e-4,
    ),
)
