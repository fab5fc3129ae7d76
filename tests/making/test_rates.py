"""Songs of several rates: `rate` brings them to one, and says so."""

import dataclasses

import numpy as np
import pytest
import soundfile

from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.dsp.resampled import converted
from automix_bench.errors import UsageError
from automix_bench.making.estimate import estimate, to_text
from automix_bench.making.load_song import at_rate
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.making.rebuild import rebuild
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sources.together import Together
from tests.support.tone_source import Tones


def song_folder(root, name, rate, seconds=2.5, master=False):
    """A song whose bass and keys are one noise, the keys upside down and a sample later."""
    folder = root / name
    folder.mkdir(parents=True)
    noise = 0.1 * np.random.default_rng(rate).standard_normal(round(seconds * rate))
    parts = {"bass": noise, "keys": -0.5 * np.roll(noise, 1)}
    if master:
        parts["mix"] = 0.9 * sum(parts.values())
    for part, wave in parts.items():
        soundfile.write(folder / f"{part}.wav", np.stack([wave, wave], 1), rate, "FLOAT")


@pytest.fixture
def songs(tmp_path):
    root = tmp_path / "songs"
    song_folder(root, "Ann - One", 48_000)
    song_folder(root, "Bob - Two", 44_100, master=True)
    song_folder(root, "Cid - Three", 96_000, master=True)
    return root


def mixed(songs, *settings):
    given = [f"songs={songs}", "layout=stems", "seconds=1", "license=CC0-1.0", *settings]
    return recipe_from("remix", given)


def test_all_songs_come_to_the_rate_that_is_asked_for(songs, tmp_path):
    lines = []
    recipe = mixed(songs, "rate=44100")
    made = make(recipe, tmp_path / "data", told=lines.append)
    assert "resampled to 44100 Hz: 2 of 3 songs, from 48000 Hz (1), 96000 Hz (1)" in lines
    assert "resampled: 2 of 3 songs" in lines
    rows = made.rows
    assert {row["rate"] for row in rows} == {44_100}
    assert {row["length"] for row in rows} == {44_100}
    assert len(rows) == 6
    notes = {row["origin"]: list(row["song_notes"]) for row in rows}
    assert notes["Bob - Two"] == []
    assert notes["Ann - One"][0] == "resampled from 48000 Hz to 44100 Hz (soxr, VHQ)"
    assert notes["Cid - Three"][0] == "resampled from 96000 Hz to 44100 Hz (soxr, VHQ)"
    planned = read_plan(tmp_path / "data")
    assert planned.recipe["rate"] == 44_100
    rates = {song.listing.origin.name: song.listing.rate for song in planned.songs}
    assert rates == {"Ann - One": 48_000, "Bob - Two": 44_100, "Cid - Three": 96_000}
    card = (tmp_path / "data" / "README.md").read_text()
    assert "Songs of other rates were first resampled to 44100 Hz (soxr, VHQ)" in card
    assert "Ann - One" in card
    assert verify(tmp_path / "data", rerender=True) == []
    assert rebuild(recipe, rows[0]["id"], tmp_path / "data").equal


def test_stems_stay_aligned_and_a_plain_sum_stays_the_sum(songs):
    recipe = mixed(songs)
    listings = {song.listing.origin.name: song for song in plan(recipe).songs}
    for name in ("Ann - One", "Cid - Three"):
        song = recipe.source.load(listings[name].listing)
        made = at_rate(song, 44_100)
        assert {stem.length for stem in made.stems.values()} == {made.mix.length} == {110_250}
        for stem, sound in made.stems.items():
            assert np.array_equal(sound.samples, converted(song.stems[stem], 44_100).samples)
        summed = made.stems["bass"].samples + made.stems["keys"].samples
        if song.mix_kind == "sum":
            assert np.array_equal(made.mix.samples, summed)
        else:  # a master of 0.9 times the sum
            assert np.max(np.abs(made.mix.samples - 0.9 * summed)) < 1e-6
    here = recipe.source.load(listings["Bob - Two"].listing)
    assert at_rate(here, 44_100) is here


def test_without_it_every_song_keeps_its_rate_and_the_user_is_told(songs, tmp_path):
    lines = []
    made = make(mixed(songs), tmp_path / "data", told=lines.append)
    assert {row["rate"] for row in made.rows} == {44_100, 48_000, 96_000}
    (line,) = (line for line in lines if line.startswith("songs differ in rate"))
    assert "44100 Hz (1), 48000 Hz (1), 96000 Hz (1)" in line
    assert "--set rate=96000" in line
    assert line in to_text(estimate(mixed(songs), trials=0))
    assert "rate" not in read_plan(tmp_path / "data").recipe
    card = (tmp_path / "data" / "README.md").read_text()
    assert "resampled" not in card


def test_the_data_set_goes_through_the_loader(songs, tmp_path):
    torch = pytest.importorskip("torch")
    from automix_bench.training.torch_dataset import ExampleDataset, collate

    folder = make(mixed(songs, "rate=44100"), tmp_path / "data").folder
    loader = torch.utils.data.DataLoader(ExampleDataset(folder), 6, collate_fn=collate)
    (batch,) = loader
    assert batch["before"].shape == (6, 2, 2, 44_100)


def test_a_longer_rate_plans_no_excerpt_that_is_not_there(recipe, tmp_path):
    """3 s at 16 kHz are 3 s at any rate: the last excerpt ends with the song."""
    source = Together((Tones(count=2), Tones2(count=2)))
    for rate in (12_000, 22_050, 44_100):
        made = make(recipe(source=source, rate=rate, excerpt_seconds=1.5), tmp_path / str(rate))
        assert made.rejected == ()
        assert len(made.rows) == 8
        assert {row["rate"] for row in made.rows} == {rate}


@dataclasses.dataclass(frozen=True)
class Tones2(Tones):
    """Songs beside those of `Tones`, at another rate."""

    rate: int = 24_000

    def load(self, listing):
        own = dataclasses.replace(listing, id=listing.id.removeprefix("other-"))
        return dataclasses.replace(super().load(own), id=listing.id)

    def _listing(self, number):
        listing = super()._listing(number)
        origin = dataclasses.replace(listing.origin, sha256=f"{number + 100:064d}")
        return dataclasses.replace(listing, id=f"other-{listing.id}", origin=origin)


@pytest.mark.parametrize("rate", ["0", "-1", "44.1", "fast", "1e9", "1000000000", "true", ""])
def test_a_rate_that_makes_no_sense_is_refused_in_one_line(rate, tmp_path):
    for name in ("remix", "quickstart"):
        with pytest.raises(UsageError) as refused:
            recipe_from(name, [f"rate={rate}"])
        assert "rate must be" in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("rate", [True, 7_999, 192_001])
def test_a_recipe_takes_whole_numbers_of_a_sane_size(rate, recipe):
    with pytest.raises(UsageError, match="rate must be a whole number from 8000 to 192000, in Hz"):
        recipe(rate=rate)


def test_resampling_is_part_of_the_plan(recipe):
    plain, same, other = (plan(recipe(rate=rate)) for rate in (None, 16_000, 44_100))
    assert len({plain.root, same.root, other.root}) == 3
    assert "rate" not in plain.recipe


def test_examples_read_the_same_at_any_number_of_workers(songs, tmp_path):
    from automix_bench.executors.local import Local

    one = make(mixed(songs, "rate=48000"), tmp_path / "one")
    two = make(mixed(songs, "rate=48000"), tmp_path / "two", executor=Local(workers=2))
    assert Dataset(one.folder).fingerprint == Dataset(two.folder).fingerprint
