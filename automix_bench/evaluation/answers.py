"""A model's answers on disk, an item at a time: whole, or not there.

<folder>/<example>.json           files with hashes, failure, cost; written last
<folder>/<example>.<stem>.flac    24 bits, times 2**-exponent where the answer exceeds full scale
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio, peak_db, rms_db
from automix_bench.errors import DatasetError, MissingPart
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.model import Answer
from automix_bench.song import NAME, Stems

LOUDEST_DB = 200.0
LONGEST_NAME = 100
SILENT_DB = -80.0


@dataclass(frozen=True)
class Item:
    """An example, as work is told of it: what is to be read and written is found by these."""

    number: int
    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Kept:
    """What there is of an answer.

    Attributes:
        failure: why there is none; empty if there is one.
        seconds: that the model took.
    """

    stems: Stems
    failure: str
    seconds: float


def keep(record: Path, ask: Callable[[], Answer]) -> str:
    """Ask a model and write what it answers beside `record`, then `record` itself.

    Whatever a model does is a result, not an error of ours: what it raises, or returns that is no
    answer, is written down as a failure.

    Returns:
        The failure, empty if there is none.

    Raises:
        MissingPart: the model needs a package that is not installed: for the user to mend.
        DiskFull: there is no room; the item is not there.
    """
    begun = time.perf_counter()
    files: dict[str, bytes] = {}
    exponent, failure = 0, ""
    here = os.getcwd()
    try:
        try:
            answer = ask()
        finally:
            os.chdir(here)  # a model may have gone elsewhere
        seconds = time.perf_counter() - begun
        failure = _fault(answer)
        if not failure and answer.stems:
            exponent = flac.exponent_for(*answer.stems.values())
            files = {
                f"{record.stem}.{stem}.flac": flac.encode(audio.scaled(2.0**-exponent))
                for stem, audio in answer.stems.items()
            }
    except MissingPart:
        raise
    except (Exception, SystemExit, GeneratorExit) as error:
        seconds, files, failure = time.perf_counter() - begun, {}, _said(error)
    for name, content in files.items():
        write_whole(record.with_name(name), content)
    _write(record, files, exponent, failure, seconds)
    return failure


def fail(record: Path, failure: str) -> None:
    """Write down that there is no answer, where the process ended that asked for it.

    Raises:
        DiskFull: there is no room.
    """
    _write(record, {}, 0, failure, 0.0)


def _write(
    record: Path, files: Mapping[str, bytes], exponent: int, failure: str, seconds: float
) -> None:
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    written = {"files": hashes, "exponent": exponent, "failure": failure, "seconds": seconds}
    write_whole(record, pretty(sealed(written)).encode())


def finished(record: Path) -> Kept | None:
    """An item that was answered; None if it never was, failed, is lost or damaged."""
    try:
        kept = read(record)
    except DatasetError:
        return None
    return None if kept.failure else kept


def read(record: Path) -> Kept:
    """An item; a failure if it was never written or a file of it is gone.

    Raises:
        DatasetError: it is damaged.
    """
    if not record.is_file():
        return Kept({}, "no answer", 0.0)
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
        whole = sealed(said) == said
    except (ValueError, TypeError, AttributeError) as error:
        raise DatasetError(f"{record}: damaged; run the model again to mend it") from error
    if not whole:
        raise DatasetError(f"{record}: damaged; run the model again to mend it")
    stems: dict[str, Audio] = {}
    for name, digest in said["files"].items():
        path = record.with_name(name)
        if not path.is_file():
            return Kept({}, f"{name} is missing; run the model again", said["seconds"])
        content = path.read_bytes()
        if sha256(content).hexdigest() != digest:
            raise DatasetError(f"{path}: damaged; run the model again to mend it")
        stem = name.removeprefix(f"{record.stem}.").removesuffix(".flac")
        stems[stem] = flac.decode(content).scaled(2.0 ** said["exponent"])
    return Kept(stems, said["failure"], said["seconds"])


def misfit(targets: Stems, answered: Stems) -> str:
    """Why an answer that is kept will fail when it is scored; empty if it will not."""
    return next(
        (said for name, target in targets.items() if (said := unfit(name, target, answered))), ""
    )


def unfit(stem: str, target: Audio, answered: Stems) -> str:
    """Why a stem of an answer cannot be compared with its target; empty if it can."""
    if stem not in answered:
        return f"no {stem} in the answer, which has {sorted(answered)}"
    estimate = answered[stem]
    if estimate.rate != target.rate:
        return f"{stem} is at {estimate.rate} Hz, wanted {target.rate} Hz"
    if estimate.samples.shape != target.samples.shape:
        return f"{stem} has shape {estimate.samples.shape}, wanted {target.samples.shape}"
    if rms_db(estimate) < SILENT_DB <= rms_db(target):
        return f"{stem} is silent where sound was wanted"
    return ""


def _fault(answer: Any) -> str:
    """What keeps a returned value from being an answer that can be stored."""
    if not isinstance(answer, Answer):
        return f"wanted an Answer, got {type(answer).__name__}"
    for name, audio in answer.stems.items():
        if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            return f"{str(name)[:LONGEST_NAME]!r} cannot name a stem: use a-z 0-9 _ -, 100 at most"
        if not isinstance(audio, Audio):
            return f"stem {name}: wanted Audio, got {type(audio).__name__}"
        # As it is now: an array can change after it is made.
        Audio(audio.samples.copy(), audio.rate)
        if audio.channels > 8:
            return f"stem {name}: {audio.channels} channels; is it (samples, channels)?"
        if peak_db(audio) > LOUDEST_DB:
            return f"stem {name}: a peak of {peak_db(audio):.0f} dB"
    return ""


def _said(error: BaseException) -> str:
    """An exception in one line of valid text, even if it cannot say what it is."""
    try:
        text = str(error)
    except Exception:
        text = "(it cannot be printed)"
    line = f"{type(error).__name__}: {text}".splitlines()[0]
    return line.encode("utf-8", "replace").decode()
