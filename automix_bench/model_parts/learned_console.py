"""The console of a network, as effects: what `networks/console.py` plays, played by the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from automix_bench.audio import Audio
from automix_bench.console import Aux, Console
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.effect import Chain, Effect
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.song import Stems

__all__ = [
    "ROOM",
    "TRACK_LUFS",
    "bus_chain",
    "console_of",
    "gain_to_track_db",
    "room_response",
    "strip_chain",
]

TRACK_LUFS = -30.0
"""What every track is brought to before its strip."""
ROOM = Reverb(rt60_seconds=1.3, pre_delay_ms=20.0, damping_hz=5_500.0, wet=1.0)
"""The reverb of the aux, at rates that it fits: see `room`."""
DETECTOR_MS, HIGHEST_SHARE, SHELF_Q = 10.0, 0.45, 0.5**0.5
"""As in `networks/console.py`; a test holds them to it."""
SECONDS = 2.6
"""How much of the reverb's response a network hears: twice its decay time."""

Knobs = Mapping[str, float]


def room(rate: int) -> Reverb:
    """The reverb of the aux at a rate, in Hz: below 13,750 Hz it is damped from a lower frequency
    on."""
    return replace(ROOM, damping_hz=min(ROOM.damping_hz, 0.4 * rate))


def gain_to_track_db(audio: Audio) -> float | None:
    """The gain that brings a track to `TRACK_LUFS`; None for a track without a loudness, or one
    that is so quiet that a gain would raise nothing but noise."""
    loudness = or_nan(integrated_lufs, audio)
    gain_db = TRACK_LUFS - loudness
    return gain_db if np.isfinite(gain_db) and gain_db <= Gain.knobs()["gain_db"].high else None


def strip_chain(knobs: Knobs, to_track_db: float, rate: int, channels: int) -> Chain:
    """The effects of a strip.

    Args:
        knobs: by the names of `networks/console.py`.
        to_track_db: the gain before it.
        channels: of the track; a mono one cannot be panned.
    """
    equaliser = _equaliser(knobs, ("low", "bell_1", "bell_2", "bell_3", "bell_4", "high"), rate)
    return Chain(
        (
            Gain(to_track_db),
            Compressor(
                threshold_db=knobs["threshold_db"],
                ratio=knobs["ratio"],
                knee_db=knobs["knee_db"],
                attack_ms=knobs["attack_ms"],
                release_ms=knobs["release_ms"],
                makeup_db=knobs["makeup_db"],
                detector_ms=DETECTOR_MS,
            ),
            *equaliser,
            Gain(knobs["gain_db"]),
            *([Pan(knobs["pan"])] if channels == 2 else []),
        )
    )


def bus_chain(knobs: Knobs, rate: int) -> Chain:
    """The effects of the bus."""
    return Chain(_equaliser(knobs, ("low", "bell", "high"), rate))


def console_of(
    stems: Stems, strips: Mapping[str, Knobs], gains_db: Mapping[str, float], bus: Knobs
) -> Console:
    """The console for stems. A stem without knobs passes as it is.

    Args:
        strips: the knobs of each stem that has any.
        gains_db: what brings these to `TRACK_LUFS`.
    """
    some = next(iter(stems.values()))
    return Console(
        strips={
            name: strip_chain(strips[name], gains_db[name], some.rate, some.channels)
            if name in strips
            else Chain()
            for name in stems
        },
        bus=bus_chain(bus, some.rate),
        auxes={
            "room": Aux(
                {name: strips[name]["send_db"] for name in strips}, Chain((room(some.rate),))
            )
        }
        if strips
        else {},
    )


def _equaliser(knobs: Knobs, bands: Sequence[str], rate: int) -> tuple[Effect, ...]:
    made: list[Effect] = []
    for band in bands:
        hertz = min(knobs[f"{band}_hz"], HIGHEST_SHARE * rate)
        gain_db, q = knobs[f"{band}_db"], knobs.get(f"{band}_q", SHELF_Q)
        kind = {"low": LowShelf, "high": HighShelf}.get(band, PeakingEQ)
        made.append(kind(frequency_hz=hertz, gain_db=gain_db, q=q))
    return tuple(made)


@lru_cache(maxsize=4)
def room_response(rate: int) -> Float32[np.ndarray, "2 2 taps"]:
    """The impulse responses of `ROOM`, from each side (first axis) to each. Read-only."""
    length = round(SECONDS * rate)
    impulses = np.zeros((2, 2, length), np.float32)
    impulses[0, 0, 0] = impulses[1, 1, 0] = 1.0
    response = np.stack([room(rate)(Audio(one, rate)).samples for one in impulses])
    response.flags.writeable = False
    return response
