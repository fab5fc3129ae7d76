"""Dynamic spread in dB: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_dynamic_spread"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "clip", "compression", "reverb"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'dynamic_spread'",
    known=(
        Known(
            "spreads -3.0103 and 0 dB: (4.0103 - 1) / 4.0103",
            sine_and_square,
            value=0.75064,
            within=5e-3,
        ),
    ),
    instead="dynamic_spread_error",
)
def mape_t_dynamic_spread(*, reference: Audio, estimate: Audio) -> float:
    """Dynamic spread in dB, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over frames
        of spread(t) = 1 - mean over a frame of (20 log10(|x| + 1e-30) - 20 log10 RMS)

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: a sample that is exactly 0 counts as -600 dB, so that digital silence, in a
    frame of the one or the other, outweighs all else; and per cent of decibels.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return dynamics_error(reference=reference, estimate=estimate, of=1, trimmed=True)
