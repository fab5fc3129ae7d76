"""Faults are found where they were put, not where there are none, and only once."""

import json
import math

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.aliasing import aliasing
from automix_bench.dsp.artifacts.artifact import Artifact
from automix_bench.dsp.artifacts.clicks import clicks
from automix_bench.dsp.artifacts.clipping import clipped_runs
from automix_bench.dsp.artifacts.find import DETECTORS, UNITS, artifacts
from automix_bench.dsp.artifacts.gain_jumps import gain_jumps
from automix_bench.dsp.artifacts.gaps import drop_outs, gaps
from automix_bench.dsp.artifacts.offset import dc_offset_db, dc_offsets
from automix_bench.dsp.artifacts.pre_echo import excess_db, onsets, pre_echoes
from automix_bench.dsp.families.excess import per_minute
from automix_bench.dsp.plain_sounds import tone
from automix_bench.effects.overdrive import Overdrive
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.errors import UsageError
from automix_bench.evaluation.sound_properties import properties
from automix_bench.files.decode import decode
from automix_bench.metrics.aliasing import aliasing as aliasing_metric
from automix_bench.metrics.clicks import clicks as clicks_metric
from automix_bench.metrics.clipped_runs import clipped_runs as clipped_metric
from automix_bench.metrics.dc_offset import dc_offset
from automix_bench.metrics.gaps import gaps as gaps_metric
from automix_bench.metrics.pre_echo import pre_echo
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.songs import proof_songs

RATE = 44_100


def hits(seconds=4.0, every=0.4, rate=RATE):
    """Drum hits: noise that dies away, sharp at its beginning, with a hum and faint hiss below."""
    rng, time = np.random.default_rng(1), np.arange(round(seconds * rate)) / rate
    since = (time - 0.2) % every
    sound = 0.3 * rng.standard_normal(len(time)) * np.exp(-since / 0.03) * (time > 0.2)
    sound += 0.1 * np.sin(2 * np.pi * 110 * time) + 1e-4 * rng.standard_normal(len(time))
    return Audio(np.stack([sound, 0.8 * sound]).astype(np.float32), rate)


def places(found):
    return [(one.channel, one.sample) for one in found]


# --- gain jumps -----------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_a_jump_of_the_gain_is_found_where_it_is(rate):
    sound = hits(seconds=6.0, rate=rate)
    steps = np.where(np.arange(sound.length) < 2.5 * rate, 1.0, 0.5)
    steps = np.where(np.arange(sound.length) < 4.5 * rate, steps, 1.0)
    jumped = sound.with_samples(sound.samples * steps)
    down, up = gain_jumps(reference=sound, estimate=jumped)
    for jump, at, size in ((down, 2.5, -6.02), (up, 4.5, 6.02)):
        middle = (jump.sample + jump.length / 2) / rate
        assert middle == pytest.approx(at, abs=0.08)
        assert jump.size == pytest.approx(size, abs=0.5)


def test_no_jump_is_found_in_a_slow_ride_in_another_balance_of_one_band_or_in_a_single_hit():
    noise = 0.1 * np.random.default_rng(4).standard_normal((2, 6 * RATE))
    sound = Audio(noise.astype(np.float32), RATE)
    time = np.arange(sound.length) / RATE
    ridden = sound.with_samples(sound.samples * 10.0 ** (0.25 * np.sin(time)))
    hum = sound.samples + np.where(time > 3.0, 0.3, 0.0) * np.sin(2 * np.pi * 110 * time)
    single = sound.samples * np.where((time > 2.98) & (time < 3.06), 4.0, 1.0)
    for other in (ridden, sound.with_samples(hum), sound.with_samples(single)):
        assert gain_jumps(reference=sound, estimate=other) == ()


# --- clicks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_a_jump_is_found_where_it_is(rate):
    sound = hits(rate=rate)
    at = round(1.1 * rate)
    jumped = sound.samples.copy()
    jumped[1, at] += 0.2
    assert clicks(sound) == ()
    assert places(clicks(sound.with_samples(jumped))) == [(1, at)]


def test_a_cut_within_a_tone_is_a_click():
    whole = tone(0.3, hz=443.0, seconds=2.0).samples[0]
    cut = np.concatenate([whole[:40_000], whole[40_030:]])
    (found,) = clicks(Audio(cut[np.newaxis], 48_000))
    assert abs(found.sample - 40_000) <= 1
    assert found.size > 26.0


def test_attacks_of_drums_and_real_music_have_no_clicks():
    assert clicks(hits()) == ()
    for song in proof_songs():
        assert per_minute(clicks(song.sound), song.sound, 0.001) <= 30.0, song.name


