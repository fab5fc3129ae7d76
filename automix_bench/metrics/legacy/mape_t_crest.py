"""Decibels of the peak divided by decibels of the level: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_crest"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("noise",),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'crest_factor'",
    known=(
        Known(
            "-1 / -4.0103 and -1 / -1: (1 - 0.24936) / 0.24936",
            sine_and_square,
            value=3.0103,
            within=1e-3,
        ),
    ),
    instead="crest_error",
)
def mape_t_crest(*, reference: Audio, estimate: Audio) -> float:
    """Decibels of the peak divided by decibels of the level, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over frames
        of crest(t) = (20 log10 peak) / (20 log10 RMS), mean over the channels

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: a crest factor is peak / RMS, a difference of decibels. This quotient moves
    with the level, is 1 for a square wave and 1 for silence, and 0.25 for a sine where 3.01 dB are
    meant.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return dynamics_error(reference=reference, estimate=estimate, of=2, trimmed=True)
