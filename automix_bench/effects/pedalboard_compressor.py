"""pedalboard's compressor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardCompressor"]


@dataclass(frozen=True)
class PedalboardCompressor(PedalboardEffect):
    """pedalboard's `Compressor`, taken from the library JUCE: hard knee, unlinked channels.

        y[n] = x[n] min(1, (e[n] / T)^(1 / ratio - 1)),  e[n] = |x[n]| + c (e[n-1] - |x[n]|),
        c = exp(-2 pi 1000 / (time rate))

    T is the threshold, linear, and the time is `attack_ms` while |x| > e, else `release_ms` (JUCE,
    `dsp::Compressor` and `dsp::BallisticsFilter`, 2020). It differs from our `Compressor` in four
    ways. It smooths the level, not the reduction, and in linear amplitude, not in dB. Its times are
    2 pi time constants, so an attack of 10 ms acts like one of 1.6 ms. It has no knee. Its channels
    are not linked, so the stereo image moves. RemFX (2023) drew threshold -42 to -20 dB, ratio 1.5
    to 6, attack 1 to 50 ms, release 10 to 250 ms. There is no make-up gain. Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0}
    plays: ClassVar[str] = "Compressor"

    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB in per dB out")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")
