"""Loudness in LUFS, relative error, as FxNorm-Automix computes it.

    | D(estimate) - D(reference) | / | D(reference) |
    D = the integrated loudness, with pyloudnorm's default filter

D is taken of the whole sound; `mape_t_lufs` takes frames. The published evaluate.py first cuts
silent ends off with sox; this metric does not.

What is wrong: a percentage of decibels weighs 1 LU at -8 LUFS three times as much as at -24, and
depends on the level of both sounds; the filter reads 0.045 LU low at 44.1 kHz.

Undefined (NaN) for a reference under -70 LUFS, shorter than 0.4 s or of more than five channels; an
estimate under -70 LUFS gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import fxnorm_automix, percentage_metric
from automix_bench.dsp.published.known_pairs import tone_and_half
from automix_bench.dsp.published.percentage_error import whole_level_error
from automix_bench.metric import Known

__all__ = ["mape_f_lufs"]

mape_f_lufs = percentage_metric(
    __name__,
    __doc__,
    partial(whole_level_error, of="lufs"),
    source=fxnorm_automix("compute_loudness_features", "d_lufs"),
    step=0.02,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "level", "width"),
    known=Known("-20 LUFS against -26.0206: 6.0206 / 20", tone_and_half, 0.30103, within=2e-3),
    instead="loudness_error",
)
