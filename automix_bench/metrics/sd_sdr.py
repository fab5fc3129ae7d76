"""Scale-dependent signal-to-distortion ratio."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import energy, error_energy, ratio_db, scale
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, Peer, metric

__all__ = ["sd_sdr"]


def _auraloss(*, reference: Audio, estimate: Audio) -> float:
    import auraloss.time
    import torch

    flat = (
        torch.tensor(audio.samples, dtype=torch.float64).reshape(1, 1, -1)
        for audio in (estimate, reference)
    )
    return -float(auraloss.time.SDSDRLoss(zero_mean=False, eps=1e-15)(*flat))


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    step=0.2,
    blind_to=(),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    source="Le Roux, Wisdom, Erdogan & Hershey, SDR – half-baked or well done?, ICASSP 2019, "
    "arXiv:1811.02508, its SD-SDR",
    known=(
        Known(
            "half the level: a = 0.5, 0.25 / 0.25",
            lambda: (written((3.0, 4.0)), written((1.5, 2.0))),
            0.0,
            1e-9,
        ),
        Known(
            "s = (3, 4, 0), e = (6, 8, 1): a = 2, 100 / 26",
            lambda: (written((3.0, 4.0, 0.0)), written((6.0, 8.0, 1.0))),
            5.8503,
            1e-4,
        ),
    ),
    peers=(Peer("auraloss", ("torch", "auraloss"), _auraloss, 1e-3),),
)
def sd_sdr(*, reference: Audio, estimate: Audio) -> float:
    """Scale-dependent signal-to-distortion ratio.

        a = <e, s> / ||s||^2        10 log10( ||a s||^2 / ||s - e||^2 )

    s is the reference and e the estimate, over all samples of all channels together. The value is
    `sdr` plus 20 log10 |a|: an estimate that is too quiet loses twice, for the error and for the
    level. An estimate that is too loud loses nothing more: +6.02 dB reads 6.02 dB, -6.02 dB reads 0
    dB.

    Undefined (NaN) for a silent reference; an estimate that is silent, or orthogonal to the
    reference, gets the worst value.
    """
    reference_energy = energy(reference)
    if reference_energy == 0.0:
        return math.nan
    best = scale(reference, estimate)
    if best == 0.0:
        return -math.inf
    return ratio_db(best**2 * reference_energy, error_energy(reference, estimate))
