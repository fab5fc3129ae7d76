"""The music of a recipe: where songs come from and how they get stems.

Nearly every recipe has these settings beside its own, so that any recipe runs on any music.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from automix_bench.errors import UsageError
from automix_bench.plugin import did_you_mean
from automix_bench.recipe import LONGEST_SECONDS
from automix_bench.recipe_parts import song_layouts
from automix_bench.separator import Separator
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.separators.whole import Whole
from automix_bench.source import Source
from automix_bench.sources.by_artist import ByArtist
from automix_bench.sources.without_duplicates import WithoutDuplicates

LAYOUTS = tuple(song_layouts.BUILT_IN)
DUPLICATES = ("keep", "drop", "unite")
SEPARATORS = ("demucs", "spleeter", "as_recorded", "whole")
_KINDS = {"layout": "sources", "separator": "separators"}
MULTITRACKS = set(LAYOUTS) - set(song_layouts.WITHOUT_STEMS)


class MusicFields(TypedDict):
    """Fields of a `Recipe`."""

    source: Source
    separator: Separator
    excerpt_seconds: float
    excerpts_per_song: int | None
    rate: int | None


@dataclass(frozen=True)
class Material:
    """The music of a recipe.

    Attributes:
        songs: the folder of songs; without one, songs are composed.
        layout: what the folder holds, by default `folder`: any tree of mixed music; or `stems` (a
            folder per song), `musdb`, `musdb-wav`, `medleydb` (its stems), `medleydb-raw` (its raw
            tracks), `moisesdb`, `slakh` (and BabySlakh), `cambridge` (`Artist_Title_Full`), `midi`,
            `modules` (tracker files), `lmms` (projects); or a source in a `.py` file.
        license: the licence of the songs, SPDX; by default that of the data set that the layout is
            named after, else `LicenseRef-unknown`.
        mixture: patterns of the released mix, parted by commas: `*_print.wav`. The first that
            matches a file of a song decides; by default the files' names do.
        stems: patterns of files and what they are, parted by commas: `*Vox*=vocals` names a stem,
            `*2.wav=mix` the mix, `*.mp3=` leaves files out, and `*_dry.wav` takes only such files.
        artist: where the artist stands: `tag`, `folder`, `folder-2`, `song`, or a pattern such as
            `{artist} - *`; by default in the tag, else in the first folder. One artist's songs are
            in one split.
        lowest_rate: songs of lower rates are left out, in Hz; by default 32000, for `slakh` 16000.
        rate: songs of other rates are resampled to this one, in Hz; by default every song keeps its
            own, and a batch for training takes songs of one rate alone.
        separator: `demucs`, `spleeter`, `as_recorded` (true multitracks), `whole` (no stems, the
            mix itself) or a separator in a `.py` file; by default `as_recorded` where the layout
            has stems, else `demucs`.
        model: the model of demucs: a name that it knows, or one in `repo`.
        repo: a local model repository for demucs.
        weights_license: the licence of demucs's weights, SPDX.
        count: the number of composed songs.
        first: the number of the first composed song: `count=20 first=20` shares no song with
            `count=20`.
        song_seconds: length of a composed song.
        seconds: length of an excerpt.
        per_song: the number of excerpts kept of a song; by default all.
        duplicates: what to do with a recording that is there twice, in two folders, formats or bit
            rates: `keep` does not look for any; `drop` leaves out all but the first; `unite` keeps
            all of them in one split. Looking decodes every song once.
    """

    songs: Path | None = None
    layout: str | None = None
    license: str | None = None
    mixture: str = ""
    stems: str = ""
    artist: str = ""
    lowest_rate: int | None = None
    rate: int | None = None
    separator: str | None = None
    model: str = "htdemucs"
    repo: Path | None = None
    weights_license: str = "MIT"
    count: int = 20
    first: int = 0
    song_seconds: float = 60.0
    seconds: float = 10.0
    per_song: int | None = None
    duplicates: str = "keep"

    def __post_init__(self) -> None:
        words = {"layout": LAYOUTS, "separator": SEPARATORS, "duplicates": DUPLICATES}
        for name, known in words.items():
            value = getattr(self, name)
            if value is None or value in known:
                continue
            if name == "duplicates" or not song_layouts.is_own(_KINDS[name], value):
                raise UsageError(f"no {name} {value!r}{did_you_mean(value, known)}")
        for name in ("seconds", "song_seconds"):
            if not 0.0 < getattr(self, name) <= LONGEST_SECONDS:
                raise UsageError(
                    f"{name} must be above 0 and at most {LONGEST_SECONDS:g}, "
                    f"got {getattr(self, name)}"
                )
        if self.songs is None and self._layout in LAYOUTS and self._layout != "composed":
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
        given: dict[str, Any] = {
            "license": self.license,
            "mixture": song_layouts.patterns_from(self.mixture) or None,
            "stems": song_layouts.stems_from(self.stems) or None,
            "lowest_rate": self.lowest_rate,
            "first": self.first or None,
        }
        asked = {name: value for name, value in given.items() if value is not None}
        if self._layout == "composed":
            asked |= {"count": self.count, "seconds": self.song_seconds}
        source = song_layouts.source_of(self._layout, self.songs, asked)
        if not self.artist:
            return source
        if self.songs is None:
            raise UsageError(
                f"layout {self._layout} takes no setting artist: it reads no folder of songs: "
                "leave artist away"
            )
        return ByArtist(source, self.songs, self.artist)

    def fitting_separator(self, otherwise: str = "") -> Separator:
        """The separator.

        Args:
            otherwise: its name where the setting `separator` is None; by default the one that fits
                the layout.
        """
        mixed = self._layout in song_layouts.WITHOUT_STEMS
        fitting = "demucs" if mixed else "as_recorded"
        match self.separator or otherwise or fitting:
            case "demucs":
                return Demucs(model=self.model, repo=self.repo, license=self.weights_license)
            case "spleeter":
                return Spleeter()
            case "whole":
                return Whole()
            case "as_recorded":
                return AsRecorded()
            case own:
                given = {"model": self.model, "repo": self.repo, "license": self.weights_license}
                fields = type(self).__dataclass_fields__
                names = {"license": "weights_license"}
                chosen = {
                    key: value
                    for key, value in given.items()
                    if value != fields[names.get(key, key)].default
                }
                return song_layouts.separator_of(own, chosen)

    def settings(self, separator: str = "") -> MusicFields:
        """The fields of a `Recipe` that describe its music.

        Args:
            separator: as `otherwise` of `fitting_separator`.
        """
        return {
            "source": self.source(),
            "separator": self.fitting_separator(separator),
            "excerpt_seconds": self.seconds,
            "excerpts_per_song": self.per_song,
            "rate": self.rate,
        }
