"""Every recipe of the book, made of composed and of separated songs, and what each promises."""

import json
import re
from collections import Counter
from dataclasses import fields

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from scipy import stats

from automix_bench import plugin
from automix_bench.audio import amplitude, peak_db, rms_db
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.manifest import MANIFEST
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.distributions.plain import Choice, Constant
from automix_bench.distributions.shaped import Each, Empirical
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.effect import Fitted
from automix_bench.effects.gain import Gain
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.example import integer_sum, played, sums_to_mix
from automix_bench.files.impulse_responses import split_of
from automix_bench.files.quantise import integers, quantised
from automix_bench.making.examples import examples_of
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.recipe import SPLITS, desks
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sampling import Seed
from automix_bench.settings import Random
from automix_bench.song import Origin, Song, role
from data_cards import make_cards
from tests.support import parallel_draws
from tests.support import recipe_data_sets as books
from tests.support.recipe_data_sets import MADE, RECIPES, WITHOUT_STEMS

DRAWS = 10_000
STEMS = ("bass", "drums", "keys-1", "keys-2", "vocals", "residual")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield books.opened(tmp_path_factory.mktemp("book"), patch)


def drawn(recipe, split, count, stems=STEMS):
    """Consoles as `render` draws them, each for another excerpt."""
    desk = recipe.desk(split)
    for number in range(count):
        path = Seed(recipe.seed) / recipe.name / f"song-{number // 4}" / (number % 4)
        yield desk.draw(stems, path)


def evenly(counts, shares=None):
    """How likely such counts are, or worse ones, if these are the shares; equal ones if none."""
    shares = shares or [1.0 / len(counts)] * len(counts)
    return stats.chisquare(counts, [sum(counts) * share for share in shares]).pvalue


def kinds(chain):
    """The names of a chain's effects."""
    inner = [e.effect if isinstance(e, Fitted) else e for e in chain.effects]
    return [plugin.name_of("effects", type(effect)) for effect in inner]


def wanted(effect):
    """What a normaliser wanted of an effect that it fitted."""
    return dict(effect.normaliser_settings)


def with_loudness(stems):
    """Those that are loud enough to have one, and what it is."""
    found = {name: integrated_lufs(stem) for name, stem in stems.items() if name != "residual"}
    return {name: lufs for name, lufs in found.items() if np.isfinite(lufs)}


# Made, and made again.


@pytest.mark.parametrize(("name", "music"), MADE)
def test_ten_examples_that_render_again_exactly(book, name, music):
    made = book.make(name, music)
    assert len(made.rows) >= 10, made.rejected
    assert verify(made.folder, rerender=True) == []
    for example in Dataset(made.folder):
        peaks = [true_peak_dbtp(example.before.mix), true_peak_dbtp(example.after.mix)]
        assert max(peaks) <= -1.0
        if "residual" in example.before.stems and not example.console.prepared:
            assert sums_to_mix(example.before)


@pytest.mark.parametrize("name", sorted({*RECIPES} - {make_cards.WHOLE}))
def test_the_data_card_of_a_recipe_is_that_of_its_data_set(book, name):
    assert book.recipe(name, "composed") == recipe_from(name, make_cards.settings(name))
    card = make_cards.card(name, book.make(name, "composed").folder)
    assert stored_card(name) == card, "out of date: run `python data_cards/make_cards.py`"


def test_the_data_card_of_the_quickstart_names_its_plan_and_has_the_words_of_now(book):
    """The nightly tests compare all of it, with the data set of the demo."""
    stored = stored_card(make_cards.WHOLE)
    assert f"`{plan(recipe_from(make_cards.WHOLE)).root}`" in stored
    small = (book.make(make_cards.WHOLE, "composed").folder / "README.md").read_text("utf-8")
    small = small.replace("excerpts of 1.5 s", "excerpts of 5 s")
    for heading in ("## How it was made", "## How to read it"):
        words, words_now = (text.partition(heading)[2].split("```")[0] for text in (stored, small))
        assert words == words_now, "out of date: run `python data_cards/make_cards.py`"
    assert stored.partition("## How to read it")[2] == small.partition("## How to read it")[2]
    headings = [re.findall(r"^## .*$", text, re.MULTILINE) for text in (stored, small)]
    assert headings[0] == headings[1]


