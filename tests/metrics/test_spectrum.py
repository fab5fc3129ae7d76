"""Spectra: by hand, beside outside implementations piece by piece, and at the edges."""

import tracemalloc
import warnings

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.dsp.memo import sharing
from automix_bench.dsp.plain_sounds import RATE, clicks, on_the_left, swelling_tones
from automix_bench.dsp.spectra.long_term import bark_powers, long_term_powers, third_octave_powers
from automix_bench.dsp.spectra.mel import mel_powers
from automix_bench.dsp.spectra.short_time import _square, centred_spectra, hann, power_spectra
from automix_bench.dsp.spectra.spectral_features import frame_length, spectral_features
from automix_bench.metrics.bark_distance import bark_distance
from automix_bench.metrics.centroid_error import centroid_error
from automix_bench.metrics.log_spectral_distance import log_spectral_distance
from automix_bench.metrics.mel_snr import mel_snr
from automix_bench.metrics.mel_ssim import mel_ssim
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.mrstft_automix import mrstft_automix
from automix_bench.metrics.mrstft_mid_side import mrstft_mid_side
from automix_bench.metrics.mrstft_sum_difference import mrstft_sum_difference
from automix_bench.metrics.multi_mel_snr import multi_mel_snr
from automix_bench.metrics.rolloff_error import rolloff_error
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.metrics.tilt_error import tilt_error

PRESETS = [
    "mrstft",
    "mrstft_automix",
    "mrstft_deepafx",
    "mrstft_mid_side",
    "mrstft_sum_difference",
    "spectral_convergence",
]
FEATURES = ["centroid_error", "bandwidth_error", "rolloff_error", "flatness_error", "tilt_error"]
SPECTRA = [
    *PRESETS,
    *FEATURES,
    "third_octave_distance",
    "bark_distance",
    "contrast_error",
    "log_spectral_distance",
    "mel_snr",
    "multi_mel_snr",
    "mel_ssim",
]


def noise(seconds=2.0, channels=2, rate=RATE, seed=1, size=0.1):
    """Noise that falls by 6 dB an octave, in bursts, different in every channel."""
    white = np.random.default_rng(seed).standard_normal((channels, round(seconds * rate)))
    brown = np.cumsum(white, axis=1) - np.cumsum(white, axis=1).mean(axis=1, keepdims=True)
    bursts = 0.6 + 0.4 * np.sin(2 * np.pi * 3.0 * np.arange(white.shape[1]) / rate)
    sound = (0.05 * white + brown / np.abs(brown).max()) * bursts
    return Audio((size * sound).astype(np.float32), rate)


def mixed(one, other, amount=0.1):
    return one.with_samples(one.samples + amount * other.samples)


PAIRS = {
    "stereo": (noise(), mixed(noise(), noise(seed=2))),
    "mono": (noise(channels=1), mixed(noise(channels=1), noise(channels=1, seed=2))),
    "silent side": (noise(channels=1), noise(channels=1).scaled(0.7)),
    "louder": (noise(size=0.5), noise(size=0.9, seed=3)),
}


# --- transforms -------------------------------------------------------------------------------


def test_single_precision_is_that_of_both_and_double_otherwise():
    samples, window = noise().samples, hann(512)
    (single,) = {
        powers.dtype
        for powers in power_spectra(
            samples, window=window.astype(np.float32), hop=128, fft_size=512
        )
    }
    (double,) = {
        powers.dtype for powers in power_spectra(samples, window=window, hop=128, fft_size=512)
    }
    assert (single, double) == (np.float32, np.float64)


def test_every_bin_of_the_powers_is_filled():
    spectrum = np.array([1.0, 2.0j, 3.0 + 4.0j])
    powers = np.full(3, np.nan)
    _square(spectrum, powers)
    assert powers.tolist() == [1.0, 4.0, 25.0]


