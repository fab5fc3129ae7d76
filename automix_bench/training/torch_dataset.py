"""A data set for PyTorch: examples as tensors, and batches of songs with different stems.

    from torch.utils.data import DataLoader
    from automix_bench.torch import EpochSampler, ExampleDataset, collate

    data = ExampleDataset("my_data", "train")
    loader = DataLoader(data, 8, sampler=EpochSampler(data, seed=1), collate_fn=collate)

Tensors are float32, full scale at 1.0: `(stems, channels, samples)` for stems, `(channels,
samples)` for mixes; `collate` puts a batch in front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np

from automix_bench.consoles.console_json import console_to_json
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.where import Where
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

RATE_WAYS_OUT = (
    ": choose examples of one rate, ExampleDataset(…, where={{'rate': {0}}}), or make the data set "
    "at one rate, `automix-bench make … --set rate={0}`"
)
Change = Callable[[Example, np.random.Generator], Example]


class ExampleTensors(TypedDict):
    """An example as tensors.

    Attributes:
        stems: their names, sorted.
        roles: the roles of the stems, in the same order.
        before, after: `(stems, channels, samples)`, in the order of `stems`.
        before_mix, after_mix: `(channels, samples)`.
        console: the settings between `before` and `after`, as JSON text.
    """

    id: str
    song: str
    split: str
    rate: int
    gain_db: float
    stems: list[str]
    roles: list[str]
    before: torch.Tensor
    after: torch.Tensor
    before_mix: torch.Tensor
    after_mix: torch.Tensor
    console: str


class TrainingItem(ExampleTensors):
    """An item of an `ExampleDataset`: an example, its number, and its turn in the order."""

    number: int
    epoch: int
    position: int


class TrainingBatch(TypedDict):
    """Items as one batch: texts and names as lists, numbers as tensors `(batch,)`.

    Attributes:
        before, after: `(batch, stems, channels, samples)`; missing stems are silent.
        before_mix, after_mix: `(batch, channels, samples)`.
        mask: `(batch, stems)`; True where there is a stem.
    """

    id: list[str]
    song: list[str]
    split: list[str]
    rate: torch.Tensor
    gain_db: torch.Tensor
    stems: list[list[str]]
    roles: list[list[str]]
    before: torch.Tensor
    after: torch.Tensor
    before_mix: torch.Tensor
    after_mix: torch.Tensor
    console: list[str]
    number: torch.Tensor
    epoch: torch.Tensor
    position: torch.Tensor
    mask: torch.Tensor


class ExampleDataset(torch.utils.data.Dataset[TrainingItem]):
    """The examples of a data set as `TrainingItem`s; safe in workers, forked or spawned.

    `data[3]` is the fourth example as in epoch 0. The turns of an `EpochSampler` name the epoch and
    the example. `torch.utils.data.Subset` and `random_split` take it as any data set.

    Args:
        folder: of a finished data set.
        split: train, valid or test; None for all examples.
        consoles: a recipe. In every epoch, each example is then rendered through a new console of
            it, in the worker. None gives the stored examples.
        change: a function that changes an example (a shorter cut, swapped channels). Its random
            generator is seeded by seed, epoch and example. If workers are spawned, it and the
            recipe must be picklable.
        seed: of fresh consoles and of `change`.
        check: as in `Dataset`; False is quicker, but damage on the disk goes unnoticed.
        where: as in `Dataset`: `{"rate": 44100}` or a function of a row chooses examples, once.

    Raises:
        DatasetError: there is no finished data set, it is damaged, or it has no such examples.
        UsageError: `where` names a column that is not there.
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
        where: Where | None = None,
    ) -> None:
        self.dataset = Dataset(folder, split, check, where)
        self._fresh = None if consoles is None else FreshConsoles(consoles, seed)
        self._change, self._seed = change, seed
        len(self.dataset)  # a missing data set is reported here, not in a worker

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, turn: Turn | int) -> TrainingItem:
        if not isinstance(turn, Turn):
            turn = Turn(int(turn), 0, int(turn))
        example = read_turn(self.dataset, turn, self._fresh)
        if self._change is not None:
            rng = (Seed(self._seed) / "change" / turn.epoch / example.id).rng()
            example = self._change(example, rng)
        return {
            **tensors(example),
            "number": turn.number,
            "epoch": turn.epoch,
            "position": turn.position,
        }


def tensors(example: Example) -> ExampleTensors:
    """An example as tensors."""
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
        # Copied, because the samples of `Audio` are read-only and tensors cannot be.
        "before_mix": torch.from_numpy(example.before.mix.samples.copy()),
        "after_mix": torch.from_numpy(example.after.mix.samples.copy()),
        "console": canonical(console_to_json(example.console)),
    }


def _stacked(song: Song, names: Sequence[str]) -> torch.Tensor:
    return torch.from_numpy(np.stack([song.stems[name].samples for name in names]))


def collate(items: Sequence[TrainingItem]) -> TrainingBatch:
    """Items as one batch. Items with fewer stems than others are padded with silent stems, and
    `mask` tells which stems are real. Other keys that all items have become lists.

    Raises:
        UsageError: two items differ in length, channels or rate (nothing is cut to fit), or there
            are no items.
    """
    if not items:
        raise UsageError("a batch of no items: give collate one or more of an ExampleDataset's")
    records: Sequence[Mapping[str, Any]] = items
    first = records[0]
    for item in records:
        for what in ("rate", "before_mix", "after_mix"):
            one, other = (_shape(i[what]) for i in (first, item))
            if one != other:
                way_out = RATE_WAYS_OUT.format(one) if what == "rate" else ""
                raise UsageError(
                    f"{item['id']} and {first['id']} differ in {what}: {other} and {one}; "
                    f"a batch wants one rate, length and number of channels{way_out}"
                )
    numbers = ("rate", "gain_db", "number", "epoch", "position")
    batch = {name: [item[name] for item in records] for name in first}
    most = max(len(names) for names in batch["stems"])
    counts = torch.tensor([len(names) for names in batch["stems"]])
    tensors_by_name = {
        **{name: torch.tensor(batch[name]) for name in numbers},
        **{name: _padded(batch[name], most) for name in ("before", "after")},
        **{name: torch.stack(batch[name]) for name in ("before_mix", "after_mix")},
        "mask": torch.arange(most) < counts[:, None],
    }
    return cast(TrainingBatch, {**batch, **tensors_by_name})


def _shape(value: object) -> object:
    return tuple(value.shape) if isinstance(value, torch.Tensor) else value


def _padded(stacks: Sequence[torch.Tensor], most: int) -> torch.Tensor:
    batch = stacks[0].new_zeros((len(stacks), most, *stacks[0].shape[1:]))
    for number, stack in enumerate(stacks):
        batch[number, : len(stack)] = stack
    return batch
