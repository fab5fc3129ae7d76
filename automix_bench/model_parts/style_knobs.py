"""Ask a network that hears a reference mix for the knobs of a console."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from automix_bench.audio import Audio
from automix_bench.model_parts.console_knobs import knobs_by_track
from automix_bench.model_parts.learned_console import Knobs
from automix_bench.model_parts.style_features import STYLE_FEATURES, TRACK_FEATURES, style_features
from automix_bench.song import Stems
from automix_bench.weights.store import network_with

if TYPE_CHECKING:
    from torch import nn

__all__ = ["style_knobs"]


def style_knobs(weights: Path, tracks: Stems, reference: Audio) -> tuple[dict[str, Knobs], Knobs]:
    """The knobs of every strip and of the bus.

    Args:
        weights: of the training `style_console`.
        tracks: as they come, all with a loudness.
        reference: the mix whose style is wanted.
    """
    import torch

    features, mixes = style_features(tracks, reference)
    with torch.inference_mode():
        strip, bus = network_with(_network, str(weights))(
            torch.from_numpy(features)[None],
            torch.ones(1, len(tracks), dtype=torch.bool),
            None,
            torch.from_numpy(mixes)[None],
        )
    return knobs_by_track(strip[0], bus[0], tracks)


def _network() -> nn.Module:
    from automix_bench.networks.mixing_console import MixingConsoleNetwork

    return MixingConsoleNetwork(TRACK_FEATURES, reference=STYLE_FEATURES)
