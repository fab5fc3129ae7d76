"""What decides the weights that a training gives: its settings, its code and its data."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automix_bench import __version__, plugin
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError
from automix_bench.files.atomic import file_sha256, write_whole
from automix_bench.files.canonical_json import fingerprint, pretty
from automix_bench.files.installed import is_installed
from automix_bench.training.training import Training, prepared_from
from automix_bench.training.training_settings import settings_of
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.workers.machine import processor

if TYPE_CHECKING:
    from torch import nn

RECORD = "training.json"
"""The file in the folder of a training that says what it is."""
SPLITS = ("train", "valid")
FOLLOWED = ("networks", "model_parts", "training")
"""The rooms whose files count as code of a training that imports them."""
_PACKAGE = Path(plugin.__file__).parent
_CONTRACT = Path(__file__).with_name("training.py")


@dataclass(frozen=True)
class DataIdentity:
    """Which data is trained on.

    Attributes:
        recipe, version: of the data set.
        plan_root: of its plan.
        fingerprints: of the examples of each split, sounds and settings.
    """

    recipe: str
    version: int
    plan_root: str
    fingerprints: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path) -> DataIdentity:
        """The identity of a data set.

        Raises:
            DatasetError: there is no finished data set, or it has no split train or valid.
        """
        plan = read_plan(folder)
        frame = Dataset(folder).to_frame()
        songs = {split: set(frame["song"][frame["split"] == split]) for split in SPLITS}
        missing = [split for split in SPLITS if not songs[split]]
        if missing:
            raise DatasetError(
                f"{folder}: no examples in split {' and '.join(missing)}, only in "
                f"{', '.join(sorted(set(frame['split'])))}: training needs train and valid: make "
                "the data set with `--splits 0.8,0.1,0.1`, or of more songs"
            )
        shared = sorted(songs["train"] & songs["valid"])
        if shared:
            raise DatasetError(
                f"{folder}: the song {shared[0]} is in train and in valid: validation on songs "
                "that were trained on tells nothing"
            )
        fingerprints = {split: Dataset(folder, split).fingerprint for split in SPLITS}
        return cls(plan.recipe["name"], plan.recipe["version"], plan.root, fingerprints)

    def to_json(self) -> dict[str, Any]:
        named = {"recipe": self.recipe, "version": self.version, "plan_root": self.plan_root}
        return {**named, **self.fingerprints}


@dataclass(frozen=True)
class TrainingIdentity:
    """A training on a data set. Equal ones give equal weights, on one machine with one torch.

    Attributes:
        sources: the sha256 of the files of its code, by name.
        machine: what may change the last bits: torch, threads, processor,
            vector instructions that torch takes, device.
    """

    training: Training
    data: DataIdentity
    sources: Mapping[str, str]
    machine: Mapping[str, Any]

    @classmethod
    def of(
        cls, training: Training, network: nn.Module, data: DataIdentity, device: str
    ) -> TrainingIdentity:
        """The identity of a training, its network, and data that it is trained on."""
        import torch

        machine = {
            "automix_bench": __version__,
            "torch": torch.__version__.partition("+")[0],
            "threads": 1,
            "processor": processor(),
            "vectors": torch.backends.cpu.get_cpu_capability(),
            "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else device,
        }
        return cls(training, data, sources_of(training, network), machine)

    @property
    def settings(self) -> dict[str, Any]:
        return settings_of(self.training)

    def identifying(self) -> dict[str, Any]:
        """What the fingerprint is of."""
        return {
            "name": self.training.name,
            "version": self.training.version,
            "settings": self.settings,
            "sources": dict(self.sources),
            "data": self.data.to_json(),
        }

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 of what decides the weights, but for the machine."""
        return fingerprint(self.identifying())

    @cached_property
    def prepared_fingerprint(self) -> str:
        """The sha256 of what decides the prepared examples: code, data, and some settings."""
        settings = prepared_from(self.training, self.settings)
        return fingerprint({"settings": settings, "sources": self.sources, **self.data.to_json()})

    def to_json(self) -> dict[str, Any]:
        return {
            **self.identifying(),
            "fingerprint": self.fingerprint,
            "machine": dict(self.machine),
        }

    def write(self, folder: Path) -> None:
        write_whole(folder / RECORD, pretty(self.to_json()).encode())

    def differences(self, folder: Path) -> tuple[list[str], list[str]]:
        """How the training that a folder holds differs from this one: in what decides the weights,
        and in the machine. Each difference is a line.

        Raises:
            DatasetError: the folder's record is damaged.
        """
        path = folder / RECORD
        record = read_json_object(path, "record of a training", "take the folder away")
        lines = list(_differing(record, self.identifying(), ""))
        return lines, list(_differing(record.get("machine", {}), self.machine, ""))


def _differing(there: Any, here: Mapping[str, Any], before: str) -> Iterator[str]:
    there = there if isinstance(there, Mapping) else {}
    for key in dict.fromkeys((*here, *(there if before else ()))):
        one, other = there.get(key), here.get(key)
        if isinstance(other, Mapping):
            yield from _differing(one, other, f"{before}{key}.")
        elif one != other:
            yield f"{before}{key} {_short(one)}, here {_short(other)}"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:12]}…"


def sources_of(training: Training, network: nn.Module) -> dict[str, str]:
    """The sha256 of the files of a training's code, by name: its own, those of its network's
    classes, and what these import of the rooms `FOLLOWED`. What else they call is not known."""
    import torch

    classes = {type(training), *(type(module) for module in network.modules())}
    every = {base for one in classes for base in one.__mro__}
    modules = {base.__module__ for base in every}
    torch_name = torch.nn.__name__.partition(".")[0]
    own = [
        sys.modules[m] for m in modules if m in sys.modules and m.partition(".")[0] != torch_name
    ]
    paths = {Path(str(m.__file__)) for m in own if getattr(m, "__file__", None)}
    files = {p for p in paths if p.is_relative_to(_PACKAGE) or not is_installed(p)} - {_CONTRACT}
    hashes: dict[str, str] = {}
    for path in sorted(_with_imports(files)):
        inside = path.is_relative_to(_PACKAGE)
        name = path.relative_to(_PACKAGE).as_posix() if inside else path.name
        for folder in path.parents:
            if name not in hashes:
                break
            name = f"{folder.name}/{name}"
        hashes[name] = file_sha256(path)
    return hashes


def _with_imports(files: set[Path]) -> set[Path]:
    """Files, and those of the rooms `FOLLOWED` that they import, at any depth."""
    reached, due = set[Path](), set(files)
    while due:
        path = due.pop()
        reached.add(path)
        due |= set(_followed_in(path)) - reached - {_CONTRACT}
    return reached


def _followed_in(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            package, *inside = name.split(".")
            if package == "automix_bench" and inside[:1] and inside[0] in FOLLOWED:
                file = _PACKAGE.joinpath(*inside).with_suffix(".py")
                if file.is_file():
                    yield file
