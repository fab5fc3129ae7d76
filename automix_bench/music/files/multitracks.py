"""Songs whose stems and mix are files in one folder; shared by the sources of multitracks."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.errors import Rejected
from automix_bench.files.decode import Header, decode, probe
from automix_bench.music.files import songs
from automix_bench.music.song_measures import with_notes
from automix_bench.music.sub_mixes import refuse_sub_mixes
from automix_bench.song import Origin, Song
from automix_bench.source import Listing

_COPY = re.compile(r"[ _-]*(\(\d+\)|\b(copy|copie|kopie|copia)( \(?\d+\)?)?)$")

MUSDB18_VALIDATION = (
    "ANiMAL - Rockshow",
    "Actions - One Minute Smile",
    "Alexander Ross - Goodbye Bolero",
    "Clara Berry And Wooldog - Waltz For My Victims",
    "Fergessen - Nos Palpitants",
    "James May - On The Line",
    "Johnny Lokke - Promises & Lies",
    "Leaf - Summerghost",
    "Meaxic - Take A Step",
    "Patrick Talbot - A Reason To Leave",
    "Skelpolu - Human Mistakes",
    "Traffic Experiment - Sirens",
    "Triviul - Angelsaint",
    "Young Griffo - Pennies",
)
"""The songs of MUSDB18's train folder that its authors reserved for validation."""

UNEQUAL = "its files differ in length"


@dataclass(frozen=True)
class Parts:
    """The files of one song.

    Attributes:
        folder: the song's folder, relative to the source's root; it identifies the song.
        stems: a file for each stem, relative to the folder.
        mix: the released mix's file, relative to the folder; empty if there is none. It may begin
            with `../` where the mix lies beside the folder.
        stated: files that the user named as stems: they are not asked whether they are mixes.
    """

    folder: str
    stems: Mapping[str, str]
    mix: str
    stated: frozenset[str] = frozenset()

    @property
    def files(self) -> tuple[str, ...]:
        """All files, in the order of their bytes."""
        files = {*self.stems.values(), *((self.mix,) if self.mix else ())}
        return tuple(sorted(files, key=str.encode))

    def path(self, name: str) -> str:
        """A file of the song, relative to the source's root."""
        return posixpath.normpath(f"{self.folder}/{name}")


@dataclass(frozen=True)
class Labels:
    """The known facts about a song besides its sound; empty if unknown. `settings` is what its
    metadata tells of how it was made, as in `Origin`."""

    id: str
    license: str
    artist: str = ""
    attribution: str = ""
    split: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def named_by_folder(folder: str) -> tuple[str, str]:
    """Artist and title of a song's folder called `Artist - Title`; two empty strings if it has
    another form."""
    artist, dash, title = folder.rpartition("/")[2].partition(" - ")
    return (artist.strip(), title.strip()) if dash else ("", "")


def without_twins(
    root: Path, folder: str, files: Sequence[str], told_apart: Callable[[list[str]], bool]
) -> tuple[tuple[str, ...], tuple[Rejected, ...]]:
    """The files of a song without those that hold the samples of another file under the same name
    in another format, or as its copy (`x copy.wav`, `x (1).wav`); and these, each with the reason.

    Args:
        told_apart: whether the user's settings say which of some files is used.

    Raises:
        Rejected: files of one name differ in their samples, or one of them cannot be decoded.
    """
    by_name: dict[str, list[str]] = {}
    for file in files:
        by_name.setdefault(_bare(file), []).append(file)
    left_out: dict[str, Rejected] = {}
    for name, alike in by_name.items():
        original = by_name.get(_COPY.sub("", name), alike)[0]
        twins = [original, *(file for file in alike if file != original)]
        for other in () if told_apart(twins) else twins[1:]:
            if _same_samples(root, folder, original, other):
                reason = f"the samples of {original}, which is used; the song is used"
                left_out[other] = Rejected(posixpath.join(folder, other), reason)
            elif _bare(original) == name:
                raise Rejected(
                    folder,
                    f"{original} and {other} are one track in two files that differ; remove one, "
                    f"or leave one out with --set 'stems={other}='",
                )
    return tuple(file for file in files if file not in left_out), tuple(left_out.values())


def _bare(file: str) -> str:
    """A file's path without its suffix, the same for names that differ in case or in the form of
    their accents alone."""
    return unicodedata.normalize("NFC", str(PurePosixPath(file).with_suffix(""))).casefold()


def _same_samples(root: Path, folder: str, one: str, other: str) -> bool:
    first, second = (_decoded(root, Parts(folder, {}, ""), file) for file in (one, other))
    return first.rate == second.rate and np.array_equal(first.samples, second.samples)


