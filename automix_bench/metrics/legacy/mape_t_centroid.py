"""Centroid in per cent of itself: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_centroid"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "reverb", "width", "codec"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'centroid'",
    known=(
        Known(
            "centroids pi / 2 and pi - 2: (pi / 2 - (pi - 2)) / (pi / 2)",
            clicks_of_one_and_two,
            value=0.27324,
            within=1e-3,
        ),
    ),
    instead="centroid_error",
)
def mape_t_centroid(*, reference: Audio, estimate: Audio) -> float:
    """Spectral centroid, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over channels and frames
        of centroid(t) = 1 + sum_k f_k |X_k| / sum_k |X_k|, in Hz

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: 100 Hz off weigh more in a dull sound than in a bright one, pauses count as 1
    Hz, and swapping the two gives another value.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return spectral_error(reference=reference, estimate=estimate, of="centroid", trimmed=True)
