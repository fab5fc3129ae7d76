"""What each rule does to tracks of which the answer is known."""

import math

import numpy as np
import pytest

from automix_bench.audio import Audio, amplitude, rms_db, total
from automix_bench.dsp.filters.biquad import filtered, high_pass, high_shelf, low_pass
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.mixing_rules.band_limited_loudness import band_limited_loudness
from automix_bench.mixing_rules.bleed_aware_loudness import bleed_aware_loudness
from automix_bench.mixing_rules.blending import Blending
from automix_bench.mixing_rules.bus_glue import BusGlue, at_loudness
from automix_bench.mixing_rules.compression import Compression, ballistics_ms, dynamics
from automix_bench.mixing_rules.effect_normalisation import MUSDB18, EffectNormalisation
from automix_bench.mixing_rules.equal_loudness import TRACK_LUFS, equal_loudness, integrated
from automix_bench.mixing_rules.low_cut import LowCut
from automix_bench.mixing_rules.masking_eq import OCTAVES_HZ, MaskingEQ
from automix_bench.mixing_rules.mix_quality import band_levels_db, powers_of, shape_distance_db
from automix_bench.mixing_rules.modified_loudness import modified_loudness
from automix_bench.mixing_rules.panning import Panning, centroid_hz, is_mono
from automix_bench.mixing_rules.random_settings import Setting, random_settings, with_settings
from automix_bench.mixing_rules.reverb_sends import NAME, ReverbSends
from automix_bench.mixing_rules.role_levels import role_offsets
from automix_bench.mixing_rules.search import MixSearch, features_of
from automix_bench.mixing_rules.session import opened
from automix_bench.mixing_rules.spectral_balance import (
    BANDS_HZ,
    SpectralBalance,
    released_music_db,
)
from automix_bench.mixing_rules.spectrum_match import SpectrumMatch, side_share
from automix_bench.sampling import Seed


@pytest.fixture
def band(noise):
    """A maker of mono noise, on both channels, between two frequencies."""

    def make(low_hz, high_hz, seed=0, seconds=2.0, rms=0.1, channels=2):
        plain = noise(channels=1, seconds=seconds, seed=seed, rms=0.1)
        sections = [high_pass(low_hz, 0.707, 44_100)] * 2 + [low_pass(high_hz, 0.707, 44_100)] * 2
        shaped = filtered(plain, *sections)
        level = shaped.scaled(rms / amplitude(rms_db(shaped)))
        return level.with_samples(np.repeat(level.samples, channels, axis=0))

    return make


def effects(session, kind):
    """The effects of a kind in each strip."""
    return {t.name: [e for e in t.effects if isinstance(e, kind)] for t in session.tracks}


def test_every_track_gets_one_loudness_and_the_residual_their_mean_gain(noise):
    stems = {
        "bass": noise(rms=0.3),
        "keys": noise(rms=0.01, seed=1),
        "residual": noise(rms=0.01, seed=2),
        "silent": noise(rms=0.0),
    }
    session = equal_loudness(opened(stems), offsets_lu={"keys": 4.0})
    levels = {track.name: track.loudness_lufs for track in session.tracks}
    assert levels["bass"] == pytest.approx(TRACK_LUFS, abs=0.01)
    assert levels["keys"] == pytest.approx(TRACK_LUFS + 4.0, abs=0.01)
    gains = {name: found[0].gain_db for name, found in effects(session, Gain).items() if found}
    assert gains["residual"] == pytest.approx((gains["bass"] + gains["keys"]) / 2.0)
    assert "silent" not in gains


def test_a_track_is_blended_at_the_level_of_one_of_eight(noise):
    stems = {"submix": noise(rms=0.2), "vocals": noise(rms=0.001, seed=1)}
    session = Blending()(opened(stems))
    levels = {track.name: track.loudness_lufs for track in session.tracks}
    assert not session.tracks[0].effects
    assert levels["vocals"] - levels["submix"] == pytest.approx(3.5 - 8.45, abs=0.02)
    without = opened({"vocals": stems["vocals"]})
    assert Blending()(without) == without


def test_vocals_are_louder_than_percussion_and_unknown_names_lie_between(noise):
    names = ("vocals-1", "percussion-2", "zither", "x")
    offsets = role_offsets(opened({name: noise(seed=n) for n, name in enumerate(names)}))
    assert offsets["vocals-1"] > offsets["zither"] == offsets["x"] == 0.0 > offsets["percussion-2"]


