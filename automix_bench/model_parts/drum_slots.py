"""The tracks of a drum kit in the places where a network wants them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from automix_bench.audio import Audio
from automix_bench.dsp.resampled import resampled
from automix_bench.effects.gain import Gain
from automix_bench.model_parts.learned_console import gain_to_track_db
from automix_bench.song import Stems, role

__all__ = ["RATE", "SLOTS", "in_slots", "slot_of"]

RATE = 44_100
"""In Hz, of the sounds that the network hears."""
SLOTS = (
    *("kick", "snare", "hihat", "toms", "cymbals", "percussion"),
    *("overhead-left", "overhead-right"),
)
"""Those of the recipe `drum_mix`, in the order that the network knows."""


def slot_of(names: list[str]) -> dict[str, int]:
    """The slot of each track by its name, or by its role. Tracks of other names get the slots that
    are left, in alphabetical order, and share the last one where there are none."""
    slots = {name: SLOTS.index(name) for name in names if name in SLOTS}
    slots |= {
        name: SLOTS.index(role(name)) for name in names if name not in slots and role(name) in SLOTS
    }
    free = [slot for slot in range(len(SLOTS)) if slot not in slots.values()] or [len(SLOTS) - 1]
    others = sorted(name for name in names if name not in slots)
    return slots | {name: free[min(n, len(free) - 1)] for n, name in enumerate(others)}


def in_slots(stems: Stems, rate: int = RATE) -> Float32[np.ndarray, "slots samples"]:
    """The mean of the channels of each track at -30 LUFS, in its slot, at `rate`. Tracks of one
    slot are added; one without a loudness is silence, and so is a slot without a track.

    Raises:
        ValueError: there are no tracks.
    """
    if not stems:
        raise ValueError("a mix wants at least one track, got none")
    places = slot_of(list(stems))
    rows: list[np.ndarray] = []
    for slot in range(len(SLOTS)):
        own = [_heard(stems[name], rate) for name in sorted(stems) if places[name] == slot]
        rows.append(np.sum(own, axis=0) if own else np.zeros(0, np.float32))
    length = max(len(row) for row in rows)
    filled: Float32[np.ndarray, "slots samples"] = np.zeros((len(SLOTS), length), np.float32)
    for slot, row in enumerate(rows):
        filled[slot, : len(row)] = row
    return filled


def _heard(stem: Audio, rate: int) -> np.ndarray:
    gain_db = gain_to_track_db(stem)
    level = stem.scaled(0.0) if gain_db is None else Gain(gain_db)(stem)
    mono: np.ndarray = resampled(level, rate).samples.mean(axis=0)
    return mono
