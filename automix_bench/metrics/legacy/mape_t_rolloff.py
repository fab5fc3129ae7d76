"""Roll-off in per cent of itself: automix-toolkit's."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import clicks_of_one_and_two
from automix_bench.dsp.published.percentage_error import spectral_error
from automix_bench.metric import Known, metric

__all__ = ["mape_t_rolloff"]


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
    source="automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
    "tutorial), automix/evaluation/utils_evaluation.py: get_features, 'rolloff'",
    known=(
        Known(
            "0.85 pi and 2 asin 0.85: 1 - 2 asin(0.85) / (0.85 pi)",
            clicks_of_one_and_two,
            value=0.23917,
            within=1e-3,
        ),
    ),
    instead="rolloff_error",
)
def mape_t_rolloff(*, reference: Audio, estimate: Audio) -> float:
    """Spectral roll-off, off by a fraction of itself, as automix-toolkit has it.

        mean of | M(estimate) - M(reference) | / | M(reference) |     over channels and frames
        of rolloff(t) = 1 + the lowest f_k under which lies 0.85 of sum |X|, in Hz

    Both are cut to where the reference is less than 45 dB below its loudest frame and brought to a
    peak of -1 dB; frames of 4096 samples, 1024 apart; the running mean over 40 of them is compared:
    M. What is wrong: magnitudes are summed where the usual roll-off sums energies, and a fraction
    of a frequency weighs dull sounds more than bright ones.

    Undefined (NaN), where the code stops with an error: fewer than 40 frames, a silent reference. A
    silent estimate, at which it stops too, gets the worst value.
    """
    return spectral_error(reference=reference, estimate=estimate, of="rolloff", trimmed=True)
