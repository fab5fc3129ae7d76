"""Level, dynamic spread and a crest of decibels in one, as FxNorm-Automix computes it.

    mean over the three of mean | M(estimate) - M(reference) | / | M(reference) |

Both sounds are brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples
apart. M is the running mean of a feature over 40 frames. The published evaluate.py first cuts
silent ends off with sox; this metric does not. The three features are those of `mape_t_rms`,
`mape_t_dynamic_spread` and `mape_t_crest`.

What is wrong: the third feature is a quotient of decibels, which is no crest factor, and its error
is the largest of the three.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import fxnorm_automix, percentage_metric
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_mean_error
from automix_bench.metric import Known

__all__ = ["mape_f_dynamics"]

mape_f_dynamics = percentage_metric(
    __name__,
    __doc__,
    partial(dynamics_mean_error, trimmed=False),
    source=fxnorm_automix("compute_dynamic_features", "mape_mean"),
    step=0.05,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("noise", "clip"),
    known=Known("(0.60082 + 0.75064 + 3.0103) / 3", sine_and_square, 1.45392, within=3e-3),
    instead="crest_error",
)
