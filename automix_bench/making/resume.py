"""Resume an interrupted `make`, and refuse a folder that holds something else."""

from __future__ import annotations

from pathlib import Path

from automix_bench.dataset.folder import OWN, SUMS
from automix_bench.dataset.plan import PLAN, Plan, read_plan
from automix_bench.errors import DatasetError
from automix_bench.files.atomic import file_sha256
from automix_bench.making.planning import extended


def gone_on_with(wanted: Plan, folder: Path, append: bool) -> Plan:
    """The plan to follow in a folder: what is wanted, and whatever was begun there left where it
    is. Nothing is written.

    Args:
        append: songs that the plan begun there has not are added to it, in shards of their own.

    Raises:
        DatasetError: what was begun is another data set; or its songs are not there any more as
            they were; or there are new ones, and they are not to be added.
    """
    path = folder / PLAN
    if not path.exists() or file_sha256(path) == wanted.file_sha256:
        return wanted
    try:
        begun = read_plan(folder)
    except DatasetError as error:
        if not _was(wanted, folder):
            raise DatasetError(
                f"{error}: put a copy of it back, or choose another folder"
            ) from error
        return wanted
    mend = "choose another folder, or delete this one"
    if difference := _of_recipes(begun, wanted):
        raise _of_another_plan(folder, difference, mend)
    there, here = ({song.listing.id: song.listing for song in p.songs} for p in (begun, wanted))
    if not append and (gone := there.keys() - here.keys()):
        new = len(here.keys() - there.keys())
        raise _of_another_plan(folder, f"songs changed: {new} new, {len(gone)} gone", mend)
    try:
        both = extended(begun, wanted)
    except DatasetError as error:
        raise DatasetError(f"{folder}: {error}") from error
    if append or both == begun:
        return both
    mend = f"add `--append` to have them in it, in shards of their own; or {mend}"
    new = len(here.keys() - there.keys())
    raise _of_another_plan(
        folder, f"songs changed: {new} new, 0 gone" if new else "other files are left out", mend
    )


def freeze(wanted: Plan, folder: Path) -> None:
    """Put the plan into the folder, unless it lies there."""
    path = folder / PLAN
    if not path.exists() or file_sha256(path) != wanted.file_sha256:
        wanted.write(folder)


def _of_another_plan(folder: Path, difference: str, mend: str) -> DatasetError:
    return DatasetError(f"{folder}: holds a data set of another plan ({difference}): {mend}")


def _was(wanted: Plan, folder: Path) -> bool:
    """Whether the plan that is gone or damaged was this one, as SHA256SUMS has it."""
    if not (folder / SUMS).is_file():
        return False
    said = (folder / SUMS).read_text("utf-8", "replace").splitlines()
    return f"{wanted.file_sha256}  {PLAN}" in said


def refuse_foreign(folder: Path, planned: Plan | None) -> None:
    """Refuse a folder that holds what no data set, or not the planned one, consists of."""
    if folder.exists() and not folder.is_dir():
        raise DatasetError(f"{folder}: is a file; choose a folder that is empty or new")
    held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    foreign = [name for name in held if not OWN.fullmatch(name)]
    if not foreign and planned is not None and PLAN not in held:
        ours = _was(planned, folder)
        foreign = [name for name in held if not ours and not name.endswith(".tmp")]
    if not foreign and planned is not None:
        last = max(song.shard for song in planned.songs)
        foreign = [name for name in held if name[:5].isdigit() and int(name.split(".")[0]) > last]
    if foreign:
        raise DatasetError(
            f"{folder}: holds something else ({', '.join(foreign[:3])}): "
            "choose a folder that is empty or new, or take that away"
        )


def _of_recipes(begun: Plan, wanted: Plan) -> str:
    """What two plans differ in beside their songs; empty if in nothing."""
    for name, a, b in (
        ("automix_bench", begun.code, wanted.code),
        ("recipe", begun.recipe["name"], wanted.recipe["name"]),
        ("recipe version", begun.recipe["version"], wanted.recipe["version"]),
        ("seed", begun.recipe["seed"], wanted.recipe["seed"]),
    ):
        if a != b:
            return f"{name} {a} there, {b} here"
    keys = {**wanted.recipe, **begun.recipe}
    if changed := [key for key in keys if begun.recipe.get(key) != wanted.recipe.get(key)]:
        return f"the recipe's {', '.join(changed)} changed"
    return "the separator or its weights changed" if begun.separator != wanted.separator else ""
