"""Every recipe of the book, made of composed songs and of separated ones, and what each promises."""

import itertools
import json
import math
from collections import Counter
from dataclasses import fields, is_dataclass

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from scipy import stats

from automix_bench import plugin
from automix_bench.audio import integers, peak_db, rms_db
from automix_bench.dataset import MANIFEST, Dataset
from automix_bench.effect import Fitted
from automix_bench.errors import DatasetError
from automix_bench.example import sums_to_mix
from automix_bench.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.plan import read_plan
from automix_bench.random_console import desks
from automix_bench.recipe_settings import recipe_from
from automix_bench.removal import NAMES
from automix_bench.sampling import Choice, Constant, Seed
from automix_bench.verifying import verify
from tests import book as books
from tests.book import MUSIC, RECIPES, WITHOUT_STEMS

DRAWS = 10_000

MADE = [
    (name, music)
    for name, music in itertools.product(RECIPES, MUSIC)
    if not (music == "separated" and name in WITHOUT_STEMS)
]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield books.opened(tmp_path_factory.mktemp("book"), patch)


def examples(book, name, *more, music=MUSIC):
    """All examples of a recipe, on both kinds of music unless said otherwise."""
    for kind in music:
        if (name, kind) in MADE:
            yield from Dataset(book.make(name, kind, *more).folder)


def draws(recipe, split, stems, count=DRAWS):
    """Consoles as `render` draws them, each for another excerpt."""
    desk = recipe.desk(split)
    for number in range(count):
        seed = Seed(recipe.seed) / recipe.name / f"song-{number // 4}" / (number % 4)
        yield desk.draw(stems, seed)


def evenly(counts, shares=None):
    """The probability that such counts come of these shares; of equal ones if none are given."""
    total = sum(counts)
    shares = shares or [1.0 / len(counts)] * len(counts)
    return stats.chisquare(counts, [total * share for share in shares]).pvalue


# Made, and made again.


@pytest.mark.parametrize(("name", "music"), MADE)
def test_ten_examples_that_render_again_exactly(book, name, music):
    made = book.make(name, music)
    assert len(made.rows) >= 10, made.rejected
    assert verify(made.folder, rerender=True) == []
    for example in Dataset(made.folder):
        assert example.split in ("train", "valid", "test")
        if "residual" in example.before.stems:
            assert sums_to_mix(example.before)
            assert not example.console.strips["residual"] or name == "text_manipulation"
        for song in (example.before, example.after):
            for sound in (song.mix, *song.stems.values()):
                assert true_peak_dbtp(sound) <= -1.0


@pytest.mark.parametrize("name", WITHOUT_STEMS)
def test_what_cannot_be_made_of_separated_songs_says_why(book, name):
    with pytest.raises(DatasetError, match="no drums among its stems, wanted kick, snare"):
        book.make(name, "separated")


@pytest.mark.parametrize(("name", "music"), MADE)
def test_every_knob_is_in_the_manifest(book, name, music):
    made = book.make(name, music)
    table = pq.read_table(made.folder / MANIFEST, columns=["knobs", "labels", "draw", "console"])
    for row, example in zip(table.to_pylist(), Dataset(made.folder), strict=True):
        told = {
            (knob["strip"], knob["place"], knob["effect"], knob["knob"]): knob["value"]
            if knob["text"] is None
            else knob["text"]
            for knob in row["knobs"]
        }
        assert len(told) == len(row["knobs"])
        assert told == dict(knobs_of(example.console))
        assert json.loads(row["labels"]) == example.console.labels
        assert row["draw"] == example.draw


def knobs_of(console):
    """Every setting of a console, walked by hand."""
    for place, chain in console.places():
        for number, effect in enumerate(chain.effects):
            wanted, inner = (), effect
            if isinstance(effect, Fitted):
                wanted, inner = effect.wanted, effect.effect
            name = plugin.name_of("effects", type(inner))
            pairs = [(f.name, getattr(inner, f.name)) for f in fields(inner)]
            pairs += [(f"{effect.by}:{key}", value) for key, value in wanted]
            for key, value in pairs:
                rows = enumerate(value) if isinstance(value, tuple) and not wanted else ()
                if isinstance(value, tuple) and ":" not in key:
                    for at, item in rows or enumerate(value):
                        yield (place, number, name, f"{key}[{at}]"), item
                else:
                    said = str(list(value)) if isinstance(value, tuple) else value
                    yield (place, number, name, key), said


# What is drawn is what is declared.


def every_random(name):
    """Each random effect of a recipe, by what it says of itself, once."""
    found = {}
    more = {"effect_removal_single": ["maker=transfer"], "effect_removal_multi": ["maker=transfer"]}
    recipe = recipe_from(name, more.get(name, []))
    for split, desk in desks(recipe.console).items():
        for place, chain in desk.everything():
            for number, one in enumerate(chain.everything()):
                found.setdefault(repr(one), (f"{split} {place} {number}", one))
    return recipe, dict(found.values())


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_drawn_has_the_distribution_that_is_declared(name, already=set()):  # noqa: B006
    recipe, randoms = every_random(name)
    for where, one in randoms.items():
        fixed = all(isinstance(sampler, Constant) for sampler in one.knobs.values())
        if repr(one) in already or (fixed and one.jointly is None and one.chance == 1.0):
            continue
        already.add(repr(one))
        check_marginals(one, Seed(recipe.seed) / name / where, f"{name}: {where}")


def check_marginals(one, seed, where):
    drawn = [one.sample((seed / number).rng()) for number in range(DRAWS)]
    there = [effect for effect in drawn if effect is not None]
    share = stats.binomtest(len(there), DRAWS, one.chance).pvalue
    assert share > 1e-4, (where, len(there), one.chance)
    samplers = dict(one.knobs)
    if one.jointly is not None:
        samplers |= {key: one.jointly.marginal(key) for key in one.jointly.names}
    for key, sampler in samplers.items():
        values = [getattr(effect, key) for effect in there]
        spec = type(there[0]).settings()[key]
        if isinstance(values[0], tuple) and not isinstance(sampler, Constant):
            part = sampler.part
            for place in (0, len(values[0]) - 1):
                assert_drawn_by(part, [row[place] for row in values], (where, key, place))
            values, sampler = [row[1] - row[0] for row in values], None
            assert np.corrcoef(np.array([row[:2] for row in map(tuple, zip(values, values))]).T).size
        elif spec is not None:
            assert_drawn_by(sampler, values, (where, key))


def assert_drawn_by(sampler, values, where):
    """Kolmogorov and Smirnov for a density, chi-square for a table, equality for a constant."""
    shares = shares_of(sampler)
    if shares is None:
        found = stats.kstest(values, sampler.cdf).pvalue
        low, high = sampler.ends()
        assert low <= min(values) <= max(values) <= high, where
    else:
        counts = Counter(values)
        assert set(counts) == set(shares), where
        keys = list(shares)
        found = evenly([counts[key] for key in keys], [shares[key] for key in keys])
    assert found > 1e-4 or len(shares or "ab") == 1, (where, found)


def shares_of(sampler):
    """The probability of each value of a distribution that has few; None for others."""
    if isinstance(sampler, Constant):
        value = sampler.value
        return {float(value) if isinstance(value, int) else value: 1.0}
    if isinstance(sampler, Choice):
        return dict(zip(sampler.options, sampler.shares(), strict=True))
    if hasattr(sampler, "values") and not sampler.smooth:
        counts = Counter(sampler.values)
        return {value: count / len(sampler.values) for value, count in counts.items()}
    return None
