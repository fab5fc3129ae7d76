"""The level of the tracks: the mix moves with it, or stays."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.audio import amplitude
from automix_bench.checkup.check_errors import DoesNotApply
from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import level_db
from automix_bench.checkup.returned import Returned, Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject
from automix_bench.dsp.artifacts.clipping import clipped_runs
from automix_bench.song import Stems

__all__ = ["input_gain"]

_GAIN_DB = 12.0
_WITHIN_DB = 1.0
_MOST_NUMBER = 0.5


@check_trial(
    challenge=DIVERSITY,
    expects="The output moves by 0 to 12 dB with the input, within 1 dB, and is not clipped; "
    "numbers that are relative to the input stay, within 0.5.",
    limit="-1 to 13 dB",
    unit="dB",
    number_limit="at most 0.5",
)
def input_gain(subject: Subject) -> Finding:
    """All inputs 12 dB louder, and 12 dB quieter: the output moves as they do, or stays.

    The loudest of the three has its peak at -3 dBFS. The figure is the move at either gain that is
    further from both, in the direction of the gain. Clipped runs that come with the gain fail. Of
    numbers, it is the largest move.
    """
    subject.demand_levels()
    if subject.kind.tells_effects:
        raise DoesNotApply("the settings that the brief tells belong to one level")
    returned: dict[float, Returned] = {}
    for gain in (0.0, _GAIN_DB, -_GAIN_DB):
        scale = amplitude(gain - _GAIN_DB)
        stems = {name: stem.scaled(scale) for name, stem in subject.brief.stems.items()}
        returned[gain] = subject.returned(replace(subject.brief, stems=stems))
    if subject.unit_of_numbers:
        moved = (returned[_GAIN_DB], returned[-_GAIN_DB])
        return same_answer(subject, returned[0.0], moved, Tolerance(-_GAIN_DB, _MOST_NUMBER))
    answers: dict[float, Stems] = {gain: one.sounds for gain, one in returned.items()}
    levels = {gain: level_db(answer.values()) for gain, answer in answers.items()}
    up, down = levels[_GAIN_DB] - levels[0.0], levels[0.0] - levels[-_GAIN_DB]
    figures = {"louder_by_db": up, "quieter_by_db": down}
    worst = max((up, down), key=lambda move: abs(move - _GAIN_DB / 2.0))
    sensible = -_WITHIN_DB <= worst <= _GAIN_DB + _WITHIN_DB
    reason = "" if sensible else f"12 dB more move the output by {up:+.1f} dB"
    runs = {gain: sum(len(clipped_runs(one)) for one in a.values()) for gain, a in answers.items()}
    of_input = sum(len(clipped_runs(stem)) for stem in subject.brief.stems.values())
    if runs[_GAIN_DB] > 2 * max(runs[-_GAIN_DB], of_input) + 2:
        sensible, reason = False, f"{runs[_GAIN_DB]} clipped runs when the input is loud"
    called = {0.0: "as-it-is", _GAIN_DB: "louder", -_GAIN_DB: "quieter"}
    heard = {
        f"{name}-{called[gain]}": audio
        for gain, answer in answers.items()
        for name, audio in answer.items()
    }
    return Finding(worst, sensible, reason, figures, heard)
