"""An example as JSON and FLAC files, and as a row of the manifest.

    song_0003.json                    song, artist, licence, split, gain, every knob
    song_0003.before.vocals.flac      a stem as it entered its strip
    song_0003.before.mix.flac         the mix as released
    song_0003.after.vocals.flac       the stem as it left its strip
    song_0003.after.mix.flac          the sum of those stems, through the bus

FLAC has 24 or 16 bits. In data sets made with `--store before` there are no `after` files: `after`
is rendered when the example is read. One excerpt may then have several examples, one per console.
Its `before` is stored once, with the first of them; the JSON of the others names it:

    song_0003-k1.json                 "before_of": "song_0003"
    song_0003-k2.json                 "before_of": "song_0003"
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, cast

import numpy as np
import soundfile

from automix_bench.audio import Audio
from automix_bench.console import Console
from automix_bench.consoles.console_json import console_from_json, console_to_json
from automix_bench.dataset.manifest import ExampleRow, mix_kind_in
from automix_bench.dataset.schema import EXAMPLE, demand, parsed
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.dsp.severity import severity_bin, severity_db
from automix_bench.errors import DatasetError
from automix_bench.example import Example, played
from automix_bench.files import flac
from automix_bench.files.canonical_json import canonical
from automix_bench.files.quantise import integers
from automix_bench.music.song_measures import SongMeasures, checked_measures
from automix_bench.song import MixKind, Origin, Song


class OriginJson(TypedDict):
    """The fields of `Origin`, as JSON."""

    name: str
    sha256: str
    attribution: str
    settings: dict[str, Any]


class ExampleSettings(TypedDict):
    """The JSON file of an example: everything but its audio.

    Attributes:
        console: as `console_to_json` writes it.
        bits: of its FLAC files; 24 if the key is missing.
        mix_kind: what `before.mix` is, as in `Song`; `unknown` if the key is missing.
        measured: of the song as it was loaded; nothing if the key is missing.
        store: `before` where `after` is not stored; the key is missing otherwise.
        after_sha256: `sounds_sha256` of the `after` that is not stored.
        before_of: the example whose `before` files this one shares; its own if the key is missing.
    """

    id: str
    song: str
    artist: str
    license: str
    split: str
    start: int
    rate: int
    gain_db: float
    draw: int
    console: dict[str, Any]
    origin: OriginJson
    bits: NotRequired[int]
    mix_kind: NotRequired[MixKind]
    measured: NotRequired[SongMeasures]
    store: NotRequired[str]
    after_sha256: NotRequired[str]
    before_of: NotRequired[str]


def settings(example: Example) -> ExampleSettings:
    """Everything of an example but its audio, as JSON."""
    before = example.before
    json_object: ExampleSettings = {
        "id": example.id,
        "song": example.song,
        "artist": before.artist,
        "license": before.license,
        "split": example.split,
        "start": example.start,
        "rate": before.mix.rate,
        "gain_db": example.gain_db,
        "draw": example.draw,
        "mix_kind": before.mix_kind,
        "console": console_to_json(example.console),
        "origin": {
            "name": before.origin.name,
            "sha256": before.origin.sha256,
            "attribution": before.origin.attribution,
            "settings": dict(before.origin.settings),
        },
    }
    if example.bits != 24:
        json_object["bits"] = example.bits
    if before.measured:
        json_object["measured"] = checked_measures(before.measured)
    return json_object


def manifest_row(example: Example) -> ExampleRow:
    """The row of an example in the manifest, without its place: settings and measurements."""
    json_object = settings(example)
    before, after = example.before, example.after
    stems, mix_severity_db = sorted(before.stems), severity_db(before.mix, after.mix)
    measured = checked_measures(before.measured)
    return {
        "id": json_object["id"],
        "song": json_object["song"],
        "artist": json_object["artist"],
        "license": json_object["license"],
        "split": json_object["split"],
        "start": json_object["start"],
        "rate": json_object["rate"],
        "length": before.mix.length,
        "channels": before.mix.channels,
        "gain_db": example.gain_db,
        "draw": example.draw,
        "origin": before.origin.name,
        "origin_sha256": before.origin.sha256,
        "attribution": before.origin.attribution,
        "mix_kind": before.mix_kind,
        "stem_sum_db": measured.get("stem_sum_db"),
        "stem_sum_gain_db": measured.get("stem_sum_gain_db"),
        "stem_sum_lag": measured.get("stem_sum_lag"),
        "song_notes": measured.get("notes", []),
        "stems": stems,
        "before_lufs": _finite(integrated_lufs(before.mix)),
        "after_lufs": _finite(integrated_lufs(after.mix)),
        "before_true_peak_dbtp": _finite(true_peak_dbtp(before.mix)),
        "after_true_peak_dbtp": _finite(true_peak_dbtp(after.mix)),
        "mix_severity_db": mix_severity_db,
        "mix_severity": severity_bin(mix_severity_db),
        "stem_severity_db": [severity_db(before.stems[n], after.stems[n]) for n in stems],
        "console": json_object["console"],
    }


def encode(example: Example, store: str = "both", before_of: str = "") -> dict[str, bytes]:
    """The files of one example by name, in the order in which they are stored.

    Args:
        store: as in `Recipe`.
        before_of: the id of the example whose `before` files this one shares; empty if it has its
            own.
    """
    json_object = settings(example)
    sides = {"before": example.before, "after": example.after}
    if store == "before":
        json_object["store"] = store
        json_object["after_sha256"] = sounds_sha256(example.after)
        sides = {"before": example.before}
    if before_of:
        json_object["before_of"] = before_of
        sides = {}
    sounds = {
        f"{example.id}.{side}.{name}.flac": flac.encode(audio, example.bits)
        for side, song in sides.items()
        for name, audio in sorted({**song.stems, "mix": song.mix}.items())
    }
    return {f"{example.id}.json": canonical(json_object).encode(), **sounds}


def example_hash(files: Mapping[str, bytes]) -> str:
    """The sha256 over an example's files: their names, sizes and contents, in order."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def sounds_sha256(song: Song) -> str:
    """The sha256 over the 24-bit integers of all stems, in the order of their names, and the mix.

    The name, rate and shape of each are hashed too.
    """
    digest = hashlib.sha256()
    for name, audio in (*sorted(song.stems.items()), ("mix", song.mix)):
        digest.update(f"{name} {audio.rate} {audio.samples.shape}\n".encode())
        digest.update(np.ascontiguousarray(integers(audio), dtype="<i4").data)
    return digest.hexdigest()


