"""Sample rates from those of telephones to those of studios."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.check_trial import RATES, Finding, check_trial
from automix_bench.checkup.compare import level_db
from automix_bench.checkup.returned import Tolerance, apart, lacking
from automix_bench.checkup.subject import Subject
from automix_bench.dsp.resampled import converted
from automix_bench.song import Stems

__all__ = ["sample_rates"]

_MOST_DB = 3.0
_TOLERANCE = Tolerance(_MOST_DB, 3.0)


@check_trial(
    challenge=RATES,
    expects="Each rate is answered, at a level against the input that is the same within 3 dB; "
    "levels as numbers are the same within 3.",
    limit="within ±3 dB",
    unit="dB",
    number_limit="at most 3",
)
def sample_rates(subject: Subject) -> Finding:
    """The same music at 8, 16, 22.05, 32, 44.1, 48, 88.2 and 96 kHz.

    The figure is the largest change of the output's level, against that of the input, from the rate
    of the music. Of numbers, it is the largest change of one.
    """
    subject.demand_levels()
    plain = subject.plain_answer
    own = 0.0
    if not subject.unit_of_numbers:
        own = _level(subject, subject.brief.stems, plain.sounds)
    worst, figures = 0.0, dict[str, float]()
    heard: Stems = {}
    for rate in subject.music.rates:
        tracks = subject.shown_of(subject.music.at_rate(rate))
        reference = (
            converted(subject.music.reference, rate) if subject.kind.with_reference else None
        )
        brief = subject.brief_of(tracks, reference)
        try:
            got = subject.returned(brief)
        except NotAnswered as error:
            return Finding(None, False, f"no answer at {rate} Hz: {error}", figures)
        if subject.unit_of_numbers:
            if missing := lacking(plain, got):
                return Finding(None, False, f"at {rate} Hz {missing}", figures)
            change = apart(plain, got)
        else:
            change = _level(subject, brief.stems, got.sounds) - own
        figures[f"at_{rate}_hz_{(subject.unit_of_numbers or 'dB').lower()}"] = change
        if abs(change) > abs(worst):
            worst, heard = change, got.sounds
    if subject.unit_of_numbers:
        passed = worst <= subject.allowed(_TOLERANCE)
        return Finding(worst, passed, figures=figures, unit=subject.unit_of_numbers)
    reason = "" if abs(worst) <= _MOST_DB else f"the level moves by {worst:+.1f} dB with the rate"
    return Finding(worst, abs(worst) <= _MOST_DB, reason, figures, heard)


def _level(subject: Subject, shown: Stems, got: Stems) -> float:
    """The level of the output against that of the input, in dB."""
    if subject.kind.removes:
        return level_db(got.values()) - level_db(shown.values())
    return level_db([total(got.values())]) - level_db([total(shown.values())])
