"""Examples of mixing as short-time spectra: what a network with a console is trained on.

Of every example some frames are kept: the spectra of each track at one loudness, of the same
through the reverb of the console, and of the mix that is wanted. A step of training weighs and sums
them; nothing has to be rendered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.fft
import scipy.signal
from jaxtyping import Float16

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.audible import LONG_SECONDS
from automix_bench.dsp.spectra.excitation import ear
from automix_bench.dsp.spectra.short_time import hann
from automix_bench.effects.gain import Gain
from automix_bench.errors import Rejected
from automix_bench.model_parts.learned_console import DETECTOR_MS, gain_to_track_db, room_response
from automix_bench.model_parts.roles import role_number
from automix_bench.model_parts.track_features import track_features
from automix_bench.sampling import Seed
from automix_bench.song import Stems
from automix_bench.training.training import Arrays

if TYPE_CHECKING:
    from torch import Tensor, nn

HOP = 64
"""Samples from one level of the compressor's detector to the next."""
FRAMES = 24
"""How many frames of an example are kept."""
_QUIETEST = 1e-12


def prepared_mix(id: str, stems: Stems, mix: Audio, frames: int = FRAMES) -> Arrays:
    """What is kept of a mix and its tracks. Tracks without a loudness are left out.

    Returns:
        By name: `features` `(tracks, features)`; `roles` `(tracks,)`; `dry` and `wet`
        `(tracks, 2, frames, bins, 2)`, real and imaginary parts; `mix` the same without tracks;
        `levels` `(tracks, steps)` of the detector, in dB; `starts` `(frames,)`, in samples; `rate`.

    Raises:
        Rejected: no track is loud enough, or the sounds are not stereo.
    """
    if mix.channels != 2:
        raise Rejected(id, f"a console wants stereo sounds, got {mix.channels} channels")
    gains = {name: gain_to_track_db(stems[name]) for name in sorted(stems)}
    tracks = {name: Gain(gain)(stems[name]) for name, gain in gains.items() if gain is not None}
    width = ear(mix.rate, LONG_SECONDS).width
    if not tracks or mix.length < 2 * width:
        raise Rejected(id, "no track is loud enough" if not tracks else "too short for its frames")
    rng = (Seed(0) / "frames" / id).rng()
    starts = np.sort(rng.integers(0, mix.length - width, size=frames))
    room = scipy.fft.rfft(room_response(mix.rate), _size(mix))
    return {
        "features": np.stack([track_features(one) for one in tracks.values()]),
        "roles": np.array([role_number(name) for name in tracks], np.int64),
        "dry": np.stack([_spectra(one.samples, starts, mix.rate) for one in tracks.values()]),
        "wet": np.stack(
            [_spectra(_in_room(one, room), starts, mix.rate) for one in tracks.values()]
        ),
        "mix": _spectra(mix.samples, starts, mix.rate),
        "levels": np.stack([detector_levels_db(one)[::HOP] for one in tracks.values()]),
        "starts": starts.astype(np.int64),
        "rate": np.array(mix.rate, np.int64),
    }


def detector_levels_db(audio: Audio) -> np.ndarray:
    """The level that the console's compressor sees, for each sample, in dB full scale; float32."""
    pole = math.exp(-1_000.0 / (DETECTOR_MS * audio.rate))
    power = np.mean(np.square(audio.samples.astype(np.float64)), axis=0)
    averaged = scipy.signal.lfilter([1.0 - pole], [1.0, -pole], power)
    levels: np.ndarray = (10.0 * np.log10(np.maximum(averaged, _QUIETEST))).astype(np.float32)
    return levels


