"""Embeddings give the vectors of their networks; set metrics are right by hand, and see damage."""

import importlib.util
import itertools
import json
import warnings

import numpy as np
import pytest
import scipy.linalg
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.audio import Audio
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.embedding import Embedding, embedding_named
from automix_bench.embeddings.afx_rep import AfxRep
from automix_bench.embeddings.aisfx import Aisfx, _filters, mel_spectrum
from automix_bench.embeddings.clap import Clap
from automix_bench.embeddings.fx_encoder_plus_plus import FxEncoderPlusPlus
from automix_bench.errors import DatasetError, MissingPart, UsageError
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.run import run
from automix_bench.evaluation.set_distances import Pair, distance_of, set_distances
from automix_bench.making.make import make
from automix_bench.metrics.sets.fad import fad
from automix_bench.metrics.sets.fad_inf import fad_inf
from automix_bench.metrics.sets.kad import kad
from automix_bench.model import Answer
from automix_bench.networks.checkpoints import path_from_user, tensors_in
from automix_bench.networks.mel_input import log_mels, stretches
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.set_metric import SetMetric, set_metric_named
from tests.support.tone_source import Tones

RATE = 44_100
aisfx_is_there = pytest.mark.skipif(
    importlib.util.find_spec("aisfx") is None, reason="the wheel aisfx is not installed"
)


def sound(seconds=3.0, channels=2, rate=RATE, seed=0):
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hz * time) for hz in rng.uniform(80.0, 3000.0, 6)) / 20
    noise = 0.02 * rng.standard_normal((channels, len(time)))
    return Audio((wave + noise).astype(np.float32), rate)


def gaussian(count, dimensions, seed, mean=0.0, scale=1.0):
    return mean + scale * np.random.default_rng(seed).standard_normal((count, dimensions))


# --- the metrics of sets -------------------------------------------------------------------------

SETS = [plugin.load("metrics", n) for n in plugin.names("metrics") if n.startswith("sets/")]
every_set_metric = pytest.mark.parametrize("metric", SETS, ids=lambda metric: metric.name)


@every_set_metric
def test_a_set_metric_has_a_whole_card(metric, request):
    assert isinstance(metric, SetMetric)
    assert metric.name == request.node.callspec.id
    assert metric.unit
    assert metric.source
    assert "NaN" in metric.description
    assert set_metric_named(metric.name.removeprefix("sets/")) is metric


@every_set_metric
def test_a_set_metric_refuses_what_it_cannot_compare(metric):
    good = gaussian(40, 3, 0)
    with pytest.raises(ValueError, match=rf"{metric.name}: wanted {metric.least} vectors or more"):
        metric(reference=good, estimate=good[: metric.least - 1])
    with pytest.raises(ValueError, match="wanted vectors of 3 dimensions, got 2"):
        metric(reference=good, estimate=good[:, :2])
    broken = good.copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="of the estimate is not finite"):
        metric(reference=good, estimate=broken)


@every_set_metric
@pytest.mark.parametrize("dimensions", [2, 200])
def test_a_set_metric_rises_with_distance_and_is_deterministic(metric, dimensions):
    reference = gaussian(60, dimensions, 0)
    values = [
        metric(reference=reference, estimate=gaussian(60, dimensions, 1, mean))
        for mean in (0.0, 0.5, 1.0, 2.0)
    ]
    assert all(one < other for one, other in itertools.pairwise(values))
    assert metric(reference=reference, estimate=gaussian(60, dimensions, 1)) == values[0]
    other = gaussian(50, dimensions, 1, 2.0)
    there, back = (
        metric(reference=one, estimate=two) for one, two in ((reference, other), (other, reference))
    )
    assert (there == pytest.approx(back, rel=1e-9)) == metric.symmetric


def test_a_metric_of_pairs_is_no_set_metric():
    with pytest.raises(UsageError, match="compares no sets of sounds; of sets there are fad"):
        set_metric_named("sdr")


def test_fad_by_hand():
    """(-1, 1) against (0, 4): means 0 and 2, variances 2 and 8: 4 + 2 + 8 - 2 sqrt 16 = 6."""
    value = fad(reference=np.array([[-1.0], [1.0]]), estimate=np.array([[0.0], [4.0]]))
    assert value == pytest.approx(6.0, abs=1e-12)


