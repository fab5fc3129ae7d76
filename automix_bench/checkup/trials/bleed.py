"""Microphones that hear each other."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import Unmixed, moves_db
from automix_bench.checkup.subject import Subject
from automix_bench.song import Stems

__all__ = ["bleed"]

_BLEED_DB = -20.0
_DELAY_SECONDS = 0.003
_MOST_DB = 6.0


@check_trial(
    challenge=DIVERSITY,
    expects="No track moves by more than 6 dB against the one in the middle.",
    limit="within ±6 dB",
    unit="dB",
)
def bleed(subject: Subject) -> Finding:
    """Every track with all others in it, 20 dB quieter and 3 ms late."""
    subject.demand_tracks()
    tracks = subject.tracks
    heard_too = {name: _with_bleed(name, tracks) for name in tracks}
    mix = subject.sounds(subject.brief_of(heard_too))["mix"]
    before = Unmixed(tracks, subject.plain["mix"]).levels_db
    moves = moves_db(before, Unmixed(heard_too, mix).levels_db)
    name = max(moves, key=lambda one: abs(moves[one]))
    worst = moves[name]
    reason = "" if abs(worst) <= _MOST_DB else f"{name} moves by {worst:+.1f} dB"
    heard = {"without-bleed": subject.plain["mix"], "with-bleed": mix}
    return Finding(worst, abs(worst) <= _MOST_DB, reason, sounds=heard)


def _with_bleed(name: str, tracks: Stems) -> Audio:
    own = tracks[name]
    others = sum(
        (track.samples.astype(np.float64) for one, track in tracks.items() if one != name),
        np.zeros_like(own.samples, np.float64),
    )
    late = round(_DELAY_SECONDS * own.rate)
    shifted = np.pad(others, ((0, 0), (late, 0)))[:, : own.length]
    return own.with_samples(own.samples + amplitude(_BLEED_DB) * shifted)
