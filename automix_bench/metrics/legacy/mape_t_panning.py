"""Panning in per cent of itself: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import noise_panned
from automix_bench.dsp.published.percentage_error import panning_mean_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_panning"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("noise", "reverb", "width"),
    symmetric=False,
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'mean_mape_panning'",
    known=(
        Known(
            "SPS of 1 - 1 / 1.25 and 1 - 0.5 / 1.0625: (0.52941 - 0.2) / 0.2",
            noise_panned,
            value=1.64706,
            within=1e-4,
        ),
    ),
    instead="panning_error",
)
def mape_t_panning(*, reference: Audio, estimate: Audio) -> float:
    """Stereo panning spectrum, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over four bands and frames
        of P(t) = sqrt(mean of SPS_k^2),  SPS = (1 - 2 |L| |R| / (|L|^2 + |R|^2)) sign(|R| - |L|)

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. The bands are all, under 250 Hz, 250 to 2500 Hz and above; frames in which the reference is
    mono are left out. What is wrong: squaring throws the side away, so that left and right may be
    exchanged; nearly mono references make any error huge; time differences are not seen.

    Undefined (NaN), where the code stops with an error: mono, fewer than 40 frames with a side, a
    silent reference. A silent estimate, at which it stops too, gets the worst value.
    """
    return panning_mean_error(reference=reference, estimate=estimate, fft_size=4096, trimmed=True)
