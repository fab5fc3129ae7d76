"""Ask a network with a console for its knobs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from automix_bench.audio import Audio
from automix_bench.model_parts.learned_console import Knobs
from automix_bench.model_parts.mel_frames import middle_and_side
from automix_bench.model_parts.roles import ROLES, role_number
from automix_bench.model_parts.track_features import FEATURES, track_features
from automix_bench.song import Stems
from automix_bench.weights.store import load_into, read

if TYPE_CHECKING:
    from torch import nn

__all__ = ["REFERENCE_FEATURES", "knobs_of", "reference_features"]

REFERENCE_FEATURES = 2 * FEATURES


def reference_features(mix: Audio) -> np.ndarray:
    """What is heard of a reference mix: the features of its middle and of its side, and how much
    softer that is. It is brought to no loudness: the features of levels are relative."""
    parts = middle_and_side(mix)
    middle, side = (Audio(row[np.newaxis], mix.rate) for row in parts.samples)
    level = float(np.sqrt(np.mean(np.square(middle.samples, dtype=np.float64)))) + 1e-9
    scaled = [one.scaled(0.03 / level) for one in (middle, side)]
    return np.concatenate([track_features(one) for one in scaled])


def knobs_of(
    weights: Path, tracks: Stems, reference: Audio | None = None
) -> tuple[dict[str, Knobs], Knobs]:
    """The knobs of every strip and of the bus.

    Args:
        weights: of a `MixingConsoleNetwork`.
        tracks: at one loudness.
        reference: a mix whose style is wanted, for a network that hears one.
    """
    import torch

    from automix_bench.networks.console import BUS_KNOBS, STRIP_KNOBS, settings

    features = np.stack([track_features(one) for one in tracks.values()])
    heard = None if reference is None else reference_features(reference).astype(np.float32)
    with torch.inference_mode():
        strip, bus = _network(weights)(
            torch.from_numpy(features)[None],
            torch.ones(1, len(tracks), dtype=torch.bool),
            torch.tensor([[role_number(name) for name in tracks]]),
            None if heard is None else torch.from_numpy(heard)[None],
        )
        of_strips, of_bus = settings(strip[0], STRIP_KNOBS), settings(bus[0], BUS_KNOBS)
    by_track: dict[str, Knobs] = {
        name: {knob: float(values[n]) for knob, values in of_strips.items()}
        for n, name in enumerate(tracks)
    }
    return by_track, {knob: float(value) for knob, value in of_bus.items()}


@lru_cache(maxsize=4)
def _network(weights: Path) -> nn.Module:
    from automix_bench.networks.mixing_console import MixingConsoleNetwork

    tensors, _ = read(weights)
    network = MixingConsoleNetwork(
        FEATURES,
        len(ROLES) if "roles.weight" in tensors else 0,
        reference=REFERENCE_FEATURES if "reference.0.weight" in tensors else 0,
    )
    load_into(network, weights)
    return network.eval()
