"""Decibels of the peak divided by decibels of the level, as automix-toolkit computes it.

    mean over frames of | M(estimate) - M(reference) | / | M(reference) |
    crest(t) = (20 log10 peak) / (20 log10 RMS), mean over the channels

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of crest(t) over 40 frames.

What is wrong: a crest factor is peak / RMS, a difference of decibels. This quotient moves with the
level. It is 1 for a square wave, 1 for silence, and 0.25 for a sine, whose crest factor is 3.01 dB.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_error
from automix_bench.metric import Known

__all__ = ["mape_t_crest"]

mape_t_crest = percentage_metric(
    __name__,
    __doc__,
    partial(dynamics_error, of=2, trimmed=True),
    source=automix_toolkit("crest_factor"),
    step=0.1,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("noise",),
    known=Known(
        "-1 / -4.0103 and -1 / -1: (1 - 0.24936) / 0.24936", sine_and_square, 3.0103, within=1e-3
    ),
    instead="crest_error",
)