def test_every_recipe_has_a_data_card():
    there = {path.stem for path in make_cards.FOLDER.glob("*.md")} - {"README"}
    lacking = f"run `python data_cards/make_cards.py {' '.join({*RECIPES} - there)}`"
    assert there == set(make_cards.RECIPES) == {*RECIPES}, lacking


def stored_card(name):
    return make_cards.FOLDER.joinpath(f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WITHOUT_STEMS)
def test_what_cannot_be_made_of_separated_songs_says_why(book, name):
    reasons = {
        "drum_mix": "no drums among its stems: expected at least 3 single pieces",
        "live_multitrack": "no microphones: expected a song with stems of its own, got a mix",
    }
    with pytest.raises(DatasetError, match=reasons[name]):
        book.make(name, "separated")


@pytest.mark.parametrize(("name", "music"), MADE)
def test_every_knob_is_in_the_manifest(book, name, music):
    made = book.make(name, music)
    rows = pq.read_table(made.folder / MANIFEST, columns=["knobs", "labels", "draw"]).to_pylist()
    for row, example in zip(rows, Dataset(made.folder), strict=True):
        told = {
            (k["strip"], k["place"], k["effect"], k["knob"]): k["text"] or k["value"]
            for k in row["knobs"]
        }
        assert len(told) == len(row["knobs"])
        assert told == dict(knobs_of(example.console))
        assert json.loads(row["labels"]) == example.console.labels
        assert row["draw"] == example.draw


def knobs_of(console):
    """Every setting of a console, walked by hand."""
    for place, chain in console.places():
        for number, effect in enumerate(chain.effects):
            inner = effect.effect if isinstance(effect, Fitted) else effect
            where = place, number, plugin.name_of("effects", type(inner))
            said = [(setting.name, getattr(inner, setting.name)) for setting in fields(inner)]
            if isinstance(effect, Fitted):
                said += [
                    (f"{effect.by}:{name}", value) for name, value in effect.normaliser_settings
                ]
            for name, value in said:
                if isinstance(value, tuple):
                    yield from (((*where, f"{name}[{at}]"), one) for at, one in enumerate(value))
                else:
                    yield (*where, name), value


# What is drawn is what is declared.


def every_random():
    """Each random effect of the book by recipe and place; those that are equal, once."""
    found = {}
    for name in RECIPES:
        transfer = ["maker=transfer"] if name.startswith("effect_removal") else []
        for split, desk in desks(recipe_from(name, transfer).console).items():
            for place, chain in desk.everything():
                for number, one in enumerate(chain.everything()):
                    found.setdefault(repr(one), (f"{name}: {split} {place} {number}", one))
    return [pytest.param(one, id=where) for where, one in found.values() if is_random(one)]


def is_random(one):
    fixed = all(isinstance(sampler, Constant) for sampler in one.knobs.values())
    return not fixed or one.jointly is not None or one.chance < 1.0


@pytest.fixture(scope="module")
def pool():
    with parallel_draws.workers() as pool:
        yield pool


@pytest.fixture(scope="module")
def drawn_values(pool):
    """What every random effect drew; begun at once, so that no test waits for its own alone."""
    return {
        repr(one): pool.submit(parallel_draws.values_of, one, DRAWS)
        for one in (parameter.values[0] for parameter in every_random())
    }


