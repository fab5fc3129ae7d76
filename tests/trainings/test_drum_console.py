"""The console of drum kits: it learns from tracks as they left their strips."""

from dataclasses import replace

import numpy as np
import pytest

from automix_bench.audio import total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.model import Brief
from automix_bench.models.learned.drum_console import DrumConsole as Model
from automix_bench.training.mix_frames import console_distances, mix_batch
from automix_bench.trainings.drum_console import DrumConsole
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example
from tests.trainings.test_mixing_console import moved, track

GAINS_DB = {"kick": -12.0, "overheads": 6.0, "snare": 0.0}


def kit(seed, rate=44_100):
    """The pieces in a mix of their own, each through a gain after that."""
    stems = {name: track(seed + n, rate, mono=n != 1) for n, name in enumerate(GAINS_DB)}
    mixed = total([stems["kick"].scaled(2.0), stems["snare"]])
    console = Console({name: Chain((Gain(gain),)) for name, gain in GAINS_DB.items()})
    one = example(stems)
    before = replace(one.before, mix=mixed, mix_kind="released")
    after = replace(before, stems={name: console.strips[name](stems[name]) for name in stems})
    return replace(one, before=before, console=console, after=after)


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter():
    prepared = [DrumConsole().prepared(kit(seed)) for seed in (1, 5)]
    assert_learns(DrumConsole(), mix_batch(prepared, None, 0), steps=120)


def test_a_batch_is_its_examples_one_by_one():
    training, network = DrumConsole(), moved(DrumConsole().network())
    prepared = [training.prepared(kit(seed)) for seed in (1, 5)]
    alone = [training.validation(network, one) for one in prepared]
    together = console_distances(network, mix_batch(prepared, None, 0))
    assert together.tolist() == pytest.approx(alone, abs=1e-4)


def test_an_untouched_mix_is_left_out():
    training, one = DrumConsole(), kit(1)
    assert training.left_out(one) == ""
    plain = replace(one, before=replace(one.before, mix_kind="sum"))
    assert training.left_out(plain) == "its mix is a plain sum"


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_declared_console_is_the_mix(tmp_path, rate):
    path = tmp_path / "w.safetensors"
    path.write_bytes(packed(moved(DrumConsole().network()).state_dict(), {}))
    stems = kit(1, rate).after.stems
    answer = Model(str(path))(Brief(stems))
    _, mix = answer.console.routed(stems, lambda _, chain, audio: chain(audio), total)
    assert np.array_equal(mix.samples, answer.stems["mix"].samples)
