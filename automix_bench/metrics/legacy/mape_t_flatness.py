"""Spectral flatness in dB, relative error, as automix-toolkit computes it.

    mean over channels and frames of | M(estimate) - M(reference) | / | M(reference) |
    flatness(t) = 1 - 20 log10(geometric mean of |X|^2 / mean of |X|^2)

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of flatness(t) over 40 frames.

What is wrong: 20 log10 of a ratio of powers doubles the decibels, and a percentage of decibels is
large where the reference is noise (1) and small where it is a tone.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known

__all__ = ["mape_t_flatness"]

mape_t_flatness = percentage_metric(
    __name__,
    __doc__,
    partial(spectral_error, of="flatness", trimmed=True),
    source=automix_toolkit("flatness"),
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "compression", "width", "codec"),
    known=Known(
        "flatness 1 and 1/4 over 1/2: 1 and 1 + 6.0206", clicks_of_one_and_two, 6.0206, within=0.05
    ),
    instead="flatness_error",
)
