"""Level: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.dsp.published.diff_mst_features import feature_error
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_rms"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.0001,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "low_pass", "level"),
    symmetric=True,
    source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
    "mst/loss.py: AudioFeatureLoss, compute_rms; weights of its configs",
    known=(
        Known(
            "0.1 (0.5 - 0.2)^2",
            lambda: (square_wave(0.5, 0.5), square_wave(0.2, 0.2)),
            value=0.009,
            within=1e-7,
        ),
    ),
    instead="loudness_error",
)
def diff_mst_rms(*, reference: Audio, estimate: Audio) -> float:
    """Squared difference of the root mean square, linear: a part of Diff-MST's loss.

        0.1 * mean over channels of (rms(estimate) - rms(reference))^2
        rms = sqrt(max(mean x^2, 1e-8))

    What is wrong: a linear level hardly sees what happens in quiet sounds: 6 dB at -40 dBFS weigh a
    hundredth of 6 dB at -20; the value lies under 0.1 whatever comes.

    Of mono as of one channel. Never NaN. A silent estimate gets what the floors make of it, not the
    worst value.
    """
    return feature_error(reference=reference, estimate=estimate, of="rms")
