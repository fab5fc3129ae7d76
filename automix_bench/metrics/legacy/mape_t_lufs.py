"""Loudness in LUFS, relative error, as automix-toolkit computes it.

    mean over frames of | M(estimate) - M(reference) | / | M(reference) |
    L(t) = the integrated loudness of a frame, with pyloudnorm's default filter

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame. A
frame has 0.4 s (the published 17640 samples, at any rate), and frames overlap by half. M is the
running mean of L(t) over 40 frames; of 40 or fewer, their mean.

What is wrong: a percentage of decibels weighs 1 LU at -8 LUFS three times as much as at -24, and
depends on the level of both sounds; frames of one gating block have no gate; the filter reads 0.045
LU low at 44.1 kHz.

Undefined (NaN) where the published code stops with an error: under 0.4 s, more than five channels,
or a reference with a frame under -70 LUFS. That code stops at an estimate with such a frame too;
here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import tone_and_half
from automix_bench.dsp.published.percentage_error import level_error
from automix_bench.metric import Known

__all__ = ["mape_t_lufs"]

mape_t_lufs = percentage_metric(
    __name__,
    __doc__,
    partial(level_error, of="lufs"),
    source=automix_toolkit("lufs_loudness"),
    step=0.02,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "clip", "level", "width"),
    known=Known("-20 LUFS against -26.0206: 6.0206 / 20", tone_and_half, 0.30103, within=2e-3),
    instead="loudness_error",
)
