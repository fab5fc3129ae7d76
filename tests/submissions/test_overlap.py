"""Items of a data set are found in a training corpus, and nothing else is."""

import json
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.audio import Audio, total
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DataError, DatasetError
from automix_bench.files.canonical_json import sealed
from automix_bench.making.make import make
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing
from automix_bench.submissions import overlap as module
from automix_bench.submissions.overlap import overlap
from automix_bench.untrusted.overlap_record import read_overlap

RATE = 22_050
SECONDS = 13.0
SONGS = 4


@cache
def tune(seed):
    """Notes at random times and pitches."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(SECONDS * RATE)) / RATE
    wave = np.zeros(time.size)
    for start in rng.uniform(0.0, SECONDS, round(10 * SECONDS)):
        since = time - start
        sound = np.where(since >= 0.0, np.exp(-5.0 * np.maximum(since, 0.0)), 0.0)
        wave += 0.03 * sound * np.sin(2.0 * np.pi * rng.uniform(250.0, 2_500.0) * since)
    return Audio(np.stack([wave, np.roll(wave, 5)]).astype(np.float32), RATE)


@dataclass(frozen=True)
class Tunes:
    """Songs of two stems, every one another; every song is of one artist."""

    count: int = SONGS
    first: int = 0

    def catalogue(self):
        numbers = range(self.first, self.first + self.count)
        return Catalogue(tuple(self._listing(number) for number in numbers))

    def load(self, listing):
        number = int(listing.id.removeprefix("tune-"))
        stems = {"lead": tune(2 * number), "keys": tune(2 * number + 1)}
        mix = total(stems.values())
        return Song(listing.id, listing.artist, stems, mix, listing.license, listing.origin)

    def _listing(self, number):
        origin = Origin(f"tune {number}", f"{number:064d}")
        length = round(SECONDS * RATE)
        return Listing(f"tune-{number}", f"artist-{number}", "CC0-1.0", origin, RATE, length)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("overlap")


@pytest.fixture(scope="module")
def data(place):
    """Four songs, two excerpts of six seconds each, played through random strips."""
    from automix_bench.consoles.random_console import RandomConsole
    from automix_bench.recipe import Recipe
    from automix_bench.separators.as_recorded import AsRecorded
    from tests.conftest import BUS, STRIP

    recipe = Recipe(
        name="tunes",
        version=1,
        seed=7,
        description="Tunes through random strips.",
        source=Tunes(),
        separator=AsRecorded(),
        console=RandomConsole(default=STRIP, bus=BUS),
        excerpt_seconds=6.0,
        examples_per_shard=4,
        splits=(0.0, 0.0, 1.0),
    )
    return Dataset(make(recipe, place / "data").folder, "test")


def mix_of(number):
    return total([tune(2 * number), tune(2 * number + 1)])


def write(path, audio, gain=1.0, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, gain * audio.samples.T, audio.rate, **options)


def corpus_of(folder):
    """Song 1 as MP3 at a lower level, without its first second; song 3's lead alone; two others."""
    one = mix_of(1)
    cut = one.with_samples(np.ascontiguousarray(one.samples[:, RATE:]))
    write(folder / "a" / "one.mp3", cut, 0.3, compression_level=0.8)
    write(folder / "b" / "lead.ogg", tune(6), 0.7, format="OGG", subtype="VORBIS")
    write(folder / "b" / "other.wav", mix_of(9))
    write(folder / "c.flac", mix_of(10))
    return folder


@pytest.fixture
def corpus(tmp_path):
    return corpus_of(tmp_path / "corpus")


def found(result):
    """How each item was found, and by its mix or which stem, before or after the effects."""
    rows = result.record["overlapping"]
    return {one["item"]: (one["by"], one["sound"].rpartition(".")[2]) for one in rows}


def test_songs_are_found_encoded_softer_cut_and_as_a_stem(data, corpus, tmp_path):
    result = overlap(corpus, data, cache=tmp_path / "cache")
    assert found(result) == {
        "tune-1_0000": ("sound", "mix"),
        "tune-1_0001": ("sound", "mix"),
        "tune-3_0000": ("sound", "lead"),
        "tune-3_0001": ("sound", "lead"),
    }
    assert result.recordings["tune-1_0000"] == "a/one.mp3"
    assert result.recordings["tune-3_0001"] == "b/lead.ogg"
    record = result.record
    assert (record["items"], record["unsearchable"], record["split"]) == (8, 0, "test")
    assert record["dataset"] == data.fingerprint
    assert record["corpus"]["recordings"] == 4
    assert all(one["differing"] < 0.25 for one in record["overlapping"])
    hanging = next(one for one in record["overlapping"] if one["item"] == "tune-1_0000")
    assert hanging["seconds"] == pytest.approx(4.6, abs=0.1)  # its first second is cut off
    (tmp_path / "overlap.json").write_text(json.dumps(record))
    assert read_overlap(tmp_path / "overlap.json") == record
    assert not any(word in json.dumps(record) for word in ("one.mp3", "lead.ogg", str(corpus)))


