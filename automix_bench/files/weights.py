"""Name the files that a model loads, so that their content counts as part of the model."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

from automix_bench.errors import BrokenPlugin, UsageError
from automix_bench.files.atomic import file_sha256

_named: dict[str, dict[Path, str]] = {}
"""By source file: the weights that its code named, with their sha256 when it last named them."""
_answering = False
_PACKAGE = Path(__file__).resolve().parent.parent
_TYPE_CHECKER = re.compile(r"-packages/(jaxtyping|beartype)/")


def weights(path: str | Path) -> Path:
    """Name a file or folder that a model loads, and return its absolute path.

        WEIGHTS = ab.weights("net.pt")  # beside the model's file; load it on the first call

    Call it where the model's file is imported, or in `__init__`. The content is hashed at once, so
    that `evaluate` knows before the first answer whether stored answers are of these weights.

    Args:
        path: relative to the file that calls this function, or absolute. A folder stands for all
            files below it.

    Raises:
        UsageError: nothing lies there, the folder holds no file, or a model names its weights for
            the first time while it answers: too late to tell whose answers are stored.
        BrokenPlugin: the file was changed while the model answers.
    """
    callers = list(_callers())
    base = Path(callers[0]).parent if callers else Path()
    place = (base / Path(path).expanduser()).absolute()
    digest = content_sha256(place)
    if _answering:
        earlier = named_by(map(Path, callers)).get(place)
        if earlier is None:
            raise UsageError(
                f"weights {place}: named for the first time while the model answers: call "
                "ab.weights where the model's file is imported, or in __init__; load them later"
            )
        if earlier != digest:
            raise BrokenPlugin(f"weights {place}: changed while the model answers: start again")
    for file in callers:
        _named.setdefault(file, {})[place] = digest
    return place


def named_by(sources: Iterable[Path]) -> dict[Path, str]:
    """The weights that the code in some files has named in this process, with their sha256 as it
    was then."""
    return {
        place: digest for source in sources for place, digest in _named.get(str(source), {}).items()
    }


def all_named() -> tuple[Path, ...]:
    """All weights that any code has named in this process."""
    return tuple({place: None for places in _named.values() for place in places})


def forget(sources: Iterable[Path]) -> None:
    """Forget what the code in some files has named, because it is imported anew."""
    for source in sources:
        _named.pop(str(source), None)


def content_sha256(place: Path) -> str:
    """The sha256 of a file, or of the names and contents of all files below a folder.

    Raises:
        UsageError: nothing can be read there, or the folder holds no file.
    """
    try:
        if place.is_file():
            return file_sha256(place)
        inside = sorted(path for path in _all_below(place) if path.is_file())
        lines = [f"{path.relative_to(place).as_posix()} {file_sha256(path)}\n" for path in inside]
    except OSError as error:
        raise UsageError(f"weights {place}: cannot be read: {error}") from error
    if not lines:
        raise UsageError(
            f"weights {place}: expected a file, or a folder that holds files, and found none: give "
            "a path relative to the file that names it, or an absolute one"
        )
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _all_below(folder: Path) -> Iterator[Path]:
    """What lies below a folder, at any depth.

    Raises:
        OSError: a folder cannot be listed.
    """
    if folder.is_dir():
        for path in folder.iterdir():
            yield path
            if not path.is_symlink():
                yield from _all_below(path)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """While a model answers, it may name only weights that it has named before."""
    global _answering
    before, _answering = _answering, True
    try:
        yield
    finally:
        _answering = before


def _callers() -> Iterator[str]:
    """The files of the code that names weights, nearest first: its own, and those that import it,
    up to the harness."""
    frame: FrameType | None = sys._getframe(1)
    reached = False
    while frame is not None:
        file = Path(frame.f_code.co_filename).resolve()
        ours = file.is_relative_to(_PACKAGE)
        if ours and reached:
            return
        if file.is_file() and not ours and not _TYPE_CHECKER.search(file.as_posix()):
            reached = True
            yield str(file)
        frame = frame.f_back
