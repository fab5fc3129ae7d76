"""A network sets a mixing console."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.learned_console import console_of, gain_to_track_db
from automix_bench.model_parts.roles import ROLES, role_number
from automix_bench.model_parts.track_features import FEATURES, track_features
from automix_bench.weights.store import load_into, read, shipped

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MixingConsole"]

RESIDUAL = "residual"


@dataclass(frozen=True)
class MixingConsole:
    """The mixing console of Steinmetz et al. (ICASSP 2021), trained here: `automix-bench train
    mixing_console`.

    Every track is brought to one loudness. A network hears statistics of all of them. For each
    track it sets a compressor, six bands of an equaliser, gain, pan and a send to one room; for the
    bus an equaliser. The package's own effects play that console, so the answer's console is its
    mix. It takes any number of tracks in any order; their names are not used. Tracks without a
    loudness stay as they are, and the residual of a separator gets the mean gain of the others.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        compression: whether the compressors are used.
        equaliser: whether the equalisers of strips and bus are used.
        panning: whether tracks are panned.
        reverb: whether tracks are sent to the room.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    weights: str = "mixing_console"
    compression: bool = True
    equaliser: bool = True
    panning: bool = True
    reverb: bool = True
    target_lufs: float = -23.0

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return hashlib.sha256(_path(self.weights).read_bytes()).hexdigest()

    def __call__(self, brief: Brief) -> Answer:
        if not brief.stems:
            raise ValueError("a mix wants at least one stem, got none")
        stems = {name: brief.stems[name] for name in sorted(brief.stems)}
        console = self._console(stems)
        mix = _played(console, stems)
        if np.isfinite(or_nan(integrated_lufs, mix)):
            level = Gain(gain_to_db(mix, self.target_lufs))
            console = replace(console, bus=Chain((*console.bus.effects, level)))
            mix = level(mix)
        return Answer(stems={"mix": mix}, console=console)

    def _console(self, stems: Mapping[str, Audio]) -> Console:
        gains = {name: gain_to_track_db(sound) for name, sound in stems.items() if name != RESIDUAL}
        audible = {name: gain for name, gain in gains.items() if gain is not None}
        if not audible:
            return Console(strips={name: Chain() for name in stems})
        tracks = {name: Gain(gain)(stems[name]) for name, gain in audible.items()}
        strips, bus = _knobs(self.weights, tracks)
        for knobs in strips.values():
            knobs |= {"ratio": 1.0, "makeup_db": 0.0} if not self.compression else {}
            knobs |= {"pan": 0.0} if not self.panning else {}
        for knobs in (*strips.values(), bus) if not self.equaliser else ():
            knobs |= {name: 0.0 for name in knobs if _is_band_gain(name)}
        console = console_of(stems, strips, audible, bus)
        if not self.reverb:
            console = replace(console, auxes={})
        if RESIDUAL in stems:
            gain = float(np.mean([audible[name] + strips[name]["gain_db"] for name in audible]))
            chain = Chain((Gain(float(np.clip(gain, -60.0, 60.0))),))
            console = replace(console, strips={**console.strips, RESIDUAL: chain})
        return console


def _path(weights: str) -> Path:
    return Path(weights) if weights.endswith(".safetensors") else shipped(weights)


def _is_band_gain(name: str) -> bool:
    return name.split("_")[0] in {"low", "high", "bell"} and name.endswith("_db")


def _knobs(
    weights: str, tracks: Mapping[str, Audio]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """The knobs of every strip and of the bus, from tracks at one loudness."""
    import torch

    from automix_bench.networks.console import BUS_KNOBS, STRIP_KNOBS, settings

    features = np.stack([track_features(one) for one in tracks.values()])
    roles = [role_number(name) for name in tracks]
    with torch.inference_mode():
        strip, bus = _network(weights)(
            torch.from_numpy(features)[None],
            torch.ones(1, len(tracks), dtype=torch.bool),
            torch.tensor([roles]),
        )
        of_strips, of_bus = settings(strip[0], STRIP_KNOBS), settings(bus[0], BUS_KNOBS)
    by_track = {
        name: {knob: float(values[n]) for knob, values in of_strips.items()}
        for n, name in enumerate(tracks)
    }
    return by_track, {knob: float(value) for knob, value in of_bus.items()}


@lru_cache(maxsize=2)
def _network(weights: str) -> nn.Module:
    from automix_bench.networks.mixing_console import MixingConsoleNetwork

    path = _path(weights)
    tensors, _ = read(path)
    network = MixingConsoleNetwork(FEATURES, len(ROLES) if "roles.weight" in tensors else 0)
    load_into(network, path)
    return network.eval()


def _played(console: Console, stems: Mapping[str, Audio]) -> Audio:
    _, mix = console.routed(stems, lambda _, chain, audio: chain(audio), total)
    return mix
