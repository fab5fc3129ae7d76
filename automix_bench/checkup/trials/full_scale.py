"""What is returned does not go over full scale."""

from __future__ import annotations

from automix_bench.audio import peak_db
from automix_bench.checkup.check_trial import ARTIFACTS, Finding, check_trial
from automix_bench.checkup.subject import Subject

__all__ = ["full_scale"]

_MOST_DB = 0.0


@check_trial(
    challenge=ARTIFACTS,
    expects="No sample lies over full scale; the plain sum of the tracks peaks at -3 dBFS.",
    limit="at most 0 dBFS",
    unit="dBFS",
)
def full_scale(subject: Subject) -> Finding:
    """The peak of the output, of an input that leaves 3 dB."""
    subject.demand_sounds()
    peaks = {name: peak_db(audio) for name, audio in subject.plain.items()}
    worst = max(peaks.values())
    figures = {f"{name}_dbfs": value for name, value in peaks.items()}
    return Finding(worst, worst <= _MOST_DB, figures=figures, sounds=subject.plain)
