"""pedalboard's noise gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardGate"]


@dataclass(frozen=True)
class PedalboardGate(PedalboardEffect):
    """pedalboard's `NoiseGate`, taken from the library JUCE: each channel by itself.

        y[n] = x[n] min(1, (e[n] / T)^(ratio - 1))

    T is the threshold, linear. e is the level: an RMS that rises at once and falls in 50 ms,
    smoothed again over `attack_ms` and `release_ms` (JUCE, `dsp::NoiseGate`, 2020). Those times are
    2 pi time constants, as in `PedalboardCompressor`. There is no floor: the further a sound is
    below the threshold, the more it is reduced. A small ratio makes an expander. Channels are not
    linked. Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0}
    plays: ClassVar[str] = "NoiseGate"

    threshold_db: float = knob(-100.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB out per dB in")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")