def read_settings(files: Mapping[str, bytes]) -> ExampleSettings:
    """The settings in the JSON file among an example's files.

    Raises:
        DatasetError: there is not one JSON file, or a field of it is not what it must be.
    """
    names = [name for name in files if name.endswith(".json")]
    if len(names) != 1:
        raise DatasetError(f"expected one JSON file of an example, got {len(names)}")
    try:
        json_object: ExampleSettings = parsed(files[names[0]])
    except ValueError as error:
        raise DatasetError(f"{names[0]}: damaged: {error}") from error
    demand(json_object, EXAMPLE, names[0])
    if f"{json_object['id']}.json" != names[0]:
        raise DatasetError(f"{names[0]}: it is of example {json_object['id']}")
    if (json_object.get("store") == "before") != ("after_sha256" in json_object):
        raise DatasetError(
            f"{names[0]}: `store` is before where, and only where, `after_sha256` is"
        )
    return json_object


def sound_names(json_object: ExampleSettings, stems: Iterable[str]) -> frozenset[str]:
    """The names of the FLAC files that an example with these stems has."""
    own = json_object["id"]
    sides = {"before": json_object.get("before_of", own)}
    if json_object.get("store", "both") == "both":
        sides["after"] = own
    return frozenset(
        f"{id}.{side}.{name}.flac" for side, id in sides.items() for name in (*stems, "mix")
    )


