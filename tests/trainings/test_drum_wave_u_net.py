"""The Wave-U-Net of drum kits: its places, its pieces, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.errors import Rejected
from automix_bench.model import Brief
from automix_bench.model_parts.drum_slots import SLOTS, in_slots
from automix_bench.models.learned import drum_wave_u_net
from automix_bench.models.learned.drum_wave_u_net import DrumWaveUNet as Model
from automix_bench.networks.wave_u_net import LEVELS, MARGIN, WaveUNet
from automix_bench.sources.drum_kit import PIECES
from automix_bench.trainings.drum_wave_u_net import DrumWaveUNet, _distances
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns
from tests.trainings.test_drum_console import kit
from tests.trainings.test_mixing_console import difference_db, moved, track


def prepared(seed, rate=44_100):
    return DrumWaveUNet().prepared(kit(seed, rate))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    network = WaveUNet(len(SLOTS))
    paths = {}
    for name in ("untrained", "moved"):
        paths[name] = folder / f"{name}.safetensors"
        paths[name].write_bytes(packed(network.state_dict(), {}))
        network = moved(network)
    return {name: str(path) for name, path in paths.items()}


def test_places_are_those_of_the_source():
    assert SLOTS[: len(PIECES)] == PIECES
    stems = {"kick": track(1), "kick-2": track(2), "overhead-left": track(3), "bongo": track(5)}
    slots, known = in_slots(stems)
    assert set(known) == set(stems)
    assert [name for name, one in zip(SLOTS, slots, strict=True) if one.any()] == [
        "kick",
        "percussion",
        "overhead-left",
    ]
    both = total(stems[n].scaled(10.0 ** (known[n] / 20.0)) for n in ("kick", "kick-2"))
    assert np.allclose(slots[0], both.samples.mean(axis=0), atol=1e-6)


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter():
    training = DrumWaveUNet(crop=4_096)
    batch = training.batch([prepared(1), prepared(5)], np.random.default_rng(1))
    assert_learns(training, batch, steps=80)


def test_a_batch_is_its_examples_one_by_one():
    training, network = DrumWaveUNet(crop=70_000), moved(WaveUNet(len(SLOTS)))
    examples = [prepared(1), prepared(5)]
    alone = [training.validation(network, one) for one in examples]
    together = _distances(network, training.batch(examples, np.random.default_rng(1)))
    assert together.tolist() == pytest.approx(alone, abs=1e-3)


def test_what_cannot_be_mixed_is_rejected():
    one = kit(1)
    silent = {name: stem.scaled(0.0) for name, stem in one.after.stems.items()}
    with pytest.raises(Rejected, match="no track is loud enough"):
        DrumWaveUNet().prepared(replace(one, after=replace(one.after, stems=silent)))


def test_only_samples_within_the_margin_decide():
    network = moved(WaveUNet(2))
    with torch.inference_mode():
        tracks = torch.randn(1, 2, 3 * MARGIN, generator=torch.Generator().manual_seed(1))
        other = tracks.clone()
        other[:, :, MARGIN + MARGIN // 2] += 1.0
        changed = (network(other) - network(tracks)).abs()[0].amax(dim=0)
    middle = MARGIN + MARGIN // 2
    assert float(changed[: middle - MARGIN].max()) < 1e-6
    assert float(changed[middle + MARGIN :].max()) < 1e-6
    assert float(changed[middle - 200 : middle + 200].max()) > 1e-4


def test_an_untrained_network_adds_the_tracks_at_one_loudness(weights):
    stems = kit(1).after.stems
    mix = Model(weights["untrained"])(Brief(stems)).stems["mix"]
    slots, _ = in_slots(stems)
    wanted = Audio(np.repeat(slots.sum(axis=0, keepdims=True), 2, axis=0), 44_100)
    level = integrated_lufs(mix) - integrated_lufs(wanted)
    assert difference_db(wanted.scaled(10.0 ** (level / 20.0)), mix) < -60.0


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_long_song_is_mixed_in_pieces(weights, rate, monkeypatch):
    stems = kit(1, rate).after.stems
    whole = Model(weights["moved"])(Brief(stems)).stems["mix"]
    monkeypatch.setattr(drum_wave_u_net, "PIECE", 512 * 2**LEVELS)
    pieces = Model(weights["moved"])(Brief(stems)).stems["mix"]
    assert (whole.rate, whole.samples.shape) == (rate, (2, next(iter(stems.values())).length))
    assert difference_db(pieces, whole) < -80.0
    assert integrated_lufs(whole) == pytest.approx(-23.0, abs=0.05)
