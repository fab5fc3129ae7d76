"""Effects of the package pedalboard (Spotify, GPL-3.0), which is called and never shipped.

Each call makes a new pedalboard object, so no tail of one sound gets into the next, and the whole
sound goes through it at once, so blocks leave no mark. What follows for every such effect:

* it works in single precision, feedback included;
* equal settings give equal bits with one version of pedalboard on one kind of processor, as the
  makers of its parts promise nothing across versions: an environment that matters pins it;
* a frequency beyond half the rate, on which its filters run away or do nothing, is refused here.
"""

from __future__ import annotations

import importlib.util

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable
from automix_bench.errors import MissingPart

INSTALL = "pip install 'pedalboard>=0.9.26'"

CLOSED = (
    "another maker's effect: what it computes inside is its version's own, and no inverse of it "
    "could promise more"
)


def require_pedalboard(wanted_by: str) -> None:
    """See that pedalboard is there.

    Raises:
        MissingPart: it is not installed.
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
    """The sound through a new `pedalboard.<kind>(**settings)`, as long as it was.

    Args:
        wanted_by: the effect, for messages.
        most_channels: what it takes; some hand further channels back as they were, in silence.

    Raises:
        MissingPart: pedalboard is not installed, or too old to have it.
        Unsuitable: there are too many channels.
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
    heard = made(**settings)(_wide(audio), float(audio.rate))
    return audio.with_samples(heard[:, : audio.length])


def _wide(audio: Audio) -> np.ndarray:
    """The samples, with zeros behind them where there are no more samples than channels: pedalboard
    takes the shorter side for the channels."""
    missing = max(0, audio.channels + 1 - audio.length)
    return np.ascontiguousarray(np.pad(audio.samples, ((0, 0), (0, missing))))
