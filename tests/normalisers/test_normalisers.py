"""Every normaliser: its contract, and that the sound reaches the target."""

import inspect
import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
import soundfile

from automix_bench import plugin
from automix_bench.audio import Audio, amplitude, peak_db, rms_db
from automix_bench.consoles.console_json import chain_from_json, chain_to_json
from automix_bench.consoles.random_chain import Drawn
from automix_bench.dataset import corpus_traits
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.dsp.traits import (
    CENTRES_HZ,
    balance_db,
    gain_to_db,
    loud_peaks_db,
    loudness_lufs,
    peaks_db,
    similarity,
    spectrum_db,
)
from automix_bench.effect import Chain, Fitted, Unsuitable
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.errors import DataError
from automix_bench.normalisers.compression import Compression
from automix_bench.normalisers.equalisation import Equalisation
from automix_bench.normalisers.input_sdr import InputSdr
from automix_bench.normalisers.limited_loudness import LimitedLoudness
from automix_bench.normalisers.loudness import Loudness
from automix_bench.normalisers.panning import Panning
from automix_bench.normalisers.peak import Peak
from automix_bench.normalisers.reverb import ReverbTail
from automix_bench.normalisers.same_loudness import SameLoudness
from automix_bench.normalisers.same_rms import SameRms
from automix_bench.separation.example_clip import example_clip
from tests.support.signals import RATES, example_of, sounding

NAMES = plugin.names("normalisers")


@pytest.fixture(scope="module")
def music():
    samples, rate = soundfile.read(example_clip(), dtype="float32")
    return Audio(np.ascontiguousarray(samples[2 * rate : 6 * rate].T), rate)


@pytest.fixture(scope="module")
def sparse():
    """A burst, then four seconds 12 dB below it; its loudness depends on the gates."""
    steps = np.repeat([1.0, 0.25, 0.25, 0.25, 0.25], 44_100)
    quiet = sounding(2, 5 * 44_100, 44_100)
    return quiet.with_samples(quiet.samples * steps)


def heard(normaliser, audio, came_in=None, lowered_db=0.0):
    return normaliser.fitted(audio, came_in or audio, lowered_db)(audio)


def silent(channels=2, length=22_050):
    return Audio(np.zeros((channels, length), np.float32), 44_100)


# Properties of all normalisers.


# Targets that noise can reach, for normalisers with targets that noise cannot reach.
WITHIN_REACH = {"limited_loudness": {"lufs": -14.0, "ceiling_dbtp": -3.0}}


def example(name, seed):
    """A normaliser with random settings from those within reach."""
    return example_of(plugin.load("normalisers", name), seed=seed, **WITHIN_REACH.get(name, {}))


@pytest.mark.parametrize("name", NAMES)
def test_its_docstring_has_equation_and_source(name):
    kind = plugin.load("normalisers", name)
    said = inspect.getdoc(kind)
    assert re.search(r"^    \S.* <?= ", said, re.MULTILINE)
    assert re.search(r"\b(19|20)\d\d\b|BS\.1770|AES17", said)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [8_000, 16_000, *RATES])
def test_the_same_sound_gives_the_same_effects_and_is_left_alone(name, rate):
    normaliser = example(name, seed=rate)
    sound, came_in = sounding(2, rate // 2, rate), sounding(2, rate // 2, rate, seed=1, rms=0.2)
    hashes = sound.sha256, came_in.sha256
    one, two = (normaliser.fitted(sound, came_in, -3.0) for _ in range(2))
    assert one == two
    assert (sound.sha256, came_in.sha256) == hashes
    after = one(sound)
    assert (after.rate, after.samples.shape) == (rate, sound.samples.shape)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["silence", "one silent sample", "one sample", "a tenth"])
def test_silence_and_single_samples(name, channels, kind):
    sounds = {
        "silence": silent(channels),
        "one silent sample": silent(channels, 1),
        "one sample": Audio(np.full((channels, 1), 0.25, np.float32), 44_100),
        "a tenth": sounding(channels, 4_410, 44_100),
    }
    sound = sounds[kind]
    normaliser = example(name, seed=3)
    refused = (name == "panning" and channels == 1) or (name == "input_sdr" and "sil" in kind)
    if refused:
        assert "Unsuitable:" in type(normaliser).__doc__
        with pytest.raises(Unsuitable, match=f"{type(normaliser).__name__} wants "):
            heard(normaliser, sound)
        return
    after = heard(normaliser, sound)
    assert after.samples.shape == sound.samples.shape
    assert "sil" not in kind or not after.samples.any()


