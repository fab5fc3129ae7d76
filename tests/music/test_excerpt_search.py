"""Excerpts are found in whole recordings, each rule at its edge, on words made by hand."""

import numpy as np
import pytest

from automix_bench.music import excerpt_search
from automix_bench.music.excerpt_search import (
    LEAST_WORDS,
    STEM_GAP,
    STEM_WORDS,
    Place,
    closest,
    is_excerpt,
    is_searchable,
    repetition,
)
from automix_bench.music.fingerprint import HOP_SECONDS, Fingerprint


def words(count, seed=0):
    return np.random.default_rng(seed).integers(0, 1 << 32, count, np.uint32)


def printed(values, audible=None):
    flags = np.ones(len(values), np.bool_) if audible is None else audible
    return Fingerprint(np.asarray(values, np.uint32), flags)


def with_flips(values, share, seed=9):
    """The words with a share of their bits flipped at random."""
    flips = np.random.default_rng(seed).random((len(values), 32)) < share
    masks = (flips * (1 << np.arange(32, dtype=np.int64))).sum(axis=1)
    return values ^ masks.astype(np.uint32)


@pytest.mark.parametrize("shift", [0, 1, 777, 2_516])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.34])
def test_an_excerpt_is_found_at_its_place_though_no_word_is_whole(shift, share):
    song = words(3_000)
    excerpt = with_flips(song[shift : shift + 484], share)
    place = closest(printed(excerpt), printed(song))
    assert (place.shift, place.words) == (shift, 484)
    assert place.differing == pytest.approx(share, abs=0.02)
    assert place.seconds == 484 * HOP_SECONDS


@pytest.mark.parametrize("lacking", [1, 200, 484 - LEAST_WORDS])
def test_an_excerpt_that_hangs_over_either_end_is_found(lacking):
    whole = words(3_000)
    excerpt = printed(whole[500:984])
    before = closest(excerpt, printed(whole[500 + lacking :]))
    after = closest(excerpt, printed(whole[: 984 - lacking]))
    assert (before.shift, before.words, before.differing) == (-lacking, 484 - lacking, 0.0)
    assert (after.shift, after.words, after.differing) == (500, 484 - lacking, 0.0)


def test_a_recording_shorter_than_the_excerpt_is_found_in_it():
    whole = words(800)
    place = closest(printed(whole), printed(whole[300:550]))
    assert (place.shift, place.words, place.differing) == (-300, 250, 0.0)


@pytest.mark.parametrize("count", [0, 1, LEAST_WORDS - 1])
def test_what_is_too_short_is_nowhere(count):
    song = words(1_000)
    assert closest(printed(song[:count]), printed(song)) is None
    assert closest(printed(song), printed(song[:count])) is None
    assert not is_searchable(printed(song[:count]))
    assert is_searchable(printed(song[:LEAST_WORDS]))


def test_silent_words_do_not_count():
    song = words(1_000)
    audible = np.arange(484) < 300
    excerpt = song[100:584].copy()
    excerpt[300:] = ~excerpt[300:]
    place = closest(printed(excerpt, audible), printed(song))
    assert (place.shift, place.differing) == (100, 0.0)
    assert closest(printed(excerpt, np.arange(484) < LEAST_WORDS - 1), printed(song)) is None
    assert not is_searchable(printed(excerpt, np.arange(484) < LEAST_WORDS - 1))


@pytest.mark.parametrize(
    ("length", "audible", "is_there"),
    [(484, 242, True), (484, 241, False), (300, LEAST_WORDS, True), (300, LEAST_WORDS - 1, False)],
)
def test_half_of_the_overlap_is_audible_and_at_least_192_words(length, audible, is_there):
    song = words(1_000)
    excerpt = printed(song[100 : 100 + length], np.arange(length) >= length - audible)
    place = closest(excerpt, printed(song))
    assert (place is not None and (place.shift, place.words) == (100, length)) == is_there


def test_the_closest_of_several_places_is_taken():
    """Five copies, each with fewer other bits than the one before."""
    excerpt = words(484)
    copies = [
        with_flips(excerpt, share, seed) for seed, share in enumerate((0.3, 0.25, 0.2, 0.1, 0.05))
    ]
    song = np.concatenate(
        [part for n, copy in enumerate(copies) for part in (words(100, 50 + n), copy)]
    )
    for recording, shift in ((song, 100 + 4 * 584), (song[::-1], None)):
        place = closest(printed(excerpt), printed(recording.copy()))
        if shift is None:
            assert place is None or place.differing > 0.4  # backwards it is another sound
        else:
            assert (place.shift, place.differing) == (shift, pytest.approx(0.05, abs=0.01))


def test_unrelated_words_are_not_an_excerpt():
    place = closest(printed(words(484, 1)), printed(words(20_000, 2)))
    assert place is None or not is_excerpt(place, printed(words(484, 1)), stem=False)


def test_every_shift_is_counted_bit_by_bit():
    """The compiled loop against Python's own count, also beyond the recording's ends."""
    excerpt, song = words(100, 1), words(300, 2)
    excerpt[::7], song[::5] = 0, 0xFFFFFFFF
    first = 40 - 100
    count = 300 - 40 - first + 1
    differing, compared = np.zeros(count, np.uint32), np.zeros(count, np.uint32)
    excerpt_search._scan(excerpt, song, 8, first, differing, compared)
    for place in range(count):
        pairs = [(n, first + place + n) for n in range(0, 100, 8) if 0 <= first + place + n < 300]
        bits = sum((int(excerpt[n]) ^ int(song[m])).bit_count() for n, m in pairs)
        assert (differing[place], compared[place]) == (bits, len(pairs))


def test_a_loop_repeats_itself_and_random_words_do_not():
    bar = words(100)
    assert repetition(printed(np.tile(bar, 5))) == 0.0
    assert repetition(printed(with_flips(np.tile(bar, 5), 0.1))) == pytest.approx(0.18, abs=0.02)
    assert 0.4 < repetition(printed(words(484))) < 0.5
    # Held sounds are alike within the 0.4 s of a frame; that is no repetition.
    assert repetition(printed(np.repeat(words(60), 8))) > 0.35
    assert repetition(printed(words(484), np.arange(484) % 4 == 0)) == 0.0


def place(differing, count=484):
    return Place(differing, 0, count)


def test_a_mix_is_an_excerpt_below_35_hundredths_at_any_length():
    whole = printed(np.tile(words(100), 5))
    for count in (LEAST_WORDS, 484):
        assert is_excerpt(place(0.3499, count), whole, stem=False)
        assert not is_excerpt(place(0.35, count), whole, stem=False)


def test_a_stem_is_one_if_it_is_long_and_close_and_no_loop():
    tune, loop = printed(words(484)), printed(np.tile(words(121), 4))
    assert is_excerpt(place(0.2499), tune, stem=True)
    assert not is_excerpt(place(0.25), tune, stem=True)
    assert is_excerpt(place(0.1, STEM_WORDS), tune, stem=True)
    assert not is_excerpt(place(0.1, STEM_WORDS - 1), tune, stem=True)
    assert not is_excerpt(place(0.0), loop, stem=True)
    half = printed(with_flips(np.tile(words(121), 4), 0.15))
    edge = repetition(half) - STEM_GAP
    assert 0.0 < edge < 0.2
    assert is_excerpt(place(edge), half, stem=True)
    assert not is_excerpt(place(edge + 1e-6), half, stem=True)
