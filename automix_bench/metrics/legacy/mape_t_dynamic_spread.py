"""Dynamic spread in dB, relative error, as automix-toolkit computes it.

    mean over frames of | M(estimate) - M(reference) | / | M(reference) |
    spread(t) = 1 - mean over a frame of (20 log10(|x| + 1e-30) - 20 log10 RMS)

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of spread(t) over 40 frames.

What is wrong: a sample that is exactly 0 counts as -600 dB, so digital silence in a frame of either
sound outweighs everything else; and it is in per cent of decibels.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_error
from automix_bench.metric import Known

__all__ = ["mape_t_dynamic_spread"]

mape_t_dynamic_spread = percentage_metric(
    __name__,
    __doc__,
    partial(dynamics_error, of=1, trimmed=True),
    source=automix_toolkit("dynamic_spread"),
    step=0.03,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "clip", "compression", "reverb"),
    known=Known(
        "spreads -3.0103 and 0 dB: (4.0103 - 1) / 4.0103", sine_and_square, 0.75064, within=5e-3
    ),
    instead="dynamic_spread_error",
)
