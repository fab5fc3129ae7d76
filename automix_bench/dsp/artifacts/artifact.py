"""A fault in a sound: what, where, how large."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Artifact:
    """A fault.

    Attributes:
        kind: of `UNITS`.
        channel: from 0 on.
        sample: at which it begins.
        length: in samples.
        size: in the unit of its kind.
    """

    kind: str
    channel: int
    sample: int
    length: int
    size: float


UNITS = {
    "click": "dB over the residual around it",
    "clipped run": "dB full scale",
    "DC offset": "dB against the RMS level",
    "gap": "dB of the sound at its edges, full scale",
    "drop-out": "dB lost against the reference",
    "pre-echo": "dB over the reference",
    "aliasing": "dB against the sound",
}
"""The unit of the size of each kind."""
