"""Scale-invariant signal-to-distortion ratio after alignment."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import aligned_ratio_db, scale_invariant_ratio_db
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, metric

__all__ = ["si_sdr_aligned"]


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    step=0.2,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "width", "codec"),
    symmetric=True,
    source="Le Roux, Wisdom, Erdogan & Hershey, SDR – half-baked or well done?, ICASSP 2019, "
    "arXiv:1811.02508, eq. 5, after alignment by the largest cross-correlation",
    known=(
        Known(
            "s = (3, 4, 0, 0), e one sample late: a = 50 / 25 = 2, 100 / 1",
            lambda: (written((3.0, 4.0, 0.0, 0.0)), written((0.0, 6.0, 8.0, 1.0))),
            20.0,
            1e-9,
        ),
    ),
)
def si_sdr_aligned(*, reference: Audio, estimate: Audio) -> float:
    """Scale-invariant signal-to-distortion ratio of an estimate that may be late or early.

        a = sum e[n + l] s[n] / sum s[n]^2
        10 log10( sum (a s[n])^2 / sum (a s[n] - e[n + l])^2 )

    s is the reference, e the estimate and l the lag of `latency`, up to 50 ms. Sums run over the
    samples of all channels that both sounds have at that lag. Compared with `si_sdr`, it shows how
    much of the error is only a delay. A fraction of a sample is not corrected.

    Undefined (NaN) for a silent reference; an estimate that is silent, or orthogonal to the
    reference, gets the worst value.
    """
    return aligned_ratio_db(scale_invariant_ratio_db, reference, estimate)
