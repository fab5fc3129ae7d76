"""Scale-invariant signal-to-distortion ratio."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import scale_invariant_ratio_db, torchmetrics_ratio
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, Peer, metric

__all__ = ["si_sdr"]


def _torchmetrics(*, reference: Audio, estimate: Audio) -> float:
    return torchmetrics_ratio("scale_invariant_signal_distortion_ratio", reference, estimate)


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    step=0.2,
    blind_to=("gain", "polarity"),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "width", "codec"),
    symmetric=True,
    source="Le Roux, Wisdom, Erdogan & Hershey, SDR – half-baked or well done?, ICASSP 2019, "
    "arXiv:1811.02508, eq. 5",
    known=(
        Known(
            "s = (3, 4, 0), e = (6, 8, 1): a = 50 / 25 = 2, 100 / 1",
            lambda: (written((3.0, 4.0, 0.0)), written((6.0, 8.0, 1.0))),
            20.0,
            1e-9,
        ),
        Known(
            "one scale for both channels, s = (1 | 1), e = (1 | 3): a = 2, 8 / 2",
            lambda: (written((1.0,), (1.0,)), written((1.0,), (3.0,))),
            6.0206,
            1e-4,
        ),
    ),
    peers=(Peer("torchmetrics", ("torch", "torchmetrics"), _torchmetrics, 1e-3),),
)
def si_sdr(*, reference: Audio, estimate: Audio) -> float:
    """Scale-invariant signal-to-distortion ratio.

        a = <e, s> / ||s||^2        10 log10( ||a s||^2 / ||a s - e||^2 )

    s is the reference and e the estimate, over all samples of all channels together with one scale
    a, so a wrong balance of left and right is an error. Means are not removed, so a constant offset
    is an error too. The value equals 10 log10(r^2 / (1 - r^2)), where r is the cosine of the angle
    between the two; it is therefore symmetric, and blind to polarity, as a may be negative.

    Undefined (NaN) for a silent reference; an estimate that is silent, or orthogonal to the
    reference, gets the worst value.
    """
    return scale_invariant_ratio_db(reference, estimate)
