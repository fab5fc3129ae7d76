"""Bandwidth in per cent of itself: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_bandwidth"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("low_pass", "clip", "reverb", "width", "codec"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'bandwidth'",
    known=(
        Known(
            "deviations pi / sqrt 12 and sqrt(4 pi - 12): 1 - sqrt(4 pi - 12) sqrt 12 / pi",
            clicks_of_one_and_two,
            value=0.17017,
            within=1e-3,
        ),
    ),
    instead="bandwidth_error",
)
def mape_t_bandwidth(*, reference: Audio, estimate: Audio) -> float:
    """Spectral bandwidth, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over channels and frames
        of bandwidth(t) = 1 + sqrt(sum_k (f_k - centroid)^2 |X_k| / sum_k |X_k|), in Hz

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: a narrow reference inflates every error, pauses count as 1 Hz, and swapping
    the two gives another value.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return spectral_error(reference=reference, estimate=estimate, of="bandwidth", trimmed=True)
