"""The music of a recipe: where songs come from and how they get stems.

Nearly every recipe has these settings beside its own, so that any recipe runs on any music.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from automix_bench.errors import UsageError
from automix_bench.plugin import did_you_mean
from automix_bench.recipe import LONGEST_SECONDS
from automix_bench.separator import Separator
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.separators.whole import Whole
from automix_bench.source import Source
from automix_bench.sources.composed import Composed
from automix_bench.sources.folder import Folder
from automix_bench.sources.lmms import Lmms
from automix_bench.sources.midi import Midi
from automix_bench.sources.modules import Modules
from automix_bench.sources.musdb import Musdb
from automix_bench.sources.stems_folder import StemsFolder
from automix_bench.sources.without_duplicates import WithoutDuplicates

LAYOUTS = ("composed", "folder", "stems", "musdb", "musdb-wav", "midi", "modules", "lmms")
DUPLICATES = ("keep", "drop", "unite")
SEPARATORS = ("demucs", "spleeter", "as_recorded", "whole")
MULTITRACKS = {"composed", "stems", "musdb", "musdb-wav", "midi", "modules", "lmms"}


class MusicFields(TypedDict):
    """Fields of a `Recipe`."""

    source: Source
    separator: Separator
    excerpt_seconds: float
    excerpts_per_song: int | None


@dataclass(frozen=True)
class Material:
    """The music of a recipe.

    Attributes:
        songs: the folder of songs; without one, songs are composed.
        layout: what the folder holds, by default `folder`: any tree of mixed music; or `stems` (a
            folder per song), `musdb`, `musdb-wav`, `midi`, `modules` (tracker files), `lmms`
            (projects).
        license: the licence of the songs, SPDX.
        separator: `demucs`, `spleeter`, `as_recorded` (true multitracks) or `whole` (no stems, the
            mix itself); by default `as_recorded` where the layout has stems, else `demucs`.
        model: the model of demucs: a name that it knows, or one in `repo`.
        repo: a local model repository for demucs.
        weights_license: the licence of demucs's weights, SPDX.
        count: the number of composed songs.
        song_seconds: length of a composed song.
        seconds: length of an excerpt.
        per_song: the number of excerpts kept of a song; by default all.
        duplicates: what to do with a recording that is there twice, in two folders, formats or bit
            rates: `keep` does not look for any; `drop` leaves out all but the first; `unite` keeps
            all of them in one split. Looking decodes every song once.
    """

    songs: Path | None = None
    layout: str | None = None
    license: str = "LicenseRef-unknown"
    separator: str | None = None
    model: str = "htdemucs"
    repo: Path | None = None
    weights_license: str = "MIT"
    count: int = 20
    song_seconds: float = 60.0
    seconds: float = 10.0
    per_song: int | None = None
    duplicates: str = "keep"

    def __post_init__(self) -> None:
        words = {"layout": LAYOUTS, "separator": SEPARATORS, "duplicates": DUPLICATES}
        for name, known in words.items():
            value = getattr(self, name)
            if value is not None and value not in known:
                raise UsageError(f"no {name} {value!r}{did_you_mean(value, known)}")
        for name in ("seconds", "song_seconds"):
            if not 0.0 < getattr(self, name) <= LONGEST_SECONDS:
                raise UsageError(
                    f"{name} must be above 0 and at most {LONGEST_SECONDS:g}, "
                    f"got {getattr(self, name)}"
                )
        if self.songs is None and self._layout != "composed":
            raise UsageError(f"layout {self.layout}: give the folder of songs: --set songs=…")
        if self.songs is not None and self._layout == "composed":
            raise UsageError(f"layout composed takes no folder of songs, got {self.songs}")

    @property
    def _layout(self) -> str:
        return self.layout or ("composed" if self.songs is None else "folder")

    def source(self) -> Source:
        """The source of the songs, with duplicates treated as `duplicates` says."""
        if self.duplicates == "keep":
            return self._songs()
        return WithoutDuplicates(self._songs(), unite=self.duplicates == "unite")

    def _songs(self) -> Source:
        songs, license = self.songs or Path(), self.license
        match self._layout:
            case "composed":
                return Composed(count=self.count, seconds=self.song_seconds)
            case "folder":
                return Folder(songs, license=license)
            case "stems":
                return StemsFolder(songs, license=license)
            case "midi":
                return Midi(songs, license=license)
            case "modules":
                return Modules(songs, license=license)
            case "lmms":
                return Lmms(songs, license=license)
            case layout:
                return Musdb(songs, wav=layout == "musdb-wav")

    def stems(self, otherwise: str = "") -> Separator:
        """The separator.

        Args:
            otherwise: its name where the setting `separator` is None; by default the one that fits
                the layout.
        """
        fitting = "as_recorded" if self._layout in MULTITRACKS else "demucs"
        match self.separator or otherwise or fitting:
            case "demucs":
                return Demucs(model=self.model, repo=self.repo, license=self.weights_license)
            case "spleeter":
                return Spleeter()
            case "whole":
                return Whole()
            case _:
                return AsRecorded()

    def settings(self, separator: str = "") -> MusicFields:
        """The fields of a `Recipe` that describe its music.

        Args:
            separator: as `otherwise` of `stems`.
        """
        return {
            "source": self.source(),
            "separator": self.stems(separator),
            "excerpt_seconds": self.seconds,
            "excerpts_per_song": self.per_song,
        }
