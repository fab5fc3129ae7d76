"""Which effect is on which page of the docs, and at what settings it is plotted there.

A new effect goes into the family it belongs to, with the kind of its picture (a function of that
name in `pictures.py`) and settings to show it at, one `dict` a curve; `Shown()` for no picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automix_bench.files.impulse_responses import EXAMPLE


@dataclass(frozen=True, init=False)
class Shown:
    """How an effect is plotted: the kind of picture, and the settings of each curve."""

    kind: str
    examples: tuple[Mapping[str, Any], ...]

    def __init__(self, kind: str = "", *examples: Mapping[str, Any]) -> None:
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "examples", examples)


@dataclass(frozen=True)
class Family:
    """A page: its title, what is said first, and its effects by name, in order."""

    title: str
    about: str
    effects: Mapping[str, Shown]


def _each(common: Mapping[str, Any], **differing: tuple[Any, ...]) -> tuple[dict[str, Any], ...]:
    """`common` with each of the values that some settings have in turn."""
    rows = zip(*differing.values(), strict=True)
    return tuple({**common, **dict(zip(differing, row, strict=True))} for row in rows)


_BALLISTICS = {"attack_ms": 5.0, "release_ms": 100.0}
_SLOW = {"detector_ms": 10.0, **_BALLISTICS}
_DRC = {
    "detector_attack_ms": 5.0,
    "detector_release_ms": 20.0,
    "gain_attack_ms": 15.0,
    "gain_release_ms": 80.0,
    "threshold_db": -24.0,
}
_SWEEP = {"speed_hz": 0.5, "feedback": 0.3}
_ECHO = {"delay_ms": 120.0, "feedback": 0.5, "wet": 0.6}

LEVEL = {
    "gain": Shown("sides", {}),
    "polarity": Shown(),
    "mute": Shown(),
    "pan": Shown("sides", *_each({}, law=("constant_power", "minus_4_5_db", "linear"))),
    "balance": Shown(),
    "stereo_width": Shown("middle", {}),
    "mono": Shown(),
    "haas": Shown("echoes", {"delay_ms": 12.0}),
}
SPECTRUM = {
    "peaking_eq": Shown(
        "response",
        *_each({"frequency_hz": 1_000.0}, gain_db=(12.0, 6.0, 6.0, -6.0), q=(1.0, 1.0, 4.0, 1.0)),
    ),
    "low_shelf": Shown(
        "response", *_each({"frequency_hz": 200.0, "q": 0.707}, gain_db=(12.0, 6.0, -6.0, -12.0))
    ),
    "high_shelf": Shown(
        "response", *_each({"frequency_hz": 4_000.0, "q": 0.707}, gain_db=(12.0, 6.0, -6.0, -12.0))
    ),
    "low_pass": Shown("response", *_each({"frequency_hz": 2_000.0}, order=("1", "2", "4", "8"))),
    "high_pass": Shown("response", *_each({"frequency_hz": 200.0}, order=("1", "2", "4", "8"))),
    "notch": Shown("response", *_each({"frequency_hz": 1_000.0}, q=(0.7, 3.0, 30.0))),
    "tilt": Shown("response", *_each({"frequency_hz": 650.0}, tilt_db=(6.0, 3.0, -3.0, -6.0))),
    "graphic_eq": Shown(
        "response",
        {"gains_db": tuple(6.0 if n == 17 else 0.0 for n in range(31))},
        {"gains_db": tuple(6.0 if n < 10 else -6.0 if n > 22 else 0.0 for n in range(31))},
    ),
}
DYNAMICS = {
    "compressor": Shown(
        "dynamics",
        *_each(
            {**_SLOW, "threshold_db": -24.0, "makeup_db": 0.0},
            ratio=(2.0, 4.0, 20.0),
            knee_db=(0.0, 12.0, 0.0),
        ),
    ),
    "neural_compressor": Shown(
        "dynamics", *_each({**_BALLISTICS, "threshold_db": -24.0}, ratio=(2.0, 4.0, 20.0))
    ),
    "decompressor": Shown(
        "dynamics",
        *_each(
            {**_SLOW, "threshold_db": -36.0, "makeup_db": 0.0, "knee_db": 0.0}, ratio=(1.5, 2.0)
        ),
    ),
    "expander": Shown(
        "dynamics",
        *_each(
            {**_SLOW, "threshold_db": -24.0, "knee_db": 6.0, "range_db": 40.0}, ratio=(2.0, 4.0)
        ),
    ),
    "unexpander": Shown(
        "dynamics",
        *_each(
            {**_SLOW, "threshold_db": -24.0, "knee_db": 6.0, "range_db": 20.0}, ratio=(2.0, 4.0)
        ),
    ),
    "gate": Shown(
        "dynamics",
        *_each(
            {**_BALLISTICS, "threshold_db": -24.0, "hysteresis_db": 3.0, "range_db": 40.0},
            hold_ms=(0.0, 100.0),
        ),
    ),
    "limiter": Shown(
        "dynamics",
        *_each(
            {"ceiling_dbtp": -12.0, "lookahead_ms": 5.0},
            gain_db=(0.0, 6.0),
            release_ms=(50.0, 200.0),
        ),
    ),
    "multiband_compressor": Shown(
        "dynamics",
        *_each(
            {
                **{"low_hz": 200.0, "high_hz": 3_000.0, "knee_db": 6.0, **_BALLISTICS},
                **{"low_threshold_db": -24.0, "low_ratio": 4.0},
                **{"mid_threshold_db": -24.0, "high_threshold_db": -24.0, "high_ratio": 4.0},
            },
            mid_ratio=(2.0, 8.0),
        ),
    ),
    "de_esser": Shown(
        "dynamics_at_8_khz",
        *_each(
            {
                "frequency_hz": 5_000.0,
                "threshold_db": -30.0,
                "range_db": 12.0,
                "attack_ms": 1.0,
                "release_ms": 50.0,
            },
            ratio=(2.0, 8.0),
        ),
    ),
    "transient_shaper": Shown(
        "dynamics",
        *_each(
            {"attack_ms": 20.0, "sustain_ms": 300.0},
            attack_db=(12.0, -12.0),
            sustain_db=(0.0, 12.0),
        ),
    ),
    "drc": Shown(
        "dynamics",
        *_each(_DRC, ratio=(4.0, 2.0), mode=("compressor", "expander")),
        {**_DRC, "ratio": 4.0, "mode": "limiter"},
    ),
    "drc_inverse": Shown("dynamics", *_each({**_DRC, "threshold_db": -36.0}, ratio=(1.5, 2.0))),
}
TIME = {
    "delay": Shown("echoes", _ECHO),
    "ping_pong_delay": Shown("echoes", _ECHO),
    "filtered_delay": Shown("echoes", {**_ECHO, "low_pass_hz": 3_000.0, "high_pass_hz": 200.0}),
    "chorus": Shown(
        "delays", {**_SWEEP, "depth_ms": 6.0, "delay_ms": 15.0, "wet": 0.7, "spread_degrees": 90.0}
    ),
    "flanger": Shown("swept", {**_SWEEP, "depth_ms": 2.0, "delay_ms": 2.5, "wet": 0.9}),
    "phaser": Shown(
        "swept", {**_SWEEP, "low_hz": 300.0, "high_hz": 4_000.0, "wet": 0.9, "stages": "6"}
    ),
    "vibrato": Shown("pitch", *_each({"speed_hz": 5.0}, depth_cents=(20.0, 50.0))),
    "tremolo": Shown("gain_in_time", *_each({"speed_hz": 4.0}, depth=(0.3, 0.8))),
}
ROOM = {
    "reverb": Shown(
        "decay",
        *_each(
            {"pre_delay_ms": 10.0, "damping_hz": 6_000.0, "wet": 0.3}, rt60_seconds=(0.5, 1.0, 2.0)
        ),
    ),
    "neural_reverb": Shown(
        "decay",
        *_each(
            {"pre_delay_ms": 10.0, "damping_hz": 6_000.0, "wet": 0.3}, rt60_seconds=(0.5, 1.0, 2.0)
        ),
    ),
    "noise_reverb": Shown(
        "decay",
        *_each(
            {"pre_delay_ms": 10.0, "wet": 0.3, "room": 7.0},
            rt60_low_seconds=(0.5, 1.0, 2.0),
            rt60_mid_seconds=(0.5, 1.0, 2.0),
            rt60_high_seconds=(0.3, 0.6, 1.2),
        ),
    ),
    "convolution": Shown(
        "decay",
        *_each({"response": EXAMPLE, "pre_delay_ms": 10.0, "wet": 0.3}, direct=("kept", "removed")),
    ),
}
NONLINEAR = {
    "hard_clip": Shown("curve", *_each({}, threshold_db=(-6.0, -12.0))),
    "soft_clip": Shown("curve", *_each({}, drive_db=(6.0, 18.0))),
    "cubic_clip": Shown("curve", *_each({}, ceiling_db=(-3.0, -9.0))),
    "asymmetric_clip": Shown(
        "curve", *_each({"positive_db": -3.0, "negative_db": -12.0}, dc=("kept", "removed"))
    ),
    "overdrive": Shown("curve", *_each({"drive_db": 18.0, "tone_hz": 6_000.0}, bias=(0.0, 0.4))),
    "neural_overdrive": Shown(
        "curve", *_each({"drive_db": 18.0, "tone_hz": 6_000.0}, bias=(0.0, 0.4))
    ),
    "bit_depth": Shown("curve", *_each({}, bits=(3.0, 6.0))),
    "rate_reduction": Shown(
        "tone", *_each({"target_rate": 8_000.0}, kind=("hold", "band_limited"))
    ),
}
CODEC = {
    "mp3": Shown("spectrum", *_each({}, bitrate_kbps=(64.0, 128.0, 320.0))),
    "vorbis": Shown("spectrum", *_each({}, quality=(0.0, 4.0, 10.0))),
    "opus": Shown("spectrum", *_each({}, bitrate_kbps=(64.0, 96.0, 160.0))),
    "aac": Shown("spectrum", *_each({}, bitrate_kbps=(48.0, 96.0, 256.0))),
}
HOSTED = {
    "pedalboard_low_pass": Shown("response", *_each({}, frequency_hz=(500.0, 2_000.0))),
    "pedalboard_high_pass": Shown("response", *_each({}, frequency_hz=(200.0, 1_000.0))),
    "pedalboard_compressor": Shown(
        "dynamics", *_each({**_BALLISTICS, "threshold_db": -24.0}, ratio=(2.0, 8.0))
    ),
    "pedalboard_gate": Shown(
        "dynamics", *_each({**_BALLISTICS, "threshold_db": -24.0}, ratio=(2.0, 8.0))
    ),
    "pedalboard_limiter": Shown(
        "dynamics", *_each({"ceiling_db": -12.0, "lookahead_ms": 5.0}, release_ms=(50.0, 200.0))
    ),
    "pedalboard_delay": Shown("echoes", {"delay_ms": 120.0, "feedback": 0.5, "mix": 0.4}),
    "pedalboard_chorus": Shown(
        "delays",
        {"rate_hz": 0.5, "depth": 0.5, "centre_delay_ms": 15.0, "feedback": 0.3, "mix": 0.5},
    ),
    "pedalboard_phaser": Shown(
        "swept",
        {"rate_hz": 0.5, "depth": 0.5, "centre_frequency_hz": 1_000.0, "feedback": 0.3, "mix": 0.5},
    ),
    "pedalboard_reverb": Shown(
        "decay",
        *_each(
            {"damping": 0.5, "wet_level": 0.3, "dry_level": 0.35, "width": 1.0},
            room_size=(0.3, 0.6, 0.9),
        ),
    ),
    "pedalboard_distortion": Shown("curve", *_each({}, drive_db=(6.0, 18.0))),
    "pedalboard_clipping": Shown("curve", *_each({}, threshold_db=(-6.0, -12.0))),
    "pedalboard_bitcrush": Shown("curve", *_each({}, bit_depth=(3.0, 6.0))),
    "vst3": Shown(),
    "lv2": Shown(),
}

FAMILIES = {
    "level": Family("Level and space", "How loud a sound is, and where between the sides.", LEVEL),
    "spectrum": Family(
        "Spectrum", "Filters and equalisers. A stated gain is the gain at the centre.", SPECTRUM
    ),
    "dynamics": Family(
        "Dynamics",
        "Gains that follow the level, and their inverses. US patent 10,924,078 concerns the "
        "inversion of dynamic range compression.",
        DYNAMICS,
    ),
    "time": Family("Time", "Echoes, and what swings: delays, all-passes, gains.", TIME),
    "room": Family("Room", "Reverberation, computed or measured.", ROOM),
    "nonlinear": Family(
        "Non-linear", "Curves that bend a wave, and coarse grids of level and time.", NONLINEAR
    ),
    "codec": Family(
        "Codecs", "Encoded with loss and decoded again, with the codec's delay taken out.", CODEC
    ),
    "hosted": Family(
        "Other makers' effects",
        "Effects of pedalboard (GPL-3.0, the extra `pedalboard`) and any VST3 or LV2 plug-in of "
        "the machine, under the same contract: for training on ours and testing on theirs.",
        HOSTED,
    ),
}
