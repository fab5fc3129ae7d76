"""Every metric in the folder keeps its card, is right by hand, and agrees with an outside code."""

import functools
import itertools
import math
import shutil
import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.signal

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.dsp.spectra.short_time import hann, power_spectra
from automix_bench.metric import CHANGES, Metric
from automix_bench.metrics.crest_error import crest_error
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.sdr import sdr
from automix_bench.metrics.si_sdr import si_sdr
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.metrics.true_peak_error import true_peak_error
from automix_bench.metrics.width_error import width_error
from automix_bench.proofs import prove
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.songs import ProofSong, proof_songs

RATE = 44_100
# A metric of sets or of settings is none of a pair of sounds, and has tests of its own.
METRICS = [
    one
    for one in (plugin.load("metrics", name) for name in plugin.names("metrics"))
    if isinstance(one, Metric)
]


def every(metrics):
    """A test of each by its name: of those that are slow, and of those that are kept as they were
    published (which have their values in a file of their own), among the slow tests; of those whose
    package is not installed not at all."""
    return pytest.mark.parametrize(
        "metric", [pytest.param(one, id=one.name, marks=list(_marks(one))) for one in metrics]
    )


def _marks(metric):
    if not metric.cheap or metric.instead:
        yield pytest.mark.slow
    if absent := prove.not_installed(metric):
        yield pytest.mark.skip(reason=f"{metric.name} wants {', '.join(absent)}")


every_metric = every(METRICS)
# What was published as it is, faults and all, may fail on silence, on mono and on short sounds.
every_sound_metric = every([metric for metric in METRICS if not metric.instead])


def failed(found):
    return [proof for proof in found if proof.holds is False]


@functools.cache
def real_music():
    """The songs that `automix-bench metric` proves on."""
    return proof_songs()


