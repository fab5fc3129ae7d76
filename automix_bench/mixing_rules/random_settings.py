"""Faders and places left to chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.mixing_rules.session import Session, Track
from automix_bench.sampling import Seed


@dataclass(frozen=True)
class Setting:
    """The fader and the place of a track."""

    gain_db: float
    pan: float


def random_settings(
    session: Session, seed: Seed, most_db: float, most_pan: float
) -> dict[str, Setting]:
    """A random gain and a random place for every audible track, by its name.

    What a track gets depends on `seed` and on its name alone, so the order and the number of the
    tracks mean nothing.

    Args:
        most_db: gains are uniform within plus and minus this.
        most_pan: places are uniform within plus and minus this.
    """

    def drawn(name: str) -> Setting:
        rng = (seed / name).rng()
        gain_db, pan = rng.uniform(-most_db, most_db), rng.uniform(-most_pan, most_pan)
        return Setting(float(gain_db), float(pan))

    return {track.name: drawn(track.name) for track in session.audible}


def with_settings(session: Session, settings: Mapping[str, Setting]) -> Session:
    """The session with a gain and, in stereo, a place for each track that is named."""

    def set_up(track: Track) -> Track:
        setting = settings[track.name]
        faded = track.through(Gain(setting.gain_db))
        return faded.through(Pan(setting.pan)) if session.channels == 2 else faded

    return session.with_tracks(set_up(t) for t in session.tracks if t.name in settings)
