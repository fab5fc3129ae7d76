"""Spectral centroid, relative error, as automix-toolkit computes it.

    mean over channels and frames of | M(estimate) - M(reference) | / | M(reference) |
    centroid(t) = 1 + sum_k f_k |X_k| / sum_k |X_k|, in Hz

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of centroid(t) over 40 frames.

What is wrong: an error of 100 Hz weighs more in a dull sound than in a bright one, pauses count as
1 Hz, and swapping the two sounds gives another value.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known

__all__ = ["mape_t_centroid"]

mape_t_centroid = percentage_metric(
    __name__,
    __doc__,
    partial(spectral_error, of="centroid", trimmed=True),
    source=automix_toolkit("centroid"),
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "reverb", "width", "codec"),
    known=Known(
        "centroids pi / 2 and pi - 2: (pi / 2 - (pi - 2)) / (pi / 2)",
        clicks_of_one_and_two,
        0.27324,
        within=1e-3,
    ),
    instead="centroid_error",
)