def decode_before(files: Mapping[str, bytes]) -> Song:
    """What entered the console of the example that has these files.

    Raises:
        DatasetError: as for `decode`.
    """
    return _song(read_settings(files), "before", files)


@dataclass(frozen=True)
class Unplayed:
    """An example without `after`. Its fields are those of `Example`."""

    song: str
    split: str
    start: int
    gain_db: float
    before: Song
    console: Console
    bits: int

    @property
    def id(self) -> str:
        """Unique within the data set."""
        return self.before.id


def decode_unplayed(files: Mapping[str, bytes]) -> Unplayed:
    """The example that has these files, without `after`.

    Raises:
        DatasetError: as for `decode`.
    """
    return _unplayed(read_settings(files), files)


def _unplayed(json_object: ExampleSettings, files: Mapping[str, bytes]) -> Unplayed:
    before = _song(json_object, "before", files)
    console = console_from_json(json_object["console"])
    if lacking := sorted(before.stems.keys() - console.strips.keys()):
        raise DatasetError(f"{before.id}: its console has no strip for {', '.join(lacking)}")
    return Unplayed(
        song=json_object["song"],
        split=json_object["split"],
        start=json_object["start"],
        gain_db=json_object["gain_db"],
        before=before,
        console=console,
        bits=json_object.get("bits", 24),
    )


def decode(files: Mapping[str, bytes]) -> Example:
    """The example that has these files. `after` is rendered if it is not stored.

    Raises:
        DatasetError: a file is missing, is not of this example or damaged, or a field of the JSON
            file is not what it must be.
    """
    json_object = read_settings(files)
    unplayed = _unplayed(json_object, files)
    if json_object.get("store", "both") == "both":
        after = _song(json_object, "after", files)
        if differing := sorted(after.stems.keys() ^ unplayed.before.stems.keys()):
            raise DatasetError(
                f"{after.id}: {', '.join(differing)} is in `before` or `after` alone"
            )
    else:
        after = played(unplayed.console, unplayed.before, unplayed.bits)
    return Example(
        song=unplayed.song,
        split=unplayed.split,
        start=unplayed.start,
        gain_db=unplayed.gain_db,
        before=unplayed.before,
        console=unplayed.console,
        after=after,
        draw=json_object["draw"],
        bits=unplayed.bits,
    )


def _song(json_object: ExampleSettings, side: str, files: Mapping[str, bytes]) -> Song:
    prefix = f"{json_object.get('before_of', json_object['id'])}.{side}."
    sounds: dict[str, Audio] = {
        name.removeprefix(prefix).removesuffix(".flac"): _sound(name, content, json_object)
        for name, content in files.items()
        if name.startswith(prefix)
    }
    if "mix" not in sounds:
        raise DatasetError(f"{prefix}mix.flac: missing")
    mix = sounds.pop("mix")
    origin = Origin(**json_object["origin"])
    try:
        return Song(
            json_object["id"],
            json_object["artist"],
            sounds,
            mix,
            json_object["license"],
            origin,
            mix_kind_in(json_object),
            cast(Mapping[str, Any], checked_measures(json_object.get("measured"))),
        )
    except ValueError as error:
        raise DatasetError(f"{prefix}*.flac: {error}") from error


def _sound(name: str, content: bytes, json_object: ExampleSettings) -> Audio:
    try:
        header = flac.header(content)
        expected = json_object["rate"], json_object.get("bits", 24)
        if (header.rate, header.bits) != expected:
            raise DatasetError(
                f"{name}: expected {expected[0]} Hz and {expected[1]} bits, got {header.rate} Hz "
                f"and {header.bits} bits"
            )
        return flac.decode_trusted(content)
    except (soundfile.LibsndfileError, ValueError, MemoryError) as error:
        raise DatasetError(f"{name}: damaged sound: {error}") from error


def _finite(value: float) -> float | None:
    return round(value, 4) if abs(value) != float("inf") else None