def test_it_does_not_depend_on_workers_names_or_copies(data, corpus, tmp_path):
    first = overlap(corpus, data, cache=tmp_path / "cache").record
    (corpus / "a" / "one.mp3").rename(corpus / "zz.mp3")
    (corpus / "copy.flac").write_bytes((corpus / "c.flac").read_bytes())
    again = overlap(corpus, data, cache=tmp_path / "other", workers=3)
    assert again.record == first
    (corpus / "b" / "other.wav").unlink()
    less = overlap(corpus, data, cache=tmp_path / "cache").record
    assert less["corpus"]["recordings"] == 3
    assert less["corpus"]["sha256"] != first["corpus"]["sha256"]
    assert less["overlapping"] == first["overlapping"]


@pytest.mark.parametrize(("clean", "coded"), [("a.flac", "z.mp3"), ("z.flac", "a.mp3")])
def test_of_two_recordings_the_closer_one_is_told(data, tmp_path, clean, coded):
    folder = tmp_path / "corpus"
    write(folder / clean, mix_of(1))
    write(folder / coded, mix_of(1), compression_level=0.99)
    result = overlap(folder, data, cache=tmp_path / "cache")
    assert set(result.recordings.values()) == {clean}
    alone = [one["differing"] for one in result.record["overlapping"]]
    (folder / clean).unlink()
    worse = overlap(folder, data, cache=tmp_path / "cache").record["overlapping"]
    assert all(a < one["differing"] for a, one in zip(alone, worse, strict=True))


