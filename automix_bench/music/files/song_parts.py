"""Which files of a song are its stems, which is the released mix, and which are left out."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from automix_bench.errors import Rejected, UsageError
from automix_bench.music.files import file_names, multitracks
from automix_bench.music.files.file_names import FileName
from automix_bench.music.files.multitracks import Parts
from automix_bench.song import NAME

_SAY = "say which with --set mixture=PATTERN, or leave one out with --set stems=PATTERN="
_BACKING_BESIDE = frozenset(("guitar", "rhythm", "drums", "crowd", "preview", "lead"))


@dataclass(frozen=True)
class Patterns:
    """What a user says of files, by patterns in which `*` also matches slashes.

    A pattern is compared with a file's path below the song's folder, with the file's name, and with
    its name without suffix.

    Attributes:
        mixture: patterns of the released mix. The first that matches a file of a song decides. If
            there is none, the files' names decide.
        stems: pairs of a pattern and a stem's name, `mix`, an empty text to leave the file out, or
            None to name the stem as the file. Where a pair has None, files that no pattern matches
            are left out, other than the mix.
    """

    mixture: tuple[str, ...] = ()
    stems: tuple[tuple[str, str | None], ...] = ()

    def may_use(self, file: str, name: FileName) -> bool:
        """Whether a file is not left out by the patterns."""
        for pattern, stem in self.stems:
            if matches(pattern, file):
                return stem != ""
        only = any(stem is None for _, stem in self.stems)
        is_mix = any(matches(pattern, file) for pattern in self.mixture) or name.kind == "mix"
        return is_mix or not only

    def tell_apart(self, files: Collection[str]) -> bool:
        """Whether a pattern matches some of the files and not all."""
        patterns = (*self.mixture, *(pattern for pattern, _ in self.stems))
        counts = (sum(matches(pattern, file) for file in files) for pattern in patterns)
        return any(0 < count < len(files) for count in counts)


def matches(pattern: str, file: str) -> bool:
    """Whether a pattern matches a file of a song: its path, its name, or its bare name."""
    path = PurePosixPath(file)
    return any(fnmatch.fnmatchcase(text, pattern) for text in (file, path.name, path.stem))


def check_names(stems: Iterable[tuple[str, str | None]], where: str) -> None:
    """Raises `UsageError` if a pattern of `stems` gives a name that no stem can have."""
    for pattern, name in stems:
        if name and not NAME.fullmatch(name):
            raise UsageError(
                f"{where}: {name!r} for {pattern!r} cannot name a stem: use a-z 0-9 _ -, mix for "
                "the released mix, or nothing to leave files out"
            )


@dataclass(frozen=True)
class SongFiles:
    """The files of a song, with what each is by its name.

    Attributes:
        folder: of the song, relative to the source's root.
        files: paths below the folder, each with its name as read.
        game: whether the song is of Frets on Fire or its kin, where `song` is a backing track.
        previews: whether a preview is the released mix if no other file is.
    """

    folder: str
    files: Mapping[str, FileName]
    game: bool = False
    previews: bool = False


def parts_of(root: Path, song: SongFiles, patterns: Patterns) -> tuple[Parts, tuple[Rejected, ...]]:
    """The stems and the mix of a song, and the files that are left out, each with the reason.

    Files that `patterns` leaves out are not among them: the user knows. Files of one name in two
    formats are decoded and compared.

    Raises:
        Rejected: two readings remain: of what the mix is, or of whether a file is a stem; or a
            pattern of `mixture` is given and matches no file.
    """
    usable = {file: name for file, name in song.files.items() if patterns.may_use(file, name)}
    once, twins = multitracks.without_twins(root, song.folder, tuple(usable), patterns.tell_apart)
    song = replace(song, files={file: usable[file] for file in once})
    sorting = _Sorting(song.folder, list(twins))
    plain = sorting.by_patterns(song, patterns)
    stated = frozenset(file for group in sorting.groups.values() for _, file in group)
    sorting.resolve_whole_songs(song, plain)
    sorting.resolve_sub_mixes(plain)
    sorting.refuse_two_readings(plain)
    for file, name in plain.items():
        sorting.groups.setdefault(name.word, []).append((name.number, file))
    parts = Parts(song.folder, sorting.stems(), sorting.mix, stated)
    return parts, tuple(sorting.left_out)


@dataclass
class _Sorting:
    """The state of sorting a song's files. `groups` has the files of each stem's name."""

    folder: str
    left_out: list[Rejected] = field(default_factory=list)
    mix: str = ""
    groups: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def by_patterns(self, song: SongFiles, patterns: Patterns) -> dict[str, FileName]:
        """Take out what the patterns decide; return the files that are left, by their names."""
        if patterns.mixture:
            self.mix = self._mix_by_pattern(song.files, patterns.mixture)
        plain: dict[str, FileName] = {}
        mixes: list[str] = []
        for file, name in song.files.items():
            if file == self.mix:
                continue
            pairs = [stem for pattern, stem in patterns.stems if matches(pattern, file)]
            stem = pairs[0] if pairs else None
            if pairs and stem == "mix":
                mixes.append(file)
            elif pairs:
                own = (0, file) if stem else (name.number, file)
                self.groups.setdefault(stem or name.word, []).append(own)
            else:
                plain[file] = name
        self._take_mix(mixes)
        return plain

    def resolve_whole_songs(self, song: SongFiles, plain: dict[str, FileName]) -> None:
        """Decide on mixes, previews, plain sums, and files called as the song."""
        mixes = _pop(plain, "mix")
        previews = _pop(plain, "preview")
        if song.previews and not (mixes or self.mix):
            mixes, previews = previews, []
        for file in previews:
            self._leave_out(file, "a preview by its name, not the whole song")
        if self.mix:
            for file in mixes:
                self._leave_out(file, f"another mix by its name; the mix is {self.mix}")
        else:
            self._take_mix(mixes)
        sums = _pop(plain, "sum")
        if not (plain or self.groups or self.mix):
            self._take_mix(sums)
        else:
            for file in sums:
                self._leave_out(file, "the plain sum of the stems by its name, no released mix")
        for file in [file for file, name in plain.items() if name.kind in ("song", "backing")]:
            self._resolve_song(file, plain, song.game)

    def resolve_sub_mixes(self, plain: dict[str, FileName]) -> None:
        """Leave out files that hold other stems by their names; of what stays, one is a stem."""
        tracks = {file: name.role for file, name in plain.items() if name.kind == "stem"}
        tracks |= {
            file: file_names.role_of_word(stem)
            for stem, group in self.groups.items()
            for _, file in group
        }
        kept: dict[tuple[str, str], str] = {}
        for file, name in [(f, n) for f, n in plain.items() if n.kind in ("without", "group")]:
            held = self._held(file, name, tracks, plain)
            if held:
                what = "all but" if name.kind == "without" else "a sub-mix of"
                of = name.role or ("one part" if name.kind == "without" else "others")
                self._leave_out(file, f"{what} {of} by its name, and it holds {_and(held)}")
                del plain[file]
            elif (name.kind, name.role) in kept and name.role:
                other = kept[name.kind, name.role]
                reason = f"{other} and {file} are the same sub-mix by their names; {_SAY}"
                raise Rejected(self.folder, reason)
            else:
                kept[name.kind, name.role] = file

    def refuse_two_readings(self, plain: Mapping[str, FileName]) -> None:
        """Refuse a song with a whole kit and its pieces, or all vocals and the lead."""
        words = {file: name for file, name in plain.items() if name.kind == "stem"}
        for file, name in words.items():
            if name.word in file_names.WHOLE_KIT:
                parts = [f for f, n in words.items() if n.role in file_names.DRUM_PIECES]
            elif name.word in ("vocals", "vocal", "vox", "voices"):
                parts = [f for f, n in words.items() if n.role == "vocals" and "lead" in n.word]
            else:
                continue
            if parts:
                raise self._two_readings(file, f"the sum of {_and(parts)}", "a track of its own")

    def stems(self) -> dict[str, str]:
        """A file for each stem's name; files of one name are numbered."""
        stems: dict[str, str] = {}
        for name, group in self.groups.items():
            for number, (_, file) in enumerate(sorted(group), 1):
                own = name if len(group) == 1 else f"{name}-{number}"
                if own in stems:
                    clash = f"{stems[own]} and {file} would both be called {own}"
                    raise Rejected(self.folder, f"{clash}; give one another name in stems")
                stems[own] = file
        if "residual" in stems:
            clash = f"{stems['residual']} would be called residual, as what a separator leaves over"
            raise Rejected(self.folder, f"{clash}; give it another name in stems")
        return stems

    def _mix_by_pattern(self, files: Iterable[str], patterns: tuple[str, ...]) -> str:
        for pattern in patterns:
            matching = [file for file in files if matches(pattern, file)]
            if len(matching) > 1:
                raise self._several(matching)
            if matching:
                return matching[0]
        texts = " or ".join(patterns)
        raise Rejected(
            self.folder, f"no file matches mixture={texts}; mend the pattern or the name"
        )

    def _take_mix(self, mixes: list[str]) -> None:
        if len(mixes) > 1 or (mixes and self.mix):
            raise self._several([*mixes, *([self.mix] if self.mix else [])])
        self.mix = mixes[0] if mixes else self.mix

    def _several(self, mixes: list[str]) -> Rejected:
        reason = f"several released mixes, {_and(mixes, most=4)}; {_SAY}"
        return Rejected(self.folder, reason)

    def _resolve_song(self, file: str, plain: dict[str, FileName], game: bool) -> None:
        """Decide what `song`, `backing`, or a file called as the song is."""
        name = plain[file]
        others = {f: n for f, n in plain.items() if f != file}
        beside = {n.word for n in others.values()}
        playing = any(name.role != "vocals" for name in others.values()) or bool(self.groups)
        of_game = "guitar" in beside and beside <= _BACKING_BESIDE
        if name.word in ("song", "backing") and (game or of_game):
            word, number = ("backing", 0) if game else (name.word, name.number)
            plain[file] = replace(name, kind="stem", word=word, number=number)
        elif name.kind == "backing":
            if playing:
                raise self._two_readings(file, "the sum of other files", "a track of its own")
            plain[file] = replace(name, kind="stem")
        elif self.mix:
            raise self._several([self.mix, file])
        elif others or self.groups:
            raise self._two_readings(file, "the released mix", "a stem")
        else:
            plain[file] = replace(name, kind="stem")

    def _held(
        self, file: str, name: FileName, tracks: Mapping[str, str], plain: Mapping[str, FileName]
    ) -> list[str]:
        """The files that a sub-mix holds by its name; none if it is a stem."""
        if name.kind == "without":
            if name.role:
                return [other for other, role in tracks.items() if role != name.role]
            return list(tracks) if len(tracks) > 1 else []
        if not name.role:
            return list(tracks)
        roles = file_names.family(name.role)
        inner = {f: n.role for f, n in plain.items() if n.kind == "group" and n.role != name.role}
        return [other for other, role in {**tracks, **inner}.items() if role in roles]

    def _two_readings(self, file: str, one: str, other: str) -> Rejected:
        pattern = f"--set 'stems={PurePosixPath(file).stem}=NAME'"
        leave = f"--set 'stems={PurePosixPath(file).stem}='"
        return Rejected(
            self.folder,
            f"{file} may be {one}, or {other}: name it with {pattern} (mix for the released mix), "
            f"or leave it out with {leave}",
        )

    def _leave_out(self, file: str, reason: str) -> None:
        self.left_out.append(Rejected(f"{self.folder}/{file}", f"{reason}; the song is used"))


def _pop(plain: dict[str, FileName], kind: str) -> list[str]:
    """Remove the files of a kind from `plain` and return them."""
    files = [file for file, name in plain.items() if name.kind == kind]
    for file in files:
        del plain[file]
    return files


def _and(files: Collection[str], most: int = 3) -> str:
    """Files as a list in words; `most` of them are named."""
    names = sorted(files, key=str.encode)
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
