"""Files that are a mix of others are found by their sound, and true stems are not."""

import numpy as np
import pytest

from automix_bench.audio import Audio, total
from automix_bench.errors import Rejected
from automix_bench.music.gram import _BLOCK, _BLOCKS
from automix_bench.music.stem_sum import shifted, spread_blocks
from automix_bench.music.sub_mixes import refuse_sub_mixes, sub_mixes
from automix_bench.sources.composed import Composed

NAMES = ("bass.wav", "drums.wav", "other.wav", "vocals.wav")


@pytest.fixture
def stems(noise):
    return {name: noise(seed=n, seconds=1.0, rms=0.05 + 0.02 * n) for n, name in enumerate(NAMES)}


def added(stems, *names, gains=None):
    gains = gains or (1.0,) * len(names)
    return total(stems[name].scaled(gain) for name, gain in zip(names, gains, strict=True))


def found(stems, mix=None):
    return {each.name: each.parts for each in sub_mixes(stems, mix)}


@pytest.mark.parametrize(
    ("name", "parts", "gain"),
    [
        ("Full Mix.wav", NAMES, 1.0),
        ("Master.wav", NAMES, 0.1),
        ("linear_mixture.wav", NAMES, 3.0),
        ("accompaniment.wav", NAMES[:3], 1.0),
        ("x.wav", NAMES[2:], 1.0),
        ("vocals.flac", NAMES[3:], 1.0),
        ("vocals quiet.flac", NAMES[3:], 0.05),
    ],
)
def test_a_mix_a_sub_mix_and_a_copy_are_found_whatever_they_are_called(stems, name, parts, gain):
    mixed = found({**stems, name: added(stems, *parts).scaled(gain)})
    if len(parts) > 1:
        assert mixed == {name: parts}
    else:
        assert mixed in ({name: parts}, {parts[0]: (name,)})


def test_a_rough_mix_at_other_levels_is_found(stems):
    rough = added(stems, *NAMES, gains=(0.5, 1.0, 1.4, 0.8))
    assert found({**stems, "rough.wav": rough}) == {"rough.wav": NAMES}


def test_several_are_found_at_once(stems):
    more = {"all.wav": added(stems, *NAMES), "band.wav": added(stems, *NAMES[:3])}
    assert found({**stems, **more}).keys() == more.keys()


@pytest.mark.parametrize("lag", [-1105, 529])
def test_a_mix_that_an_export_has_moved_is_found(stems, lag):
    (mixed,) = sub_mixes({**stems, "m.mp3": shifted(added(stems, *NAMES), lag)})
    assert (mixed.name, mixed.lag) == ("m.mp3", lag)
    assert f"{abs(lag)} samples {'later' if lag > 0 else 'earlier'}" in str(mixed)


def test_an_echo_and_a_sound_that_never_changes_are_no_moved_mixes(noise):
    voice = noise(seed=3)
    assert found({"vocals.wav": voice, "echo.wav": shifted(voice, 9_000).scaled(0.5)}) == {}
    flat = np.full((2, 40_000), 0.8, np.float32)
    ending = flat * (np.arange(40_000) < 30_000).astype(np.float32)
    assert found({"a.wav": Audio(flat, 44_100), "b.wav": Audio(ending, 44_100)}) == {}


def test_rounding_and_some_noise_do_not_hide_a_mix(stems, noise):
    mixed = added(stems, *NAMES)
    hidden = mixed + noise(seed=9, rms=0.013)  # 21 dB below
    assert found({**stems, "m.wav": hidden}) == {"m.wav": NAMES}
    other = mixed + noise(seed=9, rms=0.03)  # 14 dB below
    assert found({**stems, "m.wav": other}) == {}


def test_the_released_mix_among_the_stems_is_found(stems, noise):
    released = noise(seed=77)  # as far from the sum as can be
    assert found({**stems, "song.wav": released}, ("mixture.wav", released)) == {
        "song.wav": ("mixture.wav",)
    }


def test_true_stems_are_left_alone(stems, noise):
    mix = ("mixture.wav", added(stems, *NAMES))
    assert found(stems, mix) == {}
    silent = noise().scaled(0.0)
    assert found({**stems, "a.wav": silent, "b.wav": silent}, mix) == {}
    hiss = noise(seed=8, rms=1e-6)
    assert found({**stems, "a.wav": hiss, "b.wav": hiss}, mix) == {}
    assert found({"vocals.wav": mix[1]}, mix) == {}


def test_the_only_stem_that_is_heard_may_equal_the_mix(stems, noise):
    alone = {"vocals.wav": stems["vocals.wav"], "bass.wav": noise().scaled(0.0)}
    assert found(alone, ("mixture.wav", stems["vocals.wav"])) == {}


@pytest.mark.parametrize(
    "pair", [("piano_L.wav", "piano_R.wav"), ("01 oh left.wav", "02 oh right.wav"), ("L", "R")]
)
def test_the_two_sides_of_a_pair_may_be_equal(stems, noise, pair):
    both = dict.fromkeys(pair, noise(seed=50))
    assert found({**stems, **both}) == {}


def test_copies_with_other_names_are_no_pair(stems, noise):
    assert found({**stems, **dict.fromkeys(("lead.wav", "role.wav"), noise(seed=50))})


def test_real_instruments_are_not_taken_for_mixes_of_each_other():
    source = Composed(count=3, first=4, seconds=10.0)
    for listing in source.catalogue().listings[::2]:
        song = source.load(listing)
        assert sub_mixes(song.stems, ("mix", song.mix)) == ()
        full = {**song.stems, "z": total(song.stems.values())}
        assert [each.name for each in sub_mixes(full, ("mix", song.mix))] == ["z"]


def test_the_refusal_names_the_file_what_it_equals_and_the_remedy(stems):
    given = {**stems, "x.wav": added(stems, *NAMES)}
    with pytest.raises(Rejected) as refused:
        refuse_sub_mixes(given, None, "Artist - Song")
    message = str(refused.value)
    for text in (
        "Artist - Song: ",
        "x.wav is nearly a mix of bass.wav, ",
        "--set mixture=",
        "--set stems=",
    ):
        assert text in message
    refuse_sub_mixes(given, None, "Artist - Song", frozenset({"x.wav"}))


def test_long_songs_are_judged_on_all_of_their_sound():
    """A copy in every block that is sampled, and another sound elsewhere, is no copy."""
    rate, rng = 8_000, np.random.default_rng(1)
    one = rng.standard_normal((1, 300 * rate)).astype(np.float32) * 0.1
    other = rng.standard_normal(one.shape).astype(np.float32) * 0.1
    for block in spread_blocks(one.shape[1], _BLOCK, _BLOCKS):
        other[:, block] = one[:, block]
    third = Audio(rng.standard_normal(one.shape).astype(np.float32) * 0.1, rate)
    stems = {"a": Audio(one, rate), "b": Audio(other, rate), "c": third}
    assert found(stems) == {}
