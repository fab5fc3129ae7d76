"""Peak in dB, relative error, as automix-toolkit computes it.

    mean over frames of | M(estimate) - M(reference) | / | M(reference) |
    peak(t) = 20 log10 max |x|

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame. A
frame has 0.4 s (the published 17640 samples, at any rate), and frames overlap by half. M is the
running mean of peak(t) over 40 frames; of 40 or fewer, their mean.

What is wrong: a peak at full scale has 0 dB, where the fraction has no bound: an error of 0.9 dB is
900 % of -0.1 dB, and 4.5 % of -20 dB.

Undefined (NaN) where the published code stops with an error: under 0.4 s, or a reference with a
silent frame. That code stops at an estimate with a silent frame too; here such an estimate gets the
worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import near_full_scale
from automix_bench.dsp.published.percentage_error import level_error
from automix_bench.metric import Known

__all__ = ["mape_t_peak"]

mape_t_peak = percentage_metric(
    __name__,
    __doc__,
    partial(level_error, of="peak"),
    source=automix_toolkit("peak_loudness"),
    step=0.05,
    blind_to=("polarity", "channel swap"),
    sees=("noise", "clip", "level", "width"),
    known=Known("-0.1 dB against -1 dB: 900 %", near_full_scale, 9.0, within=1e-4),
    instead="true_peak_error",
)
