"""Demucs's models: found in a folder or fetched, loaded once a process, and applied with nothing
left to chance."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import pickle
from collections.abc import Iterator
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
from automix_bench.separation.network import exact, naming_full_memory

GIGABYTE = 10**9


@dataclass(frozen=True)
class Bag:
    """Models whose estimates are averaged, as they lie in a folder; nothing is loaded yet.

    Attributes:
        files: one a model, `.th` or `.safetensors`.
        files_sha256: of each of them.
        weights: for each model, of each of its stems in the average; None for equal ones.
        segment: in seconds, in place of the models' own; None for those.
    """

    name: str
    files: tuple[Path, ...]
    files_sha256: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...] | None
    segment: float | None

    @property
    def sha256(self) -> str:
        """A name for all that decides what the bag does; the same wherever it lies."""
        weights = None if self.weights is None else [list(row) for row in self.weights]
        return fingerprint([list(self.files_sha256), weights, self.segment])


def found(name: str, repo: Path) -> Bag:
    """The bag or the single model of that name in a local repository.

    Raises:
        UsageError: there is no such folder, no such name in it, or a bag names a missing model.
        DatasetError: a bag's file is damaged, or a model's is not what its name says.
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
    """A model's hash, which must begin with what stands after the dash in its name."""
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
def loaded(bag: Bag) -> Any:
    """The bag as demucs's own `BagOfModels`.

    Raises:
        DatasetError: a file is not a model that this demucs can build.
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
def fetched(name: str) -> Any:
    """A model demucs knows by name, as its own `BagOfModels`; fetched unless it was before.

    Raises:
        UsageError: demucs knows no such model, or it cannot be fetched.
        MissingPart: its weights are packed with diffq, which is not installed.
    """
    package = demucs()
    failures = (package.repo.ModelLoadingError, OSError)
    try:
        # `demucs_unittest` has random weights: the same ones every time, this way.
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
    """Demucs ends the whole process where it misses diffq, and for nothing else here."""
    try:
        yield
    except SystemExit as error:
        raise MissingPart(f"demucs's {model}", "diffq", "pip install diffq") from error


@functools.lru_cache(maxsize=2)
def weights_sha256(bag: Any) -> str:
    """A name for a loaded bag: its models' classes, arguments and weights, whatever files they came
    from."""
    digest = hashlib.sha256(repr([list(map(float, row)) for row in bag.weights]).encode())
    for model in bag.models:
        arguments, named = model._init_args_kwargs
        said = (type(model).__qualname__, arguments, sorted(named.items()), float(model.segment))
        digest.update(repr(said).encode())
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
    """The model's estimate of each of its sources, of the shape of `samples`, which have the
    model's rate and channels. The mix is normalised by its mono sum, as in demucs's interface.

    The sums over segments are made where the network is, if they take a gigabyte there at most and
    there is room; else on the CPU, to the same bits.

    Raises:
        MemoryFull: the device's memory is, of the network and one batch.
    """
    import torch

    mix = torch.from_numpy(np.array(samples))
    mono = mix.mean(0)
    mean, deviation = mono.mean(), mono.std() + 1e-8
    shown = ((mix - mean) / deviation)[None]

    def estimates(summed_on: str) -> dict[str, np.ndarray]:
        with own_shifts(seed), real_at_zero(device), exact(), torch.inference_mode():
            model.to(device)  # where it stays: demucs would bring it there and back for every mix
            found = demucs().apply.apply_model(
                model,
                shown.to(summed_on),
                shifts=shifts,
                overlap=overlap,
                segment=segment,
                device=device,
                pool=None if batch == 1 else Batches(batch),
            )[0]
            found = (found * deviation + mean).cpu()
        return dict(zip(model.sources, found.numpy(), strict=True))

    # At the end there are the sums of all models, those of the last, and what becomes of them.
    small = 3 * len(model.sources) * shown.nbytes <= GIGABYTE
    with naming_full_memory(device, "demucs: give a smaller `batch`"):
        if small and device != "cpu":
            with contextlib.suppress(torch.OutOfMemoryError):
                return estimates(device)
            torch.cuda.empty_cache()
        return estimates("cpu")
