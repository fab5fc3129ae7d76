"""Models that take a mix apart first: the level of sources, changed and estimated."""

import numpy as np
import pytest

from automix_bench.audio import Audio, total
from automix_bench.checkup.check_tracks import composed_tracks
from automix_bench.model import Brief
from automix_bench.models.balance_by_separation import BalanceBySeparation
from automix_bench.models.balance_constant import BalanceConstant
from automix_bench.models.learned.small_separator import SeparateBySmallSeparator
from automix_bench.models.remix_by_separation import RemixBySeparation
from automix_bench.separators.small_separator import SmallSeparator
from automix_bench.task_parts.balance import USUAL_LU, balance_lu
from automix_bench.task_parts.four_stems import FOUR_STEMS, four_stems, which_of_four
from automix_bench.task_parts.one_after_another import separated

RATE = 44_100
LATTER = ("harmonic_percussive",)
"""Takes drums, bass and other apart, without a network."""


def clicks_and_hum(hum_db=0.0):
    """Four seconds of a drum-like and a bass-like source, in mono pairs of channels."""
    time = np.arange(4 * RATE) / RATE
    hum = 0.1 * 10.0 ** (hum_db / 20.0) * np.sin(2.0 * np.pi * 60.0 * time)
    noise = np.random.default_rng(0).standard_normal(len(time))
    clicks = 0.3 * noise * np.exp(-60.0 * (time % 0.25))
    return {
        name: Audio(np.stack([sound, sound]).astype(np.float32), RATE)
        for name, sound in (("drums", clicks), ("bass", hum))
    }


@pytest.mark.parametrize(
    ("stem", "source"),
    [("kick", "drums"), ("vocals-2", "vocals"), ("bass", "bass"), ("pad-3", "other")],
)
def test_each_stem_belongs_to_a_source(stem, source):
    assert which_of_four(stem) == source


def test_what_is_several_sources_is_none_of_the_four():
    stems = {name: clicks_and_hum()["drums"] for name in ("vocals", "accompaniment", "residual")}
    assert set(four_stems(stems)) == {"vocals"}


def test_a_silent_mix_has_four_silent_sources():
    silence = Audio(np.zeros((2, RATE), np.float32), RATE)
    stems = separated(silence, LATTER)
    assert tuple(stems) == FOUR_STEMS
    assert not any(stem.samples.any() for stem in stems.values())


def test_the_parts_add_up_to_the_mix():
    mix = total(clicks_and_hum().values())
    parts = separated(mix, LATTER)
    assert np.abs(total(parts.values()).samples - mix.samples).max() < 1e-4


def test_the_separator_that_was_trained_here_is_a_model():
    tracks = composed_tracks().tracks
    mix, wanted = total(tracks.values()).samples, four_stems(tracks)
    stems = SeparateBySmallSeparator()(Brief(tracks)).stems
    assert set(stems) == set(FOUR_STEMS)
    assert set(wanted) == {"drums", "bass", "other"}
    assert not stems["vocals"].samples.any()
    assert np.abs(total(stems.values()).samples - mix).max() < 1e-4
    for name, source in wanted.items():
        error = np.square(stems[name].samples - source.samples).sum()
        assert error < 0.5 * np.square(mix - source.samples).sum(), name


def test_the_model_is_known_by_the_weights_of_its_separator():
    weights = SmallSeparator().fingerprint()["weights"]
    assert SeparateBySmallSeparator().fingerprint() == weights


def test_a_model_that_separates_wants_a_mix():
    with pytest.raises(ValueError, match="expected the stems of a mix, got none"):
        SeparateBySmallSeparator()(Brief({}))


def test_a_request_changes_its_source_and_leaves_the_rest():
    sources = clicks_and_hum()
    mix = total(sources.values())
    model = RemixBySeparation(LATTER)
    nothing = model(Brief({"mix": mix}, text="nothing")).stems["mix"]
    assert np.array_equal(nothing.samples, mix.samples)
    answer = model(Brief({"mix": mix}, text="bass -10.0 dB")).stems["mix"]
    wanted = total([sources["drums"], sources["bass"].scaled(10.0**-0.5)])
    error = np.linalg.norm(answer.samples - wanted.samples)
    assert error < 0.2 * np.linalg.norm(mix.samples - wanted.samples)


