"""How far apart the short-time spectra are, at three resolutions."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import auraloss_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import Resolution, Weights, channels_distance
from automix_bench.metric import Known, metric

__all__ = ["mrstft"]

# The defaults of auraloss.
_RESOLUTIONS = (Resolution(1024, 120, 600), Resolution(2048, 240, 1200), Resolution(512, 50, 240))
_WEIGHTS = Weights()


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    step=0.05,
    blind_to=("polarity",),
    source="Yamamoto, Song & Kim, ICASSP 2020, arXiv:1910.11480; as in auraloss 0.4 "
    "(Steinmetz & Reiss, DMRN+15, 2020), MultiResolutionSTFTLoss()",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click, doubled: convergence 1, and ln 2 in 5 of 401, 201 and 961 frames",
            lambda: (clicks(24_000), clicks(24_000, size=1.0)),
            value=1.0 + 0.693147 * (5 / 401 + 5 / 201 + 5 / 961) / 3.0,
            within=1e-4,
        ),
    ),
    peers=(auraloss_peer(_RESOLUTIONS, _WEIGHTS),),
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
    return channels_distance(reference, estimate, _RESOLUTIONS, _WEIGHTS)
