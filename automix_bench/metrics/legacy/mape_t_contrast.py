"""Contrast in per cent of itself: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_contrast"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.025,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "clip", "compression", "reverb", "codec"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'contrast'",
    known=(
        Known(
            "half the level, brought back by the peak: nothing",
            noise_and_half,
            value=0.0,
            within=1e-6,
        ),
    ),
    instead="contrast_error",
)
def mape_t_contrast(*, reference: Audio, estimate: Audio) -> float:
    """Spectral contrast in dB, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over channels and frames
        of contrast(t) = 10 log10(mean of the highest 2 % of |X|)
            - 10 log10(mean of the lowest 2 %)

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. Low (to 250 Hz), middle (mean of three octaves to 2 kHz) and high count a third each. What is
    wrong: magnitudes are taken for powers, so that decibels are halved, and a percentage of
    decibels grows without bound where the reference has little contrast.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return spectral_error(reference=reference, estimate=estimate, of="contrast", trimmed=True)
