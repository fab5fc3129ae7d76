"""Only the drums of a song, as microphones on a kit record them."""

import shutil
from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from automix_bench.audio import Audio, amplitude, total
from automix_bench.console import Console, Group
from automix_bench.consoles.console_json import console_from_json, console_to_json
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.song import Origin, Song, role
from automix_bench.source import Catalogue, Listing
from automix_bench.sources.composed import Composed
from automix_bench.sources.drum_kit import PIECES, DrumKit


@dataclass(frozen=True)
class One:
    """A source of one song."""

    song: Song

    def catalogue(self):
        song = self.song
        listing = Listing(
            song.id, song.artist, song.license, song.origin, song.mix.rate, song.mix.length
        )
        return Catalogue((listing,))

    def load(self, listing):
        return self.song


@pytest.fixture
def stems(noise):
    names = ("kick", "snare-1", "snare-2", "bass", "vocals")
    return {name: noise(seed=n, seconds=0.2) for n, name in enumerate(names)}


def song_of(stems, **settings):
    mix = total(stems.values()).scaled(0.5)
    return Song("song", "band", stems, mix, "CC0-1.0", Origin("s", "0" * 64, settings=settings))


def kit(song, **changed):
    source = One(song)
    return DrumKit(source, **changed).load(source.catalogue().listings[0])


def test_pieces_are_mono_tracks_and_overheads_the_sides_of_their_sum(stems):
    found = kit(song_of(stems), overheads_db=-12.0)
    pieces = [stems[name] for name in ("kick", "snare-1", "snare-2")]
    assert list(found.stems) == [
        "kick",
        "snare-1",
        "snare-2",
        "overhead-left",
        "overhead-right",
    ]
    for name, track in found.stems.items():
        assert np.array_equal(track.samples[0], track.samples[1])
        if name in stems:
            assert np.allclose(track.samples[0], stems[name].samples.mean(axis=0), atol=1e-7)
    both = total(pieces).samples * amplitude(-12.0)
    for side, name in enumerate(("overhead-left", "overhead-right")):
        assert np.allclose(found.stems[name].samples[0], both[side], atol=1e-6)
    assert np.array_equal(found.mix.samples, total(pieces).samples)
    assert (found.id, found.artist, found.license) == ("song", "band", "CC0-1.0")
    assert found.mix_kind == "sum"


def test_its_mix_is_what_the_song_s_engineer_makes_of_the_drums(stems):
    console = Console(
        {name: Chain((Pan(0.5),)) if name == "kick" else Chain() for name in stems},
        Chain((Gain(-6.0),)),
        {"rhythm": Group(("kick", "bass"), Chain((Gain(-3.0),)))},
    )
    found = kit(song_of(stems, console=console_to_json(console)))
    kick = Gain(-3.0)(Pan(0.5)(stems["kick"]))
    wanted = Gain(-6.0)(total((stems["snare-1"], stems["snare-2"], kick)))
    assert np.allclose(found.mix.samples, wanted.samples, atol=1e-6)


def test_composed_songs_have_a_kit_and_a_stereo_mix_of_it():
    source = Composed(count=1, seconds=10.0)
    (listing,) = DrumKit(source).catalogue().listings
    assert DrumKit(source).catalogue() == source.catalogue()
    found, song = DrumKit(source).load(listing), source.load(listing)
    pieces = {name: stem for name, stem in song.stems.items() if role(name) in PIECES}
    assert found.stems.keys() == pieces.keys() | {"overhead-left", "overhead-right"}
    assert len(found.stems) <= 8
    rest = {name: stem.scaled(0.0) for name, stem in song.stems.items() if name not in pieces}
    engineer = console_from_json(song.origin.settings["console"])
    both = Song("s", "a", {**pieces, **rest}, song.mix, "CC0-1.0", song.origin)
    if all(stem.channels == 2 for stem in both.stems.values()):
        wanted = engineer(both).mix.samples
        assert np.abs(found.mix.samples - wanted).max() < 1e-5
    assert not np.array_equal(*found.mix.samples)
    assert (song.mix_kind, found.mix_kind) == ("released", "released")


