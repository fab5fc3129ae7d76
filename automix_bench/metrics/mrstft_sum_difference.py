"""The stereo loss of the differentiable mixing console: distances of sum and of difference.

The mean of spectral convergence plus the distance of log magnitudes, over left plus right and left
minus right, and over transforms of 4096, 1024 and 256 points (Hann windows as long, hop half of
it):

    || |R| - |E| ||_F / || |R| ||_F  +  mean | ln |R| - ln |E| |

R and E are the transforms of the reference and the estimate. The signals are reflected at their
ends, and magnitudes are floored at 1e-4. Changes of left and right that leave sum and difference as
they are, but for their signs, are not seen. The difference of a nearly mono reference is a small
norm: any width that is added to it costs much, up to the worst value. A mono sound is measured as
two equal channels. Values at different rates cannot be compared.

Undefined (NaN) for a silent reference, for more than two channels, and for audio of 2048 samples or
fewer, which cannot be reflected; a silent estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.stft_distances import sum_and_difference_metric
from automix_bench.dsp.plain_sounds import clicks, on_the_left
from automix_bench.dsp.spectra.stft_distance import Weights, overlapping
from automix_bench.metric import Known

__all__ = ["mrstft_sum_difference"]

mrstft_sum_difference = sum_and_difference_metric(
    __name__,
    __doc__,
    overlapping((4096, 1024, 256), frames_per_window=2),
    Weights(),
    source="Steinmetz, Pons, Pascual & Serrà, Automatic Multitrack Mixing with a Differentiable "
    "Mixing Console, ICASSP 2021, arXiv:2010.10291; sizes of automix-toolkit; auraloss 0.4, "
    "SumAndDifferenceSTFTLoss",
    step=0.05,
    known=Known(
        "a click on one side, doubled: convergence 1, and ln 2 in 2 of 24, 94 and 376 frames",
        lambda: (on_the_left(clicks(24_096, size=1.0)), on_the_left(clicks(24_096, size=2.0))),
        1.0 + 0.693147 * (2 / 24 + 2 / 94 + 2 / 376) / 3.0,
        within=1e-4,
    ),
)