@pytest.mark.parametrize("size", [1e-30, 1e-6, 1.0, 1e6, 1e15])
def test_centred_spectra_are_librosa_s_at_every_level(size):
    import librosa

    samples = noise().samples * np.float32(size)
    ours = np.concatenate(
        list(centred_spectra(samples, width=1024, hop=256, fft_size=1024, ends="constant")), axis=1
    )
    theirs = np.abs(librosa.stft(samples.astype(np.float64), n_fft=1024, hop_length=256)) ** 2
    wanted = np.sqrt(theirs.transpose(0, 2, 1))
    # Single precision: noise 120 dB under the loudest bin.
    np.testing.assert_allclose(np.sqrt(ours), wanted, rtol=1e-5, atol=1e-6 * wanted.max())


@pytest.mark.parametrize(("fft_size", "hop", "bands"), [(512, 256, 80), (4096, 1024, 256)])
def test_mel_powers_are_librosa_s(fft_size, hop, bands):
    import librosa

    sound = noise(rate=44_100)
    with warnings.catch_warnings():
        # Bands that are narrower than bins may be empty.
        warnings.simplefilter("ignore", UserWarning)
        filters = librosa.filters.mel(
            sr=44_100, n_fft=fft_size, n_mels=bands, htk=True, norm=None, dtype=np.float64
        )
    powers = np.abs(librosa.stft(sound.samples.astype(np.float64), n_fft=fft_size, hop_length=hop))
    theirs = np.einsum("mb,cbt->ctm", filters, powers**2)
    ours = mel_powers(sound, fft_size=fft_size, hop=hop, bands=bands)
    np.testing.assert_allclose(np.sqrt(ours), np.sqrt(theirs), rtol=1e-4, atol=1e-6 * ours.max())


