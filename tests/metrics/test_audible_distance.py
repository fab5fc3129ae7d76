"""The metric that ranks: its ear, what it does not count, its level, and its form as a loss."""

import math

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.plain_sounds import RATE, clicks, side_by_side, tone
from automix_bench.dsp.spectra.audible import LONG_SECONDS, SHORT_SECONDS
from automix_bench.dsp.spectra.excitation import ear, excitation
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.proofs.songs import proof_songs
from automix_bench.torch import AudibleDistance

SIDES = (LONG_SECONDS, SHORT_SECONDS)


def hiss(db, *, channels=1, seconds=2.0, seed=1, rate=RATE):
    noise = np.random.default_rng(seed).standard_normal((channels, round(seconds * rate)))
    return Audio((noise * 10.0 ** (db / 20.0)).astype(np.float32), rate)


def plus(one, other):
    return one.with_samples(one.samples + other.samples)


def distance(reference, estimate):
    return audible_distance(reference=reference, estimate=estimate)


def excited(sound, seconds=LONG_SECONDS, forward_masking=False):
    own = ear(sound.rate, seconds)
    return own, np.concatenate(
        list(excitation(sound.samples, own, forward_masking=forward_masking)), axis=1
    )


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("seconds", SIDES)
def test_a_full_scale_sine_plays_at_92_db_spl_less_what_the_outer_ear_takes(rate, seconds):
    time = np.arange(rate) / rate
    sine = Audio(np.sin(2.0 * np.pi * 1_000.0 * time)[np.newaxis].astype(np.float32), rate)
    _, of_all = excited(sine, seconds)
    outer_ear_db = -2.184 + 6.5 * math.exp(-0.6 * 2.3**2) - 0.001
    total_db = 10.0 * math.log10(float(of_all[0, 20:-20].sum(axis=1).mean()))
    assert total_db == pytest.approx(92.0 + outer_ear_db, abs=0.3)


@pytest.mark.parametrize(
    ("hz", "threshold_db"),
    # Terhardt 1979: 3.64 f^-0.8 - 6.5 exp(-0.6 (f - 3.3)^2) + 0.001 f^4, f in kHz, worked out.
    [(250.0, 11.0), (1_000.0, 3.4), (3_300.0, -4.98), (8_000.0, 4.8)],
)
def test_a_tone_is_heard_from_the_threshold_in_quiet_on(hz, threshold_db):
    def loudest_over_threshold_db(db_spl):
        own, of_all = excited(tone(amplitude(db_spl - 92.0), hz=hz))
        return 10.0 * math.log10(float((of_all[0, 20:-20] / own.threshold).max()))

    # A tone gives some of its power to the bands around it, so it must be a little louder.
    assert loudest_over_threshold_db(threshold_db + 7.0) > 0.0
    assert loudest_over_threshold_db(threshold_db - 2.0) < 0.0


def test_bands_are_half_a_bark_wide_up_to_20_khz_or_half_the_rate():
    counts = {rate: len(ear(rate, LONG_SECONDS).threshold) for rate in (16_000, 44_100, 96_000)}
    bark = {hz: 7.0 * math.asinh(hz / 650.0) for hz in (20.0, 8_000.0, 20_000.0)}
    assert counts == {
        16_000: round((bark[8_000.0] - bark[20.0]) * 2),
        44_100: round((bark[20_000.0] - bark[20.0]) * 2),
        96_000: round((bark[20_000.0] - bark[20.0]) * 2),
    }


def centres_hz(own):
    """The centre of every band, on z = 7 asinh(f / 650 Hz) from 20 Hz on."""
    bark = 7.0 * np.arcsinh(20.0 / 650.0) + 0.5 * (np.arange(len(own.threshold)) + 0.5)
    return 650.0 * np.sinh(bark / 7.0)


def test_the_ear_and_its_threshold_are_terhardts_together():
    own = ear(44_100, LONG_SECONDS)
    khz = centres_hz(own) / 1_000.0
    assert 10.0 * np.log10(own.threshold) == pytest.approx(0.4 * 3.64 * khz**-0.8, abs=1e-6)
    hz = np.arange(own.fft_size // 2 + 1) * 44_100 / own.fft_size
    inside = (hz > 100.0) & (hz < 15_000.0)  # the shares of these bins add up to one
    weights_db = 10.0 * np.log10(own.in_bands.toarray().sum(axis=0)[inside])
    khz = hz[inside] / 1_000.0
    ear_db = -0.6 * 3.64 * khz**-0.8 + 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) - 0.001 * khz**3.6
    # A sine of full scale has a mean square of a half; the squared Hann window sums to 3 N / 8.
    played_db = 92.0 + 10.0 * np.log10(4.0 / (own.fft_size * 3.0 / 8.0 * own.width))
    assert weights_db == pytest.approx(played_db + ear_db, abs=1e-4)


