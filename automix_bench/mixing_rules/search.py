"""A search for the console whose mix has the features of a reference, without gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.long_term import bark_powers
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.mixing_rules.panning import is_mono
from automix_bench.mixing_rules.roles import LOW
from automix_bench.mixing_rules.session import Session, Track
from automix_bench.sampling import Seed

Powers = Float64[np.ndarray, "channels bands"]
Row = Float64[np.ndarray, " knobs"]

QUIET = 1e-6
"""Bands of the reference that lie 60 dB under its loudest count as empty."""


@dataclass(frozen=True)
class Features:
    """The power of middle and side (or of one channel) in Bark bands, their sum being 1."""

    powers: Powers

    def distance_db(self, other: Powers) -> float:
        """The mean difference in level over the bands, in dB, weighted by the root of the louder
        power: what is loud counts more."""
        total = float(other.sum())
        if not total > 0.0:
            return float("inf")
        got = other / total
        weights = np.sqrt(np.maximum(self.powers, got))
        difference = np.abs(10.0 * np.log10((self.powers + QUIET) / (got + QUIET)))
        return float(np.sum(weights * difference) / np.sum(weights))


def features_of(audio: Audio) -> Features | None:
    """The features of a mix; None for silence."""
    powers = bark_powers(audio)
    total = float(powers.sum())
    return Features(powers / total) if total > 0.0 else None


@dataclass(frozen=True)
class MixSearch:
    """Search gains and places of the tracks against the features of a reference.

    Evaluations render nothing. The power of the mix in a band is taken as the sum of those of its
    tracks, which holds where tracks are uncorrelated:

        P_mid(b) = sum_m g_m^2 (M_m(b) c_m^2 + S_m(b) s_m^2),  P_side the same with M and S swapped

    where c and s are the parts that a place leaves in the middle and puts to the side. The search
    is an evolution strategy with one parent and one child, whose steps grow by success and shrink
    otherwise (I. Rechenberg, "Evolutionsstrategie", 1973). C. Steinmetz et al., "ST-ITO:
    controlling audio effects for style transfer with inference-time optimization", ISMIR 2024,
    search without gradients for a learned distance; the features here need no weights.

    Attributes:
        steps: how many children.
        most_db: how far a gain may move.
        most_pan: the widest place. Kick, bass and stereo tracks stay in the middle.
    """

    steps: int = 3_000
    most_db: float = 18.0
    most_pan: float = 0.8

    def __call__(self, session: Session, reference: Features, seed: Seed) -> Session:
        """The session with a gain and a place for every audible track."""
        tracks = session.audible
        channels = reference.powers.shape[0]
        if not tracks or channels != session.channels:
            return session
        powers = np.stack([bark_powers(track.audio) for track in tracks])
        bands = min(powers.shape[2], reference.powers.shape[1])
        powers, target = powers[..., :bands], Features(reference.powers[:, :bands])
        movable = np.array([self._may_move(track) for track in tracks])
        most = np.concatenate([np.full(len(tracks), self.most_db), self.most_pan * movable])

        def distance(knobs: Row) -> float:
            return target.distance_db(_mixed(powers, knobs))

        best = _evolved(distance, most, self.steps, seed)
        gains, places = np.split(best, 2)
        return session.with_tracks(
            _set(track, float(gain), float(place))
            for track, gain, place in zip(tracks, gains, _both_sides(places), strict=True)
        )

    def _may_move(self, track: Track) -> bool:
        stereo = track.audio.channels == 2
        return stereo and track.role not in LOW and is_mono(track.audio)


def _mixed(powers: Float64[np.ndarray, "tracks channels bands"], knobs: Row) -> Powers:
    """The powers of the mix. A place moves power of the middle to the side, and back."""
    gains, places = np.split(knobs, 2)
    scaled = powers * (10.0 ** (gains / 10.0))[:, np.newaxis, np.newaxis]
    if powers.shape[1] != 2:
        summed: Powers = scaled.sum(axis=0)
        return summed
    # Constant power: left and right are sqrt(2) cos and sin of (place + 1) pi / 4, so the middle
    # keeps cos^2 of place pi / 4, and the side gets sin^2.
    to_side = (np.sin(places * np.pi / 4.0) ** 2)[:, np.newaxis]
    middle = scaled[:, 0] * (1.0 - to_side) + scaled[:, 1] * to_side
    side = scaled[:, 1] * (1.0 - to_side) + scaled[:, 0] * to_side
    mixed: Powers = np.stack([middle.sum(axis=0), side.sum(axis=0)])
    return mixed


def _evolved(distance: Callable[[Row], float], most: Row, steps: int, seed: Seed) -> Row:
    """The best knobs found, from 0 on, within plus and minus `most`."""
    rng = seed.rng()
    best, step = np.zeros(most.size), 0.2
    least = distance(best)
    for _ in range(steps):
        changed = rng.random(most.size) < max(0.2, 1.0 / most.size)
        child = best + step * most * changed * rng.standard_normal(most.size)
        child = np.clip(child, -most, most)
        if (value := distance(child)) < least:
            best, least, step = child, value, min(step * 1.5, 0.5)
        else:
            step = max(step * 0.9**0.4, 0.01)
    return best


def _both_sides(places: Row) -> Row:
    """The widths of the tracks, on either side in turn: features cannot tell left from right."""
    order = np.argsort(-np.abs(places), kind="stable")
    signed = np.zeros(places.size)
    lean = 0.0
    for track in order:
        width = abs(float(places[track]))
        signed[track] = -width if lean > 0.0 else width
        lean += signed[track]
    return signed


def _set(track: Track, gain_db: float, place: float) -> Track:
    faded = track.through(Gain(gain_db))
    return faded.through(Pan(place)) if abs(place) >= 0.01 else faded
