"""Which mixes were released: from the source to the manifest, the card, the page and `make`."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from automix_bench.audio import Audio, total
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.manifest import MANIFEST
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.effects.gain import Gain
from automix_bench.making import load_song as load_song_file
from automix_bench.making.make import LINES_TOLD, make, shortened
from automix_bench.pages.dataset_page import dataset_report
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.separators.whole import Whole
from automix_bench.song import Song
from automix_bench.sources.stems_folder import StemsFolder
from tests.support.tone_source import Tones

RATE = 32_000
STEMS = ("bass", "drums", "vocals")
LEVEL = RandomConsole(default=RandomChain((Gain.random(gain_db=-3.0),)))


@dataclass(frozen=True)
class Released(Tones):
    """`Tones` with a mix that somebody made: the second half of the songs came without."""

    def load(self, listing):
        song = super().load(listing)
        return Song(
            song.id,
            song.artist,
            song.stems,
            song.mix if listing.mix_kind == "sum" else song.mix.scaled(0.9),
            song.license,
            song.origin,
            listing.mix_kind,
        )

    def _listing(self, number):
        kind = "released" if number < self.count / 2 else "sum"
        return replace(super()._listing(number), mix_kind=kind)


def song_files(folder, mix=1.0, seed=0, seconds=1.2, **changed):
    """A song of three stems of noise, and their sum times `mix`; returns the stems' samples."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    sounds = {}
    for name in STEMS:
        sounds[name] = (0.1 * rng.standard_normal((round(seconds * RATE), 2))).astype(np.float32)
    for name, samples in {**sounds, **changed}.items():
        if samples is not None:
            soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="FLOAT")
    if mix is not None:
        soundfile.write(folder / "mixture.wav", mix * sum(sounds.values()), RATE, subtype="FLOAT")
    return sounds


def made_of(recipe, root, tmp_path, **changed):
    """The data set of a folder of songs, and the lines that `make` told."""
    told = []
    fields = {"source": StemsFolder(root), "console": LEVEL, **changed}
    made = make(recipe(**fields), tmp_path / "data", told=told.append)
    return Dataset(made.folder), told


def kinds_of(dataset):
    return {row["song"]: row["mix_kind"] for row in dataset.rows}


def test_each_example_says_what_its_mix_is(recipe, tmp_path):
    told = []
    data = make(recipe(source=Released(), console=LEVEL), tmp_path / "data", told=told.append)
    dataset = Dataset(data.folder)
    expected = {f"tones-{n}": "released" if n < 2 else "sum" for n in range(4)}
    assert kinds_of(dataset) == expected
    assert list(dataset.mix_kinds) == [row["mix_kind"] for row in dataset.rows]
    assert {e.song: e.before.mix_kind for e in dataset} == expected
    assert {s.listing.id: s.listing.mix_kind for s in read_plan(data.folder).songs} == expected
    assert told[-1] == (
        "mixes of the 4 songs: 2 released (a mix that somebody made), 2 sum (the plain sum of the "
        "stems)"
    )
    assert set(dataset.to_frame()["mix_kind"]) == {"released", "sum"}
    card = (data.folder / "README.md").read_text()
    assert "| released | a mix that somebody made | 2 | 6 |" in card
    assert "| sum | the plain sum of the stems | 2 | 6 |" in card
    assert "the mix as released, or their sum" in card
    dataset_report(data.folder, tmp_path / "page.html", examples_decoded=0)
    page = (tmp_path / "page.html").read_text()
    assert "Kinds of mixes" in page
    assert "the plain sum of the stems" in page
    assert verify(data.folder, rerender=True) == []


@pytest.mark.parametrize("changed", [{"plain_mix": True}, {"stems_kept": 2}])
def test_a_recipe_that_sums_stems_makes_sums_of_released_songs(recipe, tmp_path, changed):
    source = replace(Released(), count=2)
    plain = recipe(source=source, console=LEVEL, **changed)
    assert set(Dataset(make(plain, tmp_path / "data").folder).mix_kinds) == {"sum"}


