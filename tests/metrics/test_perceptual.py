"""Models of hearing: equal to their packages, and never good on what they cannot take."""

import importlib.util
import math
import sys

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.dsp.resampled import resampled
from automix_bench.errors import MissingPart, UsageError
from automix_bench.metrics.audiobox.quality import quality
from automix_bench.metrics.cdpam import cdpam
from automix_bench.metrics.visqol import visqol
from automix_bench.metrics.zimtohrli import zimtohrli
from automix_bench.networks import audiobox
from automix_bench.networks import cdpam as cdpam_network
from automix_bench.proofs.degradations import DEGRADATIONS

RATE = 48_000


def is_there(package):
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None, reason=f"{package} is not installed"
    )


def music(seconds=3.0, rate=RATE, channels=2, seed=0):
    """Plucked notes, each at its place."""
    rng, time = np.random.default_rng(seed), np.arange(round(seconds * rate)) / rate
    sound = np.zeros((2, len(time)))
    for onset in np.arange(0.0, seconds, 0.2):
        since, place = np.maximum(time - onset, 0.0), rng.uniform(0.0, np.pi / 2)
        pitch = 110.0 * 2.0 ** rng.uniform(0.0, 4.0)
        note = sum(np.sin(2 * np.pi * pitch * k * since) / k for k in range(1, 6))
        note = 0.1 * note * np.exp(-since / 0.15) * (time >= onset)
        sound += np.array([[np.cos(place)], [np.sin(place)]]) * note
    return Audio(sound[:channels].astype(np.float32), rate)


def noisy(audio, amount=0.01):
    noise = np.random.default_rng(9).standard_normal(audio.samples.shape)
    return audio.with_samples(audio.samples + amount * noise)


SILENCE_IS_WORST = [
    pytest.param(zimtohrli, marks=is_there("zimtohrli"), id="zimtohrli"),
    pytest.param(visqol, marks=is_there("visqol"), id="visqol"),
]


@pytest.mark.parametrize("metric", SILENCE_IS_WORST)
def test_copies_silence_and_short_sounds(metric):
    sound = music()
    silence = sound.scaled(0.0)
    assert metric(reference=sound, estimate=sound) == metric.perfect
    assert metric(reference=sound, estimate=silence) == metric.worst
    assert math.isnan(metric(reference=silence, estimate=sound))
    for length in (1, 2, 100, 1000, 20_000):
        short = sound.excerpt(0, length)
        assert math.isnan(metric(reference=short, estimate=noisy(short)))
    with pytest.raises(ValueError, match="must match its reference"):
        metric(reference=sound, estimate=sound.excerpt(0, sound.length - 1))


@pytest.mark.parametrize("metric", SILENCE_IS_WORST)
@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_other_rates_are_resampled_and_mono_is_as_two_equal_channels(metric, rate):
    sound = music(seconds=1.2, rate=rate, channels=1)
    twice = [one.with_samples(np.repeat(one.samples, 2, axis=0)) for one in (sound, noisy(sound))]
    alone = metric(reference=sound, estimate=noisy(sound))
    assert metric(reference=sound, estimate=sound) == metric.perfect
    assert alone != metric.perfect
    assert metric(reference=twice[0], estimate=twice[1]) == pytest.approx(alone, abs=1e-6)


@is_there("zimtohrli")
def test_zimtohrli_is_the_packages_distance_weighted_by_power():
    import zimtohrli as package

    reference, estimate = music(), noisy(music())
    distance = package.Pyohrli().distance
    left, right = zip(reference.samples, estimate.samples, strict=True)
    pairs = [left, right] + [
        tuple((a + sign * b) / 2 for a, b in zip(left, right, strict=True)) for sign in (1, -1)
    ]
    found = [distance(*map(np.ascontiguousarray, pair)) for pair in pairs]
    power = [sum(float(np.square(one, dtype=float).mean()) for one in pair) for pair in pairs]
    halves = [np.average(found[k : k + 2], weights=power[k : k + 2]) for k in (0, 2)]
    ours = zimtohrli(reference=reference, estimate=estimate)
    assert ours == pytest.approx(np.mean(halves), rel=1e-6)
    mono = [Audio(one.samples[:1], RATE) for one in (reference, estimate)]
    assert zimtohrli(reference=mono[0], estimate=mono[1]) == pytest.approx(found[0], rel=1e-6)


@is_there("zimtohrli")
@pytest.mark.parametrize("degradation", ["noise", "low_pass", "clip", "width"])
def test_zimtohrli_sees_damage_in_order(degradation):
    sound = music()
    errors = [
        zimtohrli(reference=sound, estimate=grade)
        for grade in DEGRADATIONS[degradation].grades(sound)
    ]
    assert errors == sorted(errors)
    assert len(set(errors)) == 5


@is_there("visqol")
def test_visqol_is_the_packages_grade_weighted_by_power():
    from visqol import VisqolApi

    api = VisqolApi()
    api.create(mode="audio")
    reference, estimate = music(), noisy(music())
    grades = [
        api.measure_from_arrays(one.astype(float), other.astype(float), RATE).moslqo
        for one, other in zip(reference.samples, estimate.samples, strict=True)
    ]
    power = np.square(reference.samples, dtype=float).mean(axis=1)
    ours = visqol(reference=reference, estimate=estimate)
    assert 1.5 < ours < 4.5
    assert ours == pytest.approx(np.average(grades, weights=power), abs=1e-6)


