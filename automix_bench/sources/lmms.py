"""LMMS projects: songs whose author's own session is played track by track."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from automix_bench.audio import total
from automix_bench.errors import Rejected
from automix_bench.music.files import songs
from automix_bench.music.lmms import project as lmms_project
from automix_bench.music.lmms import render, render_cache
from automix_bench.music.lmms.project import Project
from automix_bench.music.track_roles import stem_names
from automix_bench.separation.separate import default_cache
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Lmms"]

SUFFIXES = frozenset((".mmp", ".mmpz"))


@dataclass(frozen=True)
class Lmms:
    """Every project of LMMS (.mmp, .mmpz) under a folder, rendered by the program LMMS.

    **Stems.** One for each instrument or sample track that is not muted, with the effects, volumes
    and automation that the author gave it, through the project's mixer and master; stereo, floating
    point, at 44,100 Hz. They are called by role and number where the track's name speaks of a role
    (`bass-3`), else `instrument-3`; the names themselves are in `origin.settings["tracks"]`, and
    tracks that are never heard in `origin.settings["silent_tracks"]`: a sample or a plug-in may
    be missing there.

    **The mix is the sum of the stems** (`origin.settings["mix"]`), not a rendering of the whole
    project: LMMS's oscillators and noises start elsewhere each time, so the two differ, and so do
    effects on the master that do not add up.

    **Rendering** takes from a second to many minutes, once: tracks are kept in 24 bits in the cache
    (`lmms` beside `separations`, see `automix_bench.separation.separate.default_cache`), by the
    project's
    bytes and LMMS's version. As LMMS is not the same twice, so is not a song of an emptied cache.
    LMMS runs headless without the user's settings: it finds the samples that come with it, and
    others by absolute paths only.

    **Length.** The bars up to the last clip and one more, as LMMS counts; a project whose tempo or
    metre is automated is rejected. Also rejected, when loaded: LMMS fails, takes too long, or
    leaves out a track.

    **Whose it is.** Projects do not say. The artist is what `artists` has for it, else the first
    folder below the root, else the song. Files go by their path in the order of its bytes; hidden
    ones are passed over.

    Attributes:
        root: where the projects lie.
        license: SPDX expression for all projects that `licenses` does not name.
        attribution: who is to be credited, besides the artist that `artists` names.
        longest_render_seconds: after which LMMS is ended, in seconds on the clock.
        licenses: pairs of a pattern for the relative path and an SPDX expression; the first match
            wins, and `*` stands for slashes too.
        artists: pairs of such a pattern and an artist's name.
        cache: another folder for rendered tracks.

    Raises:
        UsageError: a licence is no SPDX expression; from `load`, if the cache cannot be written.
        DataError: from `catalogue`, if there is no such folder or no project in it.
        MissingPart: from `load`, if LMMS is not installed.
    """

    root: Path
    license: str = "LicenseRef-unknown"
    attribution: str = ""
    longest_render_seconds: float = 600.0
    licenses: tuple[tuple[str, str], ...] = ()
    artists: tuple[tuple[str, str], ...] = ()
    cache: Path | None = None

    def __post_init__(self) -> None:
        songs.check_licences(self.license, self.licenses)

    def catalogue(self) -> Catalogue:
        """Every project, read, none of it rendered."""
        names = songs.files_called(
            Path(self.root), SUFFIXES, wanted_by="Lmms", what="project", such_as=".mmp or .mmpz"
        )
        ids = songs.ids({name: str(PurePosixPath(name).with_suffix("")) for name in names})
        return songs.catalogue_of(names, lambda name: self._listing(name, ids[name]))

    def load(self, listing: Listing) -> Song:
        """The song, rendered or from the cache."""
        name = listing.origin.name
        path = Path(self.root) / name
        songs.demand_unchanged(listing, lambda: songs.sha256_of(path, name))
        project = lmms_project.read(path.read_bytes(), name)
        renderer = render.version()
        tracks = render_cache.tracks(
            self.cache or default_cache().with_name("lmms"),
            {
                "project": listing.origin.sha256,
                "length": listing.length,
                "renderer": [renderer, *render.OPTIONS],
            },
            lambda: render.rendered(
                path,
                name,
                tracks=len(project.tracks),
                length=listing.length,
                limit_seconds=self.longest_render_seconds,
            ),
        )
        if not tracks:
            raise Rejected(name, "silent from beginning to end: open it in LMMS and see")
        names = stem_names(_numbered(project), "instrument")
        stems = {names[number]: track for number, track in tracks.items()}
        mix = total(stems.values())
        songs.refuse_unplayable(mix, name)
        silent = [stem for stem in names.values() if stem not in stems]
        settings = {**listing.origin.settings, "renderer": renderer, "silent_tracks": silent}
        origin = replace(listing.origin, settings=settings)
        return Song(listing.id, listing.artist, stems, mix, listing.license, origin)

    def _listing(self, name: str, id: str) -> Listing:
        path = Path(self.root) / name
        sha256 = songs.sha256_of(path, name)
        project = lmms_project.read(path.read_bytes(), name)
        told = songs.first_match(self.artists, name, "")
        artist = told or next(iter(PurePosixPath(name).parts[:-1]), "")
        names = stem_names(_numbered(project), "instrument")
        settings = {
            "mix": "sum of the tracks",
            "tempo_bpm": project.tempo_bpm,
            "tracks": {names[n]: track for n, track in _numbered(project).items()},
        }
        title = PurePosixPath(name).stem if told else ""
        return Listing(
            id=id,
            artist=songs.artist_id(artist) if artist else id,
            license=songs.first_match(self.licenses, name, self.license),
            origin=Origin(name, sha256, songs.credit(told, title, self.attribution), settings),
            rate=render.RATE,
            length=math.ceil(project.seconds * render.RATE),
        )


def _numbered(project: Project) -> dict[int, str]:
    return dict(enumerate(project.tracks, 1))