def mix_batch(
    examples: Sequence[Arrays], rng: np.random.Generator | None, frames: int
) -> dict[str, Tensor]:
    """A batch of some frames of each example; all of its frames without `rng`.

    Raises:
        ValueError: the examples have several rates.
    """
    import torch

    rates = {int(one["rate"]) for one in examples}
    if len(rates) > 1:
        raise ValueError(f"a batch wants sounds of one rate, got {sorted(rates)} Hz")
    tracks = max(len(one["roles"]) for one in examples)
    steps = min(one["levels"].shape[-1] for one in examples)
    rows: dict[str, list[Tensor]] = {}
    for one in examples:
        count = len(one["starts"])
        chosen = np.arange(count) if rng is None else rng.permutation(count)[:frames]
        row = {
            "features": _padded(one["features"], tracks),
            "roles": _padded(one["roles"], tracks),
            "there": _padded(np.ones(len(one["roles"]), bool), tracks),
            "dry": _complex(_padded(one["dry"][:, :, chosen], tracks)),
            "wet": _complex(_padded(one["wet"][:, :, chosen], tracks)),
            "mix": _complex(one["mix"][:, chosen]),
            "levels": _padded(one["levels"][:, :steps], tracks),
            "starts": np.asarray(one["starts"][chosen]),
        }
        for name, array in row.items():
            rows.setdefault(name, []).append(torch.from_numpy(np.ascontiguousarray(array)))
    batch = {name: torch.stack(parts) for name, parts in rows.items()}
    return {**batch, "rate": torch.tensor(rates.pop())}


def console_distances(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """How far the mix of a network's console is from the wanted one, for every example: the part of
    `audible_distance` that is heard in long windows, in dB.

    Args:
        network: a `MixingConsoleNetwork`.
        batch: of `mix_batch`; also `reference`, where the network hears one.
    """
    from automix_bench.networks.console import (
        BUS_KNOBS,
        STRIP_KNOBS,
        play_frames,
        reduction_db,
        settings,
    )

    rate = int(batch["rate"])
    distance = _distance(rate)
    width, fft_size = distance.long_window
    given = (batch["features"], batch["there"], batch["roles"], batch.get("reference"))
    strip, bus = network(*given)
    strips, master = settings(strip, STRIP_KNOBS), settings(bus, BUS_KNOBS)
    reduction = reduction_db(batch["levels"], strips, HOP / rate)
    reduction = frame_reduction(reduction, batch["starts"], width)
    mix = play_frames(batch["dry"], batch["wet"], reduction, strips, master, rate, fft_size)
    distances: Tensor = distance.of_spectra(mix, batch["mix"])
    return distances


@lru_cache(maxsize=4)
def _distance(rate: int) -> Any:
    from automix_bench.networks.audible_distance import AudibleDistance

    return AudibleDistance(rate)


def frame_reduction(reduction: Tensor, starts: Tensor, width: int) -> Any:
    """The mean reduction within each frame, weighted as its window weighs: `(batch, tracks,
    frames)`.

    Args:
        reduction: `(batch, tracks, steps)`, one step every `HOP` samples.
        starts: `(batch, frames)`, in samples.
    """
    import torch

    count = width // HOP + 1
    places = torch.arange(count) + (starts // HOP).unsqueeze(-1)
    places = places.clamp(max=reduction.shape[-1] - 1)
    weights = torch.from_numpy(hann(count + 2)[1:-1]).to(reduction)
    batch, tracks, _ = reduction.shape
    flat = places.reshape(batch, 1, -1).expand(-1, tracks, -1)
    gathered = reduction.gather(-1, flat).reshape(batch, tracks, *places.shape[1:])
    return (gathered * weights).sum(dim=-1) / weights.sum()


def _size(mix: Audio) -> int:
    return int(scipy.fft.next_fast_len(mix.length + room_response(mix.rate).shape[-1], real=True))


def _in_room(audio: Audio, room: np.ndarray) -> np.ndarray:
    size = _size(audio)
    spectra = scipy.fft.rfft(audio.samples, size)
    wet = spectra[0] * room[0] + spectra[1] * room[1]
    heard: np.ndarray = scipy.fft.irfft(wet, size)[:, : audio.length]
    return heard


def _spectra(
    samples: np.ndarray, starts: np.ndarray, rate: int
) -> Float16[np.ndarray, "2 frames bins 2"]:
    long = ear(rate, LONG_SECONDS)
    window = hann(long.width).astype(np.float32)
    frames = np.stack([samples[:, start : start + long.width] for start in starts], axis=1)
    spectra = scipy.fft.rfft(frames * window, long.fft_size)
    parts = np.stack([spectra.real, spectra.imag], axis=-1)
    halves: Float16[np.ndarray, "2 frames bins 2"] = parts.astype(np.float16)
    return halves


def _padded(array: np.ndarray, tracks: int) -> np.ndarray:
    array = np.asarray(array)
    lacking = tracks - len(array)
    return np.pad(array, [(0, lacking)] + [(0, 0)] * (array.ndim - 1)) if lacking else array


def _complex(halves: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(halves.astype(np.float32)).view(np.complex64)[..., 0]
