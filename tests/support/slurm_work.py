"""Work for array tasks in tests. It has a file of its own, so that tasks load little."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.errors import Rejected
from automix_bench.executor import Tell
from automix_bench.song import Song
from automix_bench.source import Listing
from tests.support.tone_source import Tones


def fails_at_two(item: Any, tell: Tell) -> Any:
    if item == 2:
        raise Rejected("song.wav", "silent")
    if item == 3:
        raise ZeroDivisionError("a\nbug")
    return item


def never_sendable(item: Any, tell: Tell) -> Any:
    return lambda: item


def tells_slowly(item: Any, tell: Tell) -> Any:
    for step in range(3):
        tell(step)
        time.sleep(0.6)
    return item


@dataclass(frozen=True)
class Counted:
    """Writes every item that it begins to a file, and then does another work."""

    folder: Path
    work: Any

    def __call__(self, item: Any, tell: Tell) -> Any:
        with (self.folder / "begun").open("a") as file:
            file.write(f"{item}\n")
        return self.work(item, tell)


@dataclass(frozen=True)
class Alone:
    """Marks in a folder which item it is at, and whether an item was at work twice at once."""

    folder: Path
    seconds: float

    def __call__(self, item: Any, tell: Tell) -> Any:
        with at(self.folder, item):
            time.sleep(self.seconds)
        return item


@dataclass(frozen=True)
class Sleeps:
    """Sleeps as many seconds as the item says, and marks in a folder which item it is at. An end
    of the program in the meantime becomes an error, as rendering does for effects."""

    folder: Path

    def __call__(self, item: Any, tell: Tell) -> Any:
        with at(self.folder, item):
            try:
                time.sleep(item)
            except SystemExit as error:
                raise RuntimeError("ended the program") from error
        return item


class at:
    def __init__(self, folder: Path, item: Any) -> None:
        self._folder, self._mark = folder, folder / f"at-{item}"
        self._item = item

    def __enter__(self) -> None:
        try:
            self._mark.touch(exist_ok=False)
        except FileExistsError:
            (self._folder / f"twice-{self._item}").touch()
        with (self._folder / "begun").open("a") as file:
            file.write(f"{self._item} {os.getpid()}\n")

    def __exit__(self, *error: object) -> None:
        self._mark.unlink()


@dataclass(frozen=True)
class Observed(Tones):
    """Tones that load slowly, and mark when one is loaded twice at once."""

    folder: str = ""

    def load(self, listing: Listing) -> Song:
        with at(Path(self.folder), listing.id):
            time.sleep(0.5)
            return super().load(listing)


@dataclass(frozen=True)
class KilledFirst(Tones):
    """Tones of which one ends the process that loads it, the first time."""

    folder: str = ""

    def load(self, listing: Listing) -> Song:
        mark = Path(self.folder) / "killed"
        if listing.id == "tones-1" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().load(listing)
