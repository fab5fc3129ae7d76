"""What the folder of a run says it is of, and whether that is the run at hand.

<run>/run.json      task, data set, model, environment: the run of others is refused
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError, naming_a_full_disk
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty

IDENTITY = frozenset(
    ("model", "task", "task_version", "dataset", "split", "code", "told_the_answer", "environment")
)


def begin(folder: Path, wanted: dict[str, Any]) -> None:
    """Say what a run is of, or find that the one begun here is the same.

    Raises:
        DatasetError: the folder holds something else, or the run of another model, task or data.
        DiskFull: there is no room.
    """
    if (folder / "run.json").exists():
        demand_same(folder, identity(folder), wanted)
        return
    held = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if folder.is_file() or any(not name.endswith(".tmp") for name in held):
        raise DatasetError(f"{folder}: holds something else; choose a folder that is empty or new")
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "run.json", pretty(wanted).encode())


def identity(folder: Path) -> dict[str, Any]:
    """What a run is of: model, task, data set, environment.

    Raises:
        DatasetError: the folder holds no run.
    """
    if not (folder / "run.json").is_file():
        raise DatasetError(f"{folder}: no run here; `run` makes one")
    path = folder / "run.json"
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        missing = IDENTITY - said.keys()
    except (ValueError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged: delete {folder} and run again") from error
    if missing:
        raise DatasetError(
            f"{path}: lacks {', '.join(sorted(missing))}: delete {folder}, run again"
        )
    return said


def demand_same(folder: Path, said: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a run that is not of what is wanted, whatever machine it was made on.

    Raises:
        DatasetError: it is not; names the first difference.
    """
    for key, value in wanted.items():
        if key != "environment" and said.get(key) != value:
            raise DatasetError(
                f"{folder}: holds the run of another {key} ({said.get(key)}, not {value}): "
                "choose another folder, or delete this one"
            )
