"""Sounds of two channels, left and right."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable


def in_two_channels(audio: Audio) -> Audio:
    """Mono sound in two equal channels; other sound as it is."""
    if audio.channels != 1:
        return audio
    return audio.with_samples(np.repeat(audio.samples, 2, axis=0))


def require_stereo(audio: Audio, *, wanted_by: str) -> None:
    """Refuse audio without two channels. `wanted_by` is the effect, for the message.

    Raises:
        Unsuitable: there are not 2 channels.
    """
    if audio.channels != 2:
        raise Unsuitable(
            f"{wanted_by} wants stereo audio, 2 channels, got {audio.channels}: "
            "put a mono sound on both channels first"
        )