@functools.cache
def music(seconds=3.0, channels=2, rate=RATE, seed=0):
    """Decaying notes and hits, each at its own place, with silence at both ends."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    sound = np.zeros((channels, len(time)))
    for onset in np.arange(0.2, seconds - 0.4, 0.12):
        since = np.maximum(time - onset, 0.0)
        pitch, place = 55.0 * 2.0 ** rng.uniform(0.0, 5.0), rng.uniform(0.1, 1.2)
        harmonics = sum(np.sin(2 * np.pi * pitch * k * since) / k for k in range(1, 8))
        hit = 0.3 * rng.standard_normal(len(time)) * np.exp(-since / 0.01)
        note = (harmonics + hit) * np.exp(-since / rng.uniform(0.05, 0.3)) * (time > onset)
        sound += (
            0.08
            * rng.uniform(0.3, 1.0)
            * np.array([[np.cos(place)], [np.sin(place)]])[:channels]
            * note
        )
    return Audio((sound * (time < seconds - 0.05)).astype(np.float32), rate)


def rotated(audio):
    """The stereo image turned by 30 degrees: the same power in all, spread anew over channels."""
    (left, right), c, s = audio.samples, np.cos(np.pi / 6), np.sin(np.pi / 6)
    return audio.with_samples(np.stack([c * left - s * right, s * left + c * right]))


def with_noise(audio, amount):
    rng = np.random.default_rng(9)
    return audio.with_samples(audio.samples + amount * rng.standard_normal(audio.samples.shape))


def clipped(audio, amount):
    peak = np.abs(audio.samples).max()
    return audio.with_samples(np.clip(audio.samples, -(1 - amount) * peak, (1 - amount) * peak))


def sine(hz, seconds=1.0, rate=48_000, amplitude=0.5, phase=0.0, fade_seconds=0.0):
    time = np.arange(round(seconds * rate)) / rate
    wave = amplitude * np.sin(2 * np.pi * hz * time + phase)
    if fade_seconds:
        edge = np.minimum(np.minimum(time, seconds - time) / fade_seconds, 1.0)
        wave = wave * (0.5 - 0.5 * np.cos(np.pi * edge))
    return wave


def mono(wave, rate=48_000):
    return Audio(np.asarray(wave, dtype=np.float32)[np.newaxis], rate)


def test_there_are_at_least_the_first_eight():
    assert {
        "crest_error",
        "loudness_error",
        "mrstft",
        "sdr",
        "si_sdr",
        "third_octave_distance",
        "true_peak_error",
        "width_error",
    } <= {metric.name for metric in METRICS}


@every_metric
def test_card_is_whole(metric, request):
    assert metric.name == request.node.callspec.id
    assert metric.unit
    assert metric.source
    assert len(metric.description.splitlines()) > 3, "a description holds an equation"
    assert metric.instead or "NaN" in metric.description, "a description says what is undefined"
    assert -math.inf < metric.low < metric.high < math.inf
    assert metric.perfect == (metric.high if metric.better == "higher" else metric.low)
    assert set(metric.blind_to) <= set(CHANGES)
    assert set(metric.sees) <= set(DEGRADATIONS)
    assert 0.0 < metric.step < metric.high - metric.low
    assert not metric.instead or metric.instead in plugin.names("metrics")


@every_metric
def test_some_value_was_worked_out_by_hand(metric):
    assert metric.known
    assert failed(prove.known_answers(metric)) == []


@every_metric
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_perfect_on_itself(metric, rate):
    sound = music(rate=rate, seconds=4.0)
    assert prove.error(metric, sound, sound) <= metric.step / 1000


@every_metric
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 22_050, 96_000, 192_000])
def test_perfect_on_itself_or_undefined_at_other_rates(metric, rate, channels):
    sound = music(rate=rate, seconds=1.0, channels=channels)
    off = prove.error(metric, sound, sound)
    assert math.isnan(off) or off <= metric.step / 1000


@every_sound_metric
@pytest.mark.parametrize("channels", [1, 2])
def test_silence(metric, channels):
    """Of a silent reference undefined, or perfect where the estimate is silent too; a silent
    estimate gets the worst value, unless the card says that silence is not seen."""
    sound = music(channels=channels, seconds=4.0)
    silence = sound.scaled(0.0)
    for estimate in (sound, silence):
        of_nothing = metric(reference=silence, estimate=estimate)
        assert math.isnan(of_nothing) or (
            of_nothing == metric.perfect if estimate is silence else of_nothing != metric.perfect
        )
    of_silence = metric(reference=sound, estimate=silence)
    if not math.isnan(metric(reference=sound, estimate=sound)):
        assert (of_silence == metric.worst) != ("silence" in metric.blind_to)


@every_metric
def test_undefined_depends_on_the_reference_alone(metric):
    sound = music(seconds=4.0)
    silence, hum = sound.scaled(0.0), with_noise(sound.scaled(0.0), 1e-4)
    click = sound.with_samples(np.eye(2, sound.length, 1000))
    offset = sound.with_samples(np.full(sound.samples.shape, 0.1))
    inverted = sound.with_samples(sound.samples * np.array([[1.0], [-1.0]]))
    for reference in (sound, silence, click, offset, sound.with_samples(sound.samples[:1])):
        estimates = [
            estimate.with_samples(estimate.samples[: reference.channels])
            for estimate in (reference, sound, silence, hum, click, offset, inverted)
        ]
        values = [metric(reference=reference, estimate=estimate) for estimate in estimates]
        assert len({math.isnan(value) for value in values}) == 1


@every_sound_metric
def test_mono_is_as_two_equal_channels(metric):
    """Neither an average nor a sum over channels changes the scale."""
    reference = music(channels=1, seconds=4.0)
    estimate = with_noise(reference, 0.01)
    twice = [
        audio.with_samples(np.repeat(audio.samples, 2, axis=0)) for audio in (reference, estimate)
    ]
    alone = metric(reference=reference, estimate=estimate)
    if not math.isnan(alone):  # undefined for mono, as what compares left with right is
        both = metric(reference=twice[0], estimate=twice[1])
        assert alone == pytest.approx(both, abs=metric.step / 1000)


@every_metric
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("amount", [1e-6, 1.0, 1e6])
def test_value_stays_within_its_range(metric, channels, amount):
    sound = music(channels=channels, seconds=4.0)
    value = metric(reference=sound, estimate=with_noise(sound, amount))
    assert isinstance(value, float)
    undefined = math.isnan(metric(reference=sound, estimate=sound))
    assert math.isnan(value) if undefined else metric.low <= value <= metric.high


@functools.cache
def notes():
    """A song for proofs."""
    return ProofSong("notes", music(seconds=4.0))


@pytest.mark.parametrize("change", CHANGES)  # varies first: a metric's pairs are kept meanwhile
@every_metric
def test_blind_to_exactly_what_it_says(metric, change):
    """On real music, and on a sound of many kinds of notes."""
    proof = prove.changed(metric, (notes(), real_music()[0]), change)
    assert proof.holds, proof


@every_metric
def test_sees_what_it_says_in_order(metric):
    assert failed(prove.orders(metric, real_music())) == []


@every_metric
def test_a_value_does_not_depend_on_the_company(metric):
    assert failed(prove.alone_and_together(metric, real_music()[:2])) == []


@every_metric
def test_agrees_with_outside_implementations(metric):
    found = list(prove.peers(metric, real_music()[:2]))
    assert failed(found) == []
    if metric.peers and all(proof.holds is None for proof in found):
        pytest.skip("; ".join(f"{proof.claim}: {proof.found}" for proof in found))


@every_metric
def test_symmetric_as_it_says(metric):
    tone = Audio(
        (np.array([[1.0], [0.3]]) * sine(1000.0, 4.0, fade_seconds=2.0)).astype("f4"), 48_000
    )
    pairs = [(one, with_noise(one.scaled(0.4), 0.02)) for one in (music(seconds=4.0), tone)]
    pairs += [(song.sound, song.graded("clip")[4]) for song in real_music()[:2]]
    differences = [
        abs(metric(reference=one, estimate=other) - metric(reference=other, estimate=one))
        for one, other in pairs
    ]
    assert (max(differences) < metric.step / 1000) == metric.symmetric


@every_metric
def test_mismatch_is_refused_by_name(metric):
    sound = music(seconds=1.0)
    shorter, lower = sound.excerpt(0, sound.length - 1), Audio(sound.samples, 48_000)
    wanted = rf"{metric.name}: .*\(2, 44100\) at 44100 Hz, got \(2, 44099\) at 44100 Hz"
    with pytest.raises(ValueError, match=wanted):
        metric(reference=sound, estimate=shorter)
    with pytest.raises(ValueError, match=rf"{metric.name}: .* at 44100 Hz, got .* at 48000 Hz"):
        metric(reference=sound, estimate=lower)
    with pytest.raises(ValueError, match=rf"{metric.name}: .*got \(1, 44100\)"):
        metric(reference=sound, estimate=sound.with_samples(sound.samples[:1]))


@every_sound_metric
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("length", [1, 2, 601, 17_640])
def test_short_audio_is_measured_or_undefined(metric, length, channels):
    sound = music(seconds=1.0, channels=channels).excerpt(12_000, length)
    off = prove.error(metric, sound, sound)
    assert math.isnan(off) or off <= metric.step / 1000
    value = metric(reference=sound, estimate=with_noise(sound, 0.01))
    assert math.isnan(value) == math.isnan(off)


@every_sound_metric
def test_memory_is_a_few_copies_of_the_sound(metric):
    if metric.packages:
        pytest.skip(f"the memory is that of {', '.join(metric.packages)}")
    sound = Audio(np.tile(music(seconds=3.0).samples, (1, 10)), RATE)
    estimate = sound.scaled(0.5)
    tracemalloc.start()
    metric(reference=sound, estimate=estimate)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # true peak holds the sound at four times its rate; loudness two copies in double precision.
    assert peak < 12 * sound.samples.nbytes


# --- each by hand, and beside an outside implementation ---------------------------------------


def test_loudness_error_by_hand():
    """Twice the amplitude is 20 log10 2 = 6.0206 dB, and the gates move along."""
    sound = music()
    assert loudness_error(reference=sound, estimate=sound.scaled(2.0)) == pytest.approx(
        6.0206, abs=1e-3
    )


def test_loudness_error_of_one_channel_muted_by_hand():
    """Two channels alike are twice the power of one: 10 log10 2 = 3.0103 LU."""
    both = Audio(np.tile(sine(997.0, 3.0), (2, 1)).astype(np.float32), 48_000)
    one = both.with_samples(both.samples * np.array([[1.0], [0.0]]))
    assert loudness_error(reference=both, estimate=one) == pytest.approx(3.0103, abs=1e-3)


def test_loudness_error_under_the_gate():
    quiet = music().scaled(1e-5)
    assert math.isnan(loudness_error(reference=quiet, estimate=music()))
    assert loudness_error(reference=music(), estimate=quiet) == loudness_error.worst


def test_loudness_error_is_undefined_under_one_block():
    sound = music().excerpt(12_000, 17_639)
    assert math.isnan(loudness_error(reference=sound, estimate=sound.scaled(0.5)))


def ebur128_state(audio):
    import pyebur128

    state = pyebur128.R128State(
        audio.channels,
        audio.rate,
        pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK,
    )
    state.add_frames(np.ascontiguousarray(audio.samples.T).ravel(), audio.length)
    return state


@pytest.mark.parametrize("seed", [1, 2])
def test_loudness_error_agrees_with_libebur128_within_a_hundredth(seed):
    import pyebur128

    reference, estimate = (
        music(seconds=5.0, seed=seed),
        with_noise(music(seconds=5.0, seed=seed), 0.1),
    )
    ours = loudness_error(reference=reference, estimate=estimate)
    wanted, got = (
        pyebur128.get_loudness_global(ebur128_state(audio)) for audio in (reference, estimate)
    )
    assert ours == pytest.approx(abs(got - wanted), abs=0.01)


def test_true_peak_error_by_hand():
    sound = music()
    assert true_peak_error(reference=sound, estimate=sound.scaled(0.5)) == pytest.approx(
        6.0206, abs=1e-3
    )


def test_true_peak_error_sees_between_the_samples():
    """A sine at a quarter of the rate, sampled at its peaks or half-way to them: the samples
    differ by 3.01 dB, the signals do not."""
    shape = {"hz": 12_000.0, "fade_seconds": 0.2}
    on_peak, off_peak = (mono(sine(**shape, phase=phase)) for phase in (0.0, np.pi / 4))
    read = [20 * np.log10(np.abs(audio.samples).max()) for audio in (on_peak, off_peak)]
    assert read[0] - read[1] == pytest.approx(3.0103, abs=1e-3)
    assert true_peak_error(reference=on_peak, estimate=off_peak) < 0.01


def test_true_peak_error_agrees_with_libebur128_within_a_fifth():
    import pyebur128

    reference, estimate = music(), with_noise(music(), 0.05)
    wanted, got = (
        20 * np.log10(max(pyebur128.get_true_peak(ebur128_state(audio), c) for c in (0, 1)))
        for audio in (reference, estimate)
    )
    ours = true_peak_error(reference=reference, estimate=estimate)
    assert ours == pytest.approx(abs(got - wanted), abs=0.2)


def test_crest_error_by_hand():
    """A sine: peak 1, RMS 1 / sqrt 2, 20 log10 sqrt 2 = 3.0103 dB. A square wave: 0 dB."""
    wave = sine(100.0)
    square = np.where(wave >= 0.0, 0.3, -0.3)
    assert crest_error(reference=mono(wave), estimate=mono(square)) == pytest.approx(
        3.0103, abs=1e-4
    )


def test_crest_error_of_one_channel_muted_by_hand():
    """The peak stays, the mean square over both channels halves: 3.0103 dB more."""
    both = Audio(np.tile(sine(100.0), (2, 1)).astype(np.float32), 48_000)
    one = both.with_samples(both.samples * np.array([[1.0], [0.0]]))
    assert crest_error(reference=both, estimate=one) == pytest.approx(3.0103, abs=1e-4)


def test_crest_error_agrees_with_libebur128_peak_and_numpy_deviation():
    import pyebur128

    def crest_db(audio):
        state = pyebur128.R128State(2, RATE, pyebur128.MeasurementMode.MODE_SAMPLE_PEAK)
        state.add_frames(np.ascontiguousarray(audio.samples.T).ravel(), audio.length)
        peak = max(pyebur128.get_sample_peak(state, channel) for channel in (0, 1))
        samples = audio.samples.astype(np.float64)
        return 20 * np.log10(peak / np.hypot(samples.std(), samples.mean()))

    reference, estimate = music(), clipped(music(), 0.5)
    ours = crest_error(reference=reference, estimate=estimate)
    assert ours == pytest.approx(abs(crest_db(estimate) - crest_db(reference)), abs=1e-4)


def of_mid_and_side(mid, side):
    return Audio(np.stack([mid + side, mid - side]).astype(np.float32), 48_000)


def test_width_error_by_hand():
    """Side at half the amplitude of mid: 20 log10 0.5 = -6.0206 dB; at the same: 0 dB."""
    mid, side = sine(100.0), sine(200.0)
    half, full = of_mid_and_side(mid, 0.5 * side), of_mid_and_side(mid, side)
    assert width_error(reference=half, estimate=full) == pytest.approx(6.0206, abs=1e-4)
    alone = of_mid_and_side(mid, 0.0 * side)
    assert width_error(reference=full, estimate=alone) == pytest.approx(60.0, abs=1e-4)
    assert width_error(reference=of_mid_and_side(0.0 * mid, side), estimate=alone) == 120.0
    left_only = of_mid_and_side(mid, mid)
    assert width_error(reference=full, estimate=left_only) == pytest.approx(0.0, abs=1e-4)


def test_width_error_agrees_with_the_correlation_of_channels():
    """For (L + R) and (L - R), (|L|^2 + |R|^2 - 2 L.R) / (|L|^2 + |R|^2 + 2 L.R)."""

    def width_db(audio):
        (ll, lr), (_, rr) = audio.samples.astype(np.float64) @ audio.samples.astype(np.float64).T
        return 10 * np.log10((ll + rr - 2 * lr) / (ll + rr + 2 * lr))

    reference, estimate = music(), rotated(music())
    ours = width_error(reference=reference, estimate=estimate)
    assert ours == pytest.approx(abs(width_db(estimate) - width_db(reference)), abs=1e-4)


def test_third_octave_distance_by_hand():
    """30 bands; the one at 1 kHz is 6.0206 dB up, the rest as they were or under the floor."""
    low, high = (sine(hz, 5.0, amplitude=0.1, fade_seconds=1.0) for hz in (1000.0, 3981.1))
    value = third_octave_distance(reference=mono(low + high), estimate=mono(2 * low + high))
    assert value == pytest.approx(6.0206 / 30, abs=1e-3)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_third_octave_distance_of_a_gain_is_the_gain(rate):
    """White noise fills every band, so all of them move by 20 log10 0.25 = -12.0412 dB."""
    noise = with_noise(Audio(np.zeros((2, 2 * rate), np.float32), rate), 0.1)
    value = third_octave_distance(reference=noise, estimate=noise.scaled(0.25))
    assert value == pytest.approx(12.0412, abs=1e-3)


def test_third_octave_distance_has_a_floor():
    """A tone against the same tone and noise more than 80 dB under it: nothing is compared."""
    tone = mono(sine(1000.0, 5.0, fade_seconds=1.0))
    value = third_octave_distance(reference=tone, estimate=with_noise(tone, 1e-6))
    assert value < 1e-3
    assert third_octave_distance(reference=tone, estimate=with_noise(tone, 1e-3)) > 5.0


def test_third_octave_distance_agrees_with_welch():
    """Within 0.05 dB of scipy's Welch spectrum at 1 Hz, summed over the bins of each band."""
    reference, estimate = (
        Audio(np.tile(audio.samples, (1, 3)), RATE)
        for audio in (with_noise(music(), 0.003), with_noise(music(), 0.02))
    )

    def bands_db(audio):
        hz, density = scipy.signal.welch(
            audio.samples.astype(np.float64),
            RATE,
            nperseg=RATE,
            noverlap=3 * RATE // 4,
            detrend=False,
        )
        edges = 1000 * 10 ** (np.arange(-16.5, 14.0) / 10)
        power = [
            density[:, (hz >= low) & (hz < high)].sum() for low, high in itertools.pairwise(edges)
        ]
        return 10 * np.log10(power)

    ours = third_octave_distance(reference=reference, estimate=estimate)
    theirs = np.mean(np.abs(bands_db(estimate) - bands_db(reference)))
    assert ours == pytest.approx(theirs, abs=0.05)