@pytest.mark.parametrize("name", NAMES)
def test_fitted_effects_come_back_from_json(name):
    normaliser, sound = example(name, seed=5), sounding(2, 20_000, 44_100)
    chain, after = Drawn((Gain(-3.0), normaliser)).settled(sound)
    again = chain_from_json(json.loads(json.dumps(chain_to_json(chain))))
    assert again == chain
    for effect in again.effects[1:]:
        assert isinstance(effect, Fitted)
        assert (effect.by, dict(effect.normaliser_settings)) == (name, asdict(normaliser))
    assert np.array_equal(again(sound).samples, after.samples)


# The results of each normaliser.


@pytest.mark.parametrize("lufs", [-55.0, -31.4, -14.0])
@pytest.mark.parametrize("level_db", [-45.0, 0.0])
def test_loudness_is_reached(music, sparse, lufs, level_db):
    for sound in (sounding(2, 3 * 44_100, 44_100), music, sparse):
        quieter = sound.scaled(amplitude(level_db))
        (gain,) = Loudness(lufs).fitted(quieter, quieter, 0.0).effects
        if abs(gain.gain_db) < 59.99:
            assert integrated_lufs(gain(quieter)) == pytest.approx(lufs, abs=0.01)
        lowered = heard(Loudness(lufs), quieter, lowered_db=-4.5)
        if abs(gain.gain_db) < 55.0:
            assert integrated_lufs(lowered) == pytest.approx(lufs - 4.5, abs=0.01)


def test_one_difference_would_not_be_enough(sparse):
    quiet = sparse.scaled(amplitude(-45.0))
    once = quiet.scaled(amplitude(-14.0 - integrated_lufs(quiet)))
    assert abs(integrated_lufs(once) + 14.0) > 0.3
    assert integrated_lufs(heard(SameLoudness(), quiet, sparse)) == pytest.approx(
        integrated_lufs(sparse), abs=0.01
    )


def test_a_sound_without_a_loudness_has_no_gain_to_one():
    assert loudness_lufs(sounding(1, 100, 44_100)) == -np.inf
    assert np.isnan(gain_to_db(silent(), -20.0))
    assert gain_to_db(sounding(2, 44_100, 44_100, rms=3e-4), 0.0) == 60.0
    sound = sounding(2, 44_100, 44_100)
    for normaliser in (Loudness(-20.0), SameLoudness()):
        assert normaliser.fitted(silent(), sound, 0.0) == Chain()
    assert SameLoudness().fitted(sound, silent(), 0.0) == Chain()
    assert LimitedLoudness(-8.0, -1.0, 50.0, 5.0).fitted(silent(), sound, 0.0) == Chain()


def test_loudness_and_rms_come_back_to_what_they_were(music):
    clipped = HardClip(-30.0)(music)
    louder = heard(SameLoudness(), clipped, music, lowered_db=-6.0)
    assert integrated_lufs(louder) == pytest.approx(integrated_lufs(music), abs=0.01)
    assert rms_db(heard(SameRms(), clipped, music)) == pytest.approx(rms_db(music), abs=1e-3)
    assert SameRms().fitted(clipped, silent(2, clipped.length), 0.0) == Chain()


def test_a_peak_moves_with_the_example_or_stays(music):
    assert peak_db(heard(Peak(-3.0), music)) == pytest.approx(-3.0, abs=1e-4)
    assert peak_db(heard(Peak(-3.0), music, lowered_db=-5.0)) == pytest.approx(-8.0, abs=1e-4)
    fixed = heard(Peak(-3.0, "fixed"), music, lowered_db=-5.0)
    assert peak_db(fixed) == pytest.approx(-3.0, abs=1e-4)


@pytest.mark.parametrize("wanted_db", [1.0, 7.0, 20.0, 45.0])
@pytest.mark.parametrize("level_db", [-50.0, -20.0, 0.0, 25.0])
def test_clipping_reaches_its_input_sdr(music, wanted_db, level_db):
    sound = music.scaled(amplitude(level_db))
    chain = InputSdr(wanted_db).fitted(sound, sound, -3.0)
    error = sound.samples.astype(np.float64) - chain(sound).samples
    found = 10.0 * np.log10(np.sum(np.square(sound.samples, dtype=float)) / np.sum(error**2))
    assert found == pytest.approx(wanted_db, abs=0.01)
    if level_db == 0.0 and peak_db(sound) <= 0.0:
        assert [type(effect) for effect in chain.effects] == [HardClip]


def test_silence_has_nothing_to_clip():
    with pytest.raises(Unsuitable, match="InputSdr wants a sound, got silence"):
        InputSdr(10.0).fitted(silent(), silent(), 0.0)
    far = sounding(1, 1_000, 44_100, rms=1e-6)
    with pytest.raises(Unsuitable, match=r"wants a threshold of -80 to 40 dB full scale, got -1"):
        InputSdr(1.0).fitted(far, far, 0.0)


