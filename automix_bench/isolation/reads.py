"""What a model in its box may read: Python, system libraries, its own files and weights.

The data set and the folder of runs are never among them, wherever they lie.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_SYSTEM = """/usr /lib /lib32 /lib64 /libx32 /bin /sbin /nix/store
/etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/localtime /etc/timezone /etc/passwd
/etc/group /etc/nsswitch.conf /etc/alternatives /etc/fonts /etc/mime.types /etc/ssl/openssl.cnf
/etc/OpenCL /proc/cpuinfo /proc/meminfo /proc/stat /proc/version /proc/sys/vm/overcommit_memory
/proc/driver/nvidia /sys/devices/system /sys/fs/cgroup /sys/module/nvidia
/dev/urandom /dev/random"""
_DEVICES = "null zero full nvidia* kfd dri"
_MOST_BESIDE = 2_000
"""Files beside a model's file that it may read; more is no folder of a model."""


def python_and_system() -> tuple[Path, ...]:
    """Where the Python installation, its packages, this package and system libraries lie."""
    schemes = sysconfig.get_paths()
    installed = [sys.prefix, sys.base_prefix, sys.exec_prefix, *schemes.values(), *_packages()]
    folders = {Path(place).resolve() for place in installed if place}
    folders = {place for place in folders if len(place.parts) > 1}  # a prefix `/` is no folder
    system = {Path(place) for place in _SYSTEM.split()}
    compiled = os.environ.get("NUMBA_CACHE_DIR")
    own = {PACKAGE, Path(compiled).resolve()} if compiled else {PACKAGE}
    return tuple(sorted(folders | system | own))


def devices() -> tuple[Path, ...]:
    """Files of the system that are read and written: the null device, graphics cards."""
    found = [path for name in _DEVICES.split() for path in Path("/dev").glob(name)]
    return tuple(sorted(found))


def downloaded_weights() -> tuple[Path, ...]:
    """Where torch and the hub keep weights that the user has downloaded; no data sets."""
    torch = Path(torch_home()) / "hub"
    hub = Path(hub_home()) / "hub"
    models = sorted(hub.glob("models--*")) if os.path.isdir(hub) else []  # it may be closed to us
    return (torch, *models)


def torch_home() -> str:
    """The folder of torch's downloads."""
    return os.environ.get("TORCH_HOME") or str(_cache() / "torch")


def hub_home() -> str:
    """The folder of the hub's downloads."""
    return os.environ.get("HF_HOME") or str(_cache() / "huggingface")


def files_of_model(source: Path, code: Iterable[Path], package: str) -> tuple[Path, ...]:
    """A model's own files: its code, the package that it lies in, or the files beside it.

    Folders beside it are not among them, nor links that lead out of its folder: name weights with
    `ab.weights`, or what lies elsewhere with `--model-reads`.

    Args:
        source: the file that defines the model.
        code: it and the modules of its own that it imports.
        package: the top-level package that it lies in; empty if it lies in none.
    """
    source = source.resolve()
    if package:
        top = next(folder for folder in source.parents if folder.name == package)
        return (*code, top)
    return (*code, *files_beside(source))


def files_beside(source: Path) -> tuple[Path, ...]:
    """The files in a file's folder, without links to files elsewhere. None if there are too many:
    then it is no folder of a model."""
    folder = source.resolve().parent
    beside = []
    for entry in os.scandir(folder):
        path = Path(entry.path)
        if entry.is_file() and path.resolve().is_relative_to(folder):
            beside.append(path)
        if len(beside) > _MOST_BESIDE:
            return ()
    return tuple(sorted(beside))


def without(paths: Iterable[Path], forbidden: Sequence[Path]) -> tuple[Path, ...]:
    """The paths without what lies at or beneath forbidden ones.

    A folder around a forbidden one is replaced by what else lies in it. A path of the Python
    installation that is itself forbidden is left out too.
    """
    barred = [place.resolve() for place in forbidden]
    allowed = {place for path in paths for place in _without(path, barred)}
    return tuple(sorted(allowed))


def _without(path: Path, barred: Sequence[Path]) -> Iterator[Path]:
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # a circle of links
        return
    if any(real.is_relative_to(place) for place in barred):
        return
    inside = [place for place in barred if place.is_relative_to(real)]
    if not inside:
        yield real
        return
    try:
        children = list(real.iterdir())
    except OSError:
        return
    for child in children:
        yield from _without(child, inside)


def _packages() -> list[str]:
    """Folders of installed packages on Python's path, also those of another environment."""
    return [
        folder
        for folder in sys.path
        if {"site-packages", "dist-packages"} & set(Path(folder).parts)
    ]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
