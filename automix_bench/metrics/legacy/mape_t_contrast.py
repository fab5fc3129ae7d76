"""Spectral contrast in dB, relative error, as automix-toolkit computes it.

    mean over channels, bands and frames of | M(estimate) - M(reference) | / | M(reference) |
    contrast(t) = 10 log10(mean of the highest 2 % of |X|)
        - 10 log10(mean of the lowest 2 %)

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of contrast(t) over 40 frames. The low band (to 250 Hz), the middle (the mean of three
octaves to 2 kHz) and the high band count a third each.

What is wrong: magnitudes are treated as powers, which halves the decibels; and a percentage of
decibels grows without bound where the reference has little contrast.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known

__all__ = ["mape_t_contrast"]

mape_t_contrast = percentage_metric(
    __name__,
    __doc__,
    partial(spectral_error, of="contrast", trimmed=True),
    source=automix_toolkit("contrast"),
    step=0.025,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "clip", "compression", "reverb", "codec"),
    known=Known(
        "half the level, brought back by the peak: nothing", noise_and_half, 0.0, within=1e-6
    ),
    instead="contrast_error",
)
