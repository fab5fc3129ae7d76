"""Peak in per cent of its decibels: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import near_full_scale
from automix_bench.dsp.published.percentage_error import level_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_peak"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.05,
    blind_to=("polarity", "channel swap"),
    sees=("noise", "clip", "level", "width"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'peak_loudness'",
    known=(
        Known(
            "-0.1 dB against -1 dB: 900 %",
            near_full_scale,
            value=9.0,
            within=1e-4,
        ),
    ),
    instead="true_peak_error",
)
def mape_t_peak(*, reference: Audio, estimate: Audio) -> float:
    """Peak in dB, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over frames
        of peak(t) = 20 log10 max |x|

    Both are cut to where the reference is less than 45 dB below its loudest frame; frames of 0.4 s
    (the published 17640 samples, at any rate), half overlapping; the running mean over 40 of them
    is compared, of 40 or fewer the mean: M. What is wrong: a peak has 0 dB at full scale, where the
    fraction has no bound: of -0.1 dB, 0.9 dB are 900 %, and of -20 dB 4.5 %.

    Undefined (NaN), where the code stops with an error: under 0.4 s, and a reference with a silent
    frame. An estimate with one, at which it stops too, gets the worst value.
    """
    return level_error(reference=reference, estimate=estimate, of="peak")
