"""MIDI files played through a SoundFont: multitracks in the manner of Slakh."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.audio import amplitude, peak_db, total
from automix_bench.dsp.loudness import BLOCK_SECONDS, integrated_lufs
from automix_bench.errors import MissingPart, Rejected, UsageError
from automix_bench.files.leavings import lies_in_leavings
from automix_bench.licence import join
from automix_bench.music.files import songs
from automix_bench.music.synth.play_part import Bend, Control, Note, Part, play
from automix_bench.music.synth.soundfont import UNKNOWN_LICENSE, SoundFont, find
from automix_bench.song import Origin, Song, Stems, slug
from automix_bench.source import Catalogue, Listing

__all__ = ["Midi"]

SUFFIXES = (".mid", ".midi")
TAIL_SECONDS = 2.0
TARGET_LUFS = -16.0
CEILING_DB = -1.0

# The role of each of the sixteen families of General MIDI; a family has eight programs.
_FAMILIES = (
    *("keys", "mallets", "keys", "guitar", "bass", "strings", "strings", "brass"),
    *("winds", "winds", "lead", "pad", "effects", "ethnic", "percussion", "effects"),
)

_PIECES = (
    ("kick", (35, 36)),
    ("snare", (37, 38, 39, 40)),
    ("hihat", (42, 44, 46)),
    ("toms", (41, 43, 45, 47, 48, 50)),
    ("cymbals", (49, 51, 52, 53, 55, 57, 59)),
)
_OTHER_PIECES = "percussion-kit"

# The exceptions that the MIDI parser raises on bytes that are not a valid MIDI file.
_UNREADABLE = (OSError, EOFError, ValueError, IndexError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Midi:
    """Every .mid and .midi file under a folder, in the order of their paths.

    A stem has all notes of one General MIDI program, and is named by family and number
    (`guitar-030`). The drums are one stem, `drums`. `automix_bench.music.synth.play_part` plays
    each stem dry and alone. One gain for the whole song, recorded in `origin.settings`, brings the
    sum of the stems to -16 LUFS or to peaks of -1 dBFS, whichever is lower. The stored stems
    include that gain, so the mix is their plain sum; no engineer mixed it.

    A file that cannot be read, or that has no notes, is listed as rejected, with the reason. The
    song's artist is the folder of the file (as in Lakh's `Artist/Title.mid`), or, for a file
    directly under the root, the file itself.

    Attributes:
        root: the folder.
        soundfont: as `automix_bench.music.synth.soundfont.find` takes it.
        license: SPDX expression of the MIDI files; joined with the SoundFont's.
        attribution: the people to credit for the MIDI files.
        rate: in Hz.
        by_piece: whether kick, snare, hihat, toms, cymbals and the other drums are separate stems.
        longest_seconds: longer files are rejected, because a broken time stamp can mean days.
    """

    root: Path
    soundfont: str | Path | None = None
    license: str = UNKNOWN_LICENSE
    attribution: str = ""
    rate: int = 44_100
    by_piece: bool = False
    longest_seconds: float = 3_600.0

    def catalogue(self) -> Catalogue:
        """Parse every file; nothing is played."""
        root = Path(self.root)
        if not root.is_dir():
            raise UsageError(f"midi: no folder at {root}: give one that holds .mid files")
        soundfont = find(self.soundfont)
        paths = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        relative = (path.relative_to(root) for path in paths)
        names = [path.as_posix() for path in relative if not lies_in_leavings(path)]
        listings, rejected = [], []
        for name, song_id in zip(names, _ids(names), strict=True):
            try:
                listings.append(self._listing(name, song_id, soundfont))
            except Rejected as error:
                rejected.append(error)
        return Catalogue(tuple(listings), tuple(rejected))

    def load(self, listing: Listing) -> Song:
        """Play the song."""
        name = listing.origin.name
        soundfont = find(self.soundfont)
        parsed = _parsed(Path(self.root) / name, name)
        songs.demand_unchanged(listing, lambda: parsed.sha256)
        seconds = listing.length / self.rate
        # The parts of one stem are summed; each part has its own controllers.
        played = {
            stem: total(play(part, soundfont.path, seconds, self.rate) for part in parts)
            for stem, parts in _stems(parsed.midi, self.by_piece).items()
        }
        silent = [stem for stem, audio in played.items() if not audio.samples.any()]
        audible = {stem: audio for stem, audio in played.items() if stem not in silent}
        if not audible:
            raise Rejected(name, "plays nothing but silence with this SoundFont: use another")
        gain_db, levels = _level(audible)
        settings = {**levels, "silent_stems": silent}
        stems = {stem: audio.scaled(amplitude(gain_db)) for stem, audio in audible.items()}
        origin = Origin(name, parsed.sha256, listing.origin.attribution, settings)
        mix = total(stems.values())
        return Song(listing.id, listing.artist, stems, mix, listing.license, origin, "sum")

    def _listing(self, name: str, song_id: str, soundfont: SoundFont) -> Listing:
        parsed = _parsed(Path(self.root) / name, name)
        seconds = float(parsed.midi.get_end_time())
        if seconds > self.longest_seconds:
            raise Rejected(
                name,
                f"lasts {seconds:.0f} s, wanted {self.longest_seconds:g} s at most: "
                "mend its time stamps or raise longest_seconds",
            )
        folder = name.rpartition("/")[0]
        credits = [credit for credit in (self.attribution, soundfont.attribution) if credit]
        return Listing(
            id=song_id,
            artist=folder or name.rpartition(".")[0],
            license=join(self.license, soundfont.license),
            origin=Origin(name, parsed.sha256, "; ".join(credits)),
            rate=self.rate,
            length=round((seconds + TAIL_SECONDS) * self.rate),
            mix_kind="sum",
        )


@dataclass(frozen=True, eq=False)
class _Parsed:
    """A file as parsed by pretty_midi, and the file's hash."""

    midi: Any
    sha256: str


