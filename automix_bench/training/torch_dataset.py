"""A data set for PyTorch: examples as tensors, and batches of songs that differ in their tracks.

    from torch.utils.data import DataLoader
    from automix_bench.torch import EpochSampler, ExampleDataset, collate

    data = ExampleDataset("my_data", "train")
    loader = DataLoader(data, 8, sampler=EpochSampler(len(data), seed=1), collate_fn=collate)

Tensors are float32, full scale at 1.0: `(stems, channels, samples)` for stems, `(channels,
samples)` for mixes; `collate` puts a batch in front.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.consoles.console_json import console_to_json
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import MissingPart, UsageError
from automix_bench.example import Example
from automix_bench.files.canonical_json import canonical
from automix_bench.recipe import Recipe
from automix_bench.sampling import Seed
from automix_bench.song import Song, role
from automix_bench.training.epoch_sampler import EpochSampler, Turn
from automix_bench.training.fresh_consoles import FreshConsoles, read_turn

try:
    import torch
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["EpochSampler", "ExampleDataset", "collate"]

Change = Callable[[Example, np.random.Generator], Example]


class ExampleDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """The examples of a data set as dicts of tensors; safe in workers, forked or spawned.

    `data[3]` is the fourth example as in epoch 0; the turns of an `EpochSampler` name epoch and
    example. An item holds

        before, after          (stems, channels, samples), in the order of `stems`
        before_mix, after_mix  (channels, samples)
        stems, roles           their names, sorted, and what they play
        console                its JSON: the settings between `before` and `after`
        id, song, split, rate, gain_db, number, epoch, position

    Args:
        folder: of a finished data set.
        split: train, valid or test; None for all examples.
        consoles: a recipe whose desk plays every example anew in every epoch, in the worker; None
            gives what is stored.
        change: what else is done to an example (a shorter cut, a swap of channels), with a
            generator that belongs to seed, epoch and example. For workers that are spawned it has
            to be picklable, and so has the recipe.
        seed: of fresh consoles and of `change`.
        check: as in `Dataset`: False trusts the disk, which is quicker.

    Raises:
        DatasetError: there is no finished data set, it is damaged, or has no such split.
    """

    def __init__(
        self,
        folder: Path | str,
        split: str | None = None,
        *,
        consoles: Recipe | None = None,
        change: Change | None = None,
        seed: int = 0,
        check: bool = True,
    ) -> None:
        self.dataset = Dataset(folder, split, check)
        self._fresh = None if consoles is None else FreshConsoles(consoles, seed)
        self._change, self._seed = change, seed
        len(self.dataset)  # so that a missing one is told here, not in a worker

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, turn: Turn | int) -> dict[str, Any]:
        if not isinstance(turn, Turn):
            turn = Turn(int(turn), 0, int(turn))
        example = read_turn(self.dataset, turn, self._fresh)
        if self._change is not None:
            rng = (Seed(self._seed) / "change" / turn.epoch / example.id).rng()
            example = self._change(example, rng)
        place = {"number": turn.number, "epoch": turn.epoch, "position": turn.position}
        return {**tensors(example), **place}


def tensors(example: Example) -> dict[str, Any]:
    """An example as `ExampleDataset` gives it, without its place in an order."""
    names = sorted(example.before.stems)
    return {
        "id": example.id,
        "song": example.song,
        "split": example.split,
        "rate": example.before.mix.rate,
        "gain_db": example.gain_db,
        "stems": names,
        "roles": [role(name) for name in names],
        "before": _stacked(example.before, names),
        "after": _stacked(example.after, names),
        # Audio is read-only, which tensors cannot be.
        "before_mix": torch.from_numpy(example.before.mix.samples.copy()),
        "after_mix": torch.from_numpy(example.after.mix.samples.copy()),
        "console": canonical(console_to_json(example.console)),
    }


def _stacked(song: Song, names: Sequence[str]) -> torch.Tensor:
    return torch.from_numpy(np.stack([song.stems[name].samples for name in names]))


def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Items as one batch: `before` and `after` `(batch, stems, channels, samples)`, padded with
    silence to the most stems there are; `mask` `(batch, stems)` is True where there is a stem.
    Mixes are `(batch, channels, samples)`, numbers tensors, texts and names lists.

    Raises:
        UsageError: two items differ in length, channels or rate, as nothing is cut to fit; or there
            are no items.
    """
    if not items:
        raise UsageError("a batch of no items: give collate one or more of an ExampleDataset's")
    first = items[0]
    for item in items:
        for what in ("rate", "before_mix", "after_mix"):
            one, other = (_shape(i[what]) for i in (first, item))
            if one != other:
                raise UsageError(
                    f"{item['id']} and {first['id']} differ in {what}: {other} and {one}; "
                    "a batch wants one rate, length and number of channels"
                )
    numbers = ("rate", "gain_db", "number", "epoch", "position")
    batch = {name: [item[name] for item in items] for name in first}
    most = max(len(names) for names in batch["stems"])
    counts = torch.tensor([len(names) for names in batch["stems"]])
    return {
        **batch,
        **{name: torch.tensor(batch[name]) for name in numbers},
        **{name: _padded(batch[name], most) for name in ("before", "after")},
        **{name: torch.stack(batch[name]) for name in ("before_mix", "after_mix")},
        "mask": torch.arange(most) < counts[:, None],
    }


def _shape(value: Any) -> Any:
    return tuple(value.shape) if isinstance(value, torch.Tensor) else value


def _padded(stacks: Sequence[torch.Tensor], most: int) -> torch.Tensor:
    batch = stacks[0].new_zeros((len(stacks), most, *stacks[0].shape[1:]))
    for number, stack in enumerate(stacks):
        batch[number, : len(stack)] = stack
    return batch
