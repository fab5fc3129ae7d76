"""LMMS projects: the author's own session, rendered track by track."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from automix_bench.audio import total
from automix_bench.errors import Rejected
from automix_bench.mixing_rules.track_roles import stem_names
from automix_bench.music.files import songs
from automix_bench.music.lmms import project as lmms_project
from automix_bench.music.lmms import render, render_cache
from automix_bench.music.lmms.project import Project
from automix_bench.separation.separate import default_cache
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Lmms"]

SUFFIXES = frozenset((".mmp", ".mmpz"))


@dataclass(frozen=True)
class Lmms:
    """Every project of LMMS (.mmp, .mmpz) under a folder, rendered by the program LMMS.

    **Stems.** Each instrument or sample track that is not muted gives one stem, with the author's
    effects, volumes and automation, through the project's mixer and master. Stems are stereo,
    floating point, at 44,100 Hz. If the track's name contains a role, the stem is called by role
    and number (`bass-3`), else `instrument-3`. The track names themselves are in
    `origin.settings["tracks"]`. Silent tracks are in `origin.settings["silent_tracks"]`: a sample
    or a plug-in may be missing there.

    **The mix is the sum of the stems** (`origin.settings["mix"]`), not a rendering of the whole
    project. The two differ because LMMS's oscillators and noises start differently each time, and
    because some effects on the master are not additive.

    **Rendering** takes from a second to many minutes, once. The cache stores the tracks in 24 bits
    (`lmms` beside `separations`, see `automix_bench.separation.separate.default_cache`), by the
    project's bytes and LMMS's version. LMMS does not give the same samples twice, so after the
    cache is emptied a song is not the same again. LMMS runs headless without the user's settings:
    it has the samples that come with LMMS, and other samples only if their paths are absolute.

    **Length.** The bars up to the last clip and one more, as LMMS counts. A project with an
    automated tempo or metre is rejected. A project is also rejected, when loaded, if LMMS fails,
    takes too long, or leaves out a track.

    **Artist.** Projects do not name one. The artist is the match in `artists`, else the first
    folder below the root, else the song. Files are listed in the order of the bytes of their paths;
    hidden files are skipped.

    Attributes:
        root: the folder of the projects.
        license: SPDX expression for all projects that `licenses` does not name.
        attribution: the people to credit, besides the artist that `artists` names.
        longest_render_seconds: the time after which LMMS is stopped, in wall-clock seconds.
        licenses: pairs of a pattern for the relative path and an SPDX expression. The first match
            counts, and `*` also matches slashes.
        artists: pairs of such a pattern and an artist's name.
        cache: another folder for rendered tracks.

    Raises:
        UsageError: a licence is not an SPDX expression; from `load`, if the cache cannot be
            written.
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
        """Read every project; nothing is rendered."""
        names = songs.files_called(
            Path(self.root), SUFFIXES, wanted_by="Lmms", what="project", such_as=".mmp or .mmpz"
        )
        ids = songs.ids({name: str(PurePosixPath(name).with_suffix("")) for name in names})
        return songs.catalogue_of(names, lambda name: self._listing(name, ids[name]))

    def load(self, listing: Listing) -> Song:
        """Render the song, or read it from the cache."""
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
        return Song(listing.id, listing.artist, stems, mix, listing.license, origin, "sum")

    def _listing(self, name: str, id: str) -> Listing:
        path = Path(self.root) / name
        sha256 = songs.sha256_of(path, name)
        project = lmms_project.read(path.read_bytes(), name)
        credited = songs.first_match(self.artists, name, "")
        artist = credited or next(iter(PurePosixPath(name).parts[:-1]), "")
        names = stem_names(_numbered(project), "instrument")
        settings = {
            "mix": "sum of the tracks",
            "tempo_bpm": project.tempo_bpm,
            "tracks": {names[n]: track for n, track in _numbered(project).items()},
        }
        title = PurePosixPath(name).stem if credited else ""
        return Listing(
            id=id,
            artist=songs.artist_id(artist) if artist else id,
            license=songs.first_match(self.licenses, name, self.license),
            origin=Origin(name, sha256, songs.credit(credited, title, self.attribution), settings),
            rate=render.RATE,
            length=math.ceil(project.seconds * render.RATE),
            mix_kind="sum",
        )


def _numbered(project: Project) -> dict[int, str]:
    return dict(enumerate(project.tracks, 1))
