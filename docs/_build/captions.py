"""What is said under a picture: what it shows, and at which settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

KINDS = {
    "sides": "The level of the left (solid) and of the right (dashed) over the knob.",
    "middle": "The level of the middle and of the difference of the sides over the knob.",
    "response": "The magnitude response, from an impulse.",
    "dynamics": "Left, the level of a 1 kHz sine that comes out over the level that goes in, when "
    "it has settled; right, the gain by milliseconds while that sine goes from -40 to -6 dB and "
    "back, without the first 5 ms after, as filters ring.",
    "dynamics_at_8_khz": "Left, the level of an 8 kHz sine that comes out over the level that goes "
    "in, when it has settled; right, the gain by milliseconds while that sine goes from -40 to -6 "
    "dB and back, without the first 5 ms after, as filters ring.",
    "echoes": "The answer to an impulse in both channels: left upwards, right downwards.",
    "delays": "The answer to an impulse, by the moment at which the impulse comes.",
    "swept": "The magnitude response, by the moment.",
    "pitch": "The pitch of a 1 kHz sine over time.",
    "gain_in_time": "The gain over time.",
    "decay": "The energy that is still to come of the answer to an impulse (Schroeder's integral).",
    "curve": "Left, what comes out over what goes in, for a full-scale sine of 50 Hz; right, the "
    "harmonics of a full-scale sine of 1 kHz.",
    "tone": "The spectrum of a full-scale sine of 3 kHz.",
    "spectrum": "The power spectrum of pink noise at -20 dB, another in each channel, in twelfths "
    "of an octave.",
}


def labels(examples: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """The settings that all examples share, and for each those that differ."""
    names = list(dict.fromkeys(name for example in examples for name in example))
    alike = [n for n in names if len({str(example.get(n)) for example in examples}) == 1]
    common = ", ".join(f"{n} {_said(examples[0][n])}" for n in alike)
    return common, [
        ", ".join(f"{n} {_said(example[n])}" for n in example if n not in alike)
        for example in examples
    ]


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        runs = list[list[Any]]()
        for number in value:
            if not runs or runs[-1][0] != number:
                runs.append([number, 0])
            runs[-1][1] += 1
        return " ".join(f"{count}×{number:g}" for number, count in runs)
    if isinstance(value, str):
        return value if len(value) < 20 else f"{value[:8]}…"
    return f"{value:g}"
