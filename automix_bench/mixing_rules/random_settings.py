"""Faders and places left to chance."""

from __future__ import annotations

from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.mixing_rules.session import Session, Track
from automix_bench.sampling import Seed


def random_settings(session: Session, seed: Seed, most_db: float, most_pan: float) -> Session:
    """Give every audible track a random gain and a random place.

    What a track gets depends on `seed` and on its name alone, so the order and the number of the
    tracks mean nothing.

    Args:
        most_db: gains are uniform within plus and minus this.
        most_pan: places are uniform within plus and minus this; there are none in mono.
    """

    def drawn(track: Track) -> Track:
        rng = (seed / track.name).rng()
        gain, pan = rng.uniform(-most_db, most_db), rng.uniform(-most_pan, most_pan)
        faded = track.through(Gain(float(gain)))
        return faded.through(Pan(float(pan))) if session.channels == 2 else faded

    return session.with_tracks(drawn(track) for track in session.audible)