@is_there("visqol")
def test_visqol_of_a_channel_that_went_silent_is_halved():
    """One of two channels of equal power is perfect, the other counts as 1."""
    both = music(channels=1)
    both = both.with_samples(np.repeat(both.samples, 2, axis=0))
    one = both.with_samples(both.samples * np.array([[1.0], [0.0]]))
    value = visqol(reference=both, estimate=one)
    assert value == pytest.approx((visqol.perfect + 1.0) / 2, abs=1e-6)
    back = visqol(reference=one, estimate=both)
    assert back == pytest.approx(visqol.perfect, abs=1e-6)


def test_cdpam_of_nothing_needs_no_network():
    sound = music(seconds=1.0)
    assert cdpam(reference=sound, estimate=sound.scaled(0.0)) == cdpam.worst
    assert math.isnan(cdpam(reference=sound.scaled(0.0), estimate=sound))
    assert math.isnan(cdpam(reference=sound.excerpt(0, 100), estimate=sound.excerpt(0, 100)))


@pytest.mark.slow
@is_there("cdpam")
def test_cdpam_is_the_network_of_the_package():
    """On a quarter of a second."""
    torch = pytest.importorskip("torch")
    folder = importlib.util.find_spec("cdpam").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("cdpam_models", f"{folder}/models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.FINnet(encoder_layers=16, encoder_filters=64, input_size=512).eval()
    network.load_state_dict(dict(cdpam_network._weights()))
    reference = music(seconds=0.25, rate=cdpam_network.RATE, channels=1)
    estimate = noisy(reference, 0.05)
    with torch.inference_mode():
        heard = [
            torch.nn.functional.normalize(
                network.base_encoder(torch.from_numpy(np.rint(one.samples * 32_768))[:, None])[1]
            )
            for one in (reference, estimate)
        ]
        theirs = float(network.model_dist(*heard))
    assert theirs > 0.01
    assert cdpam(reference=reference, estimate=estimate) == pytest.approx(theirs, rel=1e-4)
    assert cdpam(reference=reference, estimate=reference) == 0.0
    assert cdpam(reference=estimate, estimate=reference) == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize(
    ("metric", "package", "line"),
    [
        (zimtohrli, "zimtohrli", "pip install zimtohrli"),
        (visqol, "visqol", "pip install 'visqol-python"),
    ],
    ids=["zimtohrli", "visqol"],
)
def test_what_is_missing_is_named(metric, package, line, monkeypatch):
    from automix_bench.metrics.visqol import _meter

    _meter.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPart, match=line):
        metric(reference=music(), estimate=noisy(music()))
    _meter.cache_clear()


def test_without_its_wheel_cdpam_says_how_to_get_it(monkeypatch):
    pytest.importorskip("torch")
    cdpam_network._weights.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPart, match="pip install --no-deps cdpam"):
        cdpam(reference=music(1.0), estimate=noisy(music(1.0)))


def test_audiobox_without_weights_says_where_they_are_to_be_had(monkeypatch, tmp_path):
    pytest.importorskip("torch")
    monkeypatch.delenv(audiobox.VARIABLE, raising=False)
    sound = music(1.0)
    wanted = f"set {audiobox.VARIABLE} to a folder that holds the model facebook/audiobox"
    with pytest.raises(UsageError, match=wanted):
        quality(reference=sound, estimate=noisy(sound))
    monkeypatch.setenv(audiobox.VARIABLE, str(tmp_path))
    with pytest.raises(UsageError, match=r"no config\.json in"):
        quality(reference=sound, estimate=noisy(sound))
    assert math.isnan(quality(reference=sound.scaled(0.0), estimate=sound))


@pytest.mark.slow
@is_there("audiobox_aesthetics")
@pytest.mark.filterwarnings("ignore")
def test_audiobox_loads_a_folder_in_the_format_of_its_package(monkeypatch, tmp_path):
    """Weights are random, so the grades mean nothing; 12 s are the mean of 10 s and 2 s."""
    pytest.importorskip("torch")
    from audiobox_aesthetics.model.aes import AesMultiOutput

    scale = {axis: {"mean": 5.0, "std": 2.0} for axis in ("CE", "CU", "PC", "PQ")}
    AesMultiOutput(target_transform=scale).save_pretrained(tmp_path)
    monkeypatch.setenv(audiobox.VARIABLE, str(tmp_path))
    sound = music(seconds=12.0, rate=audiobox.RATE)
    whole, first, last = (
        audiobox.grade(part, "PQ")
        for part in (sound, sound.excerpt(0, 160_000), sound.excerpt(160_000, 32_000))
    )
    assert whole == pytest.approx((10 * first + 2 * last) / 12, abs=1e-5)
    assert quality(reference=sound, estimate=sound) == 0.0
    assert quality(reference=sound, estimate=sound.scaled(0.0)) == quality.worst
    for axis in ("enjoyment", "usefulness", "complexity", "quality"):
        metric = plugin.load("metrics", f"audiobox/{axis}")
        assert 0.0 < metric(reference=sound, estimate=noisy(sound, 0.1)) < 9.0


def test_resampled_keeps_tones_and_one_sample():
    time = np.arange(RATE) / RATE
    sound = Audio((0.5 * np.sin(2 * np.pi * 1000 * time))[None].astype(np.float32), RATE)
    there = resampled(sound, 22_050)
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(22_050) / 22_050)
    np.testing.assert_allclose(there.samples[0, 500:-500], wanted[500:-500], atol=1e-4)
    assert resampled(sound, RATE) is sound
    assert resampled(sound.excerpt(0, 1), 8_000).length == 1
