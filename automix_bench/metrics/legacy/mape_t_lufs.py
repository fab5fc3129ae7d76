"""Loudness in per cent of its decibels: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import tone_and_half
from automix_bench.dsp.published.percentage_error import level_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_lufs"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.02,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "clip", "level", "width"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'lufs_loudness'",
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
def mape_t_lufs(*, reference: Audio, estimate: Audio) -> float:
    """Loudness in LUFS, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over frames
        of the integrated loudness of a frame, with pyloudnorm's default filter

    Both are cut to where the reference is less than 45 dB below its loudest frame; frames of 0.4 s
    (the published 17640 samples, at any rate), half overlapping; the running mean over 40 of them
    is compared, of 40 or fewer the mean: M. What is wrong: a percentage of decibels weighs 1 LU at
    -8 LUFS three times as much as at -24, and depends on where both were set; frames of one gating
    block have no gate; the filter reads 0.045 LU low at 44.1 kHz.

    Undefined (NaN), where the code stops with an error: under 0.4 s, and a reference with a frame
    under -70 LUFS. An estimate with one, at which it stops too, gets the worst value.
    """
    return level_error(reference=reference, estimate=estimate, of="lufs")
