"""Share of low frequencies, relative error, as FxNorm-Automix computes it.

    mean over frames of | M(estimate) - M(reference) | / | M(reference) |
    ratio(t) = sum_k |LX_k| / (|X_k| + 1e-5), mean over the channels

Both sounds are brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples
apart. M is the running mean of ratio(t) over 40 frames. The published evaluate.py first cuts silent
ends off with sox; this metric does not. L is a Butterworth filter of order 4 at 1 kHz, run forwards
and backwards.

What is wrong: a quotient in each bin is the response of the filter itself, whatever the music. What
is left to see are bins near 1e-5, that is, where hiss or a low-pass begins.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.percentages import fxnorm_automix, percentage_metric
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.published.percentage_error import low_ratio_error
from automix_bench.metric import Known

__all__ = ["mape_f_low_ratio"]

mape_f_low_ratio = percentage_metric(
    __name__,
    __doc__,
    low_ratio_error,
    source=fxnorm_automix("compute_dynamic_features", "l_ratio_mean_mape"),
    step=0.03,
    blind_to=("gain", "polarity", "channel swap"),
    sees=("noise", "low_pass", "clip", "compression", "codec"),
    known=Known(
        "half the level, brought back by the peak: nothing", noise_and_half, 0.0, within=1e-6
    ),
    instead="tilt_error",
)
