"""Demucs's models: find them in a folder or fetch them, load them, and apply them reproducibly."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Samples
from automix_bench.errors import DatasetError, MissingPart, UsageError
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import fingerprint
from automix_bench.plugin import did_you_mean
from automix_bench.separation.demucs_batches import Batches
from automix_bench.separation.demucs_patches import demucs, own_shifts, own_weights, real_at_zero
from automix_bench.separation.torch_device import exact, naming_full_memory
from automix_bench.workers.steps import report_share

GIGABYTE = 10**9


@dataclass(frozen=True)
class Bag:
    """Models whose estimates are averaged, as files in a folder that are not loaded yet.

    Attributes:
        name: of the bag, or of a single model.
        files: one for each model, `.th` or `.safetensors`.
        files_sha256: of each file.
        weights: in the average, for each model and each of its stems; None for equal weights.
        segment: length in seconds that replaces the models' own; None for their own.
    """

    name: str
    files: tuple[Path, ...]
    files_sha256: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...] | None
    segment: float | None

    @property
    def sha256(self) -> str:
        """A hash of all that decides the bag's results; the folder is no part of it."""
        weights = None if self.weights is None else [list(row) for row in self.weights]
        return fingerprint([list(self.files_sha256), weights, self.segment])


def find_bag(name: str, repo: Path) -> Bag:
    """The bag or the single model of a name in a local repository.

    Raises:
        UsageError: there is no such folder, no such name in it, or a bag names a missing model.
        DatasetError: a bag's file is damaged, or a model's hash is not the one in its name.
    """
    if not repo.is_dir():
        raise UsageError(f"demucs: wanted a folder with models, found none at {repo}")
    files = {path.stem.split("-")[0]: path for path in sorted(repo.glob("*.th"))}
    files |= {path.stem: path for path in sorted(repo.glob("*.safetensors"))}
    bags = {path.stem: path for path in sorted(repo.glob("*.yaml"))}
    if name not in files and name not in bags:
        raise UsageError(
            f"demucs: no model {name!r} in {repo}{did_you_mean(name, sorted({*files, *bags}))}"
        )
    listed: dict[str, Any] = {"models": [name]} if name in files else _listed(bags[name])
    for signature in listed["models"]:
        if signature not in files:
            raise UsageError(
                f"demucs: {bags[name]} names the model {signature!r}, and there is no "
                f"{signature}.th or {signature}.safetensors beside it: put it there"
            )
    paths = tuple(files[signature] for signature in listed["models"])
    rows, segment = listed.get("weights"), listed.get("segment")
    return Bag(
        name,
        paths,
        tuple(_checked_sha256(path) for path in paths),
        None if rows is None else tuple(tuple(float(weight) for weight in row) for row in rows),
        None if segment is None else float(segment),
    )


def _listed(path: Path) -> dict[str, Any]:
    demucs()
    import yaml

    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DatasetError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(listed, dict) or not listed.get("models"):
        raise DatasetError(f"{path}: wanted a bag, a mapping with a list `models`: mend it")
    return listed


def _checked_sha256(path: Path) -> str:
    """The hash of a model's file, which must begin with the part after the dash in its name."""
    state = path.stat()
    sha256 = _sha256(path, state.st_size, state.st_mtime_ns)
    claimed = path.stem.partition("-")[2]
    if not sha256.startswith(claimed):
        raise DatasetError(f"{path}: its sha256 begins {sha256[:8]}, not {claimed}: copy it anew")
    return sha256


@functools.cache
def _sha256(path: Path, size: int, modified_ns: int) -> str:
    return file_sha256(path)


@functools.lru_cache(maxsize=2)
def load_bag(bag: Bag) -> Any:
    """The bag as demucs's own `BagOfModels`; the last two bags stay in memory.

    Raises:
        DatasetError: a file is no model that this version of demucs can build.
        MissingPart: its weights are packed with diffq, which is not installed.
    """
    with own_weights():
        models = [_model_in(path) for path in bag.files]
    return demucs().apply.BagOfModels(models, bag.weights, bag.segment).eval()


