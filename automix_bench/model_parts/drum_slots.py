"""The microphones of a drum kit in fixed places, for a network that knows them by their place."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from automix_bench.model_parts.learned_console import gain_to_track_db
from automix_bench.song import Stems, role

__all__ = ["SLOTS", "in_slots"]

SLOTS = (
    *("kick", "snare", "hihat", "toms", "cymbals", "percussion"),
    *("overhead-left", "overhead-right"),
)
OTHERS = "percussion"
"""Where tracks go whose name tells no place."""


def in_slots(stems: Stems) -> tuple[Float32[np.ndarray, "slots samples"], dict[str, float]]:
    """Each track, in mono and at -30 LUFS, in its place; tracks of one place are added, places
    without a track are silent. Then the gain of each track, in dB; those without a loudness are
    left out."""
    some = next(iter(stems.values()))
    slots = np.zeros((len(SLOTS), some.length), np.float32)
    gains = {name: gain_to_track_db(stems[name]) for name in sorted(stems)}
    known = {name: gain for name, gain in gains.items() if gain is not None}
    for name, gain in known.items():
        track = stems[name].scaled(10.0 ** (gain / 20.0))
        slots[_slot(name)] += track.samples.mean(axis=0)
    return slots, known


def _slot(name: str) -> int:
    told = name if name in SLOTS else role(name)
    return SLOTS.index(told if told in SLOTS else OTHERS)