def test_third_octave_distance_agrees_with_a_bank_of_filters():
    """Within 0.3 dB of Butterworth band-passes of order 6 on a filtered noise."""
    reference = with_noise(Audio(np.zeros((1, 5 * 48_000), np.float32), 48_000), 0.1)
    tilt = scipy.signal.butter(1, 2_000.0, fs=48_000, output="sos")
    estimate = reference.with_samples(scipy.signal.sosfilt(tilt, reference.samples))

    def bands_db(audio):
        levels = []
        for centre in 1000 * 10 ** (np.arange(-16, 14) / 10):
            edges = [centre / 10**0.05, centre * 10**0.05]
            bank = scipy.signal.butter(3, edges, "bandpass", fs=48_000, output="sos")
            levels.append(np.mean(scipy.signal.sosfilt(bank, audio.samples) ** 2))
        return 10 * np.log10(levels)

    ours = third_octave_distance(reference=reference, estimate=estimate)
    theirs = np.mean(np.abs(bands_db(estimate) - bands_db(reference)))
    assert theirs > 3.0
    assert ours == pytest.approx(theirs, abs=0.3)


def test_mrstft_by_hand():
    """At half the level | |R| - |E| | = |R| / 2 everywhere: 0.5 + ln 2 at every resolution."""
    noise = with_noise(Audio(np.zeros((2, RATE), np.float32), RATE), 0.1)
    value = mrstft(reference=noise, estimate=noise.scaled(0.5))
    assert value == pytest.approx(0.5 + math.log(2.0), abs=1e-4)


