"""Codecs have no delay at any rate, and their bit rates are as set."""

import io

import numpy as np
import pytest
from scipy import signal

from automix_bench.audio import Audio, peak_db
from automix_bench.dsp import codec
from automix_bench.effect import Unsuitable
from automix_bench.effects import aac
from automix_bench.effects.aac import Aac
from automix_bench.effects.mp3 import Mp3
from automix_bench.effects.opus import Opus
from automix_bench.effects.vorbis import Vorbis
from automix_bench.errors import DataError, MissingPart
from tests.support.signals import level_db, snr_db, sounding

# By name: a low and a high bit rate or quality.
SPARING = {"mp3": Mp3(48.0), "vorbis": Vorbis(0.0), "opus": Opus(64.0), "aac": Aac(64.0)}
GENEROUS = {"mp3": Mp3(320.0), "vorbis": Vorbis(10.0), "opus": Opus(256.0), "aac": Aac(320.0)}
EVERY = [*SPARING.values(), *GENEROUS.values()]
RATES = (8_000, 11_025, 16_000, 22_050, 32_000, 37_800, 44_100, 48_000, 96_000, 192_000)


def bursts(rate, channels, seconds=1.0):
    """Bursts of noise below 3 kHz, which make every delay visible."""
    audio = sounding(channels, round(seconds * rate), rate, rms=0.2)
    low = signal.butter(4, 3_000.0, fs=rate, output="sos")
    time = np.arange(audio.length) / rate
    gate = np.square(np.sin(2.0 * np.pi * 3.0 * time)) > 0.5
    return audio.with_samples(signal.sosfiltfilt(low, audio.samples) * gate)


def music(rate, seconds=1.5):
    """Plucked chords with a beat, stereo."""
    time = np.arange(round(seconds * rate)) / rate
    left, right = np.zeros(time.size), np.zeros(time.size)
    for n, hz in enumerate((110.0, 164.8, 220.0, 277.2, 329.6, 440.0)):
        since = (time - 0.05 * n) % 0.5
        for k in range(1, 8):
            note = 0.05 * np.sin(2 * np.pi * k * hz * since) * np.exp(-4.0 * k * since) / k
            left, right = left + (1.0 + n % 2) * note, right + (2.0 - n % 2) * note
    return Audio(np.stack([left, right]).astype(np.float32), rate)


def delay_samples(reference, heard, most=3_000):
    """The shift with the largest cross-correlation of the two, in whole samples."""
    one, other = (a.samples[0].astype(np.float64) for a in (reference, heard))
    size = 2 * one.size
    product = np.conj(np.fft.rfft(one, size)) * np.fft.rfft(other, size)
    lags = np.fft.irfft(product)
    near = np.concatenate([lags[-most:], lags[: most + 1]])
    return int(np.argmax(near)) - most


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("one", EVERY, ids=str)
def test_noise_bursts_come_out_at_the_sample_they_went_in(one, rate):
    for channels in (1, 2):
        audio = bursts(rate, channels)
        assert delay_samples(audio, one(audio)) == 0


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("one", EVERY, ids=str)
def test_music_comes_out_at_the_sample_it_went_in(one, rate):
    audio = music(rate)
    assert delay_samples(audio, one(audio)) == 0


@pytest.mark.parametrize("kbps", [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320])
def test_mp3_has_no_delay_at_any_bit_rate(kbps):
    for rate in (8_000, 24_000, 44_100):
        audio = bursts(rate, 2, 0.6)
        heard = Mp3(float(kbps))(audio)
        assert delay_samples(audio, heard) == 0
        assert heard.length == audio.length