@pytest.mark.parametrize(
    ("one", "other", "dimensions"), [(300, 200, 16), (40, 30, 64), (90, 20, 50)]
)
def test_fad_agrees_with_the_matrix_root_of_frechet_audio_distance_and_fadtk(
    one, other, dimensions
):
    """Both take `sqrtm(C1 C2)`, where need be with 1e-6 on the diagonal."""
    reference, estimate = gaussian(one, dimensions, 0), gaussian(other, dimensions, 1, 0.3, 1.5)
    first, second = np.cov(reference.T), np.cov(estimate.T)
    small = 1e-6 * np.eye(dimensions)
    root = scipy.linalg.sqrtm((first + small) @ (second + small)).real
    mean = reference.mean(0) - estimate.mean(0)
    theirs = mean @ mean + np.trace(first) + np.trace(second) - 2 * np.trace(root)
    assert fad(reference=reference, estimate=estimate) == pytest.approx(theirs, rel=2e-3)
    assert fad(reference=reference, estimate=reference) == pytest.approx(0.0, abs=1e-9)


def test_fad_inf_takes_most_of_the_bias_of_small_sets_away():
    """Gaussians of 32 dimensions whose means are 1 apart in each: the distance is 32."""
    sets = [(gaussian(150, 32, 2 * n), gaussian(150, 32, 2 * n + 1, 1.0)) for n in range(8)]
    plain = np.mean([fad(reference=one, estimate=other) for one, other in sets]) - 32
    bent = np.mean([fad_inf(reference=one, estimate=other) for one, other in sets]) - 32
    assert plain > 3.0
    assert abs(bent) < plain / 3
    one, _ = sets[0]
    assert fad_inf(reference=one, estimate=one) == pytest.approx(0.0, abs=1e-9)


def test_kad_by_hand():
    """(0, 2) against (0, 2): s = 2; own means e^-0.5; across (1 + e^-0.5) / 2: 100 (e^-0.5 - 1)."""
    points = np.array([[0.0], [2.0]])
    value = kad(reference=points, estimate=points)
    assert value == pytest.approx(100 * (np.exp(-0.5) - 1.0), abs=1e-9)


def test_kad_agrees_with_kadtk():
    """Its sums over whole matrices, without their diagonals, times 100."""
    x, y = gaussian(50, 8, 0), gaussian(30, 8, 1, 0.5)
    bandwidth = np.median(scipy.spatial.distance.pdist(x))

    def kernel(one, other):
        squared = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
        return np.exp(-squared / (2 * bandwidth**2))

    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    own = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (xx, yy)]
    theirs = 100 * (sum(own) - 2 * xy.mean())
    assert kad(reference=x, estimate=y) == pytest.approx(theirs, abs=1e-9)


def test_kad_is_unbiased():
    """Forty pairs of small sets of one distribution: 0 on average, within its standard error."""
    values = [
        kad(reference=gaussian(20, 4, 2 * n), estimate=gaussian(20, 4, 2 * n + 1))
        for n in range(40)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))
    assert min(values) < 0 < max(values)


def test_kad_without_a_scale_is_undefined():
    same = np.ones((4, 2))
    assert np.isnan(kad(reference=same, estimate=gaussian(4, 2, 0)))


# --- embeddings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", plugin.names("embeddings"))
def test_an_embedding_has_a_whole_card(name, monkeypatch):
    embedding = embedding_named(name)
    assert isinstance(embedding, Embedding)
    assert embedding.name == name
    assert embedding.license
    for variable in ("CLAP", "FX_ENCODER_PLUS_PLUS", "AFX_REP"):
        monkeypatch.delenv(f"AUTOMIX_BENCH_{variable}", raising=False)
    if name != "aisfx":
        with pytest.raises(UsageError, match=rf"{name} needs its weights: set AUTOMIX_BENCH_"):
            embedding(sound())


def test_what_is_no_embedding_is_refused(tmp_path):
    (tmp_path / "mine.py").write_text("__all__ = ['mine']\nmine = 3\n")
    with pytest.raises(UsageError, match="wanted an Embedding, got 3"):
        embedding_named(str(tmp_path / "mine.py"))


def test_stretches_are_whole_and_a_short_sound_gives_one():
    values = np.arange(10)
    assert [list(one) for one in stretches(values, 4, 3)] == [
        [0, 1, 2, 3],
        [3, 4, 5, 6],
        [6, 7, 8, 9],
    ]
    assert [list(one) for one in stretches(values[:2], 4, 3)] == [[0, 1, 0, 0]]


