"""The mixing console for drum kits: what it is shown, that it learns, and that names count."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.model import Brief
from automix_bench.model_parts.roles import ROLES, role_number
from automix_bench.models.equal_loudness import EqualLoudness
from automix_bench.models.learned.drum_console import DrumConsole as Model
from automix_bench.sources.drum_kit import PIECES
from automix_bench.trainings.drum_console import DrumConsole
from tests.support.trained import assert_learns, example, stored_weights
from tests.trainings.test_mixing_console import difference_db, track

NAMES = ("kick", "snare", "hihat", "overhead-left")
RATES = [44_100, 48_000]


def kit(seed=1, rate=44_100):
    """An example of `drum_mix`: what is shown went through strips, and the mix leaves out the
    overhead and has the hi-hat on one side."""
    stems = {name: track(10 * seed + n, rate) for n, name in enumerate(NAMES)}
    mix = total([stems["kick"], stems["snare"].scaled(0.5), Pan(0.7)(stems["hihat"])])
    strips = {name: Chain((Gain(3.0 * n - 6.0),)) for n, name in enumerate(NAMES)}
    one, console = example(stems), Console(strips)
    return replace(
        one,
        before=replace(one.before, mix=mix, mix_kind="released"),
        console=console,
        after=console(one.before),
    )


@pytest.fixture(scope="module")
def prepared():
    return [DrumConsole().prepared(kit(seed)) for seed in (1, 2)]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(2)
    return stored_weights(DrumConsole().network(), tmp_path_factory.mktemp("weights"))


def test_every_piece_of_a_kit_has_a_role_of_its_own():
    numbers = [role_number(name) for name in (*PIECES, "overhead-left")]
    assert 0 not in numbers
    assert len(set(numbers)) == len(numbers)
    assert role_number("overhead-left") == role_number("overhead-right") == len(ROLES) - 1


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = DrumConsole(frames=4, hidden=0.0)
    assert_learns(
        training, training.batch(prepared, np.random.default_rng(1)), steps=100, elsewhere=False
    )


def test_the_tracks_are_shown_after_their_strips_and_the_mix_is_wanted_before():
    one = kit()
    assert not np.array_equal(one.after.stems["kick"].samples, one.before.stems["kick"].samples)
    arrays = DrumConsole().prepared(one)
    dry = DrumConsole().prepared(replace(one, after=one.before))
    assert np.abs(arrays["levels"] - dry["levels"]).max() < 0.01  # all were gains
    assert np.array_equal(arrays["mix"], dry["mix"])
    assert len(arrays["roles"]) == len(NAMES)


def test_a_mix_that_nobody_made_is_left_out():
    one = kit()
    summed = replace(one, before=replace(one.before, mix_kind="sum"))
    assert DrumConsole().left_out(one) == ""
    assert DrumConsole().left_out(summed) == "its mix is a plain sum"


def test_a_share_of_roles_is_hidden(prepared):
    rng = np.random.default_rng(1)
    told = {
        hidden: DrumConsole(hidden=hidden).batch(prepared * 20, rng)["roles"]
        for hidden in (0.0, 0.5, 1.0)
    }
    assert (told[0.0] > 0).all()
    assert not told[1.0].any()
    assert 0.3 < float((told[0.5] > 0).float().mean()) < 0.7


@pytest.mark.parametrize("rate", RATES)
def test_the_declared_console_is_the_mix_and_untrained_all_is_at_equal_loudness(weights, rate):
    stems = kit(1, rate).after.stems
    answer = Model(weights["moved"])(Brief(stems))
    _, mix = answer.console.routed(stems, lambda _, chain, audio: chain(audio), total)
    assert difference_db(mix, answer.stems["mix"]) < -120.0
    equal = EqualLoudness()(Brief(stems)).stems["mix"]
    flat = Model(weights["untrained"], reverb=False, compression=False)
    assert difference_db(flat(Brief(stems)).stems["mix"], equal) < -60.0


def test_what_a_track_is_called_counts_and_in_which_order_it_comes_does_not(weights):
    stems, model = kit().after.stems, Model(weights["moved"])
    mix = model(Brief(stems)).stems["mix"]
    turned = model(Brief(dict(reversed(stems.items())))).stems["mix"]
    assert np.array_equal(turned.samples, mix.samples)
    swapped = {**stems, "kick": stems["snare"], "snare": stems["kick"]}
    assert difference_db(model(Brief(swapped)).stems["mix"], mix) > -40.0
    unknown = {f"x{n}": stem for n, stem in enumerate(stems.values())}
    assert difference_db(model(Brief(unknown)).stems["mix"], mix) > -40.0


def test_mono_tracks_have_a_mono_mix(weights):
    stems = {n: Audio(s.samples[:1], s.rate) for n, s in kit().after.stems.items()}
    assert Model(weights["moved"])(Brief(stems)).stems["mix"].channels == 1
