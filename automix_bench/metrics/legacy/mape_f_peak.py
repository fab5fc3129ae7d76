"""Peak in dB, relative error, as FxNorm-Automix computes it.

    | D(estimate) - D(reference) | / | D(reference) |
    D = 20 log10 max |x|

D is taken of the whole sound; `mape_t_peak` takes frames. The published evaluate.py first cuts
silent ends off with sox; this metric does not.

What is wrong: a peak at full scale has 0 dB, where the fraction has no bound: an error of 0.9 dB is
900 % of -0.1 dB, and 4.5 % of -20 dB.

Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import fxnorm_automix, percentage_metric
from automix_bench.dsp.published.known_pairs import near_full_scale
from automix_bench.dsp.published.percentage_error import whole_level_error
from automix_bench.metric import Known

__all__ = ["mape_f_peak"]

mape_f_peak = percentage_metric(
    __name__,
    __doc__,
    partial(whole_level_error, of="peak"),
    source=fxnorm_automix("compute_loudness_features", "d_peak"),
    step=0.05,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "clip", "level"),
    known=Known("-0.1 dB against -1 dB: 900 %", near_full_scale, 9.0, within=1e-4),
    instead="true_peak_error",
)