@pytest.mark.parametrize(("channels", "length"), [(1, 44_100), (2, 44_100), (2, 20_011), (2, 1025)])
def test_mrstft_agrees_with_auraloss_within_a_ten_thousandth(channels, length):
    """On one item, as auraloss joins the items of a batch. Its sums are in single precision."""
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        auraloss_freq = pytest.importorskip("auraloss.freq")
    reference = music(channels=channels, seconds=2.0).excerpt(15_000, length)
    estimate = with_noise(reference.scaled(0.7), 0.01)
    theirs = auraloss_freq.MultiResolutionSTFTLoss()(
        torch.from_numpy(estimate.samples.copy())[None],
        torch.from_numpy(reference.samples.copy())[None],
    )
    ours = mrstft(reference=reference, estimate=estimate)
    assert ours == pytest.approx(float(theirs), rel=1e-4)


def test_power_spectra_agree_with_scipy_and_do_not_hang_on_the_blocks():
    sound, window = with_noise(music(), 0.01), hann(600)
    blocks = list(power_spectra(sound.samples, window=window, hop=120, fft_size=1024))
    assert len(blocks) > 2
    theirs = scipy.signal.ShortTimeFFT(window, 120, RATE, mfft=1024, phase_shift=None)
    ours = np.concatenate(blocks, axis=1)
    # scipy numbers its frames from before the start; the one centred on 300 begins at sample 0.
    wanted = theirs.spectrogram(sound.samples, k_offset=300, p0=0, p1=ours.shape[1])
    np.testing.assert_allclose(ours, np.moveaxis(wanted, 1, 2), atol=1e-9)


