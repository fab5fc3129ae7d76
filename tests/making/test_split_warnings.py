"""A split that nobody falls into is said before work begins, with shares that mend it."""

import re
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import UsageError
from automix_bench.making.estimate import estimate, to_text
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.making.split_warnings import shares_from, split_warnings
from automix_bench.recipe import SPLITS
from automix_bench.source import Catalogue
from tests.support.tone_source import Tones


@dataclass(frozen=True)
class Band:
    """`Tones`, a song for each of some artists, and a split of the source if one is given."""

    artists: tuple[str, ...]
    split: str = ""

    def catalogue(self) -> Catalogue:
        listings = Tones(count=len(self.artists), seconds=1.0).catalogue().listings
        named = zip(listings, self.artists, strict=True)
        return Catalogue(tuple(replace(one, artist=a, split=self.split) for one, a in named))

    def load(self, listing):
        return replace(Tones(seconds=1.0).load(listing), artist=listing.artist)


def in_train(recipe, count):
    """Artists who all fall into train."""
    names = (f"artist {n}" for n in range(1_000))
    return tuple(name for name in names if recipe().split(name) == "train")[:count]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 12])
def test_the_shares_that_are_suggested_fill_the_splits(recipe, count):
    planned = plan(recipe(source=Band(in_train(recipe, count))))
    (line,) = split_warnings(planned)
    assert line.startswith("warning: no song is in the split valid or test (`evaluate` scores")
    assert f"of {count} artist{'s' * (count > 1)} {count} in train" in line
    shares = shares_from(re.search(r"--splits (\S+)", line)[1])
    again = plan(recipe(source=Band(in_train(recipe, count)), splits=shares))
    fell = Counter(song.split for song in again.songs)
    assert fell["test"] >= 1
    assert set(fell) == set(SPLITS if count >= 3 else SPLITS[::2][2 - count :])
    if count >= 3:
        assert list(split_warnings(again)) == []
        assert fell["train"] >= fell["valid"]


def test_full_splits_and_splits_without_a_share_are_not_missed(recipe):
    many = tuple(f"artist {n}" for n in range(60))
    assert list(split_warnings(plan(recipe(source=Band(many))))) == []
    few = Band(in_train(recipe, 3))
    assert list(split_warnings(plan(recipe(source=few, splits=(1.0, 0.0, 0.0))))) == []
    (line,) = split_warnings(plan(recipe(source=few, splits=(0.9, 0.1, 0.0))))
    assert "in the split valid:" in line
    assert "evaluate" not in line


def test_splits_of_the_source_are_as_they_are(recipe):
    of_source = Band(("a", "b"), split="train")
    assert list(split_warnings(plan(recipe(source=of_source)))) == []


def test_make_and_the_dry_run_say_it(recipe, tmp_path):
    chosen, told = recipe(source=Band(in_train(recipe, 5))), []
    make(chosen, tmp_path / "data", told=told.append)
    assert any(line.startswith("warning: no song is in the split valid or test") for line in told)
    assert "warning: no song is in the split" in to_text(estimate(chosen, trials=0))


RECIPE = """
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from tests.support.tone_source import Tones

__all__ = ["recipe"]
recipe = Recipe("tones", 1, 7, "Tones.", Tones(count=6, seconds=1.0), AsRecorded(),
                RandomConsole(), excerpt_seconds=1.0)
"""


def test_make_takes_the_shares_for_any_recipe(tmp_path):
    (tmp_path / "small.py").write_text(RECIPE)
    words = ["make", str(tmp_path / "small.py"), str(tmp_path / "data"), "--json"]
    made = CliRunner().invoke(cli.app, [*words, "--splits", "0,0,1"])
    assert made.exit_code == 0, made.output
    from automix_bench.dataset.reader import Dataset

    assert len(Dataset(tmp_path / "data", "test")) == len(Dataset(tmp_path / "data")) == 6


@pytest.mark.parametrize("text", ["", "0.5,0.5", "a,b,c", "1,0,0,0", "nan,0,1", "0.8;0.1;0.1"])
def test_shares_are_three_numbers(text):
    with pytest.raises(UsageError, match="--splits: expected shares of train, valid and test"):
        shares_from(text)


@pytest.mark.parametrize("text", ["0.5,0.1,0.1", "2,-1,0"])
def test_shares_sum_to_one(recipe, text):
    with pytest.raises(UsageError, match="splits must be three shares that sum to 1"):
        recipe(splits=shares_from(text))
