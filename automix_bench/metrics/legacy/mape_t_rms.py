"""RMS level in dB, relative error, as automix-toolkit computes it.

    mean over frames of | M(estimate) - M(reference) | / | M(reference) |
    level(t) = 1 - 20 log10(RMS of a frame), mean over the channels

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of level(t) over 40 frames.

What is wrong: once the peak has been brought to -1 dB this is a crest factor, not a level, and in
per cent of decibels; silent frames have -600 dB.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_error
from automix_bench.metric import Known

__all__ = ["mape_t_rms"]

mape_t_rms = percentage_metric(
    __name__,
    __doc__,
    partial(dynamics_error, of=0, trimmed=True),
    source=automix_toolkit("rms_level"),
    step=0.03,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("clip",),
    known=Known(
        "levels -4.0103 and -1 dB: (5.0103 - 2) / 5.0103", sine_and_square, 0.60082, within=1e-4
    ),
    instead="rms_error",
)
