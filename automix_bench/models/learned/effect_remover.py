"""Networks hear which effects a sound went through, and take them away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.loudness import or_nan
from automix_bench.dsp.traits import gain_to_db
from automix_bench.errors import UsageError
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.mel_frames import BANDS
from automix_bench.model_parts.removal_sounds import (
    CURVE_FEATURES,
    EFFECTS,
    curve_features,
    played_gains,
    removal_mels,
)
from automix_bench.plugin import did_you_mean
from automix_bench.weights.store import file_of, network_with, sha256_of

if TYPE_CHECKING:
    from torch import nn

__all__ = ["EffectRemover"]

LUFS = -20.0
"""The loudness of the sounds that the networks were trained on."""


@dataclass(frozen=True)
class EffectRemover:
    """Effect removal after RemFX (Rice, Steinmetz, Fazekas and Reiss, WASPAA 2023), trained here:
    `automix-bench train effect_remover`.

    A detector says which of five effects a stem went through. Those of `effects` that it is sure of
    are taken away one after the other, the surest first: a distortion by a filter and a curve, the
    others by gains in bands over time, which leave phases as they are. The stem keeps its loudness.
    Where the detector is sure of none, and where a stem has no loudness, it is returned as it is.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        sure: the probability from which on an effect counts as there.
        effects: the effects that are taken away, by name.
        told: the detector is not asked: these effects are there.
    """

    weights: str = "effect_remover"
    sure: float = 0.5
    effects: tuple[str, ...] = EFFECTS
    told: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for setting in ("effects", "told"):
            for name in getattr(self, setting):
                if name not in EFFECTS:
                    raise UsageError(
                        f"EffectRemover: {setting}: expected some of {', '.join(EFFECTS)}, got "
                        f"{name!r}{did_you_mean(name, EFFECTS)}"
                    )

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        return Answer(stems={name: self.cleaned(stem) for name, stem in brief.stems.items()})

    def cleaned(self, stem: Audio) -> Audio:
        """One stem without the effects that are heard in it."""
        if stem.channels > 2:
            return stem
        gain_db = or_nan(partial(gain_to_db, lufs=LUFS), stem)
        if isnan(gain_db):
            return stem
        network = network_with(_network, self.weights)
        level = stem.scaled(amplitude(gain_db))
        there = self.told or tuple(self.detected(network, level))
        if not there:
            return stem
        for effect in there:
            if effect == "distortion":
                level = _uncurved(network, level)
            else:
                level = _with_gains(network.gains[effect], level)
            again_db = gain_to_db(level, LUFS)
            level = level if isnan(again_db) else level.scaled(amplitude(again_db))
        return level.scaled(amplitude(-gain_db))

    def detected(self, network: Any, level: Audio) -> list[str]:
        """The effects that are there, the surest first.

        Args:
            level: the sound at -20 LUFS.
        """
        import torch

        from automix_bench.networks.effect_remover import log_powers

        with torch.inference_mode():
            mels = torch.from_numpy(removal_mels(level))[None]
            shares = torch.sigmoid(network.detector(log_powers(mels)))[0].tolist()
        sure = sorted(
            ((share, name) for share, name in zip(shares, EFFECTS, strict=True)), reverse=True
        )
        return [name for share, name in sure if share >= self.sure and name in self.effects]


def _uncurved(network: Any, level: Audio) -> Audio:
    """The sound through one filter and one curve, which its loudest channel decides."""
    import torch

    from automix_bench.networks.effect_remover import straightened

    loudest = int(np.argmax(np.square(level.samples, dtype=np.float64).sum(axis=1)))
    features = curve_features(level.samples[loudest], level.rate)
    with torch.inference_mode():
        said = network.curve(torch.from_numpy(features)[None])
        bent = straightened(torch.from_numpy(level.samples.copy())[None], *said)
    return level.with_samples(bent[0].numpy())


def _with_gains(network: Any, level: Audio) -> Audio:
    import torch

    from automix_bench.networks.effect_remover import log_powers

    powers = torch.from_numpy(removal_mels(level)).mean(dim=0)
    with torch.inference_mode():
        gains_db = network(log_powers(powers)[None])[0].numpy()
    return played_gains(level, gains_db)


def _network() -> nn.Module:
    from automix_bench.networks.effect_remover import EffectRemoverNetwork

    return EffectRemoverNetwork(EFFECTS, BANDS, CURVE_FEATURES)
