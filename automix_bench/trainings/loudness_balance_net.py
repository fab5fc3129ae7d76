"""A network that hears how loud the sources of a mix are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automix_bench.audio import amplitude
from automix_bench.dsp.loudness import block_powers, integrated_of_powers
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.model_parts.mel_frames import BANDS, mel_frames, middle_and_side
from automix_bench.task_parts.balance import USUAL_LU
from automix_bench.task_parts.four_stems import FOUR_STEMS, which_of_four
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["LoudnessBalanceNet"]

MIX_LUFS = -23.0
LOWEST_LUFS, HIGHEST_LUFS = -42.0, -18.0
LEAST_STEMS = 2


@dataclass(frozen=True)
class LoudnessBalanceNet:
    """Loudness of each source relative to the mix, for the task `loudness_balance`.

    Every step makes new mixtures of the stems: each stem gets a loudness between -42 and -18 LUFS,
    as the recipe `loudness_balance` draws them, and some stems are left out. Powers of stems add,
    in the mel bands that the network hears as in the blocks that loudness is measured in, so
    nothing has to be rendered. Trained on data of `loudness_balance` or of any recipe with stems.

    Attributes:
        left_out: the chance that a stem is not in a mixture.
        frames: how many frames of 23 ms of an example a step shows.
    """

    name: ClassVar[str] = "loudness_balance_net"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on composed songs, played by a SoundFont. No voice was among the sources, "
        "so what it says of `vocals` is a constant, and a voice counts as `other`."
    )

    left_out: float = 0.15
    frames: int = 200
    schedule: Schedule = Schedule(steps=6_000, batch=16, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.balance import BalanceNetwork

        return BalanceNetwork(tuple(USUAL_LU[name] for name in FOUR_STEMS), BANDS)

    def prepared(self, example: Example) -> Arrays:
        stems = example.before.stems
        powers = {name: block_powers(stems[name]) for name in sorted(stems) if name != "residual"}
        levels = {name: integrated_of_powers(one) for name, one in powers.items()}
        audible = [name for name, level in levels.items() if isfinite(level)]
        if len(audible) < LEAST_STEMS:
            raise Rejected(example.id, f"{len(audible)} stems have a loudness, wanted two")
        mels = np.stack([mel_frames(middle_and_side(stems[name])) for name in audible])
        gains = np.array([MIX_LUFS - levels[name] for name in audible])
        factors = 10.0 ** (gains / 10.0)
        return {
            "mels": np.sqrt(mels * factors[:, None, None, None]).astype(np.float16),
            "powers": np.stack([powers[name] for name in audible]) * factors[:, None],
            "sources": np.array([FOUR_STEMS.index(which_of_four(name)) for name in audible]),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        return _stacked([self._mixture(one, rng, self.frames) for one in examples])

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return _errors(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        rng = np.random.default_rng(0)
        batch = _stacked([self._mixture(example, rng, 0) for _ in range(4)])
        return float(_errors(network, batch).mean().detach())

    def _mixture(
        self, example: Arrays, rng: np.random.Generator, frames: int
    ) -> dict[str, np.ndarray]:
        """A mixture at random; of `frames` frames, or of all for 0."""
        count, length = len(example["sources"]), example["mels"].shape[2]
        there = rng.random(count) >= self.left_out
        there[rng.permutation(count)[:LEAST_STEMS]] = True
        lufs = rng.uniform(LOWEST_LUFS, HIGHEST_LUFS, count)
        start = int(rng.integers(0, length - frames + 1)) if 0 < frames < length else 0
        return mixture(
            example, np.where(there, lufs, -np.inf), slice(start, start + (frames or length))
        )


def mixture(example: Arrays, lufs: np.ndarray, frames: slice) -> dict[str, np.ndarray]:
    """A mixture of the stems of an example at -23 LUFS.

    Args:
        lufs: the loudness of each stem; `-inf` leaves it out.

    Returns:
        `mels` `(2, frames, bands)`, the power in the bands of middle and side; `levels`, how loud
        each of the four sources is in it, in LU; `asked`, whether a source is there.
    """
    gains = 10.0 ** ((lufs - MIX_LUFS) / 10.0)
    powers = gains[:, None] * example["powers"]
    whole = integrated_of_powers(powers.sum(axis=0))
    levels = np.full(len(FOUR_STEMS), np.nan)
    for source in range(len(FOUR_STEMS)):
        of_source = powers[example["sources"] == source]
        if of_source.any():
            levels[source] = integrated_of_powers(of_source.sum(axis=0)) - whole
    part = np.square(example["mels"][:, :, frames].astype(np.float32))
    mels = np.einsum("s,scfb->cfb", gains.astype(np.float32), part)
    mels *= np.float32(amplitude(MIX_LUFS - whole) ** 2)
    lacking = frames.stop - frames.start - mels.shape[1]
    return {
        "mels": np.pad(mels, [(0, 0), (0, lacking), (0, 0)]),
        "levels": np.nan_to_num(levels, nan=0.0, neginf=0.0).astype(np.float32),
        "asked": np.isfinite(levels),
    }


def _stacked(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    import torch

    return {
        name: torch.from_numpy(np.ascontiguousarray(np.stack([row[name] for row in rows])))
        for name in rows[0]
    }


def _errors(network: nn.Module, batch: Mapping[str, Tensor]) -> Any:
    """The mean absolute error of the sources that are there, of each example, in LU."""
    from automix_bench.networks.balance import log_mels

    errors = (network(log_mels(batch["mels"])) - batch["levels"]).abs() * batch["asked"]
    return errors.sum(dim=-1) / batch["asked"].sum(dim=-1)
