"""Tracks that were recorded too loud."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio, amplitude, peak, total
from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import level_db
from automix_bench.checkup.returned import Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject
from automix_bench.song import Stems

__all__ = ["clipped_input"]

_CLIPPED_BY_DB = 10.0
_MOST_DB = 6.0


@check_trial(
    challenge=DIVERSITY,
    expects="There is an answer, and its level against the input moves by at most 6 dB; levels as "
    "numbers move by at most 6.",
    limit="within ±6 dB",
    unit="dB",
    number_limit="at most 6",
)
def clipped_input(subject: Subject) -> Finding:
    """Every track clipped 10 dB below its peak."""
    subject.demand_levels()
    tracks = {name: _clipped(track) for name, track in subject.tracks.items()}
    clean = subject.brief_of(subject.tracks, clean=True)
    brief = subject.brief_of(tracks, clean=True)
    if subject.unit_of_numbers:
        expected, others = subject.returned(clean), [subject.returned(brief)]
        return same_answer(subject, expected, others, Tolerance(_MOST_DB, _MOST_DB))
    whole, got = subject.sounds(clean), subject.sounds(brief)
    moved = _level(got, brief.stems) - _level(whole, clean.stems)
    reason = "" if abs(moved) <= _MOST_DB else f"the level moves by {moved:+.1f} dB"
    return Finding(moved, abs(moved) <= _MOST_DB, reason, sounds=got)


def _level(got: Stems, shown: Stems) -> float:
    return level_db([total(got.values())]) - level_db([total(shown.values())])


def _clipped(audio: Audio) -> Audio:
    top = peak(audio) * amplitude(-_CLIPPED_BY_DB)
    return audio.with_samples(np.clip(audio.samples, -top, top))
