"""Ask a network with a console for its knobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from automix_bench.files.stamp import stamp_of
from automix_bench.model_parts.learned_console import Knobs
from automix_bench.model_parts.roles import ROLES, role_number
from automix_bench.model_parts.track_features import FEATURES, track_features
from automix_bench.song import Stems
from automix_bench.weights.store import network_with, read

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["knobs_by_track", "knobs_of"]


def knobs_of(
    weights: Path, tracks: Stems, called: Callable[[str], str] = str
) -> tuple[dict[str, Knobs], Knobs]:
    """The knobs of every strip and of the bus.

    Args:
        weights: of a `MixingConsoleNetwork` that hears no reference.
        tracks: at one loudness.
        called: gives the name by which the network knows a track.
    """
    import torch

    features = np.stack([track_features(one) for one in tracks.values()])
    with torch.inference_mode():
        roles = _has_roles(weights, stamp_of(weights))
        network = network_with(_network_with_roles if roles else _network, str(weights))
        strip, bus = network(
            torch.from_numpy(features)[None],
            torch.ones(1, len(tracks), dtype=torch.bool),
            torch.tensor([[role_number(called(name)) for name in tracks]]),
        )
    return knobs_by_track(strip[0], bus[0], tracks)


def knobs_by_track(
    strips: Tensor, bus: Tensor, tracks: Iterable[str]
) -> tuple[dict[str, Knobs], Knobs]:
    """The knobs that the raw numbers of a network stand for.

    Args:
        strips: a row for each track, in their order.
        bus: one row.
    """
    import torch

    from automix_bench.networks.console import BUS_KNOBS, STRIP_KNOBS, settings

    with torch.inference_mode():
        of_strips, of_bus = settings(strips, STRIP_KNOBS), settings(bus, BUS_KNOBS)
    by_track: dict[str, Knobs] = {
        name: {knob: float(values[n]) for knob, values in of_strips.items()}
        for n, name in enumerate(tracks)
    }
    return by_track, {knob: float(value) for knob, value in of_bus.items()}


def _network() -> nn.Module:
    from automix_bench.networks.mixing_console import MixingConsoleNetwork

    return MixingConsoleNetwork(FEATURES)


def _network_with_roles() -> nn.Module:
    from automix_bench.networks.mixing_console import MixingConsoleNetwork

    return MixingConsoleNetwork(FEATURES, len(ROLES))


@lru_cache(maxsize=4)
def _has_roles(weights: Path, stamp: object) -> bool:
    tensors, _ = read(weights)
    return "roles.weight" in tensors