def test_the_mix_of_prepared_stems_is_their_sum(recipe, tmp_path):
    source = replace(Released(), count=2)
    gain = RandomChain((Gain.random(gain_db=-6.0),))
    dataset = Dataset(
        make(
            recipe(source=source, console=RandomConsole(default=gain, prepared=gain)),
            tmp_path / "data",
        ).folder
    )
    assert set(dataset.mix_kinds) == {"sum"}


def test_a_song_as_a_whole_keeps_the_kind_of_its_mix(recipe, tmp_path):
    whole = recipe(source=Released(), console=LEVEL, separator=Whole())
    dataset = Dataset(make(whole, tmp_path / "data").folder)
    assert kinds_of(dataset)["tones-0"] == "released"
    assert kinds_of(dataset)["tones-3"] == "sum"
    assert {row["stem_sum_db"] for row in dataset.rows} == {None}


def test_only_stems_that_are_used_beside_a_mix_of_its_own_are_measured(recipe, monkeypatch):
    measured = []

    def measure(song):
        measured.append(song.id)
        return {}

    monkeypatch.setattr(load_song_file, "measured_song", measure)
    from automix_bench.making.planning import plan

    for separator in (AsRecorded(), Whole()):
        chosen = recipe(source=Released(), separator=separator)
        for planned in plan(chosen).songs:
            load_song_file.load_song(chosen, planned, None)
    assert measured == ["tones-0", "tones-1"]


def test_what_the_sum_of_the_stems_shows_is_told_and_stored(recipe, tmp_path):
    root = tmp_path / "songs"
    song_files(root / "good", seed=1)
    song_files(root / "tenth", mix=0.1, seed=2)
    inverted = song_files(tmp_path / "x" / "x", seed=3)["vocals"]
    song_files(root / "inverted", seed=3, vocals=-inverted)
    song_files(root / "lacking", seed=4, bass=None)
    song_files(root / "alone", mix=None, seed=5)
    dataset, told = made_of(recipe, root, tmp_path)
    notes = {row["song"]: "; ".join(row["song_notes"]) for row in dataset.rows}
    levels = {row["song"]: row["stem_sum_db"] for row in dataset.rows}
    assert notes["good"] == notes["alone"] == ""
    assert levels["good"] == -120.0
    assert levels["alone"] is None
    assert levels["tenth"] == -120.0
    assert {r["stem_sum_gain_db"] for r in dataset.rows if r["song"] == "tenth"} == {-20.0}
    assert {r["stem_sum_lag"] for r in dataset.rows if r["song"] == "tenth"} == {0}
    assert "another level than the sum of its stems: -20.0 dB" in notes["tenth"]
    assert "vocals is likely of inverted polarity" in notes["inverted"]
    assert "a stem is likely missing" in notes["lacking"]
    assert levels["lacking"] == pytest.approx(10 * np.log10(1 / 3), abs=0.2)
    lines = [line for line in told if not line.startswith(("planned", "licence", "warning"))]
    assert [line.partition(":")[0] for line in lines] == [
        *("inverted", "lacking", "tenth"),
        "mixes of the 5 songs",
    ]
    assert kinds_of(dataset)["alone"] == "sum"
    card = (dataset.folder / "README.md").read_text()
    assert f"- tenth: {notes['tenth']}" in card
    assert "songs measured: 4" in card
    measured = {example.song: example.before.measured for example in dataset}
    assert measured["lacking"]["stem_sum_db"] == levels["lacking"]
    assert measured["alone"] == {}
    dataset_report(dataset.folder, tmp_path / "page.html", examples_decoded=0)
    page = (tmp_path / "page.html").read_text()
    assert "Sum of the stems against the mix" in page
    assert "vocals is likely of inverted polarity" in page


