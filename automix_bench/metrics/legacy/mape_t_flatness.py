"""Flatness in per cent of itself: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_flatness"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "compression", "width", "codec"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'flatness'",
    known=(
        Known(
            "flatness 1 and 1/4 over 1/2: 1 and 1 + 6.0206",
            clicks_of_one_and_two,
            value=6.0206,
            within=0.05,
        ),
    ),
    instead="flatness_error",
)
def mape_t_flatness(*, reference: Audio, estimate: Audio) -> float:
    """Spectral flatness in dB, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over channels and frames
        of flatness(t) = 1 - 20 log10(geometric mean of |X|^2 / mean of |X|^2)

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: 20 log10 of a ratio of powers doubles the decibels, and a percentage of
    decibels is large where the reference is noise (1) and small where it is a tone.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return spectral_error(reference=reference, estimate=estimate, of="flatness", trimmed=True)
