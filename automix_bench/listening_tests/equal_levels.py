"""Bring the stimuli of a listening test to one loudness, without clipping any.

All stimuli of a test get the integrated loudness (ITU-R BS.1770) that is asked for, or the highest
common one at which no true peak exceeds -1 dBTP. It is measured again after the samples were
rounded to 24 bits: each is within 0.1 LU of the level. A silent stimulus stays silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TypeVar

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.errors import UsageError
from automix_bench.files.quantise import quantised

LEVEL_LUFS = -23.0
HIGHEST_DBTP = -1.0
TOLERANCE_LU = 0.1

Key = TypeVar("Key")


@dataclass(frozen=True)
class Level:
    """The level of a stimulus.

    Attributes:
        lufs: its integrated loudness before, in LUFS; `-inf` where it is silent.
        peak_dbtp: its true peak before, in dBTP.
    """

    lufs: float
    peak_dbtp: float

    @property
    def silent(self) -> bool:
        return not isfinite(self.lufs)


def level_of(audio: Audio) -> Level:
    """The level of a sound of at least 0.4 s."""
    return Level(integrated_lufs(audio), true_peak_dbtp(audio))


def common_level(levels: Mapping[Key, Level], wanted: float = LEVEL_LUFS) -> float:
    """The loudness that all stimuli can have: the wanted one, or less where a peak would be too
    high. Rounded down to 0.1 LU.

    Raises:
        UsageError: all stimuli are silent.
    """
    sounding = [level for level in levels.values() if not level.silent]
    if not sounding:
        raise UsageError("listening test: every stimulus is silent: choose other songs")
    # A stimulus reaches this loudness with its peak at the highest one.
    highest = min(level.lufs + HIGHEST_DBTP - level.peak_dbtp for level in sounding)
    return wanted if highest >= wanted else int((highest - 0.1) * 10.0) / 10.0


def at_level(audio: Audio, level: Level, lufs: float) -> tuple[Audio, float]:
    """A stimulus at this loudness, in 24 bits, and the gain in dB that brought it there.

    Raises:
        UsageError: it is more than `TOLERANCE_LU` off, or peaks above `HIGHEST_DBTP`.
    """
    if level.silent:
        return quantised(audio), 0.0
    gain_db = lufs - level.lufs
    levelled = quantised(audio.scaled(amplitude(gain_db)))
    reached = level_of(levelled)
    if abs(reached.lufs - lufs) > TOLERANCE_LU or reached.peak_dbtp > HIGHEST_DBTP + TOLERANCE_LU:
        raise UsageError(
            f"listening test: expected a stimulus at {lufs:.1f} LUFS and below {HIGHEST_DBTP:g} "
            f"dBTP, got {reached.lufs:.2f} LUFS and {reached.peak_dbtp:.2f} dBTP"
        )
    return levelled, gain_db
