"""Resume an interrupted `make`, and refuse a folder that holds something else."""

from __future__ import annotations

from pathlib import Path

from automix_bench.dataset.folder import OWN, SUMS
from automix_bench.dataset.plan import PLAN, Plan, read_plan
from automix_bench.errors import DatasetError
from automix_bench.files.atomic import file_sha256
from automix_bench.making.planning import extended


def plan_to_follow(current: Plan, folder: Path, append: bool) -> Plan:
    """The plan that `make` follows in a folder: the current one, or, where a data set of the same
    recipe was begun, one that leaves its shards as they are. Nothing is written.

    Args:
        append: songs that the plan in the folder does not have are added, in shards of their own.

    Raises:
        DatasetError: the folder has another data set; one of its songs is gone or changed; or
            there are new songs, and `append` is not set.
    """
    path = folder / PLAN
    if not path.exists() or file_sha256(path) == current.file_sha256:
        return current
    try:
        begun = read_plan(folder)
    except DatasetError as error:
        if not _sums_name(current, folder):
            raise DatasetError(
                f"{error}: put a copy of it back, or choose another folder"
            ) from error
        return current
    advice = "choose another folder, or delete this one"
    if difference := _difference_beside_songs(begun, current):
        raise _of_another_plan(folder, difference, advice)
    old, new = ({song.listing.id for song in plan.songs} for plan in (begun, current))
    if not append and (gone := old - new):
        change = f"songs changed: {len(new - old)} new, {len(gone)} gone"
        raise _of_another_plan(folder, change, advice)
    try:
        both = extended(begun, current)
    except DatasetError as error:
        raise DatasetError(f"{folder}: {error}") from error
    if append or both == begun:
        return both
    change = f"songs changed: {len(new - old)} new, 0 gone"
    raise _of_another_plan(
        folder,
        change if new - old else "other files are left out",
        f"add `--append` to have them in it, in shards of their own; or {advice}",
    )


def write_plan(plan: Plan, folder: Path) -> None:
    """Write `plan.json` into the folder, unless the same file is there."""
    path = folder / PLAN
    if not path.exists() or file_sha256(path) != plan.file_sha256:
        plan.write(folder)


def refuse_foreign_files(folder: Path, plan: Plan | None) -> None:
    """Refuse a folder with files that are not of a data set; and, if there is a plan, with files
    that are not of its data set.

    Raises:
        DatasetError: there is such a file, or the folder is itself a file.
    """
    if folder.exists() and not folder.is_dir():
        raise DatasetError(f"{folder}: is a file; choose a folder that is empty or new")
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    foreign = [name for name in names if not OWN.fullmatch(name)]
    if not foreign and plan is not None and PLAN not in names:
        ours = _sums_name(plan, folder)
        foreign = [name for name in names if not ours and not name.endswith(".tmp")]
    if not foreign and plan is not None:
        last = max(song.shard for song in plan.songs)
        foreign = [name for name in names if name[:5].isdigit() and int(name.split(".")[0]) > last]
    if foreign:
        raise DatasetError(
            f"{folder}: holds something else ({', '.join(foreign[:3])}): "
            "choose a folder that is empty or new, or take that away"
        )


def _of_another_plan(folder: Path, difference: str, advice: str) -> DatasetError:
    return DatasetError(f"{folder}: holds a data set of another plan ({difference}): {advice}")


def _sums_name(plan: Plan, folder: Path) -> bool:
    """Whether SHA256SUMS names this plan. If so, a `plan.json` that is gone or damaged was it."""
    if not (folder / SUMS).is_file():
        return False
    lines = (folder / SUMS).read_text("utf-8", "replace").splitlines()
    return f"{plan.file_sha256}  {PLAN}" in lines


def _difference_beside_songs(begun: Plan, current: Plan) -> str:
    """What two plans differ in beside their songs; empty if in nothing."""
    for name, there, here in (
        ("automix_bench", begun.code, current.code),
        ("recipe", begun.recipe["name"], current.recipe["name"]),
        ("recipe version", begun.recipe["version"], current.recipe["version"]),
        ("seed", begun.recipe["seed"], current.recipe["seed"]),
    ):
        if there != here:
            return f"{name} {there} there, {here} here"
    keys = {**current.recipe, **begun.recipe}
    if changed := [key for key in keys if begun.recipe.get(key) != current.recipe.get(key)]:
        return f"the recipe's {', '.join(changed)} changed"
    return "the separator or its weights changed" if begun.separator != current.separator else ""
