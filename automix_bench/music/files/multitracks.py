"""Songs whose stems and mix are files in one folder; shared by the sources of multitracks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.errors import Rejected
from automix_bench.files.decode import Header, decode, probe
from automix_bench.music.files import songs
from automix_bench.music.song_measures import with_notes
from automix_bench.music.sub_mixes import refuse_sub_mixes
from automix_bench.song import Origin, Song
from automix_bench.source import Listing

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
        mix: the released mix's file, relative to the folder; empty if there is none.
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


@dataclass(frozen=True)
class Labels:
    """The known facts about a song besides its sound; empty if unknown."""

    id: str
    license: str
    artist: str = ""
    attribution: str = ""
    split: str | None = None


def named_by_folder(folder: str) -> tuple[str, str]:
    """Artist and title of a song's folder called `Artist - Title`; two empty strings if it has
    another form."""
    artist, dash, title = folder.rpartition("/")[2].partition(" - ")
    return (artist.strip(), title.strip()) if dash else ("", "")


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
    origin = Origin(name, sha256, labels.attribution)
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
        full = f"{parts.folder}/{name}"
        digest.update(f"{songs.sha256_of(root / full, full)}  {name}\n".encode())
    return digest.hexdigest()


def _fit(root: Path, parts: Parts, name: str, lowest_rate: int) -> Header:
    full = f"{parts.folder}/{name}"
    try:
        header = probe(root / full, name=full)
        songs.refuse_unfit(header, full, lowest_rate)
    except Rejected as reason:
        raise _without(parts, reason) from reason
    return header


def _decoded(root: Path, parts: Parts, name: str) -> Audio:
    full = f"{parts.folder}/{name}"
    try:
        return decode(root / full, name=full)
    except Rejected as reason:
        raise _without(parts, reason) from reason


def _without(parts: Parts, reason: Rejected) -> Rejected:
    return Rejected(reason.item, f"{reason.reason}; all of {parts.folder} is left out")