@pytest.mark.parametrize("kbps", [64.0, 72.0, 80.0, 96.0, 160.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_opus_has_no_delay_at_any_bit_rate(kbps, channels):
    """A lost pre-skip would be 312 samples."""
    for rate in (16_000, 44_100, 48_000):
        audio = bursts(rate, channels)
        assert delay_samples(audio, Opus(kbps)(audio)) == 0


def written_kbps(one, audio, monkeypatch):
    """The size of the encoder's output, divided by the duration."""
    files = []

    class Kept(io.BytesIO):
        def __init__(self):
            super().__init__()
            files.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(codec.io, "BytesIO", Kept)
        one(audio)
    return 8.0 * len(files[0].getvalue()) / audio.seconds / 1_000.0


@pytest.mark.parametrize(
    ("rate", "asked", "had"),
    [
        *((44_100, kbps, kbps) for kbps in (32, 64, 128, 192, 320)),
        *((16_000, asked, had) for asked, had in ((32, 32), (100, 96), (128, 128), (320, 160))),
        *((8_000, asked, had) for asked, had in ((32, 32), (320, 64))),
    ],
)
def test_mp3_uses_the_nearest_bit_rate_of_the_standard(rate, asked, had, monkeypatch):
    for channels in (1, 2):
        written = written_kbps(Mp3(float(asked)), sounding(channels, 144_000, rate), monkeypatch)
        assert written == pytest.approx(had, rel=0.08)


@pytest.mark.parametrize("kbps", [64.0, 96.0, 128.0, 256.0])
def test_opus_has_the_set_bit_rate_on_average(kbps, monkeypatch):
    for channels in (1, 2):
        written = written_kbps(Opus(kbps), sounding(channels, 144_000, 48_000), monkeypatch)
        assert written == pytest.approx(kbps, rel=0.2)


@pytest.mark.parametrize("name", SPARING)
def test_more_bits_lose_less_and_the_most_lose_almost_nothing(name):
    audio = music(44_100)
    sparing, generous = (snr_db(audio, by[name](audio)) for by in (SPARING, GENEROUS))
    assert generous > sparing + 3.0
    assert generous > 20.0


@pytest.mark.parametrize("one", GENEROUS.values(), ids=str)
def test_the_level_is_kept_also_beyond_full_scale(one):
    audio = music(44_100)
    for gain in (0.5, 8.0, 64.0):
        loud = audio.scaled(gain)
        assert abs(level_db(one(loud)) - level_db(loud)) < 0.2
        assert abs(peak_db(one(loud)) - peak_db(loud)) < 1.0


@pytest.mark.parametrize("one", SPARING.values(), ids=str)
@pytest.mark.parametrize("rate", [8_000, 37_800, 44_100, 192_000])
@pytest.mark.parametrize("length", [1, 2, 63, 577, 1_153, 5_000])
def test_any_length_comes_back_as_long(one, rate, length):
    audio = sounding(2, length, rate)
    assert one(audio).samples.shape == (2, length)


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_the_last_20_ms_are_not_lost(one):
    """The last 20 ms have as much power as the 20 ms before."""
    audio = bursts(44_100, 2, 0.75)
    last = audio.samples[:, -882:]
    assert abs(level_db(one(audio).samples[:, -882:]) - level_db(last)) < 2.0


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_left_and_right_stay_apart(one):
    audio = music(44_100)
    alone = audio.with_samples(audio.samples * np.array([[1.0], [0.0]], np.float32))
    left, right = one(alone).samples
    assert level_db(left) > level_db(right) + 15.0


@pytest.mark.parametrize("one", SPARING.values(), ids=str)
def test_more_than_two_channels_are_refused(one):
    told = f"{type(one).__name__} wants mono or stereo audio, got 3 channels"
    with pytest.raises(Unsuitable, match=told):
        one(sounding(3, 1_000, 44_100))


@pytest.mark.parametrize("one", [Mp3(64.0), Vorbis(3.0), Opus(96.0)], ids=str)
def test_a_codec_that_libsndfile_lacks_is_named(one, monkeypatch):
    monkeypatch.setattr(codec.soundfile, "available_subtypes", lambda format: {})
    told = f"{type(one).__name__} needs libsndfile .* run `pip install --upgrade soundfile`"
    with pytest.raises(MissingPart, match=told):
        one(sounding(1, 1_000, 44_100))


def test_aac_says_that_it_needs_ffmpeg(monkeypatch):
    monkeypatch.setattr(aac.shutil, "which", lambda program: None)
    with pytest.raises(MissingPart, match=r"Aac needs the program ffmpeg.*apt-get install ffmpeg"):
        Aac(128.0)(sounding(1, 1_000, 44_100))


def test_the_error_of_aac_quotes_ffmpeg(monkeypatch):
    monkeypatch.setattr(aac.shutil, "which", lambda program: "/bin/false")
    with pytest.raises(DataError, match="Aac: ffmpeg failed with the message 'exit code 1'"):
        Aac(128.0)(sounding(1, 1_000, 44_100))


def test_a_sound_longer_than_one_write_is_complete():
    audio = music(44_100, seconds=3.0)
    for one in (GENEROUS["vorbis"], GENEROUS["opus"]):
        thirds = np.array_split((one(audio).samples - audio.samples), 3, axis=1)
        assert all(level_db(part) < level_db(audio) - 15.0 for part in thirds)
