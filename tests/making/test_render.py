"""What an excerpt becomes: steps of 24 or 16 bits, and the gain at which it keeps its headroom."""

import io
import tarfile
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from automix_bench import errors
from automix_bench.audio import Audio, reaches_db, rms_db
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.distributions.plain import Uniform
from automix_bench.dsp import loudness
from automix_bench.dsp.loudness import true_peak_dbtp
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.example import integer_sum, played, sums_to_mix
from automix_bench.files import flac
from automix_bench.files.quantise import (
    BeyondFullScale,
    from_integers,
    integers,
    interleaved,
    quantised,
)
from automix_bench.making import gain_search
from automix_bench.making.make import make
from automix_bench.normalisers.loudness import Loudness
from tests.making.test_make import Halves
from tests.support.signals import sounding
from tests.support.tone_source import Tones

sample = st.floats(-1.0, 1.0 - 2.0**-14, width=32)
edges = st.integers(-(1 << 16), 1 << 16).map(lambda n: n * 2.0**-24 + 0.25)


@given(st.lists(sample | edges, min_size=1, max_size=8), st.sampled_from([24, 16]))
def test_samples_are_rounded_once_half_to_even(numbers, bits):
    audio = Audio(np.array([numbers], np.float32), 8_000)
    steps = [round(Fraction(float(x)) * (1 << (bits - 1))) for x in audio.samples[0]]
    wanted = [step << (24 - bits) for step in steps]
    assert integers(audio, bits=bits).tolist() == [wanted]
    kept = quantised(audio, bits=bits)
    assert integers(kept).tolist() == [wanted]
    assert not np.signbit(kept.samples[kept.samples == 0.0]).any()
    back = flac.decode_integers(flac.encode(kept, bits))
    assert back[0].tolist() == [wanted]


@pytest.mark.parametrize("bits", [24, 16])
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_what_does_not_fit_is_told_with_its_peak(bits, gain):
    least = 2.0 ** (1 - bits)
    for fits, beyond in ((1.0 - least, 1.0), (-1.0, -1.0 - 2 * least)):
        quantised(Audio(np.array([[fits / gain]], np.float32), 8_000), gain, bits)
        with pytest.raises(BeyondFullScale) as caught:
            quantised(Audio(np.array([[beyond / gain]], np.float32), 8_000), gain, bits)
        assert caught.value.peak_db == pytest.approx(0.0, abs=0.001)
    with pytest.raises(BeyondFullScale):
        quantised(Audio(np.array([[3e38]], np.float32), 8_000), bits=bits)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_channels_are_interleaved_as_the_integers_they_are(noise, channels):
    sound = noise(seconds=0.2, channels=channels).scaled(0.9)
    assert np.array_equal(interleaved(sound).T, integers(sound) << 8)
    halves = Audio(np.full((channels, 3), 0.5 * 2.0**-23, np.float32), 8_000)  # to the even one
    assert not interleaved(halves).any()
    assert (interleaved(halves.scaled(3.0)) == 2 << 8).all()


def test_what_does_not_fit_24_bits_is_not_interleaved():
    least = 2.0**-23
    for level, fits in ((1.0 - least, True), (1.0, False), (-1.0, True), (-1.0 - 2 * least, False)):
        sound = Audio(np.array([[level, 0.0], [0.0, 0.0]], np.float32), 8_000)
        if fits:
            assert interleaved(sound)[0, 0] == round(level * 2**31)
        else:
            with pytest.raises(BeyondFullScale):
                interleaved(sound)


@pytest.mark.parametrize("at", ["everywhere", "in one place"])
def test_a_few_samples_tell_how_loud_what_is_loud_is(noise, at):
    sound = noise(seconds=0.5)
    if at == "in one place":
        sound = sound.with_samples(np.where(np.arange(sound.length) == 1_001, sound.samples, 0.0))
    level_db = rms_db(sound)
    for below_db in (60.0, 3.0, 0.01):
        assert reaches_db(sound, level_db - below_db)
        assert not reaches_db(sound, level_db + below_db)
    assert reaches_db(sound, level_db)
    assert not reaches_db(sound.scaled(0.0), -300.0)


def test_a_sum_beyond_full_scale_is_rounded_once():
    odd = from_integers(np.array([[(1 << 23) - 1, 5]], np.int32), 8_000)
    assert integer_sum([odd, odd, odd]).samples.tolist() == [
        [float(np.float32(3 - 3 * 2.0**-23)), 15 * 2.0**-23]
    ]


def test_more_than_16_bits_are_not_put_into_a_file_of_16(noise):
    with pytest.raises(ValueError, match="quantise it first"):
        flac.encode(quantised(noise()), 16)


