"""Global signal-to-distortion ratio."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import distortion_ratio_db, torchmetrics_ratio
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, Peer, metric

__all__ = ["sdr"]


def _torchmetrics(*, reference: Audio, estimate: Audio) -> float:
    return torchmetrics_ratio("signal_noise_ratio", reference, estimate)


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    step=0.2,
    blind_to=(),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    source="Mitsufuji et al., Music Demixing Challenge 2021, Front. Signal Process. 2022, eq. 1, "
    "arXiv:2108.13559, without its small constant",
    known=(
        Known(
            "s = (3, 4), e = (3, 4.5): 25 / 0.25 = 100",
            lambda: (written((3.0, 4.0)), written((3.0, 4.5))),
            20.0,
            1e-9,
        ),
        Known(
            "half the level: 1 / 0.25 = 4",
            lambda: (written((3.0, 4.0)), written((1.5, 2.0))),
            6.0206,
            1e-4,
        ),
    ),
    peers=(Peer("torchmetrics", ("torch", "torchmetrics"), _torchmetrics, 1e-3),),
)
def sdr(*, reference: Audio, estimate: Audio) -> float:
    """Global signal-to-distortion ratio: every difference from the reference, sample by sample, is
    error.

        10 log10( ||s||^2 / ||s - e||^2 )

    s is the reference and e the estimate, over all samples of all channels together: one number a
    song, no frames and no median. Nothing is scaled, shifted, filtered or centred first, so a gain
    of -6.02 dB reads 6.02 dB, a reversed polarity -6.02 dB, and a delay of one sample is an error.
    This is not the SDR of BSS Eval (`bss_sdr`), which is a median over seconds.

    Undefined (NaN) for a silent reference. A silent estimate, to which the equation would give 0
    dB, gets the worst value: no answer must not beat a bad one.
    """
    return distortion_ratio_db(reference, estimate)
