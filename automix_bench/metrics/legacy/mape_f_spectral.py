"""The mean of five spectral percentages: FxNorm-Automix's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.published.percentage_error import spectral_mean_error
from automix_bench.metric import Known, metric

__all__ = ["mape_f_spectral"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.03,
    blind_to=("gain", "polarity", "delay"),
    sees=("noise", "low_pass", "clip", "reverb", "width", "codec"),
    symmetric=False,
    source="FxNorm-Automix at 916bf7e (Martínez Ramírez et al., ISMIR 2022, arXiv:2208.11428), "
    "automix/utils_data_normalization.py: compute_spectral_features, 'mape_mean'",
    known=(
        Known(
            "half the level, brought back by the peak: nothing",
            noise_and_half,
            value=0.0,
            within=1e-6,
        ),
    ),
    instead="third_octave_distance",
)
def mape_f_spectral(*, reference: Audio, estimate: Audio) -> float:
    """Centroid, bandwidth, contrast, roll-off and flatness in one, as FxNorm-Automix has them.

        mean over the five of mean | M(estimate) - M(reference) | / | M(reference) |

    Both are brought to a peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over
    40 of them is compared: M. evaluate.py cuts silent ends off before, with sox; this does not. The
    five are those of `mape_t_centroid` and its neighbours. What is wrong: what is wrong in each of
    them, and a mean of fractions that grow where the reference is dull, flat or quiet is mostly
    that of the largest.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return spectral_mean_error(reference=reference, estimate=estimate, trimmed=False)