loud_strip = RandomChain(
    (
        LowShelf.random(frequency_hz=200.0, gain_db=Uniform(3.0, 9.0), q=0.707),
        Compressor.random(
            threshold_db=-30.0,
            ratio=6.0,
            knee_db=0.0,
            attack_ms=1.0,
            release_ms=50.0,
            makeup_db=12.0,
        ),
        Gain.random(gain_db=Uniform(3.0, 9.0)),
    )
)
LOUD = RandomConsole(default=loud_strip, bus=RandomChain((Gain.random(gain_db=3.0),)))


def test_headroom_is_kept_in_few_attempts_though_compressors_give_way_slowly(
    recipe, tmp_path, monkeypatch
):
    reliefs = []
    relief_db = gain_search._chain_relief_db
    monkeypatch.setattr(
        gain_search,
        "_chain_relief_db",
        lambda *given: (reliefs.append(given), relief_db(*given))[1],
    )
    made = make(recipe(console=LOUD, loudness_lufs=-9.0), tmp_path / "data")
    monkeypatch.undo()
    assert len(made.rows) <= len(reliefs) <= 3 * len(made.rows)
    for example in Dataset(made.folder):
        parts = [
            part
            for song in (example.before, example.after)
            for part in (song.mix, *song.stems.values())
        ]
        highest = max(true_peak_dbtp(part) for part in parts)
        assert -4.0 < highest <= -1.0
    assert verify(made.folder, rerender=True) == []


def test_the_gain_that_the_loudness_asks_for_is_kept_where_it_fits(recipe, tmp_path):
    quiet = recipe(console=RandomConsole(), loudness_lufs=-30.0)
    for example in Dataset(make(quiet, tmp_path / "data").folder):
        assert loudness.integrated_lufs(example.before.mix) == pytest.approx(-30.0, abs=0.02)


def test_a_normaliser_aims_at_a_level_that_falls_with_the_gain(recipe, tmp_path):
    wanted = RandomChain((Loudness.random(lufs=-6.0),))
    levelled = recipe(console=RandomConsole(default=wanted), loudness_lufs=None)
    made = make(levelled, tmp_path / "data")
    assert verify(made.folder, rerender=True) == []
    for example in Dataset(made.folder):
        found = {loudness.integrated_lufs(stem) for stem in example.after.stems.values()}
        assert max(found) - min(found) < 0.2


@pytest.mark.parametrize("separated", [False, True])
def test_a_data_set_of_16_bits(recipe, tmp_path, separated):
    settings = {"separator": Halves(), "source": Tones(with_stems=False)} if separated else {}
    wide, narrow = (recipe(**settings, bits=bits) for bits in (24, 16))
    assert "bits" not in str(plan_of(make(wide, tmp_path / "wide")))
    made = make(narrow, tmp_path / "narrow")
    assert verify(made.folder, rerender=True) == []
    sizes = [
        sum(path.stat().st_size for path in (tmp_path / name).glob("*.tar"))
        for name in ("wide", "narrow")
    ]
    assert 0.3 < sizes[1] / sizes[0] < 0.8
    for example in Dataset(made.folder):
        assert example.bits == 16
        again = played(example.console, example.before, 16)
        assert np.array_equal(again.mix.samples, example.after.mix.samples)
        for song in (example.before, example.after):
            for sound in (song.mix, *song.stems.values()):
                assert not (integers(sound) & 0xFF).any()
        if separated:
            assert "residual" in example.before.stems
            assert sums_to_mix(example.before)
            off = replace(
                example.before, mix=from_integers(integers(example.before.mix) + 1, 16_000)
            )
            assert not sums_to_mix(off)


def plan_of(made):
    return made.plan.recipe


def test_files_of_16_bits_say_so(recipe, tmp_path):
    made = make(recipe(bits=16), tmp_path / "data")
    with tarfile.open(made.folder / "00000.tar") as tar:
        members = [member for member in tar if member.name.endswith(".flac")]
        sounds = [tar.extractfile(member).read() for member in members]
    assert len(sounds) > 8
    assert {soundfile.info(io.BytesIO(content)).subtype for content in sounds} == {"PCM_16"}


@pytest.mark.parametrize("bits", [8, 32, 0])
def test_other_bits_are_refused(recipe, bits):
    with pytest.raises(errors.UsageError, match=f"bits must be 24 or 16, got {bits}"):
        recipe(bits=bits)


def test_noise_is_quantised_as_one_step_of_16_bits_allows():
    sound = sounding(2, 4_000, 8_000)
    error = quantised(sound, bits=16).samples - sound.samples
    assert 0.4 * 2.0**-15 < np.abs(error).max() <= 0.5 * 2.0**-15
