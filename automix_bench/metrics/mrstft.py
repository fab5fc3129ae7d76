"""How far apart the short-time spectra are, at three resolutions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.spectrum import Powers, hann, power_spectra
from automix_bench.metric import metric

__all__ = ["mrstft"]

# (points of the transform, hop, length of the window), in samples: the defaults of auraloss.
_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
_LONGEST_PAD = max(width // 2 for _, _, width in _RESOLUTIONS)
_POWER_FLOOR = 1e-8


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    blind_to=("polarity",),
    symmetric=False,
    source="Yamamoto, Song & Kim, ICASSP 2020, arXiv:1910.11480; as in auraloss 0.4 "
    "(Steinmetz & Reiss, DMRN+15, 2020), MultiResolutionSTFTLoss()",
)
def mrstft(*, reference: Audio, estimate: Audio) -> float:
    """Multi-resolution short-time Fourier transform distance.

    The mean, over transforms of 1024, 2048 and 512 points (hop 120, 240, 50; Hann window of 600,
    1200, 240 samples), of spectral convergence plus the distance of log magnitudes:

        || |R| - |E| ||_F / || |R| ||_F  +  mean | ln |R| - ln |E| |

    R and E are the transforms of the reference and the estimate, with the signals reflected at
    their ends and magnitudes floored at 1e-4 (about 120 dB under a full-scale sine). Channels are
    transformed one by one, and norm and mean run over all of them: an error in a quiet channel
    weighs little in the first term. The resolutions are in samples, so values at different rates
    do not compare.

    Sees level: a louder copy is a worse one. Undefined (NaN) for a silent reference and for audio
    of 600 samples or fewer, which cannot be reflected; a silent estimate gets the worst value.
    """
    if reference.length <= _LONGEST_PAD or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    distances = [_distance(reference, estimate, *sizes) for sizes in _RESOLUTIONS]
    return math.fsum(distances) / len(distances)


def _distance(reference: Audio, estimate: Audio, fft_size: int, hop: int, width: int) -> float:
    """Spectral convergence plus the mean distance of log magnitudes at one resolution."""
    error = norm = logarithms = 0.0
    count = 0
    for powers in zip(
        _spectra(reference, fft_size, hop, width),
        _spectra(estimate, fft_size, hop, width),
        strict=True,
    ):
        wanted, got = (np.maximum(power, _POWER_FLOOR) for power in powers)
        logarithms += 0.5 * float(np.abs(np.log(wanted / got)).sum())
        error += float(np.square(np.sqrt(wanted) - np.sqrt(got)).sum())
        norm += float(wanted.sum())
        count += wanted.size
    return math.sqrt(error / norm) + logarithms / count


def _spectra(audio: Audio, fft_size: int, hop: int, width: int) -> Iterator[Powers]:
    """Powers of frames centred on samples 0, hop, 2 hop, …, up to the last one."""
    # auraloss reflects half a transform and centres the window in it. Its window is zero further
    # than half a window from the centre, so reflecting half a window gives the same magnitudes.
    padded = np.pad(audio.samples, ((0, 0), (width // 2, width // 2)), "reflect")
    return power_spectra(padded, window=hann(width), hop=hop, fft_size=fft_size)
