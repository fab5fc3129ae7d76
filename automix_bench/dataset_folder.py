"""What the folder of a data set may hold, and whether what was begun in one is the plan at hand."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from automix_bench.canonical import write_whole
from automix_bench.errors import DatasetError, Rejected
from automix_bench.plan import Plan, read_plan

SUMS = "SHA256SUMS"
REJECTED = "rejected.parquet"
OWN = re.compile(r"\d{5,}\.(tar|json)|plan\.json|manifest\.parquet|rejected\.parquet|README\.md"
                 r"|croissant\.json|SHA256SUMS|\..*\.tmp")  # fmt: skip


def own_files(folder: Path) -> list[Path]:
    """The files of a data set, unfinished ones among them, by name."""
    return sorted(p for p in folder.iterdir() if p.is_file() and OWN.fullmatch(p.name))


def read_rejected(folder: Path) -> list[Rejected]:
    """What `make` left out of the data set in a folder.

    Raises:
        DatasetError: the file that says it is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / REJECTED
    try:
        said = pq.read_table(path, columns=["item", "reason"]).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"{path}: missing or damaged; run `make` again to restore it") from error
    return [Rejected(row["item"], row["reason"]) for row in said]


def begin(wanted: Plan, folder: Path) -> None:
    """Freeze the plan, or find that the one begun here is the same."""
    path = folder / "plan.json"
    begun = None
    if path.exists():
        try:
            begun = read_plan(folder)
        except DatasetError:
            if not _was(wanted, folder):
                raise
    if begun is None:
        write_whole(path, wanted.to_file())
    elif begun.root != wanted.root:
        raise DatasetError(
            f"{folder}: holds a data set of another plan ({_difference(begun, wanted)}): "
            "choose another folder, or delete this one"
        )


def _was(wanted: Plan, folder: Path) -> bool:
    """Whether the plan that is gone or damaged was this one, as SHA256SUMS has it."""
    if not (folder / SUMS).is_file():
        return False
    digest = hashlib.sha256(wanted.to_file()).hexdigest()
    return f"{digest}  plan.json" in (folder / SUMS).read_text("utf-8", "replace").splitlines()


def refuse_foreign(folder: Path, planned: Plan | None) -> None:
    """Refuse a folder that holds what no data set, or not the planned one, consists of."""
    if folder.exists() and not folder.is_dir():
        raise DatasetError(f"{folder}: is a file; choose a folder that is empty or new")
    held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    foreign = [name for name in held if not OWN.fullmatch(name)]
    if not foreign and planned is not None and "plan.json" not in held:
        ours = _was(planned, folder)
        foreign = [name for name in held if not ours and not name.endswith(".tmp")]
    if not foreign and planned is not None:
        count = max(number for number, _ in planned.shards()) + 1
        foreign = [name for name in held if name[:5].isdigit() and int(name.split(".")[0]) >= count]
    if foreign:
        raise DatasetError(
            f"{folder}: holds something else ({', '.join(foreign[:3])}): "
            "choose a folder that is empty or new, or take that away"
        )


def _difference(begun: Plan, wanted: Plan) -> str:
    for name, a, b in (
        ("automix_bench", begun.code, wanted.code),
        ("recipe", begun.recipe["name"], wanted.recipe["name"]),
        ("recipe version", begun.recipe["version"], wanted.recipe["version"]),
        ("seed", begun.recipe["seed"], wanted.recipe["seed"]),
    ):
        if a != b:
            return f"{name} {a} there, {b} here"
    changed = [key for key in wanted.recipe if begun.recipe.get(key) != wanted.recipe[key]]
    if changed:
        return f"the recipe's {', '.join(changed)} changed"
    if begun.separator != wanted.separator:
        return "the separator or its weights changed"
    there, here = ({s.listing.id: s.listing for s in p.songs} for p in (begun, wanted))
    if there.keys() != here.keys():
        new, gone = here.keys() - there.keys(), there.keys() - here.keys()
        return f"songs changed: {len(new)} new, {len(gone)} gone"
    changed = [here[id].origin.name for id in here if here[id] != there[id]]
    if changed:
        return f"{changed[0]} changed"
    return "other files are left out"
