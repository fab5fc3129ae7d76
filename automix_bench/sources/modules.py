"""Tracker modules: the author's own mix, and every instrument by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.errors import Changed, Rejected
from automix_bench.mixing_rules.track_roles import stem_names
from automix_bench.music.files import songs
from automix_bench.music.tracker import module
from automix_bench.music.tracker.module import Tune
from automix_bench.song import Origin, Song, Stems
from automix_bench.source import Catalogue, Listing

__all__ = ["Modules"]

SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("mod", "s3m", "xm", "it", "mptm", "stm", "mtm", "669", "ult", "far", "okt", "med", "mdl"),
        *("amf", "dbm", "ptm", "psm", "umx", "mo3", "j2b", "mt2", "dmf", "digi", "imf", "gdm"),
    )
)
TAIL_SECONDS = 1.0
LARGEST_SUM_ERROR_DB = -100.0


@dataclass(frozen=True)
class Modules:
    """Every tracker module (.mod .s3m .xm .it .mptm ...) under a folder, played by libopenmpt.

    **Mix and stems.** The mix is the module with its author's panning, volumes, slides and filters,
    played once from start to end; stereo, floating point. A stem is one instrument (one sample, in
    modules without instruments) as it sounds in the mix, with all others muted. If the instrument's
    name contains a role, the stem is called by role and number (`bass-3`), else `instrument-3`. The
    names themselves are in `origin.settings["instruments"]`. Silent instruments are left out.

    **The stems sum to the mix**, with an error of at most -100 dB relative to its level. Otherwise
    the song is rejected when it is loaded, and the reason states the error. There are two causes:
    some modules move or bend notes at random and differ each time they are played, and in some an
    instrument takes over another's notes. The error of an accepted song is
    `origin.settings["sum_error_db"]`. The version of libopenmpt is in `origin.settings` too; the
    same version gives the same samples each time.

    **Length.** The estimate of libopenmpt plus one second of silence for its error. A song longer
    than `at_most_seconds` is cut there.

    **Artist.** The artist is the module's own artist tag if it has one (few have), else the first
    folder below the root, else the song. The title goes into the attribution. Files are listed in
    the order of the bytes of their paths; hidden files are skipped.

    Attributes:
        root: the folder of the modules.
        license: SPDX expression for all modules that `licenses` does not name.
        attribution: the people to credit, besides artist and title.
        at_most_seconds: the greatest length of a song.
        rate: in Hz.
        licenses: pairs of a pattern for the relative path and an SPDX expression. The first match
            counts, and `*` also matches slashes.

    Raises:
        UsageError: a licence is not an SPDX expression.
        DataError: from `catalogue`, if there is no such folder or no module in it.
        MissingPart: from `catalogue` and `load`, if libopenmpt is not installed.
    """

    root: Path
    license: str = "LicenseRef-unknown"
    attribution: str = ""
    at_most_seconds: float = 600.0
    rate: int = 44_100
    licenses: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        songs.check_licences(self.license, self.licenses)

    def catalogue(self) -> Catalogue:
        """Read every module; nothing is played."""
        names = songs.files_called(
            Path(self.root),
            SUFFIXES,
            wanted_by="Modules",
            what="module",
            such_as=".mod, .xm or .it",
        )
        ids = songs.ids({name: str(PurePosixPath(name).with_suffix("")) for name in names})
        return songs.catalogue_of(names, lambda name: self._listing(name, ids[name]))

    def load(self, listing: Listing) -> Song:
        """Play the song once for the mix and once for each instrument."""
        name = listing.origin.name
        path = Path(self.root) / name
        songs.demand_unchanged(listing, lambda: songs.sha256_of(path, name))
        if listing.origin.settings.get("player") != module.version():
            raise Changed(
                f"{name}: was listed with {listing.origin.settings.get('player')}, and here is "
                f"{module.version()}: install that version, or make a new data set"
            )
        content = path.read_bytes()
        tune = module.read(content, name)
        whole = module.play(content, name, self.rate, listing.length)
        if not whole.ended and tune.seconds < self.at_most_seconds:
            raise Rejected(
                name,
                f"plays on after {listing.length / self.rate:.1f} s, where libopenmpt said it "
                "would end: remove it",
            )
        mix = Audio(whole.samples, self.rate)
        songs.refuse_silent(mix, name)
        stems = self._stems(content, name, tune, listing.length)
        error_db = _sum_error_db(stems, mix)
        if error_db > LARGEST_SUM_ERROR_DB:
            again = module.play(content, name, self.rate, listing.length)
            raise Rejected(name, _reason(error_db, np.array_equal(again.samples, whole.samples)))
        settings = {**listing.origin.settings, "sum_error_db": round(error_db, 1)}
        origin = replace(listing.origin, settings=settings)
        return Song(listing.id, listing.artist, stems, mix, listing.license, origin, "released")

    def _stems(self, content: bytes, name: str, tune: Tune, length: int) -> Stems:
        stems = {}
        for part, stem in stem_names(tune.parts, "instrument").items():
            played = module.play(content, name, self.rate, length, only=part)
            if played.samples.any():
                stems[stem] = Audio(played.samples, self.rate)
        return stems

    def _listing(self, name: str, id: str) -> Listing:
        path = Path(self.root) / name
        sha256 = songs.sha256_of(path, name)
        tune = module.read(path.read_bytes(), name)
        seconds = min(tune.seconds + TAIL_SECONDS, self.at_most_seconds)
        artist = tune.artist or next(iter(PurePosixPath(name).parts[:-1]), "")
        credit = songs.credit(tune.artist, tune.title, self.attribution)
        return Listing(
            id=id,
            artist=songs.artist_id(artist) if artist else id,
            license=songs.first_match(self.licenses, name, self.license),
            origin=Origin(name, sha256, credit, _settings(tune)),
            rate=self.rate,
            length=max(1, math.ceil(seconds * self.rate)),
            mix_kind="released",
        )


def _settings(tune: Tune) -> dict[str, Any]:
    """The format, the player and the instruments of the mix."""
    names = stem_names(tune.parts, "instrument")
    return {
        "mix": "the module's own",
        "format": tune.format,
        "player": module.version(),
        **module.SETTINGS,
        "instruments": {names[part]: tune.parts[part] for part in tune.parts},
    }


def _sum_error_db(stems: Stems, mix: Audio) -> float:
    """The level of the error of the stems' sum, relative to the mix, in dB; computed in double
    precision."""
    error = -mix.samples.astype(np.float64)
    for stem in stems.values():
        error += stem.samples
    # Not by BLAS, because its sums depend on its number of threads.
    lost, whole = (np.sum(np.square(one, dtype=np.float64)) for one in (error, mix.samples))
    return max(decibels(float(np.sqrt(lost / whole))), -300.0)


def _reason(error_db: float, steady: bool) -> str:
    """The reason of a rejection. `steady`: the module plays the same samples each time."""
    limit = f"wanted {LARGEST_SUM_ERROR_DB:.0f} dB or less"
    error = f"its stems differ from its mix by {error_db:.0f} dB, {limit}"
    if steady:
        return f"{error}: an instrument takes over or cuts off another's notes; leave it out"
    return f"{error}: it plays by chance (random panning, volume or vibrato); leave it out"
