"""Putting a data set, or its Parquet export, on the Hugging Face hub: what goes, and may it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from automix_bench.dataset.folder import SUMS, read_sums
from automix_bench.dataset.manifest import MANIFEST
from automix_bench.errors import DatasetError, MissingPart, UsageError
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import file_sha256
from automix_bench.licence import redistributable, terms

REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
SOUNDS = re.compile(r"\d{5,}\.tar|manifest\.parquet|data/\w+-\d{5,}-of-\d{5,}\.parquet")


@runtime_checkable
class Hub(Protocol):
    """The part of `huggingface_hub.HfApi` that is used here."""

    def create_repo(
        self, repo_id: str, *, private: bool, repo_type: str, exist_ok: bool
    ) -> object: ...

    def upload_folder(
        self,
        *,
        repo_id: str,
        folder_path: str,
        repo_type: str,
        commit_message: str,
        allow_patterns: list[str],
    ) -> object: ...


@dataclass(frozen=True)
class Shipment:
    """What a push sends.

    Attributes:
        repo: the name on the hub, `owner/name`.
        sizes: bytes, by the file's name under the folder.
        licences: how many examples are under each SPDX expression.
        refused: those among them whose copies may not be passed on, or nobody here can tell.
    """

    folder: Path
    repo: str
    sizes: Mapping[str, int]
    licences: Mapping[str, int]
    refused: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{size:>15,}  {name}" for name, size in sorted(self.sizes.items())]
        lines.append(f"{sum(self.sizes.values()):>15,}  bytes in {len(self.sizes)} files")
        said = (f"{name} ({terms(name)}): {n} examples" for name, n in self.licences.items())
        held = (f"refused unless regardless: {name}" for name in self.refused)
        return "\n".join((*lines, *said, *held, f"to the data set {self.repo}"))


def shipment(folder: Path, repo: str, *, progress: Progress = silent) -> Shipment:
    """What would go to the hub: the files that SHA256SUMS names, each compared with it, and it.

    Raises:
        UsageError: no repository can have that name.
        DatasetError: it is no finished data set or export, or a file is missing or damaged.
    """
    if not REPO.fullmatch(repo):
        raise UsageError(f"push: {repo!r} is no name on the hub: wanted owner/name")
    sums = _sums(folder)
    for done, (name, digest) in enumerate(sorted(sums.items()), 1):
        if not (folder / name).is_file() or file_sha256(folder / name) != digest:
            raise DatasetError(f"{folder / name}: missing or not as {SUMS} has it; make it again")
        progress("comparing bytes", done, len(sums), "files")
    sizes = {name: (folder / name).stat().st_size for name in (*sums, SUMS)}
    licences = _licences(folder, tuple(sums))
    refused = tuple(name for name in licences if not redistributable(name))
    return Shipment(folder, repo, sizes, licences, refused)


def push(
    folder: Path,
    repo: str,
    *,
    private: bool = True,
    regardless: bool = False,
    dry_run: bool = False,
    hub: Hub | None = None,
    progress: Progress = silent,
) -> Shipment:
    """Send a finished data set, or its export, to the hub; a push that was cut off is gone on with.

    Args:
        repo: `owner/name`; made if it is not there.
        private: of a repository that is made now.
        regardless: push what is under a licence that does not allow it, or that is not known.
        dry_run: send nothing; say what would go.
        hub: None is the hub that huggingface_hub is set up for, with the token it keeps.

    Raises:
        DatasetError: it is no finished data set or export, or it is damaged.
        UsageError: a licence does not allow passing it on, no repository can have that name, or the
            hub is not reached or refuses.
        MissingPart: huggingface_hub is not installed.
    """
    found = shipment(folder, repo, progress=progress)
    if dry_run:
        return found
    if found.refused and not regardless:
        raise UsageError(
            f"{folder}: {', '.join(found.refused)} is not known to allow passing the data set on: "
            "share the plan and the recipe instead, or push regardless if you hold the rights"
        )
    hub = hub or _hub()
    with _hub_told_in_one_line(repo):
        hub.create_repo(repo, private=private, repo_type="dataset", exist_ok=True)
        hub.upload_folder(
            repo_id=repo,
            folder_path=str(folder),
            repo_type="dataset",
            commit_message=f"Data set {file_sha256(folder / SUMS)[:12]}",
            allow_patterns=sorted(found.sizes),
        )
    return found


@contextlib.contextmanager
def _hub_told_in_one_line(repo: str) -> Iterator[None]:
    """Turn what says that the hub is not reached, or refuses, into a `UsageError`."""
    try:
        yield
    except Exception as error:
        told = next((e for e in (error, error.__cause__) if _is_of_the_hub(e)), None)
        if told is None:
            raise
        said = " ".join(str(told).split()) or type(told).__name__
        raise UsageError(
            f"push to {repo}: the hub was not reached, or refused ({said[:200]}): look at the "
            "network and at `hf auth whoami`, and push again: what has arrived is not sent twice"
        ) from error


def _is_of_the_hub(error: BaseException | None) -> bool:
    # By the package: the same errors are httpx's with one version of huggingface_hub, httpx2's
    # or requests's with others.
    package = type(error).__module__.split(".")[0]
    return package in ("huggingface_hub", "httpx", "httpx2", "requests")


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    if not path.is_file():
        raise DatasetError(f"{folder}: nothing finished here to push, {SUMS} is missing")
    sums = read_sums(folder)
    held = (found.relative_to(folder).as_posix() for found in folder.rglob("*"))
    sounds = {name for name in held if SOUNDS.fullmatch(name)}
    if not sounds or not sounds <= sums.keys():  # the licences are read from those named
        raise DatasetError(f"{path}: damaged, it does not name what is here; make it again")
    return sums


def _hub() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        line = 'pip install "automix-bench[hub]"'
        raise MissingPart("push", "huggingface_hub", line) from error
    return huggingface_hub.HfApi(library_name="automix_bench")


def _licences(folder: Path, names: tuple[str, ...]) -> dict[str, int]:
    import pyarrow.parquet as pq

    tables = [MANIFEST] if MANIFEST in names else [n for n in names if n.startswith("data/")]
    counts: dict[str, int] = {}
    for name in tables:
        for licence in pq.read_table(folder / name, columns=["license"]).column(0).to_pylist():
            counts[licence] = counts.get(licence, 0) + 1
    return dict(sorted(counts.items()))
