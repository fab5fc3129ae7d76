"""How far apart the short-time spectra are, from clicks to single partials."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import auraloss_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import Weights, channels_distance, overlapping
from automix_bench.metric import Known, metric

__all__ = ["mrstft_deepafx"]

_RESOLUTIONS = overlapping((32, 128, 512, 2048, 8192, 32_768), frames_per_window=2)
_WEIGHTS = Weights(convergence=0.0, linear=1.0)


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    step=0.05,
    blind_to=("polarity",),
    symmetric=True,
    source="Steinmetz, Bryan & Reiss, Style Transfer of Audio Effects with Differentiable Signal "
    "Processing (DeepAFx-ST), JAES 70(9), 2022, arXiv:2207.08759; auraloss 0.4 with w_sc=0, "
    "w_lin_mag=1",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click of 1, doubled: 1 + 2 ln 2 over the frames, whose two windows sum to 1",
            lambda: (clicks(24_100, size=1.0), clicks(24_100, size=2.0)),
            value=(1.0 + 2.0 * 0.693147)
            * (1 / 3001 + 1 / 751 + 1 / 188 + 1 / 47 + 1 / 12 + 1 / 3)
            / 6.0,
            within=1e-4,
        ),
    ),
    peers=(auraloss_peer(_RESOLUTIONS, _WEIGHTS),),
)
def mrstft_deepafx(*, reference: Audio, estimate: Audio) -> float:
    """Multi-resolution short-time Fourier transform distance of effect style transfer.

    The mean, over transforms of 32, 128, 512, 2048, 8192 and 32768 points (Hann windows as long,
    hop half of it), of the distances of magnitudes and of log magnitudes:

        mean | |R| - |E| |  +  mean | ln |R| - ln |E| |

    R and E are the transforms of the reference and the estimate, with the signals reflected at
    their ends and magnitudes floored at 1e-4. Means run over channels, frames and bins. The first
    term is not relative: it grows with the level of both, and most in the longest transform. Values
    at different rates do not compare.

    Undefined (NaN) for a silent reference and for audio of 16384 samples or fewer (0.37 s at
    44.1 kHz), which cannot be reflected; a silent estimate gets the worst value.
    """
    return channels_distance(reference, estimate, _RESOLUTIONS, _WEIGHTS)