def test_a_track_of_a_source_moves_it_in_part():
    mix = total(clicks_and_hum().values())

    def change(text, part=0.5):
        answer = RemixBySeparation(LATTER, part)(Brief({"mix": mix}, text=text)).stems["mix"]
        return answer.samples - mix.samples

    assert np.allclose(change("kick -6.0 dB"), change("drums -3.0 dB"), atol=1e-6)
    assert np.allclose(change("kick -6.0 dB", part=1.0), change("drums -6.0 dB"), atol=1e-6)
    both = change("kick -6.0 dB, snare -2.0 dB")
    assert np.allclose(both, change("drums -2.0 dB"), atol=1e-6)
    assert not change("vocals -6.0 dB").any()  # this separator knows no such source


def test_levels_of_separated_sources_follow_the_true_ones():
    estimates, truths = [], []
    for hum_db in (0.0, 12.0):
        sources = clicks_and_hum(hum_db)
        mix = total(sources.values())
        values = BalanceBySeparation(LATTER, trust=1.0)(Brief({"mix": mix})).values
        truths.append(balance_lu(mix, sources))
        estimates.append(values)
        assert values["bass"] == pytest.approx(truths[-1]["bass"], abs=1.5)
    assert estimates[1]["bass"] > estimates[0]["bass"]
    assert estimates[1]["drums"] < estimates[0]["drums"]


def test_a_source_in_which_nothing_is_left_has_a_stated_level():
    silence = Audio(np.zeros((2, RATE), np.float32), RATE)
    values = BalanceBySeparation(LATTER, least_lu=-33.0, trust=1.0)(Brief({"mix": silence})).values
    assert values == dict.fromkeys(FOUR_STEMS, -33.0)


def test_no_level_is_lower_than_the_least():
    mix = total(clicks_and_hum(-40.0).values())
    free = BalanceBySeparation(LATTER, -90.0, 1.0)(Brief({"mix": mix})).values
    held = BalanceBySeparation(LATTER, -20.0, 1.0)(Brief({"mix": mix})).values
    assert min(free.values()) < -20.0
    assert held == {name: max(level, -20.0) for name, level in free.items()}


def test_a_level_is_believed_in_part():
    brief = Brief({"mix": total(clicks_and_hum().values())})
    at = {
        trust: BalanceBySeparation(LATTER, trust=trust)(brief).values for trust in (0.0, 0.4, 1.0)
    }
    assert at[0.0] == {name: USUAL_LU[name] for name in at[0.0]}
    for name, usual in at[0.0].items():
        assert at[0.4][name] == pytest.approx(0.6 * usual + 0.4 * at[1.0][name])


def test_the_balance_does_not_follow_the_level_of_the_mix():
    """A source near the absolute gate of BS.1770 would be lost in a quieter mix."""
    model = BalanceBySeparation(separators=LATTER)
    stems = clicks_and_hum(hum_db=-6.0)
    levels = model(Brief(stems)).values
    for gain in (0.005, 0.25, 4.0):
        quieter = {name: stem.scaled(gain) for name, stem in stems.items()}
        assert model(Brief(quieter)).values == pytest.approx(levels, abs=1e-3)
    silent = {name: stem.scaled(0.0) for name, stem in stems.items()}
    assert set(model(Brief(silent)).values) >= set(FOUR_STEMS)


def test_the_balance_of_a_mix_leaves_out_what_is_silent():
    sources = {**clicks_and_hum(), "vocals": Audio(np.zeros((2, 4 * RATE), np.float32), RATE)}
    mix = total(sources.values())
    levels = balance_lu(mix, sources)
    assert levels.keys() == {"drums", "bass"}
    assert balance_lu(mix.scaled(0.1), {n: s.scaled(0.1) for n, s in sources.items()}) == (
        pytest.approx(levels)
    )
    assert balance_lu(mix, {"all": mix}) == {"all": 0.0}


def test_the_constant_hears_nothing():
    model = BalanceConstant({"bass": -3.0})
    assert model(Brief({})).values == {"bass": -3.0}
    assert set(BalanceConstant()(Brief({})).values) == set(FOUR_STEMS)
