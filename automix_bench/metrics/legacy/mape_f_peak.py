"""Peak in per cent of its decibels: FxNorm-Automix's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import near_full_scale
from automix_bench.dsp.published.percentage_error import whole_level_error
from automix_bench.metric import Known, metric

__all__ = ["mape_f_peak"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.05,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "clip", "level"),
    symmetric=False,
    source="FxNorm-Automix at 916bf7e (Martínez Ramírez et al., ISMIR 2022, arXiv:2208.11428), "
    "automix/utils_data_normalization.py: compute_loudness_features, 'd_peak'",
    known=(
        Known(
            "-0.1 dB against -1 dB: 900 %",
            near_full_scale,
            value=9.0,
            within=1e-4,
        ),
    ),
    instead="true_peak_error",
)
def mape_f_peak(*, reference: Audio, estimate: Audio) -> float:
    """Peak in dB, off by a fraction of itself, as FxNorm-Automix has it.

        | D(estimate) - D(reference) | / | D(reference) |
        D = 20 log10 max |x|

    Of whole sounds, where `mape_t_peak` takes frames of the same name. What is wrong: a peak has 0
    dB at full scale, where the fraction has no bound: of -0.1 dB, 0.9 dB are 900 %, and of -20 dB
    4.5 %.

    Undefined (NaN): a reference that is silent; an estimate that is gets the worst value.
    evaluate.py cuts silent ends off before, with sox; this does not.
    """
    return whole_level_error(reference=reference, estimate=estimate, of="peak")
