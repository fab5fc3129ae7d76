"""How far apart the short-time spectra are, with the sizes that mixing systems are trained on."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import auraloss_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import Weights, channels_distance, overlapping
from automix_bench.metric import Known, metric

__all__ = ["mrstft_automix"]

_RESOLUTIONS = overlapping((512, 2048, 8192), frames_per_window=2)
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
    source="the loss of automix-toolkit (Steinmetz, Vanka et al., 2022) and, as a metric, of "
    "Diff-MST (Vanka et al., ISMIR 2024, arXiv:2407.08889); auraloss 0.4 with w_sc=0, w_lin_mag=1",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click of 1, doubled: 1 + 2 ln 2 over the frames, whose two windows sum to 1",
            lambda: (clicks(24_100, size=1.0), clicks(24_100, size=2.0)),
            value=(1.0 + 2.0 * 0.693147) * (1 / 188 + 1 / 47 + 1 / 12) / 3.0,
            within=1e-4,
        ),
    ),
    peers=(auraloss_peer(_RESOLUTIONS, _WEIGHTS),),
)
def mrstft_automix(*, reference: Audio, estimate: Audio) -> float:
    """Multi-resolution short-time Fourier transform distance of automatic mixing.

    The mean, over transforms of 512, 2048 and 8192 points (Hann windows as long, hop half of it),
    of the distances of magnitudes and of log magnitudes:

        mean | |R| - |E| |  +  mean | ln |R| - ln |E| |

    R and E are the transforms of the reference and the estimate, with the signals reflected at
    their ends and magnitudes floored at 1e-4. Means run over channels, frames and bins. The first
    term is not relative: it grows with the level of both, so bring sounds to a common loudness
    before values of different songs are compared. Nor do values at different rates compare.

    Undefined (NaN) for a silent reference and for audio of 4096 samples or fewer, which cannot be
    reflected; a silent estimate gets the worst value.
    """
    return channels_distance(reference, estimate, _RESOLUTIONS, _WEIGHTS)
