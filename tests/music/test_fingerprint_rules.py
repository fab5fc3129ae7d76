"""The rules by which recordings are told apart, each at its edge, on words made by hand."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
import soxr

from automix_bench.audio import Audio
from automix_bench.music import duplicates
from automix_bench.music.duplicates import matches
from automix_bench.music.fingerprint import HOP_SECONDS, Fingerprint, fingerprint, likeness

BLOCK = 256  # 3 s of words
RATE = 44_100


def words(count, seed=0):
    return np.random.default_rng(seed).integers(0, 1 << 32, count, np.uint32)


def printed(values, audible=None):
    flags = np.ones(len(values), np.bool_) if audible is None else audible
    return Fingerprint(np.asarray(values, np.uint32), flags)


def flipped(values, count):
    """The words with `count` bits flipped, from the first word on."""
    bits = np.unpackbits(values.view(np.uint8))
    bits[:count] ^= 1
    return np.packbits(bits).view(np.uint32)


# How alike two recordings are at one shift.


@pytest.mark.parametrize(("bits", "share"), [(0, 1.0), (2_867, 1.0), (2_868, 0.0), (8_192, 0.0)])
def test_a_block_with_35_hundredths_of_other_bits_is_another_recording(bits, share):
    """Haitsma & Kalker: 0.35 of the 256 * 32 bits is 2867.2."""
    block = words(BLOCK)
    found = likeness(printed(block), printed(flipped(block, bits)), 0)
    assert (found.share, found.differing) == (share, bits / 8_192)
    assert found.overlap_seconds == BLOCK * 64 / 5_512.5


def test_exactly_35_hundredths_is_another_recording():
    block = words(20)  # 640 bits
    assert likeness(printed(block), printed(flipped(block, 224)), 0).share == 0.0
    assert likeness(printed(block), printed(flipped(block, 223)), 0).share == 1.0


@pytest.mark.parametrize(("rest", "share"), [(127, 1.0), (128, 1.0), (129, 0.5)])
def test_a_rest_of_more_than_half_a_block_is_a_block(rest, share):
    """A shorter one belongs to the block before, in which it is no third."""
    whole = words(BLOCK + rest)
    other = whole.copy()
    other[BLOCK:] = flipped(whole[BLOCK:], 16 * rest)
    assert likeness(printed(whole), printed(other), 0).share == share


@pytest.mark.parametrize(("audible", "share", "differing"), [(128, 1.0, 0.125), (127, 0.0, 0.5)])
def test_a_block_of_which_less_than_half_sounds_in_both_is_left_out(audible, share, differing):
    """Words that sound in one alone do not count, nor do their bits."""
    block = words(BLOCK)
    flags = np.arange(BLOCK) < audible
    other = flipped(block, 32 * 16)
    other[128:] = ~other[128:]
    found = likeness(printed(block, flags), printed(other), 0)
    assert (found.share, found.differing) == (share, differing)
    assert likeness(printed(block), printed(other, flags), 0) == found
    assert found.overlap_seconds == BLOCK * HOP_SECONDS


@pytest.mark.parametrize("shift", [-200, -1, 0, 1, 200, 300])
def test_word_n_of_one_is_word_n_and_the_shift_of_the_other(shift):
    every = words(1_200)
    one, other = every[400 : 400 + 500], every[400 + shift : 400 + shift + 450]
    found = likeness(printed(one), printed(other), shift)
    expected = min(500, 450 + shift) - max(0, shift)
    assert (found.share, found.differing) == (1.0, 0.0)
    assert found.overlap_seconds == pytest.approx(expected * HOP_SECONDS)


@pytest.mark.parametrize("shift", [500, -450, 900])
def test_recordings_that_do_not_overlap_are_unlike(shift):
    found = likeness(printed(words(500)), printed(words(450)), shift)
    assert (found.share, found.differing, found.overlap_seconds) == (0.0, 0.5, 0.0)


# When two recordings are the same.


@pytest.mark.parametrize(("overlap", "same"), [(512, True), (511, False)])
@pytest.mark.parametrize("longer", [0, 900])
def test_the_overlap_is_half_of_the_shorter_at_least(overlap, same, longer):
    every = words(3_000)
    shorter = every[1_000 : 1_000 + 1_024]
    other = np.concatenate([words(1_024 + longer - overlap, 1), shorter[:overlap]])
    found = matches({"a": printed(shorter), "b": printed(other)})
    assert len(found) == same
    if same:
        assert found[0].later_seconds == pytest.approx(-(1_024 + longer - overlap) * HOP_SECONDS)
        assert found[0].likeness.overlap_seconds == pytest.approx(overlap * HOP_SECONDS)


@pytest.mark.parametrize(("alike", "same"), [(4, True), (2, True), (1, False)])
def test_half_of_the_blocks_are_alike_at_least(alike, same):
    one, other = words(4 * BLOCK), words(4 * BLOCK, 1)
    other[: alike * BLOCK] = one[: alike * BLOCK]
    assert len(matches({"a": printed(one), "b": printed(other)})) == same


def test_the_shift_with_the_most_blocks_alike_is_taken_and_then_the_one_with_fewer_other_bits():
    """b holds a twice: from word 0 with two in five bits of the second half flipped, and from word
    2048 on whole. c holds a twice too, once with one bit flipped."""
    a = words(4 * BLOCK)
    worse = a.copy()
    worse[2 * BLOCK :] = flipped(a[2 * BLOCK :], 2 * BLOCK * 13)
    b = np.concatenate([worse, words(4 * BLOCK, 1), a])
    c = np.concatenate([flipped(a, 1), words(4 * BLOCK, 2), a])
    for other in (b, c):
        (found,) = matches({"a": printed(a), "other": printed(other)})
        assert found.later_seconds == pytest.approx(-8 * BLOCK * HOP_SECONDS)
        assert (found.likeness.share, found.likeness.differing) == (1.0, 0.0)


def test_copies_that_share_no_whole_word_are_found_by_their_common_copy():
    """a is the middle one with a bit flipped in every even word, c with one in every odd word."""
    whole = words(5 * BLOCK)
    odd = (np.arange(5 * BLOCK) % 2).astype(np.uint32)
    a, b, c = (whole ^ (1 - odd))[30:], whole, (whole ^ (2 * odd))[7:]
    assert matches({"a": printed(a), "c": printed(c)}) == ()
    found = matches({"a": printed(a), "b": printed(b), "c": printed(c)})
    later = {(each.one, each.other): round(each.later_seconds / HOP_SECONDS) for each in found}
    assert later == {("a", "b"): -30, ("a", "c"): -23, ("b", "c"): 7}
    assert [each.likeness.differing for each in found] == pytest.approx(
        [1 / 64, 1 / 32, 1 / 64], rel=1e-3
    )


@pytest.mark.parametrize("off", [-1, 1])
def test_a_shift_that_follows_from_two_others_may_be_one_word_off(off):
    """b shares half of its blocks with a, the others with c. c has the first half of a too, one
    word off and with a bit flipped in each word: no whole word of it is in the index."""
    half = 3 * BLOCK
    b = words(2 * half)
    a = np.concatenate([b[:half], words(half, 1)])
    moved = np.roll(a[:half], -off) ^ np.uint32(1)
    c = np.concatenate([moved, b[half:]])
    found = matches({"a": printed(a), "b": printed(b), "c": printed(c)})
    later = {(each.one, each.other): round(each.later_seconds / HOP_SECONDS) for each in found}
    assert later == {("a", "b"): 0, ("b", "c"): 0, ("a", "c"): off}


# The cache.


def test_a_fingerprint_is_read_as_it_was_written(tmp_path):
    """SHA-256 of what follows; then the words, little-endian; then a byte for each flag."""
    one = printed(words(7), np.array([1, 0, 0, 1, 1, 0, 1], np.bool_))
    duplicates._write(tmp_path / "one", one)
    content = one.words.astype("<u4").tobytes() + bytes([1, 0, 0, 1, 1, 0, 1])
    assert (tmp_path / "one").read_bytes() == hashlib.sha256(content).digest() + content
    read = duplicates._read(tmp_path / "one")
    assert np.array_equal(read.words, one.words)
    assert np.array_equal(read.audible, one.audible)
    for wrong in (content[:-1], content + b"\x00" * 4):
        (tmp_path / "one").write_bytes(hashlib.sha256(wrong).digest() + wrong)
        assert duplicates._read(tmp_path / "one") is None
    assert duplicates._read(tmp_path / "none") is None


# The index in which copies are looked for.


def indexed(count, seed=0):
    """Words that are in the index: those whose hash (times 2654435761, Knuth) has bits 16 and 17
    at 0, which is a quarter of all."""
    every = words(16 * count, seed)
    chosen = [int(w) for w in every if (int(w) * 2_654_435_761 % 2**32) >> 16 & 3 == 0]
    return np.array(chosen[:count], np.uint32)


def test_a_quarter_of_all_words_is_indexed_by_the_word_alone():
    one = printed(words(4_000))
    found, songs, frames = duplicates._index([one, one])
    chosen = [n for n, w in enumerate(one.words) if (int(w) * 2_654_435_761 % 2**32) >> 16 & 3 == 0]
    assert sorted(frames[songs == 0]) == sorted(frames[songs == 1]) == chosen
    assert (one.words[frames] == found).all()
    assert len(chosen) / 4_000 == pytest.approx(0.25, abs=0.03)
    assert (np.diff(found.astype(np.int64)) >= 0).all()


def test_a_word_is_indexed_four_times_a_song_and_once_where_it_is_held():
    often, once = indexed(2)
    other = words(1, 9)[0]
    song = printed([often, other] * 6 + [once] * 3)
    _, songs, frames = duplicates._index([song, printed([often] * 3)])
    assert sorted(frames[songs == 0]) == [0, 2, 4, 6, 12]
    assert sorted(frames[songs == 1]) == [0]
    silent = printed([often, other, once], np.zeros(3, np.bool_))
    assert duplicates._index([silent])[2].size == 0


@pytest.mark.parametrize(("votes", "found"), [(1, []), (2, [(0, 1, [5])])])
def test_two_common_words_at_one_shift_make_a_candidate(votes, found):
    one, other = words(40, 1), words(35, 2)
    for place, word in zip((10, 20), indexed(votes), strict=False):
        one[place], other[place - 5] = word, word
    assert list(duplicates._candidates([printed(one), printed(other)])) == found


def test_five_shifts_are_tried_those_with_the_most_votes():
    """Seven shifts 100, 200, … 700 have 2 to 8 words each."""
    common = iter(indexed(40))
    one, other = [np.zeros(2_000, np.uint32) for _ in range(2)]
    one[:], other[:] = words(2_000, 3), words(2_000, 4)
    for number in range(7):
        for place in range(2 + number):
            at, word = 10 + 20 * number + 2 * place, next(common)
            one[at + 100 * (number + 1)], other[at] = word, word
    ((_, _, shifts),) = duplicates._candidates([printed(one), printed(other)])
    assert shifts == [700, 600, 500, 400, 300]


def test_a_word_votes_for_its_twelve_neighbours_of_other_songs():
    common = indexed(2)
    songs = [printed(np.insert(words(20, 50 + n), 5, common)) for n in range(15)]
    found = {(one, other) for one, other, _ in duplicates._candidates(songs)}
    assert found == {(a, b) for a in range(15) for b in range(15) if 0 < b - a <= 12}


@pytest.mark.parametrize("longer", [0, 1])
def test_recordings_of_six_hours_have_shifts_of_their_own(longer):
    """2^21 words are 6 h 45 min."""
    late = np.zeros((1 << 21) + 1, np.uint32)
    common = indexed(3)
    late[-3:] = common
    early = np.concatenate([common, words(4, 1)]).astype(np.uint32)
    shift = (1 << 21) - 2
    pair = [printed(late), printed(early)]
    assert [s for *_, (s,) in duplicates._candidates(pair[::-1] if longer else pair)] == [
        -shift if longer else shift
    ]


# The words of a sound.


def noise(seconds=6.0, seed=0, rate=RATE):
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * rate))


def mono(wave, rate=RATE):
    return Audio(np.asarray(wave, np.float32)[np.newaxis], rate)


def test_words_are_those_of_the_paper():
    """Haitsma & Kalker 2002, section 4.2: frames of 0.37 s every 11.6 ms, 33 bands from 300 to
    2000 Hz in steps of equal ratio, E(n, m) - E(n, m+1) - (E(n-1, m) - E(n-1, m+1)) > 0."""
    sound = mono(noise())
    slow = soxr.resample(sound.samples[0], RATE, 5_512.5, quality="MQ").astype(np.float64)
    count = (len(slow) - 2_048) // 64 + 1
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(2_048) / 2_048)
    edges = [round(300.0 * (2_000.0 / 300.0) ** (m / 33) * 2_048 / 5_512.5) for m in range(34)]
    energy = np.empty((count, 33))
    for n in range(count):
        power = np.abs(np.fft.rfft(slow[64 * n : 64 * n + 2_048] * window)) ** 2
        energy[n] = [power[low:high].sum() for low, high in pairwise(edges)]
    bits = np.diff(energy[:, :-1] - energy[:, 1:], axis=0) > 0.0
    expected = (bits * (1 << np.arange(31, -1, -1, dtype=np.int64))).sum(axis=1)
    found = fingerprint(sound)
    assert len(found.words) == count - 1
    assert found.seconds == pytest.approx((count - 1) * 64 / 5_512.5)
    same = np.bitwise_count(found.words ^ expected.astype(np.uint32)).sum()
    assert same / (32 * count) < 2e-4  # single precision may turn a sign now and then


@pytest.mark.parametrize(("length", "count"), [(2_111, 0), (2_112, 1), (2_175, 1), (2_176, 2)])
def test_two_frames_make_a_word_and_each_step_one_more(length, count):
    sound = mono(noise(length / 5_512.5, rate=11_025), 11_025)
    assert sound.length == 2 * length
    assert len(fingerprint(sound).words) == count


@pytest.mark.parametrize(("softer_db", "audible"), [(-59.0, True), (-61.0, False)])
def test_frames_60_db_below_the_loudest_are_silent(softer_db, audible):
    time = np.arange(6 * RATE) / RATE
    wave = 0.5 * np.sin(2.0 * np.pi * 1_000.0 * time)
    wave[3 * RATE :] *= 10.0 ** (softer_db / 20.0)
    found = fingerprint(mono(wave))
    assert found.audible[:200].all()
    assert found.audible[-200:].all() == found.audible[-200:].any() == audible


@pytest.mark.parametrize(("sum_db", "of_mean"), [(-39.8, True), (-40.2, False)])
def test_channels_that_nearly_cancel_are_told_by_the_first(sum_db, of_mean):
    """The mean of the channels has 1e-4, -40 dB, of their power or more, or it is not taken."""
    wave, rest = noise(seed=1), noise(seed=2)
    gain = 2.0 * 10.0 ** (sum_db / 20.0)
    sound = Audio(np.stack([wave, gain * rest - wave]).astype(np.float32), RATE)
    expected = fingerprint(mono(rest if of_mean else wave))
    assert likeness(fingerprint(sound), expected, 0).differing < 0.02