def _parsed(path: Path, name: str) -> _Parsed:
    pretty_midi = _pretty_midi()
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with warnings.catch_warnings():
            # pretty_midi warns of tempo changes outside the first track, but reads them anyway.
            warnings.simplefilter("ignore", RuntimeWarning)
            midi = pretty_midi.PrettyMIDI(str(path))
    except _UNREADABLE as error:
        message = str(error) or "the file ends early"
        reason = f"not readable as MIDI ({type(error).__name__}: {message}): export it again"
        raise Rejected(name, " ".join(reason.split())) from error
    if not any(instrument.notes for instrument in midi.instruments):
        raise Rejected(name, "has no notes: wanted one at least")
    return _Parsed(midi, sha256)


def _pretty_midi() -> Any:
    try:
        import pretty_midi
    except ModuleNotFoundError as error:
        raise MissingPart("the source midi", "pretty_midi", "pip install pretty_midi") from error
    return pretty_midi


def _ids(names: list[str]) -> list[str]:
    """An id for each path: its slug. A hash is added where two slugs are equal or a slug is
    empty."""
    slugs = [slug(name.rpartition(".")[0]) for name in names]
    return [
        plain
        if plain and slugs.count(plain) == 1
        else f"{plain or 'midi'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        for name, plain in zip(names, slugs, strict=True)
    ]


def _stems(midi: Any, by_piece: bool) -> dict[str, list[Part]]:
    """The parts of each stem, in the order of their names."""
    stems: dict[str, list[Part]] = {}
    for instrument in midi.instruments:
        notes = [
            Note(float(n.start), float(n.end - n.start), int(n.pitch), int(n.velocity))
            for n in instrument.notes
        ]
        for name, mine in _split(instrument, notes, by_piece).items():
            part = Part(
                name=name,
                program=int(instrument.program),
                is_drum=bool(instrument.is_drum),
                notes=tuple(mine),
                controls=tuple(
                    Control(float(c.time), int(c.number), int(c.value))
                    for c in instrument.control_changes
                ),
                bends=tuple(Bend(float(b.time), int(b.pitch)) for b in instrument.pitch_bends),
            )
            stems.setdefault(name, []).append(part)
    return dict(sorted(stems.items()))


def _split(instrument: Any, notes: list[Note], by_piece: bool) -> Mapping[str, list[Note]]:
    """An instrument's notes by stem; empty if it has no notes."""
    if not notes:
        return {}
    if not instrument.is_drum:
        return {f"{_FAMILIES[instrument.program // 8]}-{instrument.program:03d}": notes}
    if not by_piece:
        return {"drums": notes}
    pieces: dict[str, list[Note]] = {}
    for note in notes:
        names = [name for name, pitches in _PIECES if note.pitch in pitches]
        pieces.setdefault(names[0] if names else _OTHER_PIECES, []).append(note)
    return pieces


def _level(stems: Stems) -> tuple[float, dict[str, Any]]:
    """The gain of the song, in dB, and the levels that it follows from."""
    mix = total(stems.values())
    room_db = CEILING_DB - peak_db(mix)
    lufs = integrated_lufs(mix) if mix.seconds >= BLOCK_SECONDS else float("-inf")
    gain_db = min(TARGET_LUFS - lufs, room_db) if lufs > float("-inf") else room_db
    settings = {"gain_db": gain_db, "played_peak_db": peak_db(mix)}
    return gain_db, settings | ({"played_lufs": lufs} if lufs > float("-inf") else {})