@pytest.mark.parametrize("lowered_db", [0.0, -4.0])
@pytest.mark.parametrize("lufs", [-15.0, -13.0, -10.0])
def test_a_limiter_is_driven_to_a_loudness(music, lufs, lowered_db):
    quiet = music.scaled(amplitude(-18.0))
    (limiter,) = LimitedLoudness(lufs, -1.5, 60.0, 5.0).fitted(quiet, quiet, lowered_db).effects
    assert isinstance(limiter, Limiter)
    assert limiter.ceiling_dbtp == -1.5 + lowered_db
    loud = limiter(quiet)
    assert integrated_lufs(loud) == pytest.approx(lufs + lowered_db, abs=0.15)
    assert true_peak_dbtp(loud) <= limiter.ceiling_dbtp


def test_a_limiter_that_cannot_get_there_says_so_and_one_that_is_there_is_not_driven(music):
    (limiter,) = LimitedLoudness(-40.0, -6.0, 60.0, 5.0).fitted(music, music, 0.0).effects
    assert limiter.gain_db == pytest.approx(0.0, abs=0.1)
    told = r"LimitedLoudness.lufs of 0 cannot be reached: 30 dB of drive give -\d+\.\d LUFS"
    with pytest.raises(Unsuitable, match=told):
        LimitedLoudness(0.0, -6.0, 60.0, 5.0).fitted(music, music, 0.0)


def test_a_spectrum_comes_near_the_one_wanted(music):
    for sound in (sounding(2, 4 * 44_100, 44_100), music):
        curve_db = 7.0 * np.sin(np.arange(31) / 4.0)
        wanted = np.clip(spectrum_db(sound) + curve_db, -80.0, 0.0)
        after = heard(Equalisation(tuple(wanted)), sound)
        bands = (spectrum_db(sound) > -60.0) & (wanted > -60.0) & (CENTRES_HZ < 19_000.0)
        left = (wanted - spectrum_db(after))[bands]
        left -= left.mean()
        assert np.std(left) < 0.5
        assert np.abs(left).max() < 1.5


def test_equalisation_leaves_what_is_not_heard_and_what_is_right(music):
    right = Equalisation(tuple(spectrum_db(music)))
    (same,) = right.fitted(music, music, 0.0).effects
    assert np.abs(same.gains_db).max() < 1e-9
    time = np.arange(44_100) / 44_100
    tone = Audio((0.3 * np.sin(2.0 * np.pi * 1_000.0 * time)).astype(np.float32)[None], 44_100)
    (flat,) = Equalisation((-15.0,) * 31).fitted(tone, tone, 0.0).effects
    unheard = spectrum_db(tone) <= -60.0
    assert unheard.sum() > 5
    assert not np.array(flat.gains_db)[unheard].any()
    assert np.abs(flat.gains_db).max() <= 12.0


def test_peaks_come_down_by_the_highest_threshold_that_is_enough(music):
    found_db = peaks_db(music)
    wanted = Compression(found_db - 5.0, 1.0, 4.0, 10.0, 180.0)
    up, compressor, down = wanted.fitted(music, music, 0.0).effects
    assert isinstance(compressor, Compressor)
    assert down.gain_db == -up.gain_db
    raised = up(music)
    assert peak_db(raised) == pytest.approx(-10.0, abs=1e-4)
    assert found_db - 5.0 < loud_peaks_db(compressor(raised)) <= found_db - 4.0
    higher = replace(compressor, threshold_db=compressor.threshold_db + 0.25)
    assert loud_peaks_db(higher(raised)) > found_db - 4.0
    assert (compressor.ratio, compressor.makeup_db) == (4.0, 0.0)


def test_peaks_that_are_low_enough_stay(music):
    low_enough = Compression(peaks_db(music) - 1.0, 1.01, 4.0, 10.0, 180.0)
    assert low_enough.fitted(music, music, 0.0) == Chain()
    assert low_enough.fitted(silent(), music, 0.0) == Chain()


def test_the_ratio_rises_where_the_lowest_threshold_is_not_enough(music):
    (_, harder, _) = Compression(-32.0, 0.0, 1.5, 1.0, 100.0).fitted(music, music, 0.0).effects
    assert 1.5 < harder.ratio <= 20.0
    (_, most, _) = Compression(-60.0, 0.0, 4.0, 1.0, 100.0).fitted(music, music, 0.0).effects
    assert (most.ratio, most.threshold_db) == (20.0, -40.0)