def test_si_sdr_by_hand():
    """s = (3, 4, 0), e = (6, 8, 1): a = 50 / 25 = 2, ||2 s||^2 = 100, ||2 s - e||^2 = 1: 20 dB."""
    value = si_sdr(reference=mono([3, 4, 0]), estimate=mono([6, 8, 1]))
    assert value == pytest.approx(20.0, abs=1e-9)
    assert si_sdr(reference=mono([3, 4, 0]), estimate=mono([0, 0, 1])) == si_sdr.worst


def test_si_sdr_has_one_scale_for_both_channels():
    """s = (1 | 1), e = (1 | 3): a = 4 / 2 = 2, ||2 s||^2 = 8, ||2 s - e||^2 = 2: 6.0206 dB."""
    reference = Audio(np.array([[1.0], [1.0]], np.float32), RATE)
    estimate = Audio(np.array([[1.0], [3.0]], np.float32), RATE)
    assert si_sdr(reference=reference, estimate=estimate) == pytest.approx(6.0206, abs=1e-4)


@pytest.mark.parametrize("amount", [0.001, 0.1])
def test_si_sdr_agrees_with_torchmetrics_and_fast_bss_eval(amount):
    """Within 0.001 dB, both channels laid end to end."""
    torch = pytest.importorskip("torch")
    fast_bss_eval = pytest.importorskip("fast_bss_eval")
    audio = pytest.importorskip("torchmetrics.functional.audio")
    reference = music()
    estimate = with_noise(reference.scaled(0.5), amount)
    flat = [sound.samples.astype(np.float64).reshape(1, -1) for sound in (reference, estimate)]
    theirs = audio.scale_invariant_signal_distortion_ratio(*map(torch.from_numpy, flat[::-1]))
    ours = si_sdr(reference=reference, estimate=estimate)
    assert ours == pytest.approx(float(theirs), abs=1e-3)
    assert ours == pytest.approx(float(fast_bss_eval.si_sdr(*flat)[0]), abs=1e-3)