@aisfx_is_there
@pytest.mark.parametrize(
    ("seconds", "blocks"), [(0.001, 1), (2.0, 1), (2.4, 1), (3.5, 2), (5.9, 4)]
)
def test_aisfx_gives_a_vector_every_1_2_seconds(seconds, blocks):
    pytest.importorskip("torch")
    vectors = Aisfx()(sound(seconds))
    assert vectors.shape == (blocks, 512)
    assert np.isfinite(vectors).all()
    assert np.isfinite(Aisfx()(sound(seconds).scaled(0.0))).all()


@aisfx_is_there
@pytest.mark.parametrize("rate", [8_000, 48_000, 192_000])
def test_aisfx_takes_any_rate_and_mono(rate):
    pytest.importorskip("torch")
    assert Aisfx()(sound(1.0, channels=1, rate=rate)).shape == (1, 512)


@aisfx_is_there
def test_aisfx_hears_neither_level_nor_stereo_and_says_so():
    pytest.importorskip("torch")
    one = sound()
    np.testing.assert_allclose(Aisfx()(one.scaled(0.25)), Aisfx()(one), atol=1e-4)
    swapped = one.with_samples(one.samples[::-1])
    np.testing.assert_array_equal(Aisfx()(swapped), Aisfx()(one))
    assert "no stereo" in Aisfx.__doc__
    assert "no level" in Aisfx.__doc__


def test_mel_spectrum_agrees_with_librosa():
    """The variant of the package: HTK scale, filters of sum 1, log10(1 + 10^4 P) / 9.4578."""
    librosa = pytest.importorskip("librosa")
    mono = sound(2.0, channels=1).samples[0]
    power = librosa.feature.melspectrogram(
        y=mono / np.abs(mono).max(),
        sr=RATE,
        n_mels=96,
        norm=1.0,
        fmin=0.0,
        fmax=22_050.0,
        htk=True,
        power=2.0,
        hop_length=1024,
        win_length=2048,
    )
    theirs = np.log10(power * 10_000 + 1).T / 9.457798957824707
    np.testing.assert_allclose(mel_spectrum(mono), theirs, atol=1e-5)


def test_mel_filters_by_hand():
    """At 44.1 kHz and 2048 points a filter's centre is where 2595 log10(1 + f / 700) says."""
    top = 2595 * np.log10(1 + 22_050 / 700)
    centre = 700 * (10 ** (top * 50 / 97 / 2595) - 1)
    assert _filters().shape == (96, 1025)
    np.testing.assert_allclose(_filters().sum(1), 1.0, atol=1e-6)
    assert np.argmax(_filters()[49]) == pytest.approx(centre / (44_100 / 2048), abs=0.5)