def test_bad_files_are_named_skipped_and_counted(data, corpus, tmp_path):
    (corpus / "bad.wav").write_bytes(b"RIFF and nothing")
    (corpus / "empty.mp3").write_bytes(b"")
    whole = (corpus / "c.flac").read_bytes()
    (corpus / "cut.flac").write_bytes(whole[: len(whole) // 2])
    result = overlap(corpus, data, cache=tmp_path / "cache")
    assert sorted(one.item for one in result.unreadable) == ["bad.wav", "cut.flac", "empty.mp3"]
    assert result.record["corpus"]["unreadable"] == 3
    assert result.record["corpus"]["recordings"] == 4
    assert len(found(result)) == 4
    for path in corpus.rglob("*"):
        if path.is_file() and path.name not in ("bad.wav", "empty.mp3"):
            path.unlink()
    with pytest.raises(DataError, match=r"no recording can be read; the first: bad\.wav"):
        overlap(corpus, data, cache=tmp_path / "cache")
    with pytest.raises(DataError, match="no folder at"):
        overlap(tmp_path / "none", data, cache=tmp_path / "cache")


def test_a_recording_that_would_fill_the_memory_is_skipped(data, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_AUDIO_BYTES", 8 * round(SECONDS * RATE) - 1)
    result = overlap(corpus, data, cache=tmp_path / "cache")
    assert sorted(one.item for one in result.unreadable) == ["b/lead.ogg", "b/other.wav", "c.flac"]
    assert "cut it into parts" in str(result.unreadable[0])


def test_an_interrupted_search_goes_on_where_it_was(data, corpus, tmp_path, monkeypatch):
    decoded, searched = [], []
    own_decode, own_hits = module.decode, module._hits

    def counted(path, *, name=""):
        decoded.append(name)
        return own_decode(path, name=name)

    def counted_hits(words, items):
        searched.append(len(words.words))
        return own_hits(words, items)

    def interrupt(what, done, total, unit):
        if what == "searching" and done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "decode", counted)
    monkeypatch.setattr(module, "_hits", counted_hits)
    with pytest.raises(KeyboardInterrupt):
        overlap(corpus, data, cache=tmp_path / "cache", progress=interrupt)
    assert len(decoded) == 2
    whole = overlap(corpus, data, cache=tmp_path / "cache")
    assert sorted(decoded) == ["a/one.mp3", "b/lead.ogg", "b/other.wav", "c.flac"]
    assert len(searched) == 4
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(b"damaged" + path.read_bytes()[7:])
    assert overlap(corpus, data, cache=tmp_path / "cache").record == whole.record
    assert len(decoded) == 8


@pytest.fixture
def trained_on(recipe, tmp_path):
    """A data set of songs 2 to 5, in other excerpts and with other strips."""

    def made(name="trained", **changed):
        fields = {"source": Tunes(first=2), "excerpt_seconds": 5.0, "seed": 9, **changed}
        return make(recipe(**fields), tmp_path / name).folder

    return made


def test_a_data_set_is_a_corpus_by_sound_and_by_the_files_it_was_made_from(
    data, trained_on, tmp_path
):
    result = overlap(trained_on(), data, cache=tmp_path / "cache")
    by = {item: by for item, (by, _) in found(result).items()}
    assert set(by) == {"tune-2_0000", "tune-2_0001", "tune-3_0000", "tune-3_0001"}
    assert set(by.values()) <= {"sound", "origin"}
    assert by["tune-2_0000"] == "sound"
    assert result.record["corpus"]["recordings"] == 8


def test_all_items_of_a_song_overlap_if_one_does(data, corpus, tmp_path):
    """The corpus holds five seconds of song 1: all in its first excerpt."""
    for path in corpus.rglob("*.*"):
        if path.is_file():
            path.unlink()
    start = mix_of(1)
    write(corpus / "start.wav", start.with_samples(start.samples[:, : 5 * RATE].copy()))
    result = overlap(corpus, data, cache=tmp_path / "cache")
    assert found(result) == {"tune-1_0000": ("sound", "mix"), "tune-1_0001": ("song", "")}
    assert result.record["overlapping"][1]["differing"] is None


def test_a_damaged_data_set_is_no_corpus(data, trained_on, tmp_path):
    folder = trained_on()
    shard = next(folder.rglob("*.tar"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 3] ^= 0xFF
    shard.write_bytes(bytes(content))
    with pytest.raises(DatasetError):
        overlap(folder, data, cache=tmp_path / "cache")


def test_items_too_short_to_be_found_are_counted(recipe, corpus, tmp_path):
    short = Dataset(make(recipe(source=Tunes(), excerpts_per_song=2), tmp_path / "short").folder)
    record = overlap(corpus, short, cache=tmp_path / "cache").record
    assert record["unsearchable"] == record["items"] == len(short)
    assert record["overlapping"] == []


def test_the_command_writes_the_record_and_says_what_it_found(data, corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "caches"))
    (corpus / "bad.wav").write_bytes(b"nothing")
    out = tmp_path / "mine.json"
    words = ["overlap", corpus, data.folder, "--out", out]

    def invoke(*more):
        return CliRunner().invoke(cli.app, [*map(str, (*words, *more))])

    result = invoke()
    assert result.exit_code == 0, result.output
    assert "4 of 8 items overlap with 4 recordings" in result.output
    assert "1 file could not be read" in result.output
    assert "skipped: bad.wav" in result.output
    assert "tune-3_0001" in result.output
    record = read_overlap(out)
    facts = json.loads(invoke("--json", "--workers", "2").stdout)
    assert {**record, "recordings": facts["recordings"], "unreadable": facts["unreadable"]} == facts
    assert facts["unreadable"][0]["file"] == "bad.wav"
    assert record["split"] == "test"
    assert read_overlap(out) == record
    nowhere = CliRunner().invoke(
        cli.app, [*map(str, words[:3]), "--out", str(tmp_path / "x/y.json")]
    )
    assert "there is no folder" in str(nowhere.exception)
    assert invoke("--split", "train").exit_code != 0


@pytest.mark.parametrize(("below_db", "one"), [(38.0, False), (42.0, True), (200.0, True)])
def test_a_mix_in_which_one_stem_is_heard_is_judged_as_a_stem(below_db, one):
    lead, keys = tune(0), tune(1).scaled(10.0 ** (-below_db / 20.0))
    level = module.rms_db(tune(1)) - module.rms_db(lead)
    keys = keys.scaled(10.0 ** (-level / 20.0))
    song = Song(
        "a", "b", {"lead": lead, "keys": keys}, total([lead, keys]), "CC0-1.0", Origin("a", "b")
    )
    assert module._is_one_stem(song) == one
    assert not module._is_one_stem(replace(song, stems={}))
    assert module._is_one_stem(replace(song, stems={"lead": lead}))


def test_a_record_is_sealed(data, corpus, tmp_path):
    record = overlap(corpus, data, cache=tmp_path / "cache").record
    assert sealed(record) == record
    assert replace(overlap(corpus, data, cache=tmp_path / "cache"), unreadable=()).record == record