def test_sdr_by_hand():
    """s = (3, 4), e = (3, 4.5): 25 / 0.25 = 100: 20 dB. At half the level, 1 / 0.25: 6.0206 dB."""
    assert sdr(reference=mono([3, 4]), estimate=mono([3, 4.5])) == pytest.approx(20.0, abs=1e-9)
    assert sdr(reference=mono([3, 4]), estimate=mono([1.5, 2])) == pytest.approx(6.0206, abs=1e-4)
    assert sdr(reference=mono([3, 4]), estimate=mono([-3, -4])) == pytest.approx(-6.0206, abs=1e-4)


def test_sdr_agrees_with_torchmetrics():
    """Its signal-to-noise ratio is this equation; within 0.001 dB."""
    torch = pytest.importorskip("torch")
    audio = pytest.importorskip("torchmetrics.functional.audio")
    reference = music()
    estimate = with_noise(reference.scaled(0.9), 0.01)
    flat = [
        torch.from_numpy(sound.samples.reshape(1, -1).copy()) for sound in (estimate, reference)
    ]
    theirs = float(audio.signal_noise_ratio(*flat))
    assert sdr(reference=reference, estimate=estimate) == pytest.approx(theirs, abs=1e-3)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="museval wants ffmpeg when imported")
def test_sdr_is_that_of_bss_eval_where_no_filter_helps():
    """Unrelated noise cannot be explained by filtering white noise: museval's SDR over the whole
    song, both channels, is then ours, but for the part that 512 taps fit by chance (0.05 dB)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        museval = pytest.importorskip("museval.metrics")
        reference = with_noise(Audio(np.zeros((2, 2 * RATE), np.float32), RATE), 0.1)
        rng = np.random.default_rng(3)
        noise = 0.03 * rng.standard_normal(reference.samples.shape)
        estimate = reference.with_samples(reference.samples + noise)
        shown = [audio.samples.T[np.newaxis].astype(np.float64) for audio in (reference, estimate)]
        theirs = museval.bss_eval(*shown, window=np.inf, hop=np.inf, compute_permutation=False)[0]
    ours = sdr(reference=reference, estimate=estimate)
    assert ours == pytest.approx(float(theirs.item()), abs=0.1)
