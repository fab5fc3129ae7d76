"""Stereo panning spectrum, relative error, as automix-toolkit computes it.

    mean over four bands and frames of | M(estimate) - M(reference) | / | M(reference) |
    P(t) = sqrt(mean of SPS_k^2)
    SPS = (1 - 2 |L| |R| / (|L|^2 + |R|^2)) sign(|R| - |L|)

Both sounds are cut to the span in which the reference is less than 45 dB below its loudest frame,
and brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples apart. M is the
running mean of P(t) over 40 frames. The bands are: all, under 250 Hz, 250 to 2500 Hz, and above.
Frames in which the reference is mono are left out.

What is wrong: squaring drops the sign, so left and right may be exchanged; nearly mono references
make any error huge; time differences are not seen.

Undefined (NaN) where the published code stops with an error: mono, fewer than 40 frames with a side
signal, or a silent reference. That code stops at a silent estimate too; here such an estimate gets
the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import automix_toolkit, percentage_metric
from automix_bench.dsp.published.known_pairs import noise_panned
from automix_bench.dsp.published.percentage_error import panning_mean_error
from automix_bench.metric import Known

__all__ = ["mape_t_panning"]

mape_t_panning = percentage_metric(
    __name__,
    __doc__,
    partial(panning_mean_error, fft_size=4096, trimmed=True),
    source=automix_toolkit("mean_mape_panning"),
    step=0.1,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("noise", "reverb", "width"),
    known=Known(
        "SPS of 1 - 1 / 1.25 and 1 - 0.5 / 1.0625: (0.52941 - 0.2) / 0.2",
        noise_panned,
        1.64706,
        within=1e-4,
    ),
    instead="panning_error",
)