@aisfx_is_there
def test_aisfx_is_the_network_of_the_package():
    torch = pytest.importorskip("torch")
    from automix_bench.embeddings import aisfx

    folder = importlib.util.find_spec("aisfx").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("aisfx_cnn2d", f"{folder}/models/cnn2d.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.EmbeddingNet("max", 3, 1, 64)
    network.load_state_dict(dict(aisfx._weights()))
    heard = mel_spectrum(sound(4.0).samples.mean(axis=0))
    blocks = torch.from_numpy(np.stack([heard[:100], heard[50:150]]))
    with torch.inference_mode():
        theirs = network.eval()(blocks).numpy()
    np.testing.assert_allclose(Aisfx()(sound(4.0)), theirs, atol=1e-5)


def test_without_its_wheel_aisfx_says_how_to_get_it(monkeypatch):
    from automix_bench.embeddings import aisfx

    pytest.importorskip("torch")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    aisfx._weights.cache_clear()
    with pytest.raises(MissingPart, match="pip install --no-deps aisfx"):
        Aisfx()(sound(1.0))


def test_another_file_in_the_wheel_is_refused(monkeypatch):
    from automix_bench.embeddings import aisfx

    pytest.importorskip("torch")
    monkeypatch.setattr(aisfx, "SHA256", "0" * 64)
    aisfx._weights.cache_clear()
    with pytest.raises((DatasetError, MissingPart), match="no-deps aisfx"):
        Aisfx()(sound(1.0))


def cnn14_weights(torch, channels, bins, window):
    """Random weights by the names of PANNs' Cnn14, an eighth as wide."""
    made = torch.Generator().manual_seed(0)
    weights = {"logmel_extractor.melW": torch.rand(window // 2 + 1, bins, generator=made)}
    for number in range(1, 7):
        width = 4 * 2**number
        for place, inputs in (("1", channels), ("2", width)):
            name = f"conv_block{number}.conv{place}.weight"
            weights[name] = torch.randn(width, inputs, 3, 3, generator=made) / (3 * inputs**0.5)
            weights |= {
                f"conv_block{number}.bn{place}.weight": torch.ones(width),
                f"conv_block{number}.bn{place}.bias": torch.zeros(width),
                f"conv_block{number}.bn{place}.running_mean": torch.zeros(width),
                f"conv_block{number}.bn{place}.running_var": torch.ones(width),
            }
        channels = width
    return weights


def dense(torch, name, outputs, inputs):
    made = torch.Generator().manual_seed(1)
    weight = torch.randn(outputs, inputs, generator=made) / inputs**0.5
    return {f"{name}.weight": weight, f"{name}.bias": torch.zeros(outputs)}


def test_log_mels_by_hand():
    """A full-scale sine on bin 64 of 2048 gives (N/4)^2 in Hann's main bin: 20 log10 512 = 54.2 dB,
    beyond the 40 dB that count as 1; 60 dB lower it is -5.8 dB: 2 (74.2 / 120) - 1."""
    torch = pytest.importorskip("torch")
    wave = torch.sin(2 * torch.pi * 64 / 2048 * torch.arange(20_480))
    picked = {"logmel_extractor.melW": torch.eye(1025)[:, [64, 300]]}
    loud = log_mels(picked, wave[None], 512, "a test")[0, 5]
    soft = log_mels(picked, 1e-3 * wave[None], 512, "a test")[0, 5]
    assert loud[0] == pytest.approx(1.0)
    assert soft[0] == pytest.approx(2 * (80 + 20 * np.log10(0.512)) / 120 - 1, abs=1e-4)
    assert soft[1] == pytest.approx(-1.0)


def test_fx_encoder_plus_plus_reads_a_checkpoint_in_the_format_of_its_package(tmp_path):
    """Weights are random: as `module.fx_encoder…` in a state_dict beside an epoch."""
    torch = pytest.importorskip("torch")
    weights = {f"fx_encoder.{k}": v for k, v in cnn14_weights(torch, 2, 64, 2048).items()}
    weights |= dense(torch, "fx_encoder.fc_1", 256, 256)
    weights |= dense(torch, "fx_encoder_projection.0", 128, 256)
    weights |= dense(torch, "fx_encoder_projection.2", 128, 128)
    state = {f"module.{name}": value for name, value in weights.items()}
    torch.save({"epoch": 7, "state_dict": state}, tmp_path / "fx.pt")
    embedding = FxEncoderPlusPlus(str(tmp_path / "fx.pt"))
    vectors = embedding(sound(2.0))
    assert vectors.shape == (1, embedding.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    swapped = embedding(sound(2.0).with_samples(sound(2.0).samples[::-1]))
    assert np.abs(swapped - vectors).max() > 1e-6
    assert np.abs(embedding(sound(2.0).scaled(0.1)) - vectors).max() > 1e-3
    assert embedding.fingerprint()["weights"]


def test_afx_rep_reads_a_checkpoint_in_the_format_of_its_code(tmp_path):
    """Weights are random: as `encoder…` in a state_dict, beside those of other networks."""
    torch = pytest.importorskip("torch")
    weights = cnn14_weights(torch, 1, 128, 2048)
    weights |= dense(torch, "fc_mid", 512, 256) | dense(torch, "fc_side", 512, 256)
    state = {f"encoder.{name}": value for name, value in weights.items()}
    torch.save({"state_dict": state | {"other.weight": torch.ones(1)}}, tmp_path / "afx.ckpt")
    embedding = AfxRep(str(tmp_path / "afx.ckpt"))
    one = sound(6.0, rate=48_000)
    vectors = embedding(one)
    assert vectors.shape == (1, embedding.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors[:, :512], axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(embedding(one.scaled(0.1)), vectors, atol=1e-3)
    # Left and right exchanged turn the side over, which powers do not show.
    swapped = embedding(one.with_samples(one.samples[::-1]))
    np.testing.assert_allclose(swapped, vectors, atol=1e-5)


def test_clap_reads_a_folder_in_the_format_of_transformers(tmp_path):
    """Weights are random, and the network is small."""
    pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformers = pytest.importorskip("transformers")
        config = transformers.ClapAudioConfig(
            patch_embeds_hidden_size=16,
            depths=[1, 1, 1, 1],
            num_attention_heads=[1, 1, 2, 2],
            hidden_size=128,
        )
        transformers.ClapAudioModelWithProjection(config).save_pretrained(tmp_path)
        extractor = transformers.ClapFeatureExtractor(truncation="rand_trunc")
        extractor.save_pretrained(tmp_path)
        embedding = Clap(str(tmp_path))
        vectors = embedding(sound(20.5))
        assert vectors.shape == (2, embedding.dimensions)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        np.testing.assert_array_equal(embedding(sound(20.5)), vectors)
        assert embedding(sound(0.01, channels=1)).shape == (1, 512)
        (tmp_path / "model.safetensors").unlink()
        with pytest.raises(UsageError, match=r"no model\.safetensors in"):
            embedding(sound(1.0))


def test_a_checkpoint_cannot_run_code_and_another_networks_is_named(tmp_path):
    torch = pytest.importorskip("torch")

    class Evil:
        def __reduce__(self):
            return exec, ("raise SystemExit('it ran')",)

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(UsageError, match="no checkpoint of tensors"):
        tensors_in(tmp_path / "evil.pt", "the embedding x")
    torch.save({"state_dict": {"other": torch.ones(2)}}, tmp_path / "other.pt")
    with pytest.raises(UsageError, match="holds no weights named encoder"):
        tensors_in(tmp_path / "other.pt", "the embedding x", "encoder.")
    with pytest.raises(UsageError, match=r"has no .*melW: it is another network's"):
        FxEncoderPlusPlus(str(tmp_path / "other.pt"))(sound(1.0))
    with pytest.raises(UsageError, match="nothing at"):
        path_from_user(str(tmp_path / "gone"), "X", "the embedding x", "a file")


# --- what is seen --------------------------------------------------------------------------------


def graded(songs, degradation):
    embedding = Aisfx()
    return [
        np.concatenate([embedding(grade) for grade in grades])
        for grades in zip(*(DEGRADATIONS[degradation].grades(song) for song in songs), strict=True)
    ]


@aisfx_is_there
@pytest.mark.slow
@pytest.mark.parametrize("degradation", sorted(DEGRADATIONS))
def test_sets_over_aisfx_see_all_but_level_and_width(degradation):
    """On the example clip and two composed songs, 35 s in all: strict order in six degradations,
    and nothing at all of the two that the embedding cannot hear."""
    from automix_bench.files.decode import decode
    from automix_bench.separation.example_clip import example_clip
    from automix_bench.sources.composed import Composed

    composed = Composed(3, seconds=12.0)
    listings = composed.catalogue().listings[::2]
    songs = [decode(example_clip()), *(composed.load(one).mix for one in listings)]
    reference = np.concatenate([Aisfx()(song) for song in songs])
    sets = graded(songs, degradation)
    for metric in (fad, fad_inf, kad):
        values = [metric(reference=reference, estimate=one) for one in sets]
        if degradation in ("level", "width"):
            nothing = metric(reference=reference, estimate=reference)
            assert values == pytest.approx([nothing] * 5, abs=1e-3)
        else:
            assert all(one < other for one, other in itertools.pairwise(values))


# --- a run ---------------------------------------------------------------------------------------


def pairs(count, shift, seed=0):
    return [
        Pair(f"song-{n}", "vocals", gaussian(5, 3, seed + n), gaussian(5, 3, 50 + seed + n, shift))
        for n in range(count)
    ]


def test_the_interval_covers_the_value_and_narrows_with_songs():
    few, many = (distance_of("vocals", pairs(n, 1.0), fad, "seed") for n in (8, 64))
    for one in (few, many):
        assert one.low < one.value < one.high
    assert many.high - many.low < few.high - few.low
    assert (many.vectors, many.songs, many.answered, many.wanted) == (320, 64, 64, 64)
    assert distance_of("vocals", pairs(8, 1.0), fad, "seed") == few


def test_few_songs_have_no_interval_and_few_vectors_no_value():
    two = distance_of("vocals", pairs(2, 1.0), fad, "seed")
    assert np.isfinite(two.value)
    assert np.isnan(two.low)
    assert np.isnan(distance_of("vocals", pairs(1, 1.0), fad_inf, "seed").value)


def test_what_was_not_answered_is_counted():
    some = [*pairs(4, 1.0), Pair("song-9", "vocals", gaussian(5, 3, 1), None)]
    found = distance_of("vocals", some, fad, "seed")
    assert (found.answered, found.wanted, found.songs) == (4, 5, 4)
    assert found.value == distance_of("vocals", pairs(4, 1.0), fad, "seed").value


class Levels:
    """An embedding without a network: the level and the slope of each half second."""

    name, rate, dimensions, license = "levels", RATE, 2, "Apache-2.0"

    def __call__(self, audio):
        halves = stretches(audio.samples, audio.rate // 2, audio.rate // 2)
        return np.array([[one.std(), np.diff(one).std()] for one in halves], dtype=np.float32)

    def fingerprint(self):
        return {"embedding": self.name}


@pytest.fixture
def small(recipe, tmp_path):
    return Dataset(make(recipe(source=Tones(count=4), excerpts_per_song=2), tmp_path / "d").folder)


def test_a_runs_distance_is_that_of_its_answers_from_the_targets(small, tmp_path):
    task = task_named("effect_removal")
    asked = {}
    for name, gain in (("same", 1.0), ("quieter", 0.5)):
        model = lambda brief, gain=gain: Answer(  # noqa: E731
            {stem: audio.scaled(gain) for stem, audio in brief.stems.items()}
        )
        run(Entry(name, model), task, small, tmp_path / name)
        asked[name] = set_distances(task, small, tmp_path / name, fad, Levels(), resamples=10)
    stems = {
        stem.partition("-")[0] for n in range(len(small)) for stem in task.wanted(small[n]).stems
    }
    assert {one.stem for one in asked["same"]} == stems
    for same, quieter in zip(asked["same"], asked["quieter"], strict=True):
        assert same.answered == same.wanted == 8
        assert same.songs == 4
        assert quieter.value != same.value
    stem = asked["quieter"][0].stem
    vectors = [
        np.concatenate(
            [
                Levels()(audio)
                for n in range(len(small))
                for name, audio in side(small[n]).items()
                if name.partition("-")[0] == stem
            ]
        )
        for side in (
            lambda example: task.wanted(example).stems,
            lambda example: {
                name: audio.scaled(0.5) for name, audio in task.brief(example).stems.items()
            },
        )
    ]
    by_hand = fad(reference=vectors[0], estimate=vectors[1])
    assert asked["quieter"][0].value == pytest.approx(by_hand, rel=1e-3)


def test_answers_that_failed_are_left_out_and_counted(small, tmp_path):
    task = task_named("mixing")

    def fails_once(brief):
        if not (tmp_path / "failed").exists():
            (tmp_path / "failed").touch()
            raise RuntimeError("no")
        return Answer({"mix": next(iter(brief.stems.values()))})

    run(Entry("model", fails_once), task, small, tmp_path / "run")
    (found,) = set_distances(task, small, tmp_path / "run", kad, Levels(), resamples=5)
    assert (found.answered, found.wanted) == (7, 8)
    with pytest.raises(DatasetError, match="another task"):
        set_distances(task_named("effect_removal"), small, tmp_path / "run", kad, Levels())


def test_the_command_prints_every_stem(small, tmp_path, monkeypatch):
    monkeypatch.setattr("automix_bench.embedding.embedding_named", lambda name: Levels())
    run(Entry("plain_sum", task_model("plain_sum")), task_named("mixing"), small, tmp_path / "run")
    line = ["distance", str(tmp_path / "run"), str(small.folder), "--resamples", "5"]
    told = CliRunner().invoke(cli.app, [*line, "--metric", "fad", "--json"])
    assert told.exit_code == 0, told.output
    said = json.loads(told.stdout)
    assert (said["metric"], said["embedding"]) == ("sets/fad", {"embedding": "levels"})
    assert [one["stem"] for one in said["stems"]] == ["mix"]
    text = CliRunner().invoke(cli.app, line)
    assert "sets/kad over levels (Apache-2.0)" in text.stdout
    assert "of 4 songs, 8 of 8 answered" in text.stdout


def task_model(name):
    return plugin.load("models", name)()
