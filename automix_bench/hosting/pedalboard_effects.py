"""Effects of the package pedalboard (Spotify, GPL-3.0), which is called and never shipped.

Each call makes a new pedalboard object, so the tail of one sound never gets into the next. The
whole sound goes through it at once, so the result does not depend on blocks. For each such effect:

* it computes in single precision, feedback included;
* equal settings give equal bits with one version of pedalboard on one kind of processor. Nothing is
  promised across versions, so pin the version where that matters;
* a frequency above half the rate is refused here: its filters become unstable there or do nothing.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.effect import Effect, Unsuitable
from automix_bench.errors import MissingPart

INSTALL = "pip install 'pedalboard>=0.9.26'"

CLOSED = (
    "another maker's effect: what it computes inside is its version's own, and no inverse of it "
    "could promise more"
)


def require_pedalboard(wanted_by: str) -> None:
    """Check that pedalboard is installed, for the effect `wanted_by`.

    Raises:
        MissingPart: pedalboard is not installed.
    """
    if importlib.util.find_spec("pedalboard") is None:
        raise MissingPart(wanted_by, "pedalboard", INSTALL)


def played(
    audio: Audio,
    kind: str,
    *,
    wanted_by: str,
    most_channels: int | None = None,
    **settings: float | bool,
) -> Audio:
    """The sound through a new `pedalboard.<kind>(**settings)`, with its length unchanged.

    Args:
        wanted_by: the effect, for messages.
        most_channels: how many channels it processes. Some kinds return further channels unchanged,
            without an error. None for any number.

    Raises:
        MissingPart: pedalboard is not installed, or too old to have this kind.
        Unsuitable: the sound has too many channels.
    """
    require_pedalboard(wanted_by)
    import pedalboard

    made = getattr(pedalboard, kind, None)
    if made is None:
        raise MissingPart(wanted_by, f"a pedalboard that has {kind}", INSTALL)
    if most_channels is not None and audio.channels > most_channels:
        raise Unsuitable(
            f"{wanted_by} wants mono or stereo audio, 1 or 2 channels, got {audio.channels}: "
            "split it first"
        )
    samples = made(**settings)(_wide(audio), float(audio.rate))
    return audio.with_samples(samples[:, : audio.length])


def _wide(audio: Audio) -> np.ndarray:
    """The samples, padded with zeros to more samples than channels: pedalboard takes the shorter
    axis as the channels."""
    missing = max(0, audio.channels + 1 - audio.length)
    return np.ascontiguousarray(np.pad(audio.samples, ((0, 0), (0, missing))))


@dataclass(frozen=True)
class PedalboardEffect(Effect):
    """An effect of pedalboard: its file is a docstring, the name of pedalboard's class, and knobs.

    Class attributes:
        plays: the name of pedalboard's class.
        parameters: pedalboard's name of a knob, where it differs from ours.
        most_channels: how many channels it processes; None for any number.
        below_nyquist: the knob in Hz that must lie below half the rate; empty if there is none.
    """

    irreversible: ClassVar[str] = CLOSED
    plays: ClassVar[str]
    parameters: ClassVar[Mapping[str, str]] = {}
    most_channels: ClassVar[int | None] = None
    below_nyquist: ClassVar[str] = ""

    def arguments(self) -> dict[str, float | bool]:
        """The arguments of pedalboard's class."""
        return {self.parameters.get(name, name): getattr(self, name) for name in self.settings()}

    def __call__(self, audio: Audio) -> Audio:
        own = type(self).__name__
        if self.below_nyquist:
            knob = f"{own}.{self.below_nyquist}"
            require_below_nyquist(getattr(self, self.below_nyquist), audio.rate, knob=knob)
        return played(
            audio,
            self.plays,
            wanted_by=own,
            most_channels=self.most_channels,
            **self.arguments(),
        )

    def inverse(self) -> None:
        return None
