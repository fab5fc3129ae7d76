"""Spectral roll-off, relative error, as automix-toolkit computes it.

    mean over channels and frames of | M(estimate) - M(reference) | / | M(reference) |
    rolloff(t) = 1 + the lowest f_k under which lies 0.85 of sum |X|, in Hz

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of rolloff(t) over 40 frames.

What is wrong: magnitudes are summed where the usual roll-off sums energies, and a fraction of a
frequency weighs dull sounds more than bright ones.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known

__all__ = ["mape_t_rolloff"]

mape_t_rolloff = percentage_metric(
    __name__,
    __doc__,
    partial(spectral_error, of="rolloff", trimmed=True),
    source=automix_toolkit("rolloff"),
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "reverb", "width", "codec"),
    known=Known(
        "0.85 pi and 2 asin 0.85: 1 - 2 asin(0.85) / (0.85 pi)",
        clicks_of_one_and_two,
        0.23917,
        within=1e-3,
    ),
    instead="rolloff_error",
)
