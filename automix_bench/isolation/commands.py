"""Models that are programs: a file `model.toml` says how to run one.

    title = "my mixer"
    command = ["node", "mixer.js"]        files are relative to the folder of model.toml
    exchange = "pipe"                     messages on standard input and output; or "folder"; or
                                          "agent": a brief as JSON in, a console as JSON out
    reads = ["weights"]                   folders and files below that it reads

    python = "/path/to/venv/bin/python"   instead of command: a model in another Python,
    model = "model.py"                    with a function `answer(brief)`

    container = "NAME@sha256:…"           instead of both: an image, run by docker, podman or
    runtime = "docker"                    apptainer; its program speaks through the pipe

`docs/model-protocol.md` says more. The file may come from a stranger: nothing in it is run outside
of the box, or of a container whose command is built here.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.isolation.containers import RUNTIMES, Container, container_of
from automix_bench.isolation.reads import files_beside
from automix_bench.untrusted.fields import Check, Schema, one_of, shown, text

PIPE, FOLDER, AGENT = "pipe", "folder", "agent"
_FOREIGN_HOST = Path(__file__).with_name("foreign_host.py")


def _texts(value: object) -> str:
    if isinstance(value, list) and 0 < len(value) <= 1_000:
        return "" if not any(text(10_000)(item) for item in value) else "a list of texts"
    return "a list of texts"


_FIELDS: dict[str, Check] = {
    "title": text(100),
    "command": _texts,
    "exchange": one_of((PIPE, FOLDER, AGENT)),
    "reads": _texts,
    "python": text(10_000),
    "model": text(10_000),
    "container": text(10_000),
    "runtime": one_of(RUNTIMES),
}
_FILE = Schema({}, _FIELDS)


@dataclass(frozen=True)
class Command:
    """A program that is a model.

    Attributes:
        title: its name on boards.
        words: the program and its arguments, with absolute paths.
        exchange: `pipe`, `folder` or `agent`.
        files: that it consists of: all beside `model.toml`, and those that it names below its
            folder. An edited one makes another model.
        weights: further files and folders that it wants to read, wherever they are.
        read: what it may read besides the system and its weights.
        container: that it runs in; `words` is then empty. None for other programs.
    """

    title: str
    words: tuple[str, ...]
    exchange: str
    files: tuple[Path, ...]
    weights: tuple[Path, ...]
    read: tuple[Path, ...]
    container: Container | None = None


def read_command(path: Path) -> Command:
    """The program that a `model.toml` describes.

    Raises:
        UsageError: the file is no such description, or the program is not there. The message names
            the file, the field, what was expected and what came.
    """
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: expected a description of a model in TOML: {error}") from None
    if fault := _FILE.fault(record):
        raise UsageError(f"{path}: {fault}")
    folder = path.resolve().parent
    if "container" in record:
        return _in_container(path, record)
    if "runtime" in record:
        raise UsageError(f"{path}: runtime: expected beside container, which is missing")
    if ("command" in record) == ("python" in record):
        raise UsageError(f"{path}: expected either command, or python and model")
    if "python" in record:
        if "model" not in record:
            raise UsageError(f"{path}: model: expected the file of a model, got no such field")
        words = [record["python"], str(_FOREIGN_HOST), record["model"]]
        exchange = PIPE
    else:
        words, exchange = record["command"], record.get("exchange", FOLDER)
    program = _program(path, folder, words[0])
    arguments = [_beside(folder, word) for word in words[1:]]
    named = [Path(word).resolve() for word in (program, *arguments) if Path(word).is_absolute()]
    own = [file for file in named if file.is_file() and file.is_relative_to(folder)]
    if "python" in record and not Path(arguments[1]).is_file():
        raise UsageError(f"{path}: model: expected a file, found nothing at {arguments[1]}")
    weights = [_readable(path, folder, name) for name in record.get("reads", [])]
    files = tuple(dict.fromkeys([path.resolve(), *files_beside(path), *own]))
    return Command(
        record.get("title") or folder.name,
        (program, *arguments),
        exchange,
        files,
        tuple(weights),
        (*files, *_installation(Path(program))),
    )


def _in_container(path: Path, record: dict[str, Any]) -> Command:
    """A program in a container. It is given no files of this machine, and speaks through the pipe.

    Raises:
        UsageError: see `containers.container_of`; or a field asks for what a container has not.
    """
    for name in ("python", "model", "reads"):
        if name in record:
            raise UsageError(f"{path}: {name}: expected no such field beside container")
    if record.get("exchange", PIPE) != PIPE:
        got = record["exchange"]
        raise UsageError(f"{path}: exchange: expected pipe for a container, got {got}")
    container = container_of(
        path, record["container"], record.get("runtime"), tuple(record.get("command", ()))
    )
    files = [path.resolve(), *files_beside(path)]
    if (image := Path(container.image)).is_absolute():
        files.append(image)
    title = record.get("title") or path.resolve().parent.name
    return Command(title, (), PIPE, tuple(dict.fromkeys(files)), (), (), container)


def _program(path: Path, folder: Path, word: str) -> str:
    """The absolute path of the program: beside the file, as it stands, or on PATH."""
    beside = folder / word
    if beside.is_file():
        return str(beside)
    if "/" not in word and (on_path := shutil.which(word)):
        return on_path
    raise UsageError(f"{path}: expected a program, found nothing at {shown(word)}")


def _beside(folder: Path, word: str) -> str:
    """A word of the command; an absolute path if it names a file beside `model.toml`."""
    beside = folder / word
    try:
        return str(beside) if word and beside.exists() else word
    except (OSError, ValueError):  # too long for a name, or with a null
        return word


def _readable(path: Path, folder: Path, name: str) -> Path:
    place = (folder / name).resolve()
    if not place.exists():
        raise UsageError(f"{path}: reads: expected a file or a folder, found nothing at {place}")
    return place


def _installation(program: Path) -> Iterator[Path]:
    """The folders that a program is installed in: of `bin/node`, the one above `bin`; of a Python
    in a virtual environment, also that of the Python below it."""
    for binary in dict.fromkeys((program, program.resolve())):
        above = binary.parent.parent
        if binary.parent.name == "bin" and above not in (Path("/"), Path.home()):
            yield above
            settings = above / "pyvenv.cfg"
            if settings.is_file():
                yield from _python_below(settings)


def _python_below(settings: Path) -> Iterator[Path]:
    for line in settings.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition("=")
        home = Path(value.strip())
        is_python = home.name == "bin" and any(
            home.glob("python*")
        )  # a stranger may write anything
        if key.strip() == "home" and is_python and home.parent != Path("/"):
            yield home.parent