@pytest.mark.parametrize("one", every_random())
def test_what_is_drawn_has_the_distribution_that_is_declared(drawn_values, one: Random):
    there, found = drawn_values[repr(one)].result()
    assert stats.binomtest(there, DRAWS, one.chance).pvalue > 1e-4
    samplers = dict(one.knobs)
    if one.jointly is not None:
        samplers |= {name: one.jointly.marginal(name) for name in one.jointly.names}
    assert samplers.keys() == found.keys()
    for name, sampler in samplers.items():
        if isinstance(sampler, Each):
            rows = np.array(found[name])
            for column in (0, rows.shape[1] // 2, rows.shape[1] - 1):
                assert_drawn_by(sampler.part, rows[:, column].tolist(), name)
            assert abs(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1]) < 0.05
        else:
            assert_drawn_by(sampler, found[name], name)


def assert_drawn_by(sampler, values, name):
    """Kolmogorov and Smirnov where there is a density, chi-square where there are few values."""
    shares = shares_of(sampler)
    if shares is None:
        low, high = sampler.ends()
        assert low <= min(values) <= max(values) <= high
        assert stats.kstest(values, sampler.cdf).pvalue > 1e-4, name
    elif len(shares) == 1:
        assert set(values) == set(shares), name
    else:
        counts = Counter(values)
        assert set(counts) == set(shares), name
        assert evenly([counts[value] for value in shares], list(shares.values())) > 1e-4, name


def shares_of(sampler):
    """The probability of each value of a distribution that has few; None for others."""
    if isinstance(sampler, Constant):
        return {sampler.value: 1.0}
    if isinstance(sampler, Choice):
        return dict(zip(sampler.options, sampler.shares(), strict=True))
    if isinstance(sampler, Empirical) and not sampler.smooth:
        counts = Counter(sampler.values)
        return {value: count / len(sampler.values) for value, count in counts.items()}
    return None


# Splits.


@pytest.mark.parametrize(("name", "music"), MADE)
def test_no_artist_is_on_two_sides(book, name, music):
    splits = {}
    for song in plan(book.recipe(name, music)).songs:
        splits.setdefault(song.listing.artist, set()).add(song.split)
    assert all(len(found) == 1 for found in splits.values())
    if music == "separated":
        assert set().union(*splits.values()) == set(SPLITS)
    rows = book.make(name, music).rows
    assert all(splits[row["artist"]] == {row["split"]} for row in rows)


def test_styles_are_disjoint_between_splits_and_all_there():
    recipe = recipe_from("style_pairs", ["styles=20"])
    styles = {
        split: {console.labels["style"] for console in drawn(recipe, split, 300, ("bass",))}
        for split in SPLITS
    }
    assert styles == {"train": set(range(16)), "valid": {16, 17}, "test": {18, 19}}


@pytest.mark.parametrize("name", ["dereverberation", "mastering_degradations"])
def test_rooms_are_disjoint_between_splits(name):
    recipe, rooms = recipe_from(name), {}
    for split in SPLITS:
        consoles = drawn(recipe, split, 1_000, ("music",))
        places = [place for console in consoles for place in console.strips["music"].places]
        rooms[split] = [place.room for place in places if hasattr(place, "room")]
    assert min(map(len, rooms.values())) > 200
    assert max(rooms["train"]) < 800_000.0 <= min(rooms["valid"])
    assert max(rooms["valid"]) < 900_000.0 <= min(rooms["test"])


