"""Fewer examples than asked for come with their reasons, counted."""

import json
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from automix_bench.cli.output.data_sets import made_to_json
from automix_bench.dataset.left_out import OTHER, kind_of
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.source import Catalogue
from automix_bench.sources.only_licensed import OnlyLicensed
from tests.support.tone_source import Tones

RATE = 44_100


def write(path, seconds, rate=RATE, channels=2, level=0.1):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(str(path))).standard_normal((round(seconds * rate), channels))
    soundfile.write(path, level * noise, rate, "FLOAT")


@pytest.fixture
def songs(tmp_path):
    """A folder with every common reason."""
    root = tmp_path / "songs"
    write(root / "long.wav", 8.0)
    write(root / "short.wav", 1.0)
    write(root / "shorter.wav", 0.5)
    write(root / "phone.wav", 8.0, rate=8_000)
    write(root / "surround.wav", 8.0, channels=6)
    write(root / "silent.wav", 8.0, level=0.0)
    (root / "again.wav").write_bytes((root / "long.wav").read_bytes())
    (root / "broken.wav").write_bytes((root / "long.wav").read_bytes()[:2_000])
    half = np.zeros((8 * RATE, 2))
    half[: 3 * RATE] = 0.1 * np.random.default_rng(1).standard_normal((3 * RATE, 2))
    soundfile.write(root / "half.wav", half, RATE, "FLOAT")
    return root


def test_every_reason_is_counted_in_the_terminal_the_card_and_the_json(songs, tmp_path):
    lines = []
    given = [f"songs={songs}", "separator=whole", "seconds=2", "per_song=5"]
    made = make(recipe_from("remix", given), tmp_path / "data", told=lines.append)
    told = [line for line in lines if "left out: " in line or "fewer" in line]
    assert told[0] == "6 of 12 planned examples were made; left out: 6 silent"
    assert told[1].startswith("3 of 9 songs were planned; left out: 2 shorter than one excerpt, ")
    assert told[2] == (
        "5 excerpts a song were asked for; 3 of 3 songs are too short for so many: 3 examples fewer"
    )
    counts = {kind: int(n) for n, kind in re.findall(r"(\d+) ([^,]+)", told[1].split("out: ")[1])}
    assert counts == {
        "shorter than one excerpt": 2,
        "below lowest_rate": 1,
        "there twice": 1,
        "with more than two channels": 1,
        "damaged or not readable": 1,
    }
    card = (tmp_path / "data" / "README.md").read_text()
    for line in told:
        assert f"- {line}\n" in card
    record = json.loads(json.dumps(made_to_json(made, tmp_path / "data")))
    assert (record["examples"], record["planned"]) == (6, 12)
    assert record["left_out"]["examples"] == {"silent": 6}
    assert record["left_out"]["songs"] == counts
    assert record["left_out"]["too_short_for_per_song"] == 3


def test_a_data_set_that_lacks_nothing_says_nothing(recipe, tmp_path):
    lines = []
    make(recipe(), tmp_path / "data", told=lines.append)
    assert not [line for line in lines if "left out: " in line or "fewer" in line]
    assert "## Rejected\n\nNothing was rejected." in (tmp_path / "data" / "README.md").read_text()


@dataclass(frozen=True)
class Failing(Tones):
    """The first song cannot be loaded; a second file of the third song is not used."""

    def catalogue(self):
        every = super().catalogue()
        beside = Rejected(
            "tones/2/bass.mp3", "the samples of bass.wav, which is used; the song is used"
        )
        return Catalogue(every.listings, (beside,))

    def load(self, listing):
        if listing.id == "tones-0":
            raise OSError("no such disk")
        return super().load(listing)


def test_a_song_that_cannot_be_loaded_counts_with_all_its_examples(recipe, tmp_path):
    made = make(recipe(source=Failing(), consoles=2), tmp_path / "data")
    assert made.left_out.planned == 24
    assert made.left_out.examples == Counter({"damaged or not readable": 6})
    assert made.left_out.songs == Counter()
    assert made.left_out.lines() == [
        "18 of 24 planned examples were made; left out: 6 damaged or not readable"
    ]


def test_songs_under_other_licences_and_inaudible_consoles_are_kinds(recipe, tmp_path):
    made = make(recipe(audible_db=5.0, draws=2), tmp_path / "data")
    assert made.left_out.examples.keys() == {"not changed audibly by any console"}
    assert made.left_out.examples.total() == made.left_out.planned - made.left_out.made > 0
    rejected = OnlyLicensed(Tones(), ("MIT",)).catalogue().rejected
    assert {kind_of(one.reason) for one in rejected} == {"under a licence that is not allowed"}


def test_no_example_at_all_comes_with_the_counts_too(recipe, tmp_path, songs):
    with pytest.raises(DatasetError, match=r"12 examples: 12 silent$"):
        make(recipe(source=Tones(level=1e-6)), tmp_path / "data")
    given = [f"songs={songs}", "separator=whole", "seconds=9"]
    with pytest.raises(UsageError, match=r"in all 5 shorter than one excerpt, 1 below lowest_rate"):
        plan(recipe_from("remix", given))


def test_what_is_not_known_is_counted_too():
    assert kind_of("a reason of a source of somebody's own") == OTHER
    assert kind_of("InputSdr wants a threshold of -80 to 40 dB full scale, got 50") == (
        "unsuitable for an effect"
    )
