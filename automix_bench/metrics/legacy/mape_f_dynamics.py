"""The mean of three percentages of dynamics: FxNorm-Automix's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import sine_and_square
from automix_bench.dsp.published.percentage_error import dynamics_mean_error
from automix_bench.metric import Known, metric

__all__ = ["mape_f_dynamics"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.05,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("noise", "clip"),
    symmetric=False,
    source="FxNorm-Automix at 916bf7e (Martínez Ramírez et al., ISMIR 2022, arXiv:2208.11428), "
    "automix/utils_data_normalization.py: compute_dynamic_features, 'mape_mean'",
    known=(
        Known(
            "(0.60082 + 0.75064 + 3.0103) / 3",
            sine_and_square,
            value=1.45392,
            within=3e-3,
        ),
    ),
    instead="crest_error",
)
def mape_f_dynamics(*, reference: Audio, estimate: Audio) -> float:
    """Level, dynamic spread and decibel-by-decibel crest in one, as FxNorm-Automix has them.

        mean over the three of mean | M(estimate) - M(reference) | / | M(reference) |

    Both are brought to a peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over
    40 of them is compared: M. evaluate.py cuts silent ends off before, with sox; this does not. The
    three are those of `mape_t_rms` and its neighbours. What is wrong: the third is a quotient of
    decibels that is no crest factor, and it is the largest of the three.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return dynamics_mean_error(reference=reference, estimate=estimate, trimmed=False)
