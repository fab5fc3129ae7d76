"""Loudness in per cent of its decibels: FxNorm-Automix's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import tone_and_half
from automix_bench.dsp.published.percentage_error import whole_level_error
from automix_bench.metric import Known, metric

__all__ = ["mape_f_lufs"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.02,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "level", "width"),
    symmetric=False,
    source="FxNorm-Automix at 916bf7e (Martínez Ramírez et al., ISMIR 2022, arXiv:2208.11428), "
    "automix/utils_data_normalization.py: compute_loudness_features, 'd_lufs'",
    known=(
        Known(
            "-20 LUFS against -26.0206: 6.0206 / 20",
            tone_and_half,
            value=0.30103,
            within=2e-3,
        ),
    ),
    instead="loudness_error",
)
def mape_f_lufs(*, reference: Audio, estimate: Audio) -> float:
    """Loudness in LUFS, off by a fraction of itself, as FxNorm-Automix has it.

        | D(estimate) - D(reference) | / | D(reference) |
        D = the integrated loudness, with pyloudnorm's default filter

    Of whole sounds, where `mape_t_lufs` takes frames of the same name. What is wrong: a percentage
    of decibels weighs 1 LU at -8 LUFS three times as much as at -24, and depends on where both were
    set; the filter reads 0.045 LU low at 44.1 kHz.

    Undefined (NaN): a reference that is under -70 LUFS or shorter than 0.4 s; an estimate that is
    gets the worst value. evaluate.py cuts silent ends off before, with sox; this does not.
    """
    return whole_level_error(reference=reference, estimate=estimate, of="lufs")
