"""Play the console that a network set: from knobs to a mix and the console that makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.model import Answer
from automix_bench.model_parts.learned_console import Knobs, console_of, gain_to_track_db
from automix_bench.song import Stems

__all__ = ["Parts", "answer_of"]

RESIDUAL = "residual"
SetKnobs = Callable[[Stems], tuple[Mapping[str, Knobs], Knobs]]
"""From tracks at one loudness to the knobs of every strip and of the bus."""


@dataclass(frozen=True)
class Parts:
    """Which parts of the console are used."""

    compression: bool = True
    equaliser: bool = True
    panning: bool = True
    reverb: bool = True

    def strip(self, knobs: Knobs) -> dict[str, float]:
        """The knobs of a strip, those of unused parts where they change nothing."""
        changed = {**knobs}
        changed |= {} if self.compression else {"ratio": 1.0, "makeup_db": 0.0}
        changed |= {} if self.panning else {"pan": 0.0}
        return self.bus(changed)

    def bus(self, knobs: Knobs) -> dict[str, float]:
        """The same of the bus."""
        flat = {} if self.equaliser else {name: 0.0 for name in knobs if _is_band_gain(name)}
        return {**knobs, **flat}


def answer_of(stems: Stems, set_knobs: SetKnobs, parts: Parts, target_lufs: float) -> Answer:
    """A mix, and the console that makes it.

    Tracks without a loudness stay as they are. The residual of a separator gets the mean gain of
    the others, in dB.

    Args:
        stems: by name; their order has no meaning.
        target_lufs: the loudness of the mix.

    Raises:
        ValueError: there are no stems.
    """
    if not stems:
        raise ValueError("a mix wants at least one stem, got none")
    stems = {name: stems[name] for name in sorted(stems)}
    console = _console(stems, set_knobs, parts)
    _, mix = console.routed(stems, lambda _, chain, audio: chain(audio), total)
    if np.isfinite(or_nan(integrated_lufs, mix)):
        level = Gain(gain_to_db(mix, target_lufs))
        console = replace(console, bus=Chain((*console.bus.effects, level)))
        mix = level(mix)
    return Answer(stems={"mix": mix}, console=console)


def _console(stems: Mapping[str, Audio], set_knobs: SetKnobs, parts: Parts) -> Console:
    gains = {name: gain_to_track_db(sound) for name, sound in stems.items() if name != RESIDUAL}
    audible = {name: gain for name, gain in gains.items() if gain is not None}
    if not audible:
        return Console(strips={name: Chain() for name in stems})
    strips, bus = set_knobs({name: Gain(gain)(stems[name]) for name, gain in audible.items()})
    strips = {name: parts.strip(knobs) for name, knobs in strips.items()}
    console = console_of(stems, strips, audible, parts.bus(bus))
    if not parts.reverb:
        console = replace(console, auxes={})
    if RESIDUAL in stems:
        gain = float(np.mean([audible[name] + strips[name]["gain_db"] for name in audible]))
        chain = Chain((Gain(float(np.clip(gain, -60.0, 60.0))),))
        console = replace(console, strips={**console.strips, RESIDUAL: chain})
    return console


def _is_band_gain(name: str) -> bool:
    return name.split("_")[0] in {"low", "high", "bell"} and name.endswith("_db")
