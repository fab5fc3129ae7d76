"""Global signal-to-distortion ratio after alignment."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import aligned_ratio_db, distortion_ratio_db
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, metric

__all__ = ["sdr_aligned"]


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    step=0.2,
    blind_to=("delay",),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    source="Mitsufuji et al., Music Demixing Challenge 2021, Front. Signal Process. 2022, eq. 1, "
    "arXiv:2108.13559, after alignment by the largest cross-correlation",
    known=(
        Known(
            "s = (3, 4, 0), e one sample late and 4.5 for 4: 25 / 0.25",
            lambda: (written((3.0, 4.0, 0.0)), written((0.0, 3.0, 4.5))),
            20.0,
            1e-9,
        ),
    ),
)
def sdr_aligned(*, reference: Audio, estimate: Audio) -> float:
    """Global signal-to-distortion ratio of an estimate that may be late or early.

        10 log10( sum s[n]^2 / sum (s[n] - e[n + l])^2 )

    s is the reference, e the estimate and l the lag of `latency`, up to 50 ms. Sums run over the
    samples of all channels that both sounds have at that lag. Compared with `sdr`, it shows how
    much of the error is only a delay. A fraction of a sample is not corrected.

    Undefined (NaN) for a silent reference; an estimate that is silent, or silent wherever the
    reference sounds, gets the worst value.
    """
    return aligned_ratio_db(distortion_ratio_db, reference, estimate)