def test_mono_pieces_are_put_on_both_sides(noise):
    names = ("kick", "snare", "toms")
    stems = {n: noise(channels=1, seconds=0.2, seed=s) for s, n in enumerate(names)}
    found = kit(song_of(stems))
    assert {stem.channels for stem in (*found.stems.values(), found.mix)} == {2}
    both = np.repeat(total(stems.values()).samples, 2, axis=0)
    assert np.allclose(found.mix.samples, both, atol=1e-6)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("bass drums other vocals", "drums is a whole kit in one stem, not its pieces"),
        ("drums-1 drums-2 bass", "drums-1 is a whole kit in one stem, not its pieces"),
        ("drums", "drums is a whole kit in one stem"),
        ("kick", "too few pieces of a drum kit"),
        ("kick snare bass", "too few pieces of a drum kit"),
        ("percussion-1 percussion-2 cymbals", "too few pieces of a drum kit"),
        ("hihat toms cymbals", "too few pieces of a drum kit"),
        (
            "kick snare toms drums",
            r"drums is a mixed stem beside single pieces \(kick, snare, toms",
        ),
        ("kick drums-loop", r"drums-loop is a mixed stem beside single pieces \(kick\)"),
    ],
)
def test_what_is_not_the_pieces_of_a_kit_is_rejected_with_the_reason(noise, names, reason):
    stems = {name: noise(seconds=0.1) for name in names.split()}
    with pytest.raises(Rejected, match=reason) as rejected:
        kit(song_of(stems))
    assert rejected.value.item == "song"


@pytest.mark.parametrize(
    "names", ["kick snare-1 snare-2", "snare hihat percussion", "kick toms toms-2"]
)
def test_three_pieces_with_kick_or_snare_are_a_kit(noise, names):
    found = kit(song_of({name: noise(seconds=0.1) for name in names.split()}))
    assert set(found.stems) == {*names.split(), "overhead-left", "overhead-right"}


def test_songs_without_a_kit_are_left_out_and_none_at_all_is_an_error(noise, tmp_path):
    for song, names in {"one": "kick snare hihat bass", "two": "drums bass vocals"}.items():
        for seed, name in enumerate(names.split()):
            place = tmp_path / "songs" / song / f"{name}.wav"
            place.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(place, noise(seconds=1.0, seed=seed).samples.T, 44_100)
    settings = [f"songs={tmp_path / 'songs'}", "layout=stems", "seconds=1"]
    made = make(recipe_from("drum_mix", settings), tmp_path / "data")
    assert {row["song"] for row in made.rows} == {"one"}
    (left_out,) = made.rejected
    assert "drums is a whole kit in one stem, not its pieces" in str(left_out)
    shutil.rmtree(tmp_path / "songs" / "one")
    with pytest.raises(DatasetError, match=r"not one excerpt was usable.*a whole kit in one stem"):
        make(recipe_from("drum_mix", settings), tmp_path / "other")


def test_a_song_without_drums_is_rejected_by_name(stems):
    melodic = {name: stem for name, stem in stems.items() if role(name) not in PIECES}
    with pytest.raises(Rejected, match=r"no drums among its stems.*got bass, vocals"):
        kit(song_of(melodic))
    mix = Audio(np.full((2, 100), 0.1, np.float32), 44_100)
    with pytest.raises(Rejected, match="got no stems"):
        kit(Song("song", "a", {}, mix, "CC0-1.0", Origin("s", "0" * 64)))


@pytest.mark.parametrize("overheads_db", [-40.1, 41.0, float("nan")])
def test_overheads_lie_within_forty_decibels(stems, overheads_db):
    with pytest.raises(UsageError, match=r"overheads_db must lie in \+-40"):
        DrumKit(One(song_of(stems)), overheads_db)