def test_what_is_shared_cannot_be_written_to():
    sound = noise(0.2)
    with sharing():
        powers = mel_powers(sound, fft_size=512, hop=256, bands=20)
        assert mel_powers(sound, fft_size=512, hop=256, bands=20) is powers
        assert long_term_powers(sound) is long_term_powers(sound)
    for array in (powers, long_term_powers(sound)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


# --- multi-resolution distances ---------------------------------------------------------------


def distance_by_torch(reference, estimate, resolutions, weights):
    """The equation of the docstrings, of `(channels, samples)` in double precision."""
    import torch

    found = []
    for fft_size, hop, width in resolutions:
        wanted, got = (
            torch.stft(
                torch.tensor(samples, dtype=torch.float64),
                fft_size,
                hop,
                width,
                torch.hann_window(width, dtype=torch.float64),
                return_complex=True,
            )
            .abs()
            .clamp(min=1e-4)
            for samples in (reference, estimate)
        )
        convergence = torch.linalg.norm(wanted - got) / torch.linalg.norm(wanted)
        logarithmic = (wanted.log() - got.log()).abs().mean()
        linear = (wanted - got).abs().mean()
        parts = zip(weights, (convergence, logarithmic, linear), strict=True)
        found.append(sum(weight * float(part) for weight, part in parts))
    return float(np.mean(found))


def sizes(*fft_sizes, frames):
    return [(size, size // frames, size) for size in fft_sizes]


EQUATIONS = {
    "mrstft": ([(1024, 120, 600), (2048, 240, 1200), (512, 50, 240)], (1.0, 1.0, 0.0)),
    "mrstft_automix": (sizes(512, 2048, 8192, frames=2), (0.0, 1.0, 1.0)),
    "mrstft_deepafx": (sizes(32, 128, 512, 2048, 8192, 32768, frames=2), (0.0, 1.0, 1.0)),
    "mrstft_mid_side": (sizes(4096, 2048, 1024, 512, frames=4), (0.0, 0.1, 0.9)),
    "mrstft_sum_difference": (sizes(4096, 1024, 256, frames=2), (1.0, 1.0, 0.0)),
    "spectral_convergence": (sizes(2048, frames=4), (1.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_their_equations_in_double_precision(name, pair):
    reference, estimate = PAIRS[pair]
    if name in ("mrstft_mid_side", "mrstft_sum_difference"):
        parts = [
            distance_by_torch(one(reference.samples), one(estimate.samples), *EQUATIONS[name])
            for one in (lambda x: x[:1] + x[-1:], lambda x: x[:1] - x[-1:])
        ]
        wanted = sum(parts) / 2.0
    else:
        wanted = distance_by_torch(reference.samples, estimate.samples, *EQUATIONS[name])
    value = plugin.load("metrics", name)(reference=reference, estimate=estimate)
    assert value == pytest.approx(wanted, abs=2e-5, rel=2e-5)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_do_not_depend_on_a_batch(name):
    """auraloss's convergence takes the norm of all items of a batch together; ours knows one."""
    metric = plugin.load("metrics", name)
    alone = [metric(reference=one, estimate=other) for one, other in PAIRS.values()]
    with sharing():
        together = [metric(reference=one, estimate=other) for one, other in PAIRS.values()]
    assert alone == together


def test_sum_and_difference_are_undefined_for_more_than_two_channels():
    many = noise(channels=3)
    for metric in (mrstft_mid_side, mrstft_sum_difference, bark_distance):
        assert np.isnan(metric(reference=many, estimate=many))


def test_width_added_to_a_mono_reference_is_bounded():
    mono = noise(channels=1)
    reference = mono.with_samples(np.repeat(mono.samples, 2, axis=0))
    wider = reference.with_samples(reference.samples + 1e-3 * noise(seed=4).samples)
    assert mrstft_sum_difference(reference=reference, estimate=wider) <= 50.0
    assert 0.0 < mrstft_mid_side(reference=reference, estimate=wider) < 1.0
    assert bark_distance(reference=reference, estimate=wider) <= 80.0


@pytest.mark.parametrize(("metric", "longest"), [(mrstft, 600), (mrstft_automix, 4096)])
def test_what_cannot_be_reflected_is_undefined(metric, longest):
    sound = noise().excerpt(0, longest)
    assert np.isnan(metric(reference=sound, estimate=sound))
    sound = noise().excerpt(0, longest + 1)
    assert metric(reference=sound, estimate=sound) == 0.0


# --- long-term spectra ------------------------------------------------------------------------


def test_mid_and_side_share_the_power_of_left_and_right():
    sound = noise()
    apart = [long_term_powers(sound.with_samples(sound.samples[[at]])) for at in (0, 1)]
    both = long_term_powers(sound)
    assert both.sum(axis=0) == pytest.approx(np.sum(apart, axis=(0, 1)), rel=1e-9)
    centre = on_the_left(clicks(24_000)).with_samples(np.repeat(clicks(24_000).samples, 2, axis=0))
    assert not long_term_powers(centre)[1].any()


def test_third_octaves_of_white_noise_rise_by_a_decibel_each():
    """Bands are 10^0.1 times as wide as the one below: 1 dB; a click is white without chance."""
    levels = 10 * np.log10(third_octave_powers(clicks(24_000)))
    # The widest band that is left whole at 48 kHz ends at 22.4 kHz.
    assert np.diff(levels) == pytest.approx(np.ones(29), abs=1e-6)


def test_third_octave_distance_does_not_hang_on_the_threads_of_a_matrix_product():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    values = set()
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            values.add(third_octave_distance(reference=PAIRS["stereo"][0], estimate=noise(seed=7)))
    assert len(values) == 1


def test_bark_bands_are_where_traunmueller_has_them():
    """A tone falls into the bands on either side of it, in the shares of its distance from their
    tops, here read off the published formula: 1 kHz is at 8.527 Bark."""
    ends = [(26.81 * hz / (1960 + hz) - 0.53) for hz in (20.0, 20_000.0)]
    lowest, highest = 0.85 * ends[0] + 0.3, 1.22 * ends[1] - 4.422
    place = (26.81 * 1000.0 / 2960.0 - 0.53 - lowest) / (highest - lowest) * 25
    powers = bark_powers(swelling_tones((1000.0,)))[0]
    assert set(np.argsort(powers)[-2:]) == {int(place) - 1, int(place)}
    whole = long_term_powers(swelling_tones((1000.0,))).sum()
    assert powers.sum() == pytest.approx(whole, rel=1e-3)
    assert powers[int(place)] / powers.sum() == pytest.approx(place % 1.0, abs=0.05)


@pytest.mark.parametrize("slope_db", [-6.0206, 3.0103])
def test_tilt_of_a_straight_spectrum_is_its_slope(slope_db):
    hz = np.maximum(np.arange(RATE // 2 + 1), 1.0)
    wave = np.fft.irfft(10 ** (slope_db * np.log2(hz / 1000.0) / 20.0), RATE)
    straight = Audio(np.roll(wave, RATE // 2).astype(np.float32)[np.newaxis], RATE)
    assert tilt_error.value(straight) == pytest.approx(slope_db, abs=0.1)


# --- features ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FEATURES, "contrast_error"])
@pytest.mark.parametrize("gain", [2.0**-30, 2.0**-9, 2.0**9])
def test_features_do_not_move_with_the_level(name, gain):
    reference, estimate = PAIRS["stereo"]
    metric = plugin.load("metrics", name)
    value = metric(reference=reference, estimate=estimate)
    assert metric(reference=reference, estimate=estimate.scaled(gain)) == pytest.approx(
        value, abs=1e-6
    )


def test_features_pass_over_what_is_60_db_down():
    sound = swelling_tones((1000.0,), seconds=2.0)
    hiss = 1e-5 * np.random.default_rng(5).standard_normal(RATE)
    longer = Audio(np.concatenate([sound.samples[0], hiss]).astype(np.float32)[np.newaxis], RATE)
    centroid = spectral_features(longer).centroid_hz
    assert len(centroid) < len(longer.samples[0]) / 512 * 2 / 3 + 3
    assert centroid_error.value(longer) == pytest.approx(centroid_error.value(sound), abs=0.02)


def test_features_of_plain_sounds_by_hand():
    click = spectral_features(clicks(24_000))
    assert click.centroid_hz == pytest.approx(12_000.0, rel=1e-4)
    # Bins 0 … 1024 alike: a standard deviation of sqrt((1025^2 - 1) / 12) bins.
    assert click.bandwidth_hz == pytest.approx(np.sqrt((1025**2 - 1) / 12) * RATE / 2048, rel=1e-4)
    assert click.rolloff_hz == pytest.approx(0.85 * RATE / 2, abs=RATE / 2048)
    assert click.flatness_db == pytest.approx(0.0, abs=1e-4)
    assert click.contrast_db == pytest.approx(0.0, abs=1e-3)
    # A Hann window spreads a tone on a bin over three, 1/2, 1, 1/2: 85 % are reached with the last.
    bin_hz = RATE / 2048
    tone = spectral_features(swelling_tones((100 * bin_hz,)))
    middle = len(tone.centroid_hz) // 2
    assert tone.centroid_hz[middle] == pytest.approx(100 * bin_hz, rel=1e-3)
    assert tone.rolloff_hz[middle] == pytest.approx(101 * bin_hz)


@pytest.mark.parametrize(
    ("rate", "length"),
    [(8_000, 512), (22_050, 1024), (44_100, 2048), (48_000, 2048), (96_000, 4096), (192_000, 8192)],
)
def test_frames_last_about_as_long_at_every_rate(rate, length):
    assert frame_length(rate) == length
    # The same tone reads the same at every rate that holds it.
    time = np.arange(rate) / rate
    tone = (0.1 * np.sin(2 * np.pi * 1500.0 * time) * np.sin(np.pi * time) ** 2).astype(np.float32)
    assert centroid_error.value(Audio(tone[np.newaxis], rate)) == pytest.approx(
        np.log2(1.5), abs=0.02
    )


def test_deep_tones_count_as_20_hz():
    assert centroid_error.value(swelling_tones((2.0,))) >= np.log2(20.0 / 1000.0)
    constant = Audio(np.full((1, RATE), 0.1, np.float32), RATE)
    assert np.isfinite(rolloff_error.value(constant))


# --- spectrograms -----------------------------------------------------------------------------


def test_log_spectral_distance_of_a_gain_on_noise_is_the_gain():
    white = np.random.default_rng(3).standard_normal((2, RATE)).astype(np.float32)
    sound = Audio(0.1 * white, RATE)
    value = log_spectral_distance(reference=sound, estimate=sound.scaled(0.5))
    assert value == pytest.approx(6.0206, abs=1e-3)


def test_mel_snr_sees_level_and_multi_mel_snr_does_not():
    reference, estimate = PAIRS["stereo"]
    assert mel_snr(reference=reference, estimate=reference.scaled(0.5)) == pytest.approx(
        20 * np.log10(1.0 / 0.75), abs=1e-3
    )
    value = multi_mel_snr(reference=reference, estimate=estimate)
    quieter = multi_mel_snr(reference=reference, estimate=estimate.scaled(0.1))
    assert quieter == pytest.approx(value, abs=1e-3)


def test_multi_mel_snr_survives_a_phase_that_turns_the_published_one_to_nothing():
    """Two tones a quarter turn later: the waveforms are at a right angle, the powers the same."""
    time = np.arange(RATE) / RATE
    fade = np.sin(np.pi * time) ** 2
    pair = [
        Audio((0.1 * fade * turn(2 * np.pi * 3000.0 * time)).astype(np.float32)[np.newaxis], RATE)
        for turn in (np.sin, np.cos)
    ]
    one, other = (audio.samples[0].astype(np.float64) for audio in pair)
    assert abs(one @ other) < 1e-3 * (one @ one)
    assert multi_mel_snr(reference=pair[0], estimate=pair[1]) > 60.0


def test_multi_mel_snr_takes_channels_together():
    """A channel that is silent in both does nothing."""
    one, other = PAIRS["mono"]
    value = multi_mel_snr(reference=on_the_left(one), estimate=on_the_left(other))
    assert value == pytest.approx(multi_mel_snr(reference=one, estimate=other), abs=1e-3)


def test_mel_ssim_wants_seven_frames():
    sound = noise()
    short, enough = sound.excerpt(0, 6143), sound.excerpt(0, 6144)
    assert np.isnan(mel_ssim(reference=short, estimate=short))
    assert mel_ssim(reference=enough, estimate=enough) == pytest.approx(1.0)


# --- all of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("size", [1e-30, 1e-12, 1e12])
def test_sounds_far_from_full_scale_are_measured_or_undefined(name, size):
    """Squares of such samples leave the range of single precision."""
    metric, sound = plugin.load("metrics", name), noise(1.0)
    far = sound.with_samples(sound.samples * np.float32(size))
    assert abs(metric(reference=far, estimate=far) - metric.perfect) <= metric.step
    for reference, estimate in ((sound, far), (far, sound)):
        value = metric(reference=reference, estimate=estimate)
        assert metric.low <= value <= metric.high


def test_a_song_s_spectra_take_no_more_memory_than_a_few_copies_of_it():
    """Within `sharing`, nothing but bands is kept."""
    sound = Audio(np.tile(noise(2.0).samples, (1, 10)), RATE)
    metrics = [plugin.load("metrics", name) for name in SPECTRA]
    tracemalloc.start()
    with sharing():
        for metric in metrics:
            metric(reference=sound, estimate=sound)
        kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 4 * sound.samples.nbytes
