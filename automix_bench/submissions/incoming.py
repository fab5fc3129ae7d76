"""Submissions that wait: small files that say where an archive lies.

    leaderboards/<benchmark>/incoming/<name>.toml

    format = 1
    url = "https://example.org/mine.abench"
    sha256 = "…"                               # as `submit pack` prints it
    size = 123456789                           # bytes

Archives are too large for a repository. The sha256 and the size identify one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import DatasetError
from automix_bench.untrusted.download import LONGEST_ADDRESS, PUBLIC, Reach, download
from automix_bench.untrusted.fields import Schema, sha256_text, text, whole
from automix_bench.untrusted.shown import one_line

FOLDER = "incoming"
FORMAT = 1
MOST_BYTES = 4 << 30
"""The largest archive that the check of a pull request fetches."""
MOST_FILE_BYTES = 16_384
SECONDS = 1_800.0
"""The longest that a download may take."""
REMEDY = "see docs/submissions.md"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}\.toml")
SCHEMA = Schema(
    {
        "format": whole(),
        "url": text(LONGEST_ADDRESS),
        "sha256": sha256_text,
        "size": whole(1, MOST_BYTES),
    }
)


@dataclass(frozen=True)
class Incoming:
    """Where the archive of a submission lies.

    Attributes:
        benchmark: the folder that the file stands in; not checked against the official ones.
        name: of the file, without its ending.
        size: in bytes.
    """

    benchmark: str
    name: str
    url: str
    sha256: str
    size: int

    def fetch(self, folder: Path, reach: Reach = PUBLIC, seconds: float = SECONDS) -> Path:
        """Fetch the archive into a folder.

        Raises:
            DatasetError: as `download`.
        """
        path = folder / f"{self.name}.abench"
        download(self.url, path, sha256=self.sha256, size=self.size, seconds=seconds, reach=reach)
        return path


def read_incoming(path: Path) -> Incoming:
    """Read such a file; every field is checked.

    Raises:
        DatasetError: the file has no place there, or a field is missing, unknown or wrong.
    """
    if path.is_symlink() or not path.is_file():
        raise DatasetError(f"{path}: expected a file: {REMEDY}")
    if path.parent.name != FOLDER or not NAME.fullmatch(path.name):
        raise DatasetError(
            f"{path}: expected leaderboards/BENCHMARK/{FOLDER}/NAME.toml, NAME in a-z 0-9 . _ -: "
            f"{REMEDY}"
        )
    if path.stat().st_size > MOST_FILE_BYTES:
        raise DatasetError(
            f"{path}: expected at most {MOST_FILE_BYTES} bytes, got {path.stat().st_size}: {REMEDY}"
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        reason = one_line(str(error))[:200]
        raise DatasetError(f"{path}: expected TOML: {reason}: {REMEDY}") from error
    SCHEMA.demand(content, str(path), REMEDY)
    if content.pop("format") != FORMAT:
        raise DatasetError(f"{path}: format: expected {FORMAT}: {REMEDY}")
    if not content["url"].startswith("https://"):
        raise DatasetError(
            f"{path}: url: expected https://…, got {one_line(content['url'])[:60]}: {REMEDY}"
        )
    return Incoming(path.parent.parent.name, path.stem, **content)


def incoming_faults(place: Path) -> list[str]:
    """What is wrong with the submissions that wait, one line each.

    Args:
        place: the folder of a benchmark.
    """
    faults, folder = [], place / FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return [f"{folder}: expected a folder: {REMEDY}"]
    for path in sorted(folder.glob("*")):
        try:
            read_incoming(path)
        except DatasetError as error:
            faults.append(str(error))
    return faults
