"""Level in dB: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_rms"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("clip",),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'rms_level'",
    known=(
        Known(
            "levels -4.0103 and -1 dB: (5.0103 - 2) / 5.0103",
            sine_and_square,
            value=0.60082,
            within=1e-4,
        ),
    ),
    instead="rms_error",
)
def mape_t_rms(*, reference: Audio, estimate: Audio) -> float:
    """Level in dB, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over frames
        of level(t) = 1 - 20 log10(RMS of a frame), mean over the channels

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: after the peak has been brought to -1 dB this is a crest factor, not a level,
    and in per cent of decibels; silent frames have -600 dB.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return dynamics_error(reference=reference, estimate=estimate, of=0, trimmed=True)
