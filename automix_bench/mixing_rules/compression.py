"""A compressor whose settings follow from the signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effects.compressor import Compressor
from automix_bench.mixing_rules.session import Session

FRAME_SECONDS = 0.2
"""The time over which peak and RMS are taken."""

LONGEST_ATTACK_MS, LONGEST_RELEASE_MS = 80.0, 1_000.0
ACTIVE_DB = -40.0


@dataclass(frozen=True)
class Dynamics:
    """What a compressor's settings follow from: of the frames that are not silent.

    Attributes:
        rms_db: the level, in dB full scale.
        crest: the square of peak over RMS, its mean over frames.
    """

    rms_db: float
    crest: float


def dynamics(audio: Audio) -> Dynamics:
    """Level and crest factor over frames of 200 ms within 40 dB of the loudest. The last frame is
    filled up with silence.

    Raises:
        ValueError: the audio is silent.
    """
    length = max(1, round(FRAME_SECONDS * audio.rate))
    count = -(-audio.length // length)
    padded = np.pad(audio.samples, ((0, 0), (0, count * length - audio.length)))
    frames = padded.reshape(audio.channels, count, length)
    powers = np.mean(np.square(frames, dtype=np.float64), axis=(0, 2))
    peaks = np.square(np.abs(frames).max(axis=(0, 2)).astype(np.float64))
    if not powers.max() > 0.0:
        raise ValueError("dynamics want a sound, got silence")
    active = powers >= powers.max() * 10.0 ** (ACTIVE_DB / 10.0)
    crest = float(np.mean(peaks[active] / powers[active]))
    return Dynamics(10.0 * float(np.log10(powers[active].mean())), crest)


def ballistics_ms(crest: float) -> tuple[float, float]:
    """Attack and release.

        attack = 2 * 80 ms / C^2,  release = 2 * 1 s / C^2 - attack

    D. Giannoulis, M. Massberg and J. Reiss, "Parameter automation in a dynamic range compressor",
    J. Audio Eng. Soc. 61(10), 2013: the more percussive, the faster. C^2 is the
    squared crest factor, 2 for a sine. It follows the signal there, and is a mean here.
    """
    attack = 2.0 * LONGEST_ATTACK_MS / max(crest, 2.0)
    return attack, 2.0 * LONGEST_RELEASE_MS / max(crest, 2.0) - attack


@dataclass(frozen=True)
class Compression:
    """A compressor on every track that has peaks to lower.

        threshold = RMS + above_db,  ratio = clip(1 + (crest - least_db) / per_ratio_db, 1, most)

    Ballistics are those of `ballistics_ms`. That a track is compressed the more, the more
    percussive it is, is the rule of Z. Ma et al., "Intelligent multitrack dynamic range
    compression", J. Audio Eng. Soc. 63(6), 2015; the line and its numbers are ours.

    Attributes:
        above_db: the threshold over the track's RMS.
        least_db: the crest factor, in dB, up to which a track is left alone.
        per_ratio_db: how many more decibels of crest raise the ratio by 1.
        most: the highest ratio.
    """

    above_db: float = 6.0
    least_db: float = 10.0
    per_ratio_db: float = 6.0
    most: float = 2.0

    def __call__(self, session: Session) -> Session:
        changed = []
        for track in session.audible:
            settings = self.settings(track.audio)
            if settings.ratio > 1.0:
                changed.append(track.through(settings))
        return session.with_tracks(changed)

    def settings(self, audio: Audio) -> Compressor:
        """The compressor that a sound gets; its ratio is 1 where none is needed."""
        signal = dynamics(audio)
        attack, release = ballistics_ms(signal.crest)
        crest_db = 10.0 * float(np.log10(signal.crest))
        ratio = 1.0 + (crest_db - self.least_db) / self.per_ratio_db
        threshold = float(np.clip(signal.rms_db + self.above_db, -80.0, 0.0))
        return Compressor(
            threshold_db=threshold,
            ratio=float(np.clip(ratio, 1.0, self.most)),
            knee_db=6.0,
            attack_ms=attack,
            release_ms=max(release, 1.0),
            makeup_db=0.0,
        )