def test_measured_rooms_are_disjoint_between_splits(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rooms").mkdir()
    for number in range(40):
        fading = np.random.default_rng(number).standard_normal(400) * np.exp(-np.arange(400) / 80)
        soundfile.write(tmp_path / "rooms" / f"{number}.wav", 0.1 * fading, 44_100)
    recipe = recipe_from("dereverberation", [f"responses={tmp_path / 'rooms'}"])
    for split in SPLITS:
        strips = [c.strips["bass"].places[0] for c in drawn(recipe, split, 200, ("bass",))]
        assert {split_of(place.response) for place in strips} == {split}
        assert len({place.response for place in strips}) > 1
    for number in range(2, 40):
        (tmp_path / "rooms" / f"{number}.wav").unlink()
    with pytest.raises(UsageError, match="none of 2 impulse responses falls to"):
        recipe_from("dereverberation", [f"responses={tmp_path / 'rooms'}"])


def test_thirty_profiles_no_two_alike_and_disjoint_between_splits():
    recipe, profiles = recipe_from("drc_profiles"), {}
    for split in SPLITS:
        consoles = drawn(recipe, split, 200, ("bass",))
        profiles[split] = {console.strips["bass"].places[0] for console in consoles}
    assert [len(profiles[split]) for split in SPLITS] == [20, 5, 5]
    every = set().union(*profiles.values())
    assert len(every) == 30
    for name in ("detector_attack_ms", "detector_release_ms", "gain_attack_ms", "gain_release_ms"):
        assert len({getattr(profile, name) for profile in every}) == 30
    songs_only = recipe_from("drc_profiles", ["disjoint=songs"])
    found = {
        console.strips["bass"].places[0] for console in drawn(songs_only, "test", 300, ("bass",))
    }
    assert found == every


@pytest.mark.parametrize("name", ["effect_removal_single", "effect_removal_multi"])
def test_trained_on_ours_tested_on_theirs(book, name):
    found = {split: set() for split in SPLITS}
    for example in Dataset(book.make(name, "separated", "maker=transfer").folder):
        for _, chain in example.console.places():
            found[example.split] |= {k.startswith("pedalboard_") for k in kinds(chain)} - {None}
            theirs = [k for k in kinds(chain) if k.startswith("pedalboard_")]
            ours = [k for k in kinds(chain) if k != "gain" and k not in theirs]
            assert not (theirs if example.split != "test" else ours)
    assert True in found["test"]


# What single recipes promise.


def test_the_number_of_effects_to_remove_is_even_and_the_sets_are_disjoint(pool):
    recipe = recipe_from("effect_removal_multi")
    path = Seed(recipe.seed) / recipe.name
    removed, which, kept = Counter(), Counter(), Counter()
    for labels in pool.submit(
        parallel_draws.labels_of, recipe.console, path, DRAWS, "bass"
    ).result():
        gone, stays = labels["removed"]["bass"], labels["kept"]["bass"]
        assert not set(gone) & set(stays)
        assert len(set(gone)) == len(gone)
        removed[len(gone)] += 1
        which.update(gone)
        kept[len(gone), len(stays)] += 1
    assert evenly([removed[count] for count in range(6)]) > 1e-4
    assert evenly(list(which.values())) > 1e-4
    assert evenly([kept[0, count] for count in range(6)]) > 1e-4
    assert {stays for gone, stays in kept if gone == 5} == {0}


def test_what_is_kept_and_removed_stands_in_the_labels(book):
    ours = {"soft_clip": "distortion"}
    for example in book.examples("effect_removal_multi"):
        for kind, chains in (("removed", "strips"), ("kept", "prepared")):
            for stem, names in example.console.labels[kind].items():
                chain = getattr(example.console, chains)[stem]
                found = [ours.get(k, k) for k in kinds(chain) if k != "gain"]
                assert found == names


def test_one_effect_a_stem_at_one_loudness(book):
    compared = 0
    for example in book.examples("effect_removal_single"):
        after = with_loudness(example.after.stems)
        for stem, lufs in with_loudness(example.before.stems).items():
            assert len([k for k in kinds(example.console.strips[stem]) if k != "gain"]) == 1
            if stem in after:
                assert after[stem] == pytest.approx(lufs, abs=0.05)
                compared += 1
    assert compared >= 20


def test_clipping_has_the_input_sdr_of_its_grade(book):
    grades = set()
    for example in book.examples("declipping"):
        clean = example.before.mix.samples.astype(np.float64)
        lost = clean - example.after.mix.samples
        (clip,) = example.console.strips["music"].effects
        grade = wanted(clip)["sdr_db"]
        sdr_db = 10.0 * np.log10(np.sum(clean**2) / np.sum(lost**2))
        assert sdr_db == pytest.approx(grade, abs=0.05)
        grades.add(grade)
    assert len(grades) >= 4


def test_limiting_reaches_its_loudness_under_its_ceiling(book):
    for example in book.examples("delimiting"):
        limiter, level = example.console.strips["music"].effects
        lowered_db = limiter.effect.ceiling_dbtp + 1.5
        limited = limiter(example.before.mix)
        assert true_peak_dbtp(limited) <= limiter.effect.ceiling_dbtp
        aim = wanted(limiter)["lufs"] + lowered_db
        assert integrated_lufs(limited) == pytest.approx(aim, abs=0.15)
        assert level.by == "same_loudness"
        levels = [integrated_lufs(song.mix) for song in (example.before, example.after)]
        assert levels[0] == pytest.approx(levels[1], abs=0.02)


def test_limited_music_may_stay_loud(book):
    for example in Dataset(book.make("delimiting", "separated", "matched=false").folder):
        assert kinds(example.console.strips["music"]) == ["limiter"]
        assert integrated_lufs(example.after.mix) > integrated_lufs(example.before.mix) + 3.0


def test_the_loudness_of_each_source_is_what_the_console_says(book):
    spreads = []
    for example in book.examples("loudness_balance"):
        said = {
            name: wanted(effect)["lufs"]
            for name, chain in example.console.strips.items()
            for effect in chain.effects
        }
        found = with_loudness(example.after.stems)
        assert found.keys() == said.keys()
        lowered = [found[name] - said[name] for name in found]
        assert np.ptp(lowered) < 0.05
        spreads.append(np.ptp(list(said.values())))
        assert sums_to_mix(example.before)
        assert sums_to_mix(example.after)
    assert 6.0 < max(spreads) <= 24.0


def test_a_remix_is_the_mix_with_the_request_carried_out(book):
    asked = 0
    for example in book.examples("remix"):
        request = example.console.labels["request_db"]
        asked += bool(request)
        changed = np.zeros_like(integers(example.before.mix))
        for name, stem in example.before.stems.items():
            gain = amplitude(request[name]) if name in request else 1.0
            after = quantised(stem.with_samples(stem.samples * gain))
            assert np.array_equal(after.samples, example.after.stems[name].samples)
            changed += integers(after) - integers(stem)
        between = integers(example.after.mix) - integers(example.before.mix)
        assert np.array_equal(between, changed)
    assert asked >= 15


def test_requests_are_between_one_and_twelve_decibels_on_up_to_half_the_stems():
    changes, sizes = [], Counter()
    for console in drawn(recipe_from("remix"), "train", DRAWS):
        request = console.labels["request_db"]
        changes += request.values()
        sizes[len(request)] += 1
        assert "residual" not in request
    assert evenly([sizes[0], sizes[1], sizes[2]], [0.1, 0.45, 0.45]) > 1e-4
    assert {round(10 * abs(change)) for change in changes} == set(range(10, 121))
    rng = np.random.default_rng(0)
    spread = np.abs(changes) + rng.uniform(-0.05, 0.05, len(changes))  # undoes the rounding
    inside = (spread > 1.0) & (spread < 11.95)
    assert stats.kstest(spread[inside], stats.uniform(1.0, 10.95).cdf).pvalue > 1e-4
    assert stats.binomtest(sum(change > 0 for change in changes), len(changes)).pvalue > 1e-4


def test_an_instruction_changes_what_it_names_and_nothing_else(book):
    examples = list(book.examples("text_manipulation"))
    assert len({example.console.labels["operation"] for example in examples}) >= 8
    for example in examples:
        assert_carried_out(example.console.labels, example.before, example.after)


def assert_carried_out(labels, before, after):
    operation, targets, named = (labels[key] for key in ("operation", "targets", "stems"))
    same = {
        name
        for name, stem in before.stems.items()
        if np.array_equal(stem.samples, after.stems[name].samples)
    }
    silent = {name for name, stem in after.stems.items() if not stem.samples.any()}
    for target in targets:
        assert (f"{target} instruments" if target == "other" else target) in labels["text"]
    if operation == "nothing":
        assert same == before.stems.keys()
        assert np.array_equal(before.mix.samples, after.mix.samples)
        assert not named
    elif operation == "separate":
        assert same >= set(named)
        rest = {"residual"} if "other" in targets else set()  # it belongs to no source, or there
        assert silent >= before.stems.keys() - set(named) - rest
    else:
        assert before.stems.keys() - same <= set(named)
        if operation == "mute":
            assert silent >= set(named)
    assert labels["shown"] == ("after" if operation == "dry" else "before")


def test_every_operation_does_what_it_says(noise):
    stems = {
        name: quantised(noise(seed=number, seconds=0.5, rms=0.02))
        for number, name in enumerate(STEMS)
    }
    origin = Origin("noise", "0" * 64)
    song = Song("noise", "noise", stems, integer_sum(stems.values()), "CC0-1.0", origin)
    done, sides_db = set(), {"left": 12.04, "right": -12.04}
    for console in drawn(recipe_from("text_manipulation"), "test", 300):
        labels, operation = console.labels, console.labels["operation"]
        if operation in done:
            continue
        done.add(operation)
        settled, _, _ = console.settled(stems, {}, lambda _, s, x: s.settled(x), integer_sum)
        after = played(settled, song)
        assert_carried_out(labels, song, after)
        assert "residual" not in labels["stems"]
        for name in labels["stems"]:
            left, right = after.stems[name].samples.astype(np.float64)
            if operation in ("louder", "softer"):
                change_db = rms_db(after.stems[name]) - rms_db(stems[name])
                assert abs(change_db) == pytest.approx(6.02, abs=0.01)
                assert (change_db > 0.0) == (operation == "louder")
            elif operation in sides_db:
                side_db = 20.0 * np.log10(np.std(left) / np.std(right))
                assert side_db == pytest.approx(sides_db[operation], abs=0.01)
            elif operation.startswith("completely"):
                far, near = (right, left) if "left" in operation else (left, right)
                assert np.abs(far).max() < 1e-6 < np.abs(near).max()
    assert len(done) == 16
    assert "nothing" in done


def test_some_combinations_are_never_seen_in_training():
    is_unseen = text_manipulation("is_unseen")
    recipe, unseen = recipe_from("text_manipulation"), dict.fromkeys(SPLITS, 0)
    nothing, asked = 0, 0
    for split in SPLITS:
        for console in drawn(recipe, split, 600, ("bass", "drums", "vocals")):
            labels = console.labels
            if labels["operation"] == "nothing":
                nothing += 1
                assert not labels["unseen"]
                continue
            asked += 1
            assert labels["unseen"] == is_unseen(labels["operation"], tuple(labels["targets"]))
            unseen[split] += labels["unseen"]
    assert unseen["train"] == unseen["valid"] == 0
    assert stats.binomtest(nothing, nothing + asked, 0.125).pvalue > 1e-4
    assert 0.4 < unseen["test"] / (600 * 0.875) < 0.6


def text_manipulation(name):
    return plugin.load("recipes", "text_manipulation").__globals__[name]


def test_a_grade_of_distortion_meets_a_full_scale_sound(book):
    grades = Counter()
    for example in book.examples("distortion_removal"):
        after = with_loudness(example.after.stems)
        for stem, lufs in with_loudness(example.before.stems).items():
            raised, curve, level = example.console.strips[stem].effects
            assert peak_db(raised(example.before.stems[stem])) == pytest.approx(0.0, abs=1e-4)
            assert level.by == "same_loudness"
            assert after[stem] == pytest.approx(lufs, abs=0.02)
            drives = {
                abs(getattr(curve, setting.name))
                for setting in fields(curve)
                if setting.name.endswith("_db") and setting.name != "negative_db"
            }
            assert drives <= {6.0, 12.0, 18.0, 24.0, 30.0, 36.0}
            grades.update(drives)
    assert len(grades) == 6


def test_one_to_three_families_of_faults_which_stand_in_the_labels():
    recipe, counts, first = recipe_from("mastering_degradations"), Counter(), Counter()
    order = ["dynamics", "equalisation", "reverb", "stereo", "amplitude"]
    for console in drawn(recipe, "train", 3_000, ("music", "residual")):
        families = console.labels["families"]
        assert list(families) == [name for name in order if name in families]
        assert not console.strips["residual"].places
        counts[len(families)] += 1
        if len(families) == 1:
            first.update(list(families))
    assert evenly([counts[1], counts[2], counts[3]], [4 / 7, 2 / 7, 1 / 7]) > 1e-4
    shares = [0.125, 0.4, 0.225, 0.125, 0.125]
    assert evenly([first[name] for name in order], shares) > 1e-4


def test_what_was_done_to_a_master_is_what_its_label_says(book):
    effects = {
        "equalisation": {
            "graphic_eq",
            "high_pass",
            "low_pass",
            "high_shelf",
            "low_shelf",
            "peaking_eq",
        },
        "dynamics": {"compressor", "transient_shaper"},
        "reverb": {"noise_reverb"},
        "stereo": {"stereo_width"},
        "amplitude": {"hard_clip", "gain"},
    }
    for example in book.examples("mastering_degradations"):
        found = kinds(example.console.strips["music"])
        families = example.console.labels["families"]
        assert found
        for family, names in effects.items():
            there = set(found) & (names - ({"gain"} if "dynamics" in families else set()))
            assert not there or family in families
            assert family not in families or set(found) & names


def test_restoration_keeps_the_level_of_every_stem(book):
    for example in book.examples("source_restoration"):
        for name, stem in example.before.stems.items():
            if name != "residual" and example.console.strips[name]:
                assert rms_db(example.after.stems[name]) == pytest.approx(rms_db(stem), abs=0.01)


def test_a_style_is_one_console_whatever_the_song():
    desk = recipe_from("style_pairs", ["styles=10"]).desk("train")
    drawn_by_style, songs = {}, {}
    for song in range(40):
        stems = ("bass", "vocals") if song % 2 else ("bass", "drums", "vocals")
        console = desk.draw(stems, Seed(1) / "style_pairs" / f"song-{song}" / 0)
        style = console.labels["style"]
        known = drawn_by_style.setdefault(style, console)
        songs.setdefault(style, []).append(song)
        assert known.strips["bass"] == console.strips["bass"]
        assert known.strips["vocals"] == console.strips["vocals"]
        assert known.bus == console.bus
    assert set(drawn_by_style) == set(range(8))
    assert len({repr(console.strips["bass"]) for console in drawn_by_style.values()}) == 8


def test_neighbouring_sections_share_a_style(book):
    made = book.make("style_pairs", "separated", "pairs=sections")
    by_song = {}
    for row, example in zip(made.rows, Dataset(made.folder), strict=True):
        by_song.setdefault(row["song"], []).append(example.console)
    pairs = [consoles for consoles in by_song.values() if len(consoles) == 2]
    assert len(pairs) >= 4
    assert all(one.labels == other.labels for one, other in pairs)
    assert len({one.labels["style"] for one, _ in pairs}) > 1


def test_profiles_meet_peaks_of_one_height(book):
    for example in book.examples("drc_profiles"):
        peaks = [peak_db(s) for n, s in example.before.stems.items() if n != "residual"]
        (level,) = next(iter(example.console.prepared.values())).effects
        assert wanted(level) == {"peak_dbfs": -3.0, "when": "moving"}
        assert max(peaks) <= -3.0 + 1e-3
        assert np.ptp(peaks) < 1e-3


def test_normalised_stems_have_the_loudness_of_their_role(book):
    for example in book.examples("fx_normalised"):
        lowered = []
        for name, lufs in with_loudness(example.after.stems).items():
            level = example.console.strips[name].effects[-1]
            assert level.by == "loudness"
            assert ("noise_reverb" in kinds(example.console.strips[name])) == (
                role(name) not in DRY
            )
            lowered.append(lufs - wanted(level)["lufs"])
        assert np.ptp(lowered) < 0.05
        assert max(lowered) < 0.05


DRY = {"drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion", "bass"}


def test_whole_consoles_have_groups_and_returns(book):
    consoles = [example.console for example in book.examples("wet_multitrack")]
    assert any(aux.chain for console in consoles for aux in console.auxes.values())
    groups = [console.groups["drums"] for console in consoles if console.groups]
    assert len(groups) >= 10
    assert any(group.chain for group in groups)
    assert all(role(stem) in DRY for group in groups for stem in group.stems)


def test_the_tracks_of_a_kit_are_mono_and_its_mix_is_not(book):
    for example in book.examples("drum_mix"):
        stems = example.before.stems
        assert {"overhead-left", "overhead-right"} <= set(stems) <= KIT
        for stem in stems.values():
            assert np.array_equal(stem.samples[0], stem.samples[1])
        left, right = example.before.mix.samples
        assert not np.array_equal(left, right)


KIT = {"kick", "snare", "hihat", "toms", "cymbals", "percussion", "overhead-left", "overhead-right"}


# The gate.


def test_a_draw_that_is_not_heard_is_drawn_again_and_counted(recipe, tmp_path):
    nearly_neutral = Gain.random(gain_db=Choice((0.01, 6.0), (0.8, 0.2)))
    console = RandomConsole(bus=RandomChain((nearly_neutral,)))
    gated = recipe(console=console, audible_db=0.5, draws=60)
    one, two = (make(gated, tmp_path / name) for name in ("one", "two"))
    assert [row["sha256"] for row in one.rows] == [row["sha256"] for row in two.rows]
    counted = [row["draw"] for row in one.rows]
    assert max(counted) > 0
    assert {row["console"]["bus"][0]["gain_db"] for row in one.rows} == {6.0}
    for example, draw in zip(Dataset(one.folder), counted, strict=True):
        assert example.draw == draw
        number = example.start // example.before.mix.length
        seed = Seed(gated.seed) / gated.name / example.song / number
        own = seed / "draw" / draw if draw else seed
        drawn_again = console.draw(example.before.stems, own)
        assert drawn_again.bus.chain == example.console.bus
    assert verify(one.folder, rerender=True) == []
    plain = make(recipe(console=console), tmp_path / "plain")
    for row, other in zip(one.rows, plain.rows, strict=True):
        assert other["draw"] == 0
        if row["draw"] == 0:
            assert row["sha256"] == other["sha256"]


def test_every_stem_that_has_effects_must_be_heard_to_change(recipe, tmp_path):
    either = RandomChain((Gain.random(gain_db=Choice((0.01, 6.0))),))
    gated = recipe(
        console=RandomConsole({"bass": either, "keys": either}), audible_db=0.5, draws=60
    )
    rows = make(gated, tmp_path / "data").rows
    assert len(rows) == 12
    for row in rows:
        strips = row["console"]["strips"]
        assert [strips[name][0]["gain_db"] for name in ("bass", "keys")] == [6.0, 6.0]
        assert strips["drums"] == []
    assert max(row["draw"] for row in rows) > 0


def test_a_threshold_that_no_draw_reaches_is_named(recipe):
    console = RandomConsole(bus=RandomChain((Gain.random(gain_db=6.0),)))
    impossible = recipe(console=console, audible_db=50.0, draws=3)
    planned = plan(impossible).songs[0]
    song = impossible.source.load(planned.listing)
    (refused,) = examples_of(impossible, song, 0, "train")
    with pytest.raises(Rejected, match="no console that was drawn changed it by 50 dB in 3 draws"):
        raise refused


def test_a_console_that_drew_nothing_stays(recipe, tmp_path):
    console = RandomConsole(bus=RandomChain((Gain.random(chance=0.0, gain_db=6.0),)))
    rows = make(recipe(console=console, audible_db=0.5), tmp_path / "data").rows
    assert len(rows) == 12
    assert {(row["draw"], row["mix_severity_db"], row["mix_severity"]) for row in rows} == {
        (0, 0.0, "none")
    }