def test_unequal_lengths_are_counted_and_told(recipe, tmp_path):
    root = tmp_path / "songs"
    song_files(root / "even", seed=1)
    rng = np.random.default_rng(0)
    short = (0.1 * rng.standard_normal((RATE, 2))).astype(np.float32)
    long = (0.1 * rng.standard_normal((2 * RATE, 2))).astype(np.float32)
    song_files(root / "short", seed=2, mix=None, drums=short)
    song_files(root / "long", seed=3, vocals=long)
    dataset, told = made_of(recipe, root, tmp_path)
    text = "\n".join(told)
    assert (
        "short: its files differ in length: 1 of 3 end before the longest does, drums by 0.200 s"
        in text
    )
    assert "long: its files differ in length: 3 of 4" in text
    assert "its stems are longer than its mix" in text
    assert told[-2] == "files of unequal length: 2 of 3 songs"
    assert not any(row["song_notes"] for row in dataset.rows if row["song"] == "even")


def test_a_mix_among_the_stems_rejects_the_song_by_name(recipe, tmp_path):
    root = tmp_path / "songs"
    song_files(root / "good", seed=1)
    sounds = song_files(root / "bad", seed=2, mix=None)
    samples = sounds["bass"] + sounds["drums"] + sounds["vocals"]
    soundfile.write(root / "bad" / "Grand Total.wav", samples, RATE, subtype="PCM_24")
    made = make(recipe(source=StemsFolder(root), console=LEVEL), tmp_path / "data")
    assert {row["song"] for row in made.rows} == {"good"}
    (rejected,) = made.rejected
    assert rejected.item == "bad"
    assert (
        "Grand Total.wav is nearly a mix of bass.wav, drums.wav and vocals.wav" in rejected.reason
    )
    stated = StemsFolder(root, stems=(("*Grand*", "mix"),))
    song = stated.load(stated.catalogue().listings[0])
    assert (song.id, song.mix_kind, set(song.stems)) == ("bad", "released", set(STEMS))
    kept = StemsFolder(root, stems=(("*Grand*", "noise"),))
    assert "noise" in kept.load(kept.catalogue().listings[0]).stems


def test_a_data_set_without_the_columns_opens_and_does_not_know(recipe, tmp_path):
    folder = make(recipe(source=Released(), console=LEVEL), tmp_path / "data").folder
    later = ["mix_kind", "stem_sum_db", "stem_sum_gain_db", "stem_sum_lag", "song_notes"]
    pq.write_table(pq.read_table(folder / MANIFEST).drop_columns(later), folder / MANIFEST)
    old = Dataset(folder)
    assert set(old.mix_kinds) == {"unknown"}
    assert {row["mix_kind"] for row in old.rows} == {"unknown"}
    assert old.rows[0]["song_notes"] == []
    assert "mix_kind" not in old.to_frame()


def test_a_plan_of_a_source_that_does_not_tell_keeps_its_root(recipe, tmp_path):
    folder = make(recipe(), tmp_path / "data").folder
    assert "mix_kind" not in (folder / "plan.json").read_text()
    assert {song.listing.mix_kind for song in read_plan(folder).songs} == {"unknown"}


def test_of_many_lines_the_first_and_the_last_two_are_told():
    lines = [str(number) for number in range(LINES_TOLD + 7)]
    told = shortened(lines)
    assert told[: LINES_TOLD - 2] == lines[: LINES_TOLD - 2]
    assert told[-2:] == lines[-2:]
    assert "and 7 more" in told[-3]
    assert shortened(lines[:LINES_TOLD]) == lines[:LINES_TOLD]


def test_total_of_the_stems_is_the_mix_of_a_song_without_one(tmp_path):
    sounds = song_files(tmp_path / "songs" / "alone", mix=None)
    source = StemsFolder(tmp_path / "songs")
    (listing,) = source.catalogue().listings
    song = source.load(listing)
    assert listing.mix_kind == song.mix_kind == "sum"
    parts = [Audio(np.ascontiguousarray(sounds[name].T), RATE) for name in sorted(sounds)]
    assert np.array_equal(song.mix.samples, total(parts).samples)