def test_most_of_audible_jumps_in_real_music_are_found():
    song = proof_songs()[0].sound
    at = np.arange(5_000, song.length - 5_000, 9_973)
    jumped = song.samples.copy()
    jumped[:, at] += 0.5
    found = np.array([sample for _, sample in places(clicks(song.with_samples(jumped)))])
    near = [np.abs(found - one).min() <= 1 for one in at]
    assert sum(near) >= 0.7 * len(at)


def test_noise_that_breaks_off_is_no_click_and_two_jumps_side_by_side_are_one():
    noise = 0.1 * np.random.default_rng(3).standard_normal((1, RATE))
    noise[:, RATE // 2 :] *= 1e-3
    assert clicks(Audio(noise.astype(np.float32), RATE)) == ()
    jumped = hits().samples.copy()
    jumped[0, [57_330, 57_350]] += 0.3
    assert places(clicks(hits().with_samples(jumped))) == [(0, 57_330)]


def test_what_lies_at_the_ends_is_no_click():
    step = np.full((1, RATE), 0.3, np.float32)
    assert clicks(Audio(step, RATE)) == ()
    assert clicks(Audio(step[:, :50], RATE)) == ()


def test_clicks_within_a_millisecond_count_once_whatever_the_channel():
    found = [Artifact("click", channel, at, 1, 30.0) for channel, at in ((0, 9), (1, 20), (0, 99))]
    assert per_minute(found, Audio(np.ones((2, RATE), np.float32), RATE), 0.001) == 120.0
    assert math.isnan(per_minute(found, Audio(np.zeros((2, RATE), np.float32), RATE), 0.001))


# --- clipped runs ---------------------------------------------------------------------------


@pytest.mark.parametrize("ceiling", [1.0, 0.4])
def test_flat_tops_are_found_at_and_below_full_scale(ceiling):
    loud = tone(1.5 * ceiling, hz=100.0, seconds=0.1).samples
    found = clipped_runs(Audio(np.clip(loud, -ceiling, ceiling), 48_000))
    assert len(found) == 20
    assert {round(one.size, 3) for one in found} == {round(20 * math.log10(ceiling), 3)}
    # |sin| > 2/3 for 1 - 2 asin(2/3) / pi of each half-wave of 240 samples: 128.5.
    assert {one.length for one in found} <= {127, 128, 129}
    first = math.asin(2 / 3) / (2 * math.pi * 100) * 48_000
    assert found[0].sample == math.ceil(first)


def test_low_notes_in_16_bits_are_not_clipped():
    quiet = Audio(np.round(tone(0.05, hz=30.0).samples * 32_768) / np.float32(32_768), 48_000)
    equal = np.diff(quiet.samples[0]) == 0.0
    assert (equal[1:] & equal[:-1]).any(), "there are three equal samples in a row"
    assert clipped_runs(quiet) == ()


def test_silence_offset_and_plateaus_on_the_way_are_not_clipped():
    steps = np.repeat(np.array([0.0, 0.1, 0.2, 0.3, 0.2, 0.1, 0.0]), 5)[np.newaxis]
    found = clipped_runs(Audio(steps.astype(np.float32), 1_000))
    assert places(found) == [(0, 15)]
    for row in ([0.0, 0.2, 0.2, 0.2, 0.1, 0.5, 0.1, 0.0], [0.0, 0.1, 0.2, 0.2, 0.1, 0.0]):
        assert clipped_runs(Audio(np.array([row], dtype=np.float32), 1_000)) == ()
    assert clipped_runs(Audio(np.zeros((1, 100), np.float32), RATE)) == ()
    assert clipped_runs(Audio(np.full((1, 100), 0.5, np.float32), RATE)) == ()


# --- gaps -----------------------------------------------------------------------------------


def with_a_gap(sound, start, length, channel=0):
    samples = sound.samples.copy()
    samples[channel, start : start + length] = 0.0
    return sound.with_samples(samples)


def test_a_gap_is_found_with_and_without_the_reference():
    sound = tone(0.3, 0.3, hz=997.0)
    broken = with_a_gap(sound, 20_000, 960, channel=1)
    (gap,) = gaps(broken)
    assert (gap.channel, abs(gap.sample - 20_000) <= 1) == (1, True)
    assert abs(gap.length - 960) <= 2
    (lost,) = drop_outs(reference=sound, estimate=broken)
    assert lost.channel == 1
    assert 20_000 <= lost.sample < 20_048
    assert lost.length in (19 * 48, 20 * 48)
    assert lost.size == 120.0
    assert drop_outs(reference=sound, estimate=with_a_gap(sound, 20_000, 100)) == ()


def test_a_rest_is_no_gap_and_a_copy_has_none():
    rest = np.concatenate([np.exp(-np.arange(9_600) / 960), np.zeros(4_800), np.ones(9_600)])
    sound = Audio((tone(0.3, seconds=0.5).samples * rest).astype(np.float32), 48_000)
    assert gaps(sound) == ()
    assert drop_outs(reference=sound, estimate=sound.scaled(0.25)) == ()


def test_a_gap_that_the_reference_does_not_have_is_lost_however_long():
    sound = hits()
    half = with_a_gap(with_a_gap(sound, 0, sound.length // 2, 0), 0, sound.length // 2, 1)
    assert gaps_metric(reference=sound, estimate=half) == pytest.approx(50.0, abs=0.5)
    assert gaps_metric(reference=half, estimate=sound) == 0.0
    assert gaps_metric(reference=sound, estimate=sound.scaled(0.001)) == 0.0


# --- DC offset ------------------------------------------------------------------------------


def test_dc_offset_is_that_of_the_worse_channel():
    sound = tone(0.3, 0.3)
    lifted = sound.with_samples(sound.samples + np.array([[0.001], [0.03]]))
    # RMS: sqrt((2 * 0.045 + 0.001^2 + 0.03^2) / 2) = 0.213190
    assert dc_offset_db(lifted) == pytest.approx(20 * math.log10(0.03 / 0.21319), abs=1e-3)
    assert [one.channel for one in dc_offsets(lifted)] == [1]
    assert dc_offset(reference=lifted, estimate=sound) == 0.0
    assert dc_offset(reference=sound, estimate=lifted) == pytest.approx(22.967, abs=1e-2)
    assert math.isnan(dc_offset(reference=tone(0.3, seconds=0.3), estimate=tone(0.3, seconds=0.3)))


# --- pre-echo -------------------------------------------------------------------------------


def test_onsets_are_where_the_drum_is_hit():
    at = onsets(hits()) * 44 / RATE
    assert np.abs(at - np.arange(0.2, 4.0, 0.4)).max() <= 0.002
    assert len(onsets(tone(0.3).excerpt(0, 1_000))) == 0


def test_pre_echo_is_told_of_the_onset_it_is_ahead_of():
    sound = hits()
    samples = sound.samples.copy()
    begin, end = round(0.985 * RATE), round(0.998 * RATE)
    samples[:, begin:end] += 0.03 * np.random.default_rng(2).standard_normal(end - begin)
    smeared = sound.with_samples(samples)
    (found,) = pre_echoes(reference=sound, estimate=smeared)
    assert found.sample <= begin < found.sample + found.length
    assert found.size > 10.0
    assert pre_echo(reference=sound, estimate=smeared) == pytest.approx(found.size / 10, abs=0.1)


def test_what_follows_an_onset_is_no_pre_echo_and_a_lost_onset_is_the_worst():
    sound = hits(seconds=0.55)
    (at,) = onsets(sound) * 44
    longer = sound.samples.copy()
    longer[:, at + 1_500 :] *= 3.0
    assert excess_db(reference=sound, estimate=sound.with_samples(longer)) == pytest.approx([0.0])
    lost = with_a_gap(with_a_gap(sound, at - 2_000, 4_000, 0), at - 2_000, 4_000, 1)
    assert pre_echo(reference=sound, estimate=lost) == 50.0


# --- aliasing -------------------------------------------------------------------------------


def music(rate=RATE):
    """A real song, taken to be of that rate."""
    return Audio(proof_songs()[0].sound.samples[:, : 3 * RATE], rate)


def half_of_the_samples(sound):
    return sound.with_samples(sound.samples * (np.arange(sound.length) % 2 == 0))


def held(sound, times):
    return sound.with_samples(np.repeat(sound.samples[:, ::times], times, axis=1))


def by_linear_interpolation(sound, rate):
    """To another rate and back."""
    there = np.arange(0, sound.length, sound.rate / rate)
    here = np.arange(sound.length)
    rows = [np.interp(here, there, np.interp(there, here, one)) for one in sound.samples]
    return sound.with_samples(np.array(rows))


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize(
    "spoil",
    [
        half_of_the_samples,
        lambda s: held(s, 3),
        lambda s: held(s, 8),
        lambda s: by_linear_interpolation(s, 8_000),
        lambda s: by_linear_interpolation(s, 12_000),
    ],
    ids=["every second sample", "held three times", "held eight times", "8 kHz", "12 kHz"],
)
def test_what_a_change_of_rate_without_a_filter_leaves_is_aliasing(spoil, rate):
    sound = music(rate)
    found = aliasing(reference=sound, estimate=spoil(sound))
    assert {one.channel for one in found} == {0, 1}
    assert sum(one.length for one in found) >= 0.2 * sound.length * sound.channels
    assert all(-50.0 < one.size < 0.0 for one in found)


@pytest.mark.parametrize("moved_hz", [-12_000.0, 12_000.0])
def test_what_was_moved_up_or_down_by_another_rate_is_found(moved_hz):
    """By so much alone, without its mirror image: what lay above that rate, or below."""
    noise = 0.1 * np.random.default_rng(3).standard_normal((1, 3 * RATE))
    spectrum, hz = np.fft.rfft(noise), np.fft.rfftfreq(3 * RATE, 1 / RATE)
    spectrum[:, hz < 13_000.0 if moved_hz < 0.0 else hz > 9_000.0] = 0.0
    by = round(moved_hz * 3)  # bins
    copy = np.roll(spectrum, by, axis=1)
    clean, added = np.fft.irfft(spectrum, 3 * RATE), np.fft.irfft(copy, 3 * RATE)
    sound = Audio(clean.astype(np.float32), RATE)
    (found,) = aliasing(reference=sound, estimate=sound.with_samples(clean + 0.1 * added))
    assert found.length == sound.length
    assert found.size == pytest.approx(-20.0, abs=1.0)


def test_aliasing_is_found_where_it_is_and_how_loud_it_is():
    sound = music()
    mirrored = sound.samples * (-1.0) ** np.arange(sound.length)
    for level_db in (-10.0, -30.0, -60.0):
        samples = sound.samples.copy()
        samples[1, RATE : 2 * RATE] += 10.0 ** (level_db / 20.0) * mirrored[1, RATE : 2 * RATE]
        (found,) = aliasing(reference=sound, estimate=sound.with_samples(samples))
        assert (found.channel, found.sample, found.length) == (1, RATE, RATE)
        assert level_db - 10.0 < found.size < level_db + 0.5


def one_song_and_more_at_night():
    """Twenty seconds each, so the composed ones are left to the nightly target."""
    first, *others = proof_songs()
    return [first, *(pytest.param(song, marks=pytest.mark.slow) for song in others)]


@pytest.mark.parametrize("song", one_song_and_more_at_night(), ids=lambda song: song.name)
def test_no_other_damage_to_real_music_is_aliasing(song):
    for name in DEGRADATIONS:
        for estimate in song.graded(name)[::2]:
            assert aliasing(reference=song.sound, estimate=estimate) == (), name


def held_note(hz, rate, plucks):
    """A sawtooth without aliasing, held or plucked so many times a second."""
    time = np.arange(3 * rate) / rate
    harmonics = np.arange(1, int(0.15 * rate / hz) + 1)[:, np.newaxis]
    wave = (np.sin(2.0 * np.pi * hz * harmonics * time + harmonics) / harmonics).sum(axis=0)
    if plucks:
        wave *= np.exp(-(time * plucks % 1.0) * 4.0)
    return Audio((0.5 * wave / np.abs(wave).max())[np.newaxis].astype(np.float32), rate)


@pytest.mark.parametrize(
    ("hz", "rate"), [(97.9989, 44_100), (110.0, 44_100), (100.0, 48_000), (50.0, 48_000)]
)
@pytest.mark.parametrize("plucks", [0, 4])
def test_the_harmonics_of_a_note_that_is_distorted_are_no_aliasing(hz, rate, plucks):
    """Also where the tones that are looked for are multiples of its pitch."""
    sound = held_note(hz, rate, plucks)
    for spoiled in (
        SoftClip(6.0)(sound),
        SoftClip(12.0)(sound),
        Overdrive(12.0, 4_000.0)(sound),
        sound.with_samples(sound.samples + sound.samples**2),
    ):
        assert aliasing(reference=sound, estimate=spoiled) == ()


def test_a_change_of_rate_with_a_good_filter_leaves_no_aliasing():
    import soxr

    sound = music()
    there = soxr.resample(sound.samples.T, RATE, 22_050, quality="VHQ")
    back = soxr.resample(there, 22_050, RATE, quality="VHQ").T[:, : sound.length]
    assert aliasing(reference=sound, estimate=sound.with_samples(back)) == ()


def test_aliasing_of_the_silent_the_short_and_the_same():
    sound = music().excerpt(0, 52_000)
    silence, short = sound.scaled(0.0), sound.excerpt(0, 8_000)
    assert aliasing(reference=sound, estimate=sound) == ()
    assert aliasing(reference=silence, estimate=sound) == ()
    assert aliasing(reference=sound, estimate=silence) == ()
    assert aliasing(reference=short, estimate=half_of_the_samples(short)) == ()
    assert math.isnan(aliasing_metric(reference=short, estimate=short))
    assert aliasing_metric(reference=sound, estimate=held(sound, 2)) > -20.0


# --- all of them ----------------------------------------------------------------------------


def broken(sound):
    samples = sound.samples.copy()
    samples[0, round(1.1 * RATE)] += 0.3
    samples[:, round(1.5 * RATE) : round(1.52 * RATE)] = 0.0
    ceiling = 0.5 * np.abs(samples).max()
    return sound.with_samples(np.clip(samples, -ceiling, ceiling))


def test_what_the_reference_has_too_is_left_out():
    sound = hits()
    kinds = {one.kind for one in artifacts(broken(sound), sound)}
    assert kinds == {"click", "clipped run", "gap", "drop-out"}
    assert artifacts(broken(sound), broken(sound)) == ()
    assert artifacts(sound, broken(sound)) == ()
    lifted, more = (sound.with_samples(sound.samples + offset) for offset in (0.01, 0.04))
    assert [one.kind for one in artifacts(more, lifted)] == ["DC offset", "DC offset"]
    assert artifacts(lifted, more) == ()
    with pytest.raises(UsageError, match="44100"):
        artifacts(sound, sound.excerpt(0, 1_000))


def test_faults_of_a_sound_are_in_order_and_have_a_unit():
    found = artifacts(broken(hits()))
    assert [one.sample for one in found] == sorted(one.sample for one in found)
    assert {one.kind for one in found} <= set(UNITS)


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("length", [1, 2, 44, 100, 2_000])
@pytest.mark.parametrize("rate", [8_000, 192_000])
def test_nothing_is_too_short(channels, length, rate):
    rng = np.random.default_rng(0)
    sound = Audio(rng.standard_normal((channels, length)).astype(np.float32), rate)
    assert artifacts(sound, sound) == ()
    artifacts(sound.scaled(0.0), sound)


def test_the_louder_fault_makes_the_larger_value():
    sound = hits()
    for metric in (clicks_metric, clipped_metric, gaps_metric):
        assert metric(reference=sound, estimate=broken(sound)) > metric.step
        assert metric(reference=broken(sound), estimate=sound) == 0.0


# --- the commands ---------------------------------------------------------------------------


def written(folder, name, sound):
    soundfile.write(folder / name, sound.samples.T, sound.rate, subtype="FLOAT")
    return str(folder / name)


def test_artifacts_command_says_where(tmp_path):
    clean, bad = hits(), broken(hits())
    files = written(tmp_path, "bad.wav", bad), written(tmp_path, "clean.wav", clean)
    shown = CliRunner().invoke(cli.app, ["artifacts", files[0], "--reference", files[1]])
    assert shown.exit_code == 0
    assert "1.1000" in shown.output
    assert "clipped run" in shown.output
    said = CliRunner().invoke(cli.app, ["artifacts", files[0], "--json"])
    facts = json.loads(said.output)["artifacts"]
    assert len(facts) == len(artifacts(bad))
    assert facts[0]["seconds"] == facts[0]["sample"] / RATE
    none = CliRunner().invoke(cli.app, ["artifacts", files[1]])
    assert "no artifacts found" in none.output


def test_measure_command_prints_every_property(tmp_path):
    file = written(tmp_path, "hits.wav", hits())
    said = json.loads(CliRunner().invoke(cli.app, ["measure", file, "--json"]).output)[file]
    assert {"loudness", "width", "clicks", "correlation"} <= set(said)
    found = {one.name: one.value for one in properties(decode(tmp_path / "hits.wav"))}
    assert said["width"]["value"] == found["width"]
    assert said["clicks"] == {"value": 0.0, "unit": "per minute"}
    shown = CliRunner().invoke(cli.app, ["measure", file, file])
    assert shown.exit_code == 0
    assert f"{found['correlation']:.3f}" in shown.output


def test_measure_command_says_what_is_undefined(tmp_path):
    file = written(tmp_path, "silence.wav", hits().scaled(0.0))
    said = json.loads(CliRunner().invoke(cli.app, ["measure", file, "--json"]).output)[file]
    assert said["width"]["value"] is None


def test_each_kind_has_one_detector_that_needs_a_reference_or_not():
    assert len({one.kind for one in DETECTORS}) == len(DETECTORS) == len(UNITS) == 8
    for one in DETECTORS:
        assert (one.find is None) != (one.compare is None), one.kind