def _model_in(path: Path) -> Any:
    package = demucs()
    load = {".th": package.states.load_model, ".safetensors": package.hf.load_safetensors_model}
    safetensors = importlib.import_module("safetensors")
    foreign = (OSError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError)
    try:
        with _naming_diffq(path.name):
            return load[path.suffix](path)
    except (*foreign, safetensors.SafetensorError) as error:
        raise DatasetError(
            f"{path}: not a model that demucs {version('demucs')} can build: "
            f"{' '.join(str(error).split())[:200]}"
        ) from error


@functools.lru_cache(maxsize=2)
def fetch_bag(name: str) -> Any:
    """A model that demucs knows by name, as its own `BagOfModels`; downloaded at the first use.

    Raises:
        UsageError: demucs knows no such model, or it cannot be downloaded.
        MissingPart: its weights are packed with diffq, which is not installed.
    """
    package = demucs()
    failures = (package.repo.ModelLoadingError, OSError)
    try:
        # `demucs_unittest` has random weights; seeded, they are the same every time.
        with own_weights(), _naming_diffq(name):
            model = package.pretrained.get_model(name)
    except failures as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"demucs: cannot get the model {name!r} ({type(error).__name__}: {reason}): check the "
            "name and the network, or give `repo`, a folder that holds the model"
        ) from error
    bag = package.apply.BagOfModels
    return model if isinstance(model, bag) else bag([model]).eval()


@contextlib.contextmanager
def _naming_diffq(model: str) -> Iterator[None]:
    """Turn demucs's exit of the whole process into an error. Here it exits only without diffq."""
    try:
        yield
    except SystemExit as error:
        raise MissingPart(f"demucs's {model}", "diffq", "pip install diffq") from error


@functools.lru_cache(maxsize=2)
def weights_sha256(bag: Any) -> str:
    """A hash of a loaded bag: of its models' classes, arguments and weights, not of their files."""
    digest = hashlib.sha256(repr([list(map(float, row)) for row in bag.weights]).encode())
    for model in bag.models:
        arguments, named = model._init_args_kwargs
        settings = (arguments, sorted(named.items()), float(model.segment))
        digest.update(repr((type(model).__qualname__, *settings)).encode())
        for name, tensor in model.state_dict().items():
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).data)
    return digest.hexdigest()


def separate(
    model: Any,
    samples: Samples,
    *,
    shifts: int,
    overlap: float,
    segment: float | None,
    batch: int,
    device: str,
    seed: int,
) -> dict[str, np.ndarray]:
    """The model's estimate of each of its sources, in the shape of `samples`.

    The mix is normalised by its mono sum, as in demucs's own interface. The sums over segments are
    computed on the network's device, if they take at most a gigabyte and the memory has room; else
    on the CPU. Both give the same bits.

    Args:
        samples: with the model's rate and channels.

    Raises:
        MemoryFull: the network and one batch do not fit the device's memory.
    """
    import torch

    mix = torch.from_numpy(np.array(samples))
    mono = mix.mean(0)
    mean, deviation = mono.mean(), mono.std() + 1e-8
    normalised = ((mix - mean) / deviation)[None]

    def report(state: Mapping[str, Any]) -> None:
        before = state["shift_idx"] + state["segment_offset"] / samples.shape[1]
        report_share((state["model_idx_in_bag"] + before / max(shifts, 1)) / state["models"])

    def estimates(summed_on: str) -> dict[str, np.ndarray]:
        with own_shifts(seed), real_at_zero(device), exact(), torch.inference_mode():
            model.to(device)  # and it stays there: demucs would move it for every mix
            sources = demucs().apply.apply_model(
                model,
                normalised.to(summed_on),
                shifts=shifts,
                overlap=overlap,
                segment=segment,
                device=device,
                pool=None if batch == 1 else Batches(batch),
                callback=report,
            )[0]
            sources = (sources * deviation + mean).cpu()
        return dict(zip(model.sources, sources.numpy(), strict=True))

    # At the end three arrays are there: the sums of all models, those of the last, and the result.
    small = 3 * len(model.sources) * normalised.nbytes <= GIGABYTE
    with naming_full_memory(device, "demucs: give a smaller `batch`"):
        if small and device != "cpu":
            with contextlib.suppress(torch.OutOfMemoryError):
                return estimates(device)
            torch.cuda.empty_cache()
        return estimates("cpu")
