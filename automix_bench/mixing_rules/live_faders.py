"""Faders that ride by themselves: causal, frame by frame, and not moved by bleed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.signal
from jaxtyping import Bool, Float64

from automix_bench.dsp.filters.k_weighting import LOWEST_RATE, k_weighting
from automix_bench.mixing_rules.role_levels import OFFSETS_LU
from automix_bench.mixing_rules.track_roles import told_role

OFFSET_DB = -0.691
"""Of loudness in LUFS against power in dB, by BS.1770."""

FLOOR_LUFS = -60.0
"""A channel below is silent."""

BELOW_PEAK = 0.1
"""A channel is played within 10 dB of its loudest frame; below lie rests, noise and bleed."""

ABOVE_BLEED = 4.0
"""A channel is played where it has more than four times (6 dB) the power of the bleed expected."""

MOST_BLEED = 0.25
"""-6 dB, as in `bleed_aware_loudness`: a microphone that hears another louder than that hears its
own source along with it."""

BLEED_RISES_DB = 3.0
"""A second. The lowest ratio of two channels is forgotten so slowly."""

PEAK_FALLS_DB = 0.5
"""A second."""

MEMORY_SECONDS = 10.0
"""Of loudness, in seconds of playing."""

UNKNOWN_DB = 0.0
"""The fader of a channel that has not been played yet."""

SLOPE_DB = 6.0
"""A second: the fastest that a fader moves."""

OPENING_DB, OPENING_SECONDS = 30.0, 1.0
"""A second: as fast a fader moves in the first second that a channel is played."""

MOST_DB = 24.0

Levels = Float64[np.ndarray, " channels"]
Frame = Float64[np.ndarray, "channels sides samples"]


class LiveFaders:
    """The faders of a live mix.

        gain_m -> T - 10 log10 N + offset_m - L_m,  by at most 6 dB a second

    E. Perez-Gonzalez and J. Reiss, "Automatic gain and fader control for live mixing", WASPAA 2009:
    every channel is brought to the same loudness, measured as it is played, and moves only while it
    is; a gate keeps noise and bleed from moving it. L_m is the loudness of channel m over the
    frames in which it is played (K-weighted, mean power over the last 10 s of playing; a histogram
    there). N is the number of channels that have been played, T the loudness of the mix, and
    offset_m that of the role (`role_levels`).

    A channel is played in a frame if its power is within 10 dB of its loudest frame (which falls by
    0.5 dB a second), above -60 LUFS, and above four times the bleed that is expected:

        e_m > 4 max over k of b_mk e_k

    b_mk is the lowest ratio of the powers of m and k so far while k is played, none if above -6 dB;
    it rises by 3 dB a second. That is how bleed shows: it is there whenever its source sounds.
    D. Moffat and M. Sandler, "Automatic mixing level balancing enhanced through source interference
    identification", AES 146, 2019, take interference out of loudness for faders. The gates, their
    numbers and the slopes are ours; they were chosen on 20 composed songs.

    Args:
        stems: the names of the channels.
        target_lufs: the loudness of the mix.
        roles: whether roles have offsets.
    """

    def __init__(
        self,
        stems: Sequence[str],
        rate: int,
        frame_samples: int,
        target_lufs: float = -23.0,
        roles: bool = True,
    ) -> None:
        count = len(stems)
        self._seconds = frame_samples / rate
        self._target_lufs = target_lufs
        offsets = [OFFSETS_LU.get(told_role(stem), 0.0) if roles else 0.0 for stem in stems]
        self._offsets_lu = np.array(offsets)
        self._weighting = _Weighting(rate)
        self._peaks = np.zeros(count)
        self._bleed = np.full((count, count), np.inf)
        self._powers = np.zeros(count)
        self._played_seconds = np.zeros(count)
        self.gains_db: Levels = np.full(count, UNKNOWN_DB)

    def ridden(self, frame: Frame) -> Levels:
        """Where the faders are at the end of a frame, in dB. They move evenly through it."""
        powers = self._weighting.powers(frame)
        played = self._played(powers)
        self._played_seconds += played * self._seconds
        share = np.minimum(self._seconds / np.maximum(self._played_seconds, self._seconds), 1.0)
        share = np.maximum(share, self._seconds / MEMORY_SECONDS) * played
        self._powers += share * (powers - self._powers)
        wanted = self._aims_db()
        opening = self._played_seconds <= OPENING_SECONDS
        step = np.where(opening, OPENING_DB, SLOPE_DB) * self._seconds
        moves = np.clip(wanted - self.gains_db, -step, step) * played
        self.gains_db = self.gains_db + moves
        return self.gains_db

    def _aims_db(self) -> Levels:
        known = self._played_seconds > 0.0
        lufs = OFFSET_DB + 10.0 * np.log10(np.where(known, self._powers, 1.0))
        each = self._target_lufs - 10.0 * np.log10(max(int(known.sum()), 1))
        aims: Levels = np.clip(each + self._offsets_lu - lufs, -MOST_DB, MOST_DB)
        return aims

    def _played(self, powers: Levels) -> Bool[np.ndarray, " channels"]:
        """Which channels are played in this frame, not only heard in it."""
        falls = 10.0 ** (-PEAK_FALLS_DB * self._seconds / 10.0)
        self._peaks = np.maximum(self._peaks * falls, powers)
        loud = (powers > 10.0 ** ((FLOOR_LUFS - OFFSET_DB) / 10.0)) & (
            powers >= BELOW_PEAK * self._peaks
        )
        rises = 10.0 ** (BLEED_RISES_DB * self._seconds / 10.0)
        ratios = powers[:, np.newaxis] / np.where(loud, powers, np.inf)
        self._bleed = np.where(loud, np.minimum(self._bleed * rises, ratios), self._bleed)
        expected = np.where(self._bleed <= MOST_BLEED, self._bleed, 0.0) * powers
        np.fill_diagonal(expected, 0.0)
        played: np.ndarray = loud & (powers > ABOVE_BLEED * expected.max(axis=1))
        return played


class _Weighting:
    """K-weighting that goes on from frame to frame; none at rates that are too low for it."""

    def __init__(self, rate: int) -> None:
        sections = k_weighting(rate) if rate >= LOWEST_RATE else ()
        self._sections = np.array([[s.b0, s.b1, s.b2, 1.0, s.a1, s.a2] for s in sections])
        self._state: np.ndarray | None = None

    def powers(self, frame: Frame) -> Levels:
        """The mean square of each channel, its sides added."""
        weighted = frame
        if self._sections.size:
            if self._state is None:
                self._state = np.zeros((len(self._sections), *frame.shape[:2], 2))
            weighted, self._state = scipy.signal.sosfilt(self._sections, frame, zi=self._state)
        powers: Levels = np.square(weighted).mean(axis=2).sum(axis=1)
        return powers