@pytest.mark.parametrize("wanted", [0.7, 0.83, 0.9, 0.97])
def test_both_sides_come_to_one_power_and_a_likeness(music, wanted):
    wide = sounding(2, 3 * 44_100, 44_100)
    one_sided = music.with_samples(music.samples * np.array([[0.2], [1.0]]))
    for sound in (wide, music, one_sided):
        chain = Panning(wanted).fitted(sound, sound, 0.0)
        centred, found = chain.effects[0](sound), similarity(chain(sound))
        assert balance_db(chain(sound)) == pytest.approx(0.0, abs=0.01)
        least = min(similarity(StereoWidth(width)(centred)) for width in np.linspace(0.1, 4.0, 14))
        assert found == pytest.approx(max(wanted, least), abs=0.01)


def test_panning_leaves_mono_mono_and_refuses_one_channel():
    sound = sounding(1, 44_100, 44_100)
    mono = sound.with_samples(np.repeat(sound.samples, 2, axis=0))
    assert [type(e).__name__ for e in Panning(0.8).fitted(mono, mono, 0.0).effects] == ["Balance"]
    left_only = mono.with_samples(mono.samples * np.array([[1.0], [0.0]]))
    assert Panning(0.8).fitted(left_only, left_only, 0.0) == Chain()
    with pytest.raises(Unsuitable, match="Panning wants stereo audio, 2 channels, got 1"):
        Panning(0.8).fitted(sound, sound, 0.0)


@pytest.mark.parametrize("tail_db", [-30.0, -9.0, 3.0])
def test_a_tail_lies_as_far_under_the_dry_sound_as_wanted(music, tail_db):
    for sound in (music, sounding(1, 2 * 44_100, 44_100)):
        (reverb,) = ReverbTail(tail_db, 2.5, 77.0).fitted(sound, sound, 0.0).effects
        assert (reverb.rt60_mid_seconds, reverb.room) == (2.5, 77.0)
        dry = sound.scaled(1.0 - reverb.wet)
        tail = dry.with_samples(reverb(sound).samples - dry.samples)
        assert rms_db(tail) - rms_db(dry) == pytest.approx(tail_db, abs=0.05)


# Averages of the traits over a corpus.


def test_the_traits_of_a_corpus_are_means_by_role(dataset):
    examples = list(dataset)
    found = corpus_traits.measured(examples)
    assert list(found) == ["bass", "drums", "every", "keys"]
    stems = [example.before.stems["drums"] for example in examples]
    drums = found["drums"]
    assert drums.stems == len(stems) == 12
    loudness = np.mean([integrated_lufs(stem) for stem in stems])
    assert drums.loudness_lufs == pytest.approx(loudness, abs=0.0051)
    assert drums.spectrum_db == pytest.approx(
        np.mean([spectrum_db(stem) for stem in stems], axis=0), abs=0.0051
    )
    peaks = [peaks_db(stem) for stem in stems]
    assert drums.peaks_db == pytest.approx(np.mean(peaks), abs=0.0051)
    assert drums.peaks_deviation_db == pytest.approx(np.std(peaks), abs=0.0051)
    assert drums.similarity == pytest.approx(np.mean([similarity(s) for s in stems]), abs=1e-4)
    assert found["every"].stems == 36
    three = [found[name].loudness_lufs for name in ("bass", "drums", "keys")]
    assert found["every"].loudness_lufs == pytest.approx(np.mean(three), abs=0.011)


def test_traits_leave_out_the_residual_and_what_has_no_loudness(dataset):
    example = dataset[0]
    bass = example.before.stems["bass"]
    nothing = bass.scaled(0.0)

    def holding(**stems):
        return replace(example, before=replace(example.before, stems=stems))

    found = corpus_traits.measured([holding(bass=bass, residual=bass, keys=nothing)])
    assert {name: one.stems for name, one in found.items()} == {"bass": 1, "every": 1}
    with pytest.raises(DataError, match="no stem in it has a loudness"):
        corpus_traits.measured([holding(residual=bass, keys=nothing)])


def test_traits_come_back_from_their_file(dataset, tmp_path):
    found, path = corpus_traits.measured(dataset), tmp_path / "traits.json"
    path.write_text(corpus_traits.to_json(found, "tones"))
    assert corpus_traits.read(path) == found
    said = json.loads(path.read_text())
    assert said["corpus"] == "tones"
    assert [len(said["bands_hz"]), said["bands_hz"][17]] == [31, 1000.0]
    del said["roles"]["every"]
    for content in (json.dumps(said), "{}", "[]", "no json", '{"roles": {"every": {"stems": 1}}}'):
        path.write_text(content)
        with pytest.raises(DataError, match=re.escape(str(path))):
            corpus_traits.read(path)
    with pytest.raises(DataError, match="wanted traits of a corpus"):
        corpus_traits.read(tmp_path / "nowhere.json")
