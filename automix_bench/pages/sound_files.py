"""Sounds of a page: short FLAC files as text inside scripts, at levels that compare.

A page that is opened from disk may neither fetch a file nor play one through an `<audio>` element
into Web Audio. A script may be loaded, so the sounds travel as base64 in scripts.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio, decibels, peak
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.files import flac
from automix_bench.files.quantise import quantised

BITS = 16
MOST_BOOST_DB = 24.0
"""A sound is raised by no more than this to be as loud as the others of its group: what is louder
after that is mostly noise."""
_STEP_SECONDS = 0.5
_HEADROOM = 1.0 - 2.0 ** (1 - BITS)


@dataclass(frozen=True)
class SoundFile:
    """A sound as it travels.

    Attributes:
        content: a FLAC file of 16 bits, of the sound times `2**exponent`, so that a quiet sound
            keeps its resolution and a sound beyond full scale fits.
        scale: what the player multiplies the decoded sound with: `2**-exponent`.
        lufs: the integrated loudness of the sound as it is played, mono in two channels; NaN or
            -inf where it has none.
        peak: the largest sample of the sound, as linear amplitude.
    """

    content: bytes
    scale: float
    lufs: float
    peak: float
    rate: int
    seconds: float

    @property
    def loudness(self) -> str:
        """The loudness as text."""
        if math.isnan(self.lufs):
            return "–"
        return f"{self.lufs:.1f} LUFS" if math.isfinite(self.lufs) else "silent"

    @property
    def text(self) -> str:
        """The file as base64."""
        return base64.b64encode(self.content).decode("ascii")


def sound_file(audio: Audio) -> SoundFile:
    """Encode a sound. Channels beyond the second are left out."""
    if audio.channels > 2:
        audio = audio.with_samples(audio.samples[:2])
    highest = peak(audio)
    exponent = math.floor(math.log2(_HEADROOM / highest)) if highest > 0.0 else 0
    exponent = min(exponent, 64)
    rounded = quantised(audio, 2.0**exponent, BITS)
    return SoundFile(
        content=flac.encode(rounded, BITS),
        scale=2.0**-exponent,
        lufs=or_nan(integrated_lufs, in_two_channels(audio)),
        peak=highest,
        rate=audio.rate,
        seconds=audio.seconds,
    )


def matching_gains(sounds: Sequence[SoundFile], anchor: int = 0) -> list[float]:
    """The linear gain of each sound of a group at which all have one loudness.

        gain_i = target - L_i dB,   target = min(L_anchor, min_i (L_i - peak_i))

    So all come to the loudness of one of them, or to the highest one at which none exceeds full
    scale. A gain is at most `MOST_BOOST_DB`. A sound without a loudness keeps its level.

    Args:
        anchor: the place of the sound that keeps its level where that is possible.
    """
    known = [sound for sound in sounds if math.isfinite(sound.lufs)]
    highest = min((sound.lufs - decibels(sound.peak) for sound in known), default=0.0)
    own = sounds[anchor].lufs
    target = min(own, highest) if math.isfinite(own) else highest
    return [
        10.0 ** (min(target - sound.lufs, MOST_BOOST_DB) / 20.0)
        if math.isfinite(sound.lufs)
        else 1.0
        for sound in sounds
    ]


def common_gain(sounds: Sequence[SoundFile]) -> float:
    """The linear gain that brings the highest peak of a group to full scale, if it lies beyond."""
    return 1.0 / max(1.0, *(s.peak for s in sounds))


def loudest_start(sounds: Iterable[Audio], seconds: float) -> int:
    """Where an excerpt begins, in samples: of those on a grid of half a second, the one with the
    most energy over all sounds. 0 if they are no longer than that."""
    sounds = list(sounds)
    rate, length = sounds[0].rate, min(sound.length for sound in sounds)
    wanted, step = round(seconds * rate), round(_STEP_SECONDS * rate)
    if length <= wanted:
        return 0
    power = sum(np.mean(np.square(s.samples[:, :length], dtype=np.float64), axis=0) for s in sounds)
    energy = np.concatenate(([0.0], np.cumsum(power)))
    starts = np.arange(0, length - wanted + 1, step)
    return int(starts[np.argmax(energy[starts + wanted] - energy[starts])])


def excerpt_of(audio: Audio, start: int, seconds: float) -> Audio:
    """The part of a sound from sample `start` on, at most `seconds` long; its beginning where it
    ends before `start`."""
    wanted = round(seconds * audio.rate)
    if start >= audio.length:
        start = 0
    return audio.excerpt(start, min(wanted, audio.length - start))