def test_modified_loudness_weighs_highs_more(band):
    session = opened({"high": band(5_000.0, 12_000.0), "low": band(80.0, 300.0)})
    more = {
        name: lufs - integrated(session)[name] for name, lufs in modified_loudness(session).items()
    }
    assert more["high"] == pytest.approx(6.0, abs=0.3)
    assert more["low"] == pytest.approx(0.0, abs=0.1)


def test_band_limited_loudness_leaves_out_what_is_not_the_tracks_own(band):
    low, high = band(60.0, 200.0), band(3_000.0, 6_000.0, seed=1)
    session = opened({"bass": low, "keys": low + high.scaled(2.0), "hihat": high})
    less = {
        name: lufs - integrated(session)[name]
        for name, lufs in band_limited_loudness(session).items()
    }
    assert max(less.values()) <= 0.0
    assert less["bass"] > -0.5


def hits(noise, at_seconds, seed, rms=0.2):
    """Bursts of 100 ms that begin at these times, in four seconds."""
    burst = noise(channels=1, seconds=0.1, seed=seed, rms=rms).samples[0]
    samples = np.zeros((1, 4 * 44_100), np.float32)
    for start in at_seconds:
        first = round(start * 44_100)
        samples[0, first : first + burst.size] = burst
    return Audio(samples, 44_100)


def test_bleed_of_other_drums_does_not_count(noise):
    kick = hits(noise, np.arange(0.0, 4.0, 0.5), 1)
    snare = hits(noise, np.arange(0.25, 4.0, 1.0), 2)
    clean = opened({"kick": kick, "snare": snare})
    bled = opened({"kick": kick, "snare": snare.scaled(0.5) + kick.scaled(0.4)})
    truth = integrated(opened({"snare": snare.scaled(0.5)}))["snare"]
    assert integrated(bled)["snare"] > truth + 1.0
    assert bleed_aware_loudness(bled)["snare"] == pytest.approx(truth, abs=0.5)
    assert bleed_aware_loudness(bled)["kick"] == pytest.approx(integrated(bled)["kick"], abs=0.1)
    for name, lufs in bleed_aware_loudness(clean).items():
        assert lufs == pytest.approx(integrated(clean)[name], abs=0.1)


def test_a_drum_played_softly_along_has_no_bleed(noise):
    rng = np.random.default_rng(0)
    times = np.arange(0.0, 4.0, 0.25)
    kick = hits(noise, times, 1)
    along = [hits(noise, [at], n).scaled(rng.uniform(0.01, 0.4)) for n, at in enumerate(times, 5)]
    session = opened({"kick": kick, "snare": total(along)})
    assert bleed_aware_loudness(session) == integrated(session)


def test_instruments_have_no_bleed(noise):
    session = opened({"keys": noise(), "kick": noise(seed=1)})
    assert bleed_aware_loudness(session) == integrated(session)


def test_low_tracks_stay_in_the_middle_and_neighbours_part(band):
    stems = {
        "bass": band(50.0, 120.0),
        "tuba": band(60.0, 150.0, seed=1),
        "vocals": band(500.0, 2_000.0, seed=2),
        "a": band(900.0, 1_100.0, seed=3),
        "b": band(1_100.0, 1_400.0, seed=4),
        "c": band(1_400.0, 1_700.0, seed=5),
        "shaker": band(6_000.0, 12_000.0, seed=6),
    }
    panned = effects(Panning()(opened(stems)), Pan)
    places = {name: found[0].pan for name, found in panned.items() if found}
    assert places.keys() == {"a", "b", "c", "shaker"}
    assert places["b"] * places["a"] < 0.0
    assert places["b"] * places["c"] < 0.0
    assert abs(places["a"]) < abs(places["b"]) < abs(places["c"]) < abs(places["shaker"])
    assert abs(places["shaker"]) == Panning().most


def test_a_pair_goes_to_its_sides(band):
    pair = {f"overhead-{side}": band(500.0, 9_000.0) for side in ("left", "right")}
    panned = effects(Panning()(opened(pair)), Pan)
    assert {name: found[0].pan for name, found in panned.items()} == {
        "overhead-left": -1.0,
        "overhead-right": 1.0,
    }