def listed(root: Path, parts: Parts, labels: Labels, lowest_rate: int) -> Listing:
    """The listing of a song. Its length is that of the longest file; its sha256 covers the names
    and sha256 of all files.

    Raises:
        Rejected: there is no stem, a file is unfit, or the rates differ.
    """
    if not parts.stems:
        raise Rejected(parts.folder, "no stems, only a mix; the source `folder` takes mixes")
    sha256 = _sha256(root, parts)
    headers = {name: _fit(root, parts, name, lowest_rate) for name in parts.files}
    rates = {header.rate: name for name, header in headers.items()}
    if len(rates) > 1:
        each = ", ".join(f"{name} {rate} Hz" for rate, name in sorted(rates.items()))
        raise Rejected(parts.folder, f"its files differ in rate ({each}); resample them to one")
    length = max(header.length for header in headers.values())
    listing = listing_of(parts.folder, sha256, next(iter(rates)), length, labels)
    return replace(listing, mix_kind="released" if parts.mix else "sum")


def listing_of(name: str, sha256: str, rate: int, length: int, labels: Labels) -> Listing:
    """A listing; a song without a known artist gets its id as its artist."""
    artist = songs.artist_id(labels.artist) if labels.artist else labels.id
    origin = Origin(name, sha256, labels.attribution, labels.settings)
    return Listing(labels.id, artist, labels.license, origin, rate, length, labels.split)


def loaded(root: Path, parts: Parts, listing: Listing) -> Song:
    """The song of a listing made by `listed`.

    Raises:
        Changed: the files have changed since they were listed.
        Rejected: a file is damaged, the mix is silent, or a file of a stem is nearly a mix of
            others.
    """
    songs.demand_unchanged(listing, lambda: _sha256(root, parts))
    sounds = {name: _decoded(root, parts, name) for name in parts.files}
    stems = {stem: sounds[file] for stem, file in sorted(parts.stems.items())}
    song = assembled(stems, sounds[parts.mix] if parts.mix else None, listing)
    asked = {file: song.stems[stem] for stem, file in parts.stems.items()}
    mix = (parts.mix, song.mix) if parts.mix else None
    refuse_sub_mixes(asked, mix, parts.folder, parts.stated)
    return song


def assembled(stems: Mapping[str, Audio], mix: Audio | None, listing: Listing) -> Song:
    """A song of one shape, from stems and a mix that may differ in length and channels.

    Shorter sounds are padded with silence at the end, and a note on the song says so. If some
    sounds are stereo, mono sounds are put on both channels unchanged. Without a mix, the mix is the
    plain sum of the stems.

    Raises:
        Rejected: the mix is silent.
    """
    every = (*stems.values(), *((mix,) if mix else ()))
    channels, length = max(a.channels for a in every), max(a.length for a in every)
    alike = {name: _shaped(stem, channels, length) for name, stem in stems.items()}
    whole = _shaped(mix, channels, length) if mix else total(alike.values())
    songs.refuse_silent(whole, listing.origin.name)
    return Song(
        listing.id,
        listing.artist,
        alike,
        whole,
        listing.license,
        listing.origin,
        "released" if mix else "sum",
        with_notes({}, *_lengths_differ(stems, mix, length)),
    )


def _lengths_differ(stems: Mapping[str, Audio], mix: Audio | None, length: int) -> list[str]:
    """A note on sounds that are shorter than the longest, and so end in added silence."""
    sounds = {**stems, **({"the mix": mix} if mix else {})}
    short = {name: audio for name, audio in sounds.items() if audio.length < length}
    if not short:
        return []
    name = min(short, key=lambda name: (short[name].length, name))
    lacking = (length - short[name].length) / short[name].rate
    longer = "; its stems are longer than its mix" if mix and mix.length < length else ""
    return [
        f"{UNEQUAL}: {len(short)} of {len(sounds)} end before the longest does, {name} by "
        f"{lacking:.3f} s, and are filled up with silence{longer}"
    ]


def _shaped(audio: Audio, channels: int, length: int) -> Audio:
    if (audio.channels, audio.length) == (channels, length):
        return audio
    shaped = np.zeros((channels, length), np.float32)
    shaped[:, : audio.length] = audio.samples
    return audio.with_samples(shaped)


def _sha256(root: Path, parts: Parts) -> str:
    digest = hashlib.sha256()
    for name in parts.files:
        full = parts.path(name)
        digest.update(f"{songs.sha256_of(root / full, full)}  {name}\n".encode())
    return digest.hexdigest()


def _fit(root: Path, parts: Parts, name: str, lowest_rate: int) -> Header:
    full = parts.path(name)
    try:
        header = probe(root / full, name=full)
        songs.refuse_unfit(header, full, lowest_rate)
    except Rejected as reason:
        raise _without(parts, reason) from reason
    return header


def _decoded(root: Path, parts: Parts, name: str) -> Audio:
    full = parts.path(name)
    try:
        return decode(root / full, name=full)
    except Rejected as reason:
        raise _without(parts, reason) from reason


def _without(parts: Parts, reason: Rejected) -> Rejected:
    return Rejected(reason.item, f"{reason.reason}; all of {parts.folder} is left out")
