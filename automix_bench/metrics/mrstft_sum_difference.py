"""How far apart the short-time spectra of sum and difference are."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import auraloss_peer
from automix_bench.dsp.plain_sounds import clicks, on_the_left
from automix_bench.dsp.spectra.stft_distance import (
    Weights,
    overlapping,
    sum_and_difference_distance,
)
from automix_bench.metric import Known, metric

__all__ = ["mrstft_sum_difference"]

_RESOLUTIONS = overlapping((4096, 1024, 256), frames_per_window=2)
_WEIGHTS = Weights()


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    step=0.05,
    blind_to=("polarity", "channel swap"),
    source="Steinmetz, Pons, Pascual & Serrà, Automatic Multitrack Mixing with a Differentiable "
    "Mixing Console, ICASSP 2021, arXiv:2010.10291; sizes of automix-toolkit; auraloss 0.4, "
    "SumAndDifferenceSTFTLoss",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click on one side, doubled: convergence 1, and ln 2 in 2 of 24, 94 and 376 frames",
            lambda: (on_the_left(clicks(24_096, size=1.0)), on_the_left(clicks(24_096, size=2.0))),
            value=1.0 + 0.693147 * (2 / 24 + 2 / 94 + 2 / 376) / 3.0,
            within=1e-4,
        ),
    ),
    peers=(auraloss_peer(_RESOLUTIONS, _WEIGHTS, of_sum_and_difference=True),),
)
def mrstft_sum_difference(*, reference: Audio, estimate: Audio) -> float:
    """The stereo loss of the differentiable mixing console: distances of sum and of difference.

    The mean, over left plus right and left minus right, and over transforms of 4096, 1024 and 256
    points (Hann windows as long, hop half of it), of spectral convergence plus the distance of log
    magnitudes:

        || |R| - |E| ||_F / || |R| ||_F  +  mean | ln |R| - ln |E| |

    R and E are the transforms of the reference and the estimate, with the signals reflected at
    their ends and magnitudes floored at 1e-4. Turning left and right into each other is not seen
    where it changes neither sum nor difference but in sign. The difference of a nearly mono
    reference is a small norm: any width that is added to it costs much, up to the worst value. Of a
    mono sound, as of two equal channels. Values at different rates do not compare.

    Undefined (NaN) for a silent reference, for more than two channels, and for audio of 2048
    samples or fewer, which cannot be reflected; a silent estimate gets the worst value.
    """
    return sum_and_difference_distance(reference, estimate, _RESOLUTIONS, _WEIGHTS)