@pytest.mark.parametrize(("bands", "db"), [(-2, -7.907), (-1, -1.890), (1, -1.313), (2, -4.305)])
def test_spreading_is_schroeders(bands, db):
    """15.81 + 7.5 x - 17.5 sqrt(1 + x^2), x = dz + 0.474, less its value at dz = 0; worked out."""
    spread = ear(44_100, LONG_SECONDS).spread.toarray()
    assert 10.0 * np.log10(spread[30 + bands, 30] / spread[30, 30]) == pytest.approx(db, abs=1e-3)


def test_spreading_keeps_the_power_and_reaches_further_up_than_down():
    spread = ear(44_100, LONG_SECONDS).spread.toarray()
    assert spread.sum(axis=0) == pytest.approx(1.0, abs=1e-4)
    assert spread[34, 30] > 10.0 * spread[26, 30]


def test_excitation_dies_away_with_the_time_constant_of_its_band():
    sound = clicks(RATE // 2)
    own, plain = excited(sound, SHORT_SECONDS)
    _, masked = excited(sound, SHORT_SECONDS, forward_masking=True)
    assert (masked >= plain).all()
    band = len(own.threshold) - 5
    later = masked[0, :, band][RATE // 2 // own.hop + 6 :][:20]
    centre_hz = 650.0 * math.sinh((7.0 * math.asinh(20.0 / 650.0) + 0.5 * (band + 0.5)) / 7.0)
    seconds = 0.008 + 0.022 * 100.0 / centre_hz
    assert later[1:] / later[:-1] == pytest.approx(math.exp(-own.hop / RATE / seconds), rel=1e-3)


@pytest.mark.parametrize("db", [-200.0, -120.0, -110.0])
def test_what_lies_under_the_threshold_of_hearing_does_not_count(db):
    begun = clicks(RATE // 2, length=2 * RATE)
    assert distance(begun, plus(begun, hiss(db))) < 1e-6


def test_what_the_reference_masks_counts_hardly_and_the_same_in_silence_much():
    loud = hiss(-20.0)
    half = loud.with_samples(loud.samples * (np.arange(loud.length) < loud.length // 2))
    added = hiss(-50.0, seed=2)
    assert distance(loud, plus(loud, added)) < 0.003
    assert distance(half, plus(half, added)) > 1.0


@pytest.mark.parametrize("level_db", [-40.0, -6.0, 3.0, 20.0])
def test_level_does_not_count_whatever_else_is_wrong(level_db):
    song = proof_songs()[0]
    wrong = song.graded("compression")[2]
    expected = distance(song.sound, wrong)
    assert expected > 0.3
    assert distance(song.sound, wrong.scaled(amplitude(level_db))) == pytest.approx(
        expected, rel=1e-4
    )


def test_the_order_of_the_pair_hardly_matters():
    song = proof_songs()[0]
    for name in ("noise", "reverb", "width"):
        one, other = song.sound, song.graded(name)[3]
        assert distance(one, other) == pytest.approx(distance(other, one), rel=3e-3)


def test_a_narrow_source_that_gets_a_little_side_is_hardly_off():
    """20 dB below the middle is what is just heard; 40 dB below it is not."""
    middle, other = hiss(-20.0), hiss(-20.0, seed=2)

    def with_side(db):
        side = other.samples * amplitude(db)
        return side_by_side(
            middle.with_samples(middle.samples + side), middle.with_samples(middle.samples - side)
        )

    values = [distance(with_side(-300.0), with_side(db)) for db in (-60.0, -40.0, -20.0, 0.0)]
    assert values[0] < values[1] < 0.001 < 0.1 < values[2] < 0.3 < 3.0 < values[3]


def test_no_side_at_all_is_worse_than_a_little():
    """What is taken away altogether still weighs as much as it was loud."""
    middle, other = hiss(-20.0), hiss(-26.0, seed=2)

    def narrowed(share):
        side = share * other.samples
        return side_by_side(
            middle.with_samples(middle.samples + side), middle.with_samples(middle.samples - side)
        )

    values = [distance(narrowed(1.0), narrowed(share)) for share in (0.9, 0.7, 0.5, 0.25, 0.1, 0.0)]
    assert values == sorted(values)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("rate", [22_050, 48_000, 96_000])
def test_the_rate_hardly_matters(rate):
    """Sounds without power near half the lowest rate."""
    import soxr

    song = proof_songs()[0]
    pair = [song.graded("low_pass")[2], song.graded("reverb")[2]]
    pair[1] = song.graded("low_pass")[3]
    there = [
        Audio(np.ascontiguousarray(soxr.resample(each.samples.T, each.rate, rate).T), rate)
        for each in pair
    ]
    assert distance(*there) == pytest.approx(distance(*pair), rel=0.05)


def test_a_reference_that_cannot_be_heard_is_undefined_and_silence_the_worst():
    quiet, loud = hiss(-130.0), hiss(-20.0)
    assert math.isnan(distance(quiet, loud))
    assert math.isnan(distance(loud.scaled(0.0), loud))
    assert distance(loud, loud.scaled(0.0)) == audible_distance.worst == 60.0
    assert distance(loud, loud.scaled(1e-9)) < 1e-4


@pytest.mark.parametrize(("over_threshold", "undefined"), [(0.7, True), (1.4, False)])
def test_a_reference_is_heard_from_the_threshold_on(over_threshold, undefined):
    loud = tone(0.1, 0.0)
    own, of_all = excited(loud)
    loudest = float((of_all / own.threshold).max())
    quiet = loud.scaled((over_threshold / loudest) ** 0.5)
    assert math.isnan(distance(quiet, loud)) == undefined


def test_a_tone_that_only_long_windows_hear_has_a_distance():
    loud = tone(0.1, 0.0)
    own, of_all = excited(loud)
    barely = loud.scaled((1.02 / float((of_all / own.threshold).max())) ** 0.5)
    short, heard = excited(barely, SHORT_SECONDS, forward_masking=True)
    assert (heard <= short.threshold).all()
    assert distance(barely, barely) == 0.0


@pytest.mark.parametrize("length", [1, 2, 100, 2_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_short_sounds_and_many_channels_have_a_value(length, channels):
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, channels, length)).astype(np.float32) * 0.1
    assert 0.0 <= distance(Audio(one, RATE), Audio(other, RATE)) <= 60.0


def by_its_equation(reference, estimate):
    """The equation on the card, cell by cell, with its constants written out."""
    values, gain = [], None
    for seconds, masked in ((0.040, False), (0.008, True)):
        own = ear(reference.rate, seconds)
        cells = []
        for sound in (reference, estimate):
            left, right = sound.samples.astype(np.float64)
            signals = np.stack([left, right, (left + right) / 2**0.5, (left - right) / 2**0.5])
            blocks = list(excitation(signals, own, forward_masking=masked))
            cells.append(np.concatenate(blocks, axis=1).astype(np.float64))
        expected, got = cells
        if gain is None:
            gain = expected[:2].sum() / got[:2].sum()
        got = got * gain
        beside = [np.minimum(expected[n], got[n]) for n in (1, 0, 3, 2)]
        least = own.threshold + 0.01 * np.stack(beside)
        apart = 10.0 * np.log10((got + least) / (expected + least))
        louder = np.maximum(np.maximum(expected, got), own.threshold)
        weights = own.threshold**0.23 * ((0.5 + 0.5 * louder / own.threshold) ** 0.23 - 1.0)
        values.append((weights * (np.sqrt(apart**2 + 1.0) - 1.0)).sum() / weights.sum())
    return sum(values) / 2.0


@pytest.mark.parametrize("name", ["noise", "compression", "reverb", "width", "codec"])
def test_the_value_is_that_of_the_equation_on_the_card(name):
    for song in proof_songs()[:2]:
        wrong = song.graded(name)[3].scaled(0.7)
        expected = by_its_equation(song.sound, wrong)
        assert distance(song.sound, wrong) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["noise", "low_pass", "clip", "compression", "reverb", "width"])
@pytest.mark.parametrize("grade", [0, 3])
def test_the_loss_equals_the_metric(name, grade):
    loss = AudibleDistance(44_100)
    for song in proof_songs()[:2]:
        pair = [
            torch.from_numpy(each.samples.copy()) for each in (song.graded(name)[grade], song.sound)
        ]
        both = loss(*(torch.stack([each, each]) for each in pair))
        expected = distance(song.sound, song.graded(name)[grade])
        assert both.tolist() == pytest.approx([expected, expected], rel=2e-4, abs=1e-5)


def test_training_on_the_loss_finds_the_filter_of_a_tone_control():
    """Six gains of bands, fitted by the loss alone, come within 1 dB of those that were used."""
    song = proof_songs()[0].sound.excerpt(0, 44_100)
    reference = torch.from_numpy(song.samples.copy())[None]
    spectrum = torch.fft.rfft(reference)
    hz = torch.fft.rfftfreq(song.length, 1.0 / song.rate)
    edges = torch.tensor([0.0, 200.0, 800.0, 3_000.0, 12_000.0, 22_050.1])
    bands = torch.bucketize(hz, edges, right=True) - 1

    def filtered(gains_db):
        return torch.fft.irfft(spectrum * 10.0 ** (gains_db[bands] / 20.0), n=song.length)

    used = torch.tensor([4.0, -3.0, 2.0, -4.0, 1.0])
    target, gains = filtered(used), torch.zeros(5, requires_grad=True)
    loss, steps = AudibleDistance(44_100), torch.optim.Adam([gains], lr=0.3)
    for _ in range(60):
        steps.zero_grad()
        loss(filtered(gains), target).mean().backward()
        steps.step()
    apart = (gains - used).detach()
    assert (apart - apart.mean()).abs().max() < 1.0


def test_the_loss_has_no_hole_where_training_could_fall_in():
    loss = AudibleDistance(44_100)
    sound = torch.from_numpy(proof_songs()[0].sound.samples.copy())[None]
    for estimate in (torch.zeros_like(sound), sound.clone(), 1e-7 * sound, 1e3 * sound):
        estimate.requires_grad_()
        value = loss(estimate, sound).mean()
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(estimate.grad).all()
    assert loss(sound, torch.zeros_like(sound)).tolist() == [0.0]
    with pytest.raises(ValueError, match="one shape"):
        loss(sound, sound[..., 1:])
