"""The network of loudness balance: its mixtures are what they say, and it learns."""

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.errors import Rejected
from automix_bench.model import Brief
from automix_bench.model_parts.mel_frames import mel_frames, middle_and_side
from automix_bench.models.learned.loudness_balance_net import LoudnessBalanceNet as Model
from automix_bench.networks.balance import BalanceNetwork, log_mels
from automix_bench.task_parts.balance import USUAL_LU, balance_lu
from automix_bench.task_parts.four_stems import FOUR_STEMS, four_stems
from automix_bench.trainings.loudness_balance_net import LoudnessBalanceNet, mixture
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example
from tests.trainings.test_mixing_console import track

STEMS = {"bass": track(1), "kick": track(2), "keys-1": track(3, mono=False), "snare": track(6)}


@pytest.fixture(scope="module")
def prepared():
    return LoudnessBalanceNet().prepared(example(STEMS))


def test_a_mixture_has_the_levels_and_the_spectrum_of_the_rendered_one(prepared):
    levels = np.array([-24.0, -30.0, -20.0, -27.0])
    got_mixture = mixture(prepared, levels, slice(0, prepared["mels"].shape[2]))
    lufs = dict(zip(sorted(STEMS), levels, strict=True))
    sounds = {
        name: STEMS[name].scaled(10.0 ** ((lufs[name] - integrated_lufs(STEMS[name])) / 20.0))
        for name in sorted(STEMS)
    }
    mix = total(sounds.values())
    wanted = balance_lu(mix, four_stems(sounds))
    got = dict(zip(FOUR_STEMS, got_mixture["levels"].tolist(), strict=True))
    assert dict(zip(FOUR_STEMS, got_mixture["asked"].tolist(), strict=True))["vocals"] is False
    for name, level in wanted.items():
        assert got[name] == pytest.approx(level, abs=0.3)  # powers add but for correlation
    rendered = mel_frames(
        middle_and_side(mix.scaled(10.0 ** ((-23.0 - integrated_lufs(mix)) / 20)))
    )
    one, other = (
        10.0 * np.log10(x.mean(axis=1)[0] + 1e-12) for x in (got_mixture["mels"], rendered)
    )
    assert np.abs(one - other).max() < 1.0


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = LoudnessBalanceNet(frames=40)
    batch = training.batch([prepared] * 4, np.random.default_rng(1))
    assert_learns(training, batch, steps=60)


def test_what_has_one_stem_is_rejected():
    with pytest.raises(Rejected, match="1 stems have a loudness"):
        LoudnessBalanceNet().prepared(example({"bass": STEMS["bass"]}))


def test_an_untrained_network_says_the_usual_levels_at_any_level_and_rate(tmp_path):
    network = BalanceNetwork(tuple(USUAL_LU[name] for name in FOUR_STEMS), 64)
    path = tmp_path / "w.safetensors"
    path.write_bytes(packed(network.state_dict(), {}))
    for rate in (16_000, 48_000):
        sound = track(3, rate)
        values = Model(str(path))(Brief({"mix": sound})).values
        assert values == pytest.approx(USUAL_LU, abs=1e-5)
    silence = track(3).scaled(0.0)
    assert Model(str(path))(Brief({"mix": silence})).values == USUAL_LU


def test_a_trained_network_does_not_hear_the_level(tmp_path):
    network = BalanceNetwork(tuple(USUAL_LU[name] for name in FOUR_STEMS), 64)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    path = tmp_path / "w.safetensors"
    path.write_bytes(packed(network.state_dict(), {}))
    sound = track(3, mono=False)
    loud, soft = (Model(str(path))(Brief({"mix": sound.scaled(g)})).values for g in (1.0, 0.1))
    assert loud == pytest.approx(soft, abs=1e-3)
    mono = Audio(track(2).samples[:1], 44_100)
    one, two = (Model(str(path))(Brief({"mix": x})).values for x in (mono, track(2)))
    assert one == pytest.approx(two, abs=1e-3)
    assert loud["vocals"] == USUAL_LU["vocals"]
    assert loud["bass"] != pytest.approx(USUAL_LU["bass"], abs=1e-3)


def test_bands_of_two_rates_are_the_same():
    from automix_bench.dsp.resampled import resampled

    sound: Audio = track(4, 48_000)
    mels = [mel_frames(one).mean(axis=(0, 1)) for one in (sound, resampled(sound, 44_100))]
    levels = [log_mels(torch.from_numpy(one)[None, None]) for one in mels]
    assert float((levels[0] - levels[1]).abs()[..., :56].max()) < 0.05
