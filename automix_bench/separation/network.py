"""Separate a song by a network: convert it to the network's rate and channels and back, and add
the residual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import soxr

from automix_bench.audio import Samples
from automix_bench.errors import Rejected, UsageError
from automix_bench.song import NAME, Song, Stems

Network = Callable[[Samples], Mapping[str, np.ndarray]]

"""A network: of float32 `(channels, samples)`, an array of the same shape for each stem."""


def separated_by(network: Network, song: Song, *, rate: int, channels: int) -> Song:
    """The song with the stems that `network` finds in its mix, and the `residual`.

    Args:
        song: mono or stereo. A mix at another rate is resampled (soxr, very high quality). Its
            stems are resampled back, and cut or zero-padded by the sample or two that rounding
            costs. What lies above half the network's rate therefore ends up in the residual.
        rate: of the network, in Hz.
        channels: of the network. 2: a mono mix is given as two equal channels, and its stems are
            their average. 1: each channel is separated by itself.

    Raises:
        Rejected: the mix has more than two channels or less than 10 ms.
        UsageError: the network gives a stem a name that no stem can have.
    """
    mix = song.mix
    if mix.channels > 2 or mix.seconds < 0.01:
        raise Rejected(
            song.id,
            "separation wants 10 ms or more in 1 or 2 channels, "
            f"got {mix.seconds:.4f} s in {mix.channels}: leave it out or mix it down to stereo",
        )
    samples = _resampled(mix.samples, mix.rate, rate)
    if channels == 1:
        parts = [network(samples[index : index + 1]) for index in range(mix.channels)]
        estimates = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    elif mix.channels == 1:
        pairs = network(np.repeat(samples, 2, axis=0))
        estimates = {name: pair.mean(axis=0, keepdims=True) for name, pair in pairs.items()}
    else:
        estimates = dict(network(samples))
    for name in estimates:
        if not NAME.fullmatch(name) or name in ("mix", "residual"):
            raise UsageError(
                f"a separator calls a stem {name!r}: use a-z 0-9 _ -, and neither mix nor residual"
            )
    stems = {
        name: mix.with_samples(_of_length(_resampled(estimate, rate, mix.rate), mix.length))
        for name, estimate in estimates.items()
    }
    return with_residual(song, stems)


def with_residual(song: Song, stems: Stems) -> Song:
    """The song with `stems` and, as `residual`, its mix minus all of them.

    The difference is computed in float64, so all stems sum to the mix to within a rounding of
    float32; exactly, where the mix and the stems are 24-bit integers.
    """
    rest = song.mix.samples.astype(np.float64)
    for stem in stems.values():
        rest -= stem.samples
    return replace(song, stems={**stems, "residual": song.mix.with_samples(rest)})


def _resampled(samples: np.ndarray, rate: int, new_rate: int) -> Samples:
    if rate == new_rate:
        return np.asarray(samples, dtype=np.float32)
    resampled = soxr.resample(np.asarray(samples, np.float32).T, rate, new_rate, quality="VHQ")
    return np.ascontiguousarray(resampled.T)


def _of_length(samples: np.ndarray, length: int) -> np.ndarray:
    missing = length - samples.shape[1]
    return np.pad(samples, ((0, 0), (0, missing))) if missing > 0 else samples[:, :length]
