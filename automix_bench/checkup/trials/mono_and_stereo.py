"""Mono tracks, alone and beside stereo ones."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import heard_levels_db, lowest_against_median_db
from automix_bench.checkup.returned import Returned, Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject
from automix_bench.song import Stems

__all__ = ["mono_and_stereo"]

_LEAST_DB = -40.0
_MOST_NUMBER = 0.5


@check_trial(
    challenge=DIVERSITY,
    expects="Each is answered in its shape, and no track lies more than 40 dB below the middle; "
    "levels as numbers are the same in one channel as in two equal ones, within 0.5.",
    limit="at least -40 dB",
    unit="dB",
    number_limit="at most 0.5",
)
def mono_and_stereo(subject: Subject) -> Finding:
    """Tracks in mono, mono tracks in two channels, and some of those beside stereo ones.

    All sounds of a brief have one shape, so a mono track among stereo ones has two equal channels.
    The figure is the level of the quietest track against the one in the middle.
    """
    subject.demand_levels()
    tracks = subject.tracks
    shapes: dict[str, Stems] = {
        "mono": {name: _mono(track, 1) for name, track in tracks.items()},
        "mono in two channels": {name: _mono(track, 2) for name, track in tracks.items()},
        "mono and stereo": {
            name: _mono(track, 2) if number % 2 else track
            for number, (name, track) in enumerate(tracks.items())
        },
    }
    worst, figures = 0.0, dict[str, float]()
    heard: Stems = {}
    numbers: dict[str, Returned] = {}
    for shape, shown in shapes.items():
        try:
            returned = subject.returned(subject.brief_of(shown, _reference(subject, shape)))
        except NotAnswered as error:
            return Finding(None, False, f"no answer for {shape}: {error}", figures)
        if subject.unit_of_numbers:
            numbers[shape] = returned
        elif subject.kind.several:
            lowest = lowest_against_median_db(heard_levels_db(shown, returned.sounds))
            figures[f"{shape.replace(' ', '_')}_db"] = lowest
            if lowest < worst:
                worst, heard = lowest, returned.sounds
    if subject.unit_of_numbers:
        others = [numbers["mono in two channels"]]
        return same_answer(subject, numbers["mono"], others, Tolerance(_LEAST_DB, _MOST_NUMBER))
    return Finding(worst, worst >= _LEAST_DB, "", figures, heard)


def _mono(audio: Audio, channels: int) -> Audio:
    mean = audio.samples.mean(axis=0, keepdims=True)
    return audio.with_samples(mean.repeat(channels, axis=0))


def _reference(subject: Subject, shape: str) -> Audio | None:
    return _mono(subject.music.reference, 1) if shape == "mono" else None