def test_stereo_recordings_and_mono_mixes_are_not_panned(noise, band):
    assert not is_mono(noise())
    assert is_mono(band(500.0, 900.0))
    stereo = opened({"keys": noise()})
    mono = opened({"keys": band(2_000.0, 4_000.0, channels=1)})
    assert Panning()(stereo) == stereo
    assert Panning()(mono) == mono


def test_the_centroid_of_a_band_lies_in_it(band, noise):
    assert 900.0 < centroid_hz(band(900.0, 1_100.0)) < 1_100.0
    assert math.isnan(centroid_hz(noise(rms=0.0)))


def test_a_track_gives_way_only_where_it_has_little_to_lose(band):
    low, high = band(60.0, 200.0), band(3_000.0, 6_000.0, seed=1)
    stems = {"organ": low.scaled(2.0) + high.scaled(0.1), "shaker": high}
    softer = {"shaker": -40.0}
    cuts = effects(MaskingEQ(essential=2)(opened(stems), softer), PeakingEQ)
    assert not cuts["shaker"]
    assert cuts["organ"]
    for cut in cuts["organ"]:
        assert cut.gain_db < 0.0
        assert cut.frequency_hz > 1_000.0
        assert cut.frequency_hz in OCTAVES_HZ
    alone = opened({"organ": stems["organ"]})
    assert MaskingEQ()(alone) == alone


def test_a_low_cut_lies_under_what_the_track_plays(band):
    stems = {"keys": band(400.0, 900.0), "bass": band(50.0, 120.0), "pad": band(25.0, 900.0)}
    cuts = effects(LowCut()(opened(stems)), HighPass)
    assert 100.0 < cuts["keys"][0].frequency_hz <= 200.0
    assert not cuts["bass"]
    assert not cuts["pad"]


def test_ballistics_follow_the_crest_factor():
    assert ballistics_ms(2.0) == (80.0, 920.0)
    assert ballistics_ms(20.0) == pytest.approx((8.0, 92.0))
    assert ballistics_ms(1.0) == ballistics_ms(2.0)


def test_a_sine_has_a_squared_crest_of_two_and_is_not_compressed(tone, noise):
    measured = dynamics(tone(seconds=2.0))
    assert measured.crest == pytest.approx(2.0, abs=0.01)
    assert measured.rms_db == pytest.approx(-9.03, abs=0.01)
    session = Compression()(opened({"tone": tone(seconds=2.0), "kick": hits(noise, (0.5, 1.5), 1)}))
    found = effects(session, Compressor)
    assert not found["tone"]
    assert found["kick"][0].ratio > 1.0
    with pytest.raises(ValueError, match="silence"):
        dynamics(noise(rms=0.0))


def test_the_return_lies_where_it_should_and_the_kick_stays_dry(band):
    stems = {"kick": band(50.0, 100.0), "vocals": band(500.0, 4_000.0, seed=1)}
    session = ReverbSends(return_lu=-10.0)(opened(stems))
    send = session.sends[NAME]
    assert send.sends_db.keys() == {"vocals"}
    wet = send.chain(stems["vocals"].scaled(amplitude(send.sends_db["vocals"])))
    between = integrated_lufs(wet) - integrated_lufs(total(stems.values()))
    assert between == pytest.approx(-10.0, abs=0.05)


def test_the_bus_is_compressed_and_brought_to_a_loudness(noise):
    session = opened({"keys": noise(seconds=2.0)})
    mixed = at_loudness(BusGlue()(session), -19.0)
    assert [type(effect) for effect in mixed.bus] == [Compressor, Gain]
    assert integrated_lufs(mixed.mix) == pytest.approx(-19.0, abs=0.01)
    silent = opened({"keys": noise(rms=0.0)})
    assert at_loudness(BusGlue()(silent), -19.0) == silent


def test_the_spectrum_of_the_mix_moves_towards_released_music(noise):
    session = opened({"keys": noise(seconds=4.0)})
    balanced = SpectralBalance(share=1.0, most_db=12.0)(session)
    target = released_music_db(BANDS_HZ[1:])
    before, after = (
        shape_distance_db(band_levels_db(each.mix), target) for each in (session, balanced)
    )
    assert after < 0.6 * before
    gains = np.array(balanced.bus[0].gains_db)
    assert isinstance(balanced.bus[0], GraphicEQ)
    assert np.abs(gains).max() <= 12.0
    curve = released_music_db(BANDS_HZ)
    assert curve[7] == pytest.approx(0.0, abs=0.01)  # 100 Hz
    assert np.all(np.diff(curve[7:]) < 0.0)


