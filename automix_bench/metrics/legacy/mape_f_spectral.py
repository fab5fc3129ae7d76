"""Centroid, bandwidth, contrast, roll-off and flatness in one, as FxNorm-Automix computes it.

    mean over the five of mean | M(estimate) - M(reference) | / | M(reference) |

Both sounds are brought to a peak of -1 dB. A frame has 4096 samples; frames begin 1024 samples
apart. M is the running mean of a feature over 40 frames. The published evaluate.py first cuts
silent ends off with sox; this metric does not. The five features are those of `mape_t_centroid`,
`mape_t_bandwidth`, `mape_t_contrast`, `mape_t_rolloff` and `mape_t_flatness`.

What is wrong: each of the five has its own faults; and fractions grow where the reference is dull,
flat or quiet, so their mean is mostly that of the largest.

Undefined (NaN) where the published code stops with an error: fewer than 40 frames, or a silent
reference. That code stops at a silent estimate too; here such an estimate gets the worst value.
"""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import fxnorm_automix, percentage_metric
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.published.percentage_error import spectral_mean_error
from automix_bench.metric import Known

__all__ = ["mape_f_spectral"]

mape_f_spectral = percentage_metric(
    __name__,
    __doc__,
    partial(spectral_mean_error, trimmed=False),
    source=fxnorm_automix("compute_spectral_features", "mape_mean"),
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "reverb", "width", "codec"),
    known=Known(
        "half the level, brought back by the peak: nothing", noise_and_half, 0.0, within=1e-6
    ),
    instead="third_octave_distance",
)
