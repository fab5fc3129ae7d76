"""Push a data set or its Parquet export to the Hugging Face hub, if its licences allow it."""

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
from automix_bench.untrusted.shown import for_terminal

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
    """The files that a push sends, and their licences.

    Attributes:
        repo: the name on the hub, `owner/name`.
        sizes: in bytes, by the path of the file under the folder.
        licences: the number of examples under each SPDX expression.
        refused: the expressions that do not allow passing copies on, or are not known.
    """

    folder: Path
    repo: str
    sizes: Mapping[str, int]
    licences: Mapping[str, int]
    refused: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "folder": str(self.folder),
            "repo": self.repo,
            "files": dict(sorted(self.sizes.items())),
            "licences": dict(self.licences),
            "refused": list(self.refused),
        }

    def __str__(self) -> str:
        lines = [f"{size:>15,}  {for_terminal(name)}" for name, size in sorted(self.sizes.items())]
        lines.append(f"{sum(self.sizes.values()):>15,}  bytes in {len(self.sizes)} files")
        licences = (
            f"{for_terminal(name)} ({terms(name)}): {n} examples"
            for name, n in self.licences.items()
        )
        refused = (f"refused unless regardless: {for_terminal(name)}" for name in self.refused)
        return "\n".join((*lines, *licences, *refused, f"to the data set {self.repo}"))


def shipment(folder: Path, repo: str, *, progress: Progress = silent) -> Shipment:
    """The files that a push would send: SHA256SUMS and those it lists. Their hashes are checked.

    Raises:
        UsageError: `repo` is no valid name.
        DatasetError: the folder is no finished data set or export, or a file is missing or damaged.
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
    """Send a finished data set, or its export, to the hub. An interrupted push is continued.

    Args:
        repo: `owner/name`; created if there is none.
        private: whether a repository that is created now is private.
        regardless: push even if a licence does not allow passing the data set on, or is not known.
        dry_run: send nothing, only return what would be sent.
        hub: None for the hub and the token that huggingface_hub is configured with.

    Raises:
        DatasetError: the folder is no finished data set or export, or it is damaged.
        UsageError: a licence does not allow passing the data set on, `repo` is no valid name, or
            the hub is not reached or refuses.
        MissingPart: huggingface_hub is not installed.
    """
    files = shipment(folder, repo, progress=progress)
    if dry_run:
        return files
    if files.refused and not regardless:
        raise UsageError(
            f"{folder}: {', '.join(files.refused)} is not known to allow passing the data set on: "
            "share the plan and the recipe instead, or push regardless if you hold the rights"
        )
    hub = hub or _hub()
    with _hub_errors_as_usage_errors(repo):
        hub.create_repo(repo, private=private, repo_type="dataset", exist_ok=True)
        hub.upload_folder(
            repo_id=repo,
            folder_path=str(folder),
            repo_type="dataset",
            commit_message=f"Data set {file_sha256(folder / SUMS)[:12]}",
            allow_patterns=sorted(files.sizes),
        )
    return files


@contextlib.contextmanager
def _hub_errors_as_usage_errors(repo: str) -> Iterator[None]:
    """Raise a `UsageError` where the hub is not reached or refuses; other errors are left alone."""
    try:
        yield
    except Exception as error:
        cause = next((e for e in (error, error.__cause__) if _is_of_the_hub(e)), None)
        if cause is None:
            raise
        message = " ".join(str(cause).split()) or type(cause).__name__
        raise UsageError(
            f"push to {repo}: the hub was not reached, or refused ({message[:200]}): look at the "
            "network and at `hf auth whoami`, and push again: what has arrived is not sent twice"
        ) from error


def _is_of_the_hub(error: BaseException | None) -> bool:
    # Told by its package: versions of huggingface_hub raise the same errors of httpx, httpx2 or
    # requests.
    package = type(error).__module__.split(".")[0]
    return package in ("huggingface_hub", "httpx", "httpx2", "requests")


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    if not path.is_file():
        raise DatasetError(f"{folder}: nothing finished here to push, {SUMS} is missing")
    sums = read_sums(folder)
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    sounds = {name for name in names if SOUNDS.fullmatch(name)}
    if not sounds or not sounds <= sums.keys():  # the licences are read from files it lists
        raise DatasetError(f"{path}: damaged, it does not name what is here; make it again")
    return sums


def _hub() -> Hub:
    try:
        import huggingface_hub
    except ImportError as error:
        line = 'pip install "automix-bench[hub]"'
        raise MissingPart("push", "huggingface_hub", line) from error
    hub: Hub = huggingface_hub.HfApi(library_name="automix_bench")
    return hub


def _licences(folder: Path, names: tuple[str, ...]) -> dict[str, int]:
    import pyarrow.parquet as pq

    tables = [MANIFEST] if MANIFEST in names else [n for n in names if n.startswith("data/")]
    counts: dict[str, int] = {}
    for name in tables:
        for licence in pq.read_table(folder / name, columns=["license"]).column(0).to_pylist():
            counts[licence] = counts.get(licence, 0) + 1
    return dict(sorted(counts.items()))