def test_low_rates_are_not_equalised_above_half_of_them(noise):
    session = opened({"keys": noise(rate=16_000, seconds=2.0)})
    gains = np.array(SpectralBalance()(session).bus[0].gains_db)
    assert not gains[BANDS_HZ > 6_800.0].any()
    assert gains.any()


def test_spectra_do_not_depend_on_level(noise):
    levels = band_levels_db(noise(seconds=2.0))
    assert shape_distance_db(levels, levels + 3.0) == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(shape_distance_db(np.full(3, -np.inf), np.zeros(3)))


def test_unlikeness_of_a_mix_is_told_from_its_tracks(band):
    session = opened({"bass": band(50.0, 200.0), "hihat": band(5_000.0, 9_000.0, seed=1)})
    powers = powers_of(session.audible)
    settings = {"bass": Setting(3.0, 0.2), "hihat": Setting(-20.0, -0.7)}
    mix = with_settings(session, settings).mix
    shape = shape_distance_db(band_levels_db(mix), released_music_db(BANDS_HZ[1:]))
    left, right = (float(np.mean(side.astype(float) ** 2)) for side in mix.samples)
    lean = abs(10.0 * math.log10(right / left))
    assert powers.unlikeness_db(settings) == pytest.approx(shape + lean, abs=0.05)


def test_random_settings_depend_on_the_name_alone(noise):
    stems = {name: noise(seed=n) for n, name in enumerate(("a", "b", "c"))}
    some = random_settings(opened({"b": stems["b"]}), Seed(1), 6.0, 0.5)
    every = random_settings(opened(stems), Seed(1), 6.0, 0.5)
    assert every["b"] == some["b"]
    assert len({*every.values()}) == 3
    assert all(abs(one.gain_db) <= 6.0 and abs(one.pan) <= 0.5 for one in every.values())


def test_a_match_takes_spectrum_width_and_loudness_of_the_reference(noise):
    reference = filtered(noise(seconds=4.0, rms=0.05), high_shelf(3_000.0, -10.0, 0.707, 44_100))
    narrow = reference.with_samples(
        reference.samples * np.float32(0.85) + reference.samples[::-1] * np.float32(0.15)
    )
    session = SpectrumMatch()(opened({"keys": noise(seconds=4.0, seed=1)}), narrow)
    assert integrated_lufs(session.mix) == pytest.approx(integrated_lufs(narrow), abs=0.01)
    assert side_share(session.mix) == pytest.approx(side_share(narrow), rel=0.1)
    apart = shape_distance_db(band_levels_db(session.mix), band_levels_db(narrow), 20.0)
    assert apart < 1.5


def test_a_search_finds_the_gains_of_a_reference(band):
    stems = {
        "bass": band(50.0, 150.0),
        "keys": band(500.0, 1_500.0, seed=1),
        "hihat": band(5_000.0, 9_000.0, seed=2),
    }
    gains = {"bass": 6.0, "keys": -5.0, "hihat": 0.0}
    reference = total(stem.scaled(amplitude(gains[name])) for name, stem in stems.items())
    found = MixSearch(steps=1_500)(opened(stems), features_of(reference), Seed(0))
    got = {t.name: t.effects[0].gain_db for t in found.tracks}
    for name in ("bass", "keys"):
        asked = gains[name] - gains["hihat"]
        assert got[name] - got["hihat"] == pytest.approx(asked, abs=0.7)
    assert features_of(reference.scaled(0.0)) is None


def test_classes_get_the_loudness_of_the_corpus(band):
    stems = {
        "kick": band(50.0, 120.0),
        "snare": band(200.0, 5_000.0, seed=1),
        "guitar": band(300.0, 3_000.0, seed=2),
    }
    session = EffectNormalisation()(opened(stems))
    audio = {track.name: track.audio for track in session.tracks}
    drums, other = audio["kick"] + audio["snare"], audio["guitar"]
    assert integrated_lufs(drums) == pytest.approx(MUSDB18["drums"].lufs, abs=0.05)
    assert integrated_lufs(other) == pytest.approx(MUSDB18["other"].lufs, abs=0.05)
