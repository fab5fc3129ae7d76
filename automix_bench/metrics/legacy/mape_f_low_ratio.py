"""How much of the spectrum is low, in per cent of itself: FxNorm-Automix's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.published.percentage_error import low_ratio_error
from automix_bench.metric import Known, metric

__all__ = ["mape_f_low_ratio"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "channel swap"),
    sees=("noise", "low_pass", "clip", "compression", "codec"),
    symmetric=False,
    source="FxNorm-Automix at 916bf7e (Martínez Ramírez et al., ISMIR 2022, arXiv:2208.11428), "
    "automix/utils_data_normalization.py: compute_dynamic_features, 'l_ratio_mean_mape'",
    known=(
        Known(
            "half the level, brought back by the peak: nothing",
            noise_and_half,
            value=0.0,
            within=1e-6,
        ),
    ),
    instead="tilt_error",
)
def mape_f_low_ratio(*, reference: Audio, estimate: Audio) -> float:
    """Share of low frequencies, off by a fraction of itself, as FxNorm-Automix has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over frames
        of ratio(t) = sum_k |LX_k| / (|X_k| + 1e-5), mean over the channels

    L is a Butterworth filter of order 4 at 1 kHz, run both ways. Both are brought to a peak of -1
    dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared: M.
    evaluate.py cuts silent ends off before, with sox; this does not. What is wrong: a quotient in
    each bin is the answer of the filter itself, whatever the music; what is left to see are bins
    near 1e-5, that is, where hiss or a low-pass begins.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return low_ratio_error(reference=reference, estimate=estimate)
