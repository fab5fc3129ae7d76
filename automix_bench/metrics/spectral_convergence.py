"""How large the error of the spectrogram is beside the spectrogram."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import auraloss_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import Weights, channels_distance, overlapping
from automix_bench.metric import Known, metric

__all__ = ["spectral_convergence"]

_RESOLUTIONS = overlapping((2048,), frames_per_window=4)
_WEIGHTS = Weights(logarithmic=0.0)


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    step=0.02,
    blind_to=("polarity",),
    source="Arık, Jun & Diamos, Fast Spectrogram Inversion using Multi-head Convolutional Neural "
    "Networks, IEEE Signal Process. Lett. 26(1), 2019, arXiv:1808.06719, eq. 2",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click at half its size",
            lambda: (clicks(24_000), clicks(24_000, size=0.25)),
            value=0.5,
            within=1e-4,
        ),
    ),
    peers=(auraloss_peer(_RESOLUTIONS, _WEIGHTS),),
)
def spectral_convergence(*, reference: Audio, estimate: Audio) -> float:
    """Spectral convergence: the norm of the error of magnitudes over that of the reference's.

        || |R| - |E| ||_F / || |R| ||_F

    R and E are the transforms of the reference and the estimate, of 2048 points (Hann window as
    long, hop 512), with the signals reflected at their ends. The norm runs over channels, frames
    and bins together, so the loudest partials decide. Phase is not seen. The resolution is in
    samples, so values at different rates do not compare.

    Undefined (NaN) for a silent reference and for audio of 1024 samples or fewer, which cannot be
    reflected; a silent estimate, to which the equation would give 1, gets the worst value.
    """
    return channels_distance(reference, estimate, _RESOLUTIONS, _WEIGHTS)
