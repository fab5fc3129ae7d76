"""BSS Eval v4 gives museval's numbers, second by second, on real stems, and never its errors."""

import functools
import math
import warnings

import numpy as np
import pytest
import soundfile

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.dsp.bss import projections
from automix_bench.dsp.bss.bss_eval import bss_eval
from automix_bench.dsp.bss.projections import TAPS, ratios_db
from automix_bench.dsp.memo import sharing
from automix_bench.dsp.peers.museval_medians import RATIOS, museval_metrics
from automix_bench.separation.example_clip import example_clip
from automix_bench.separators.spleeter import Spleeter
from automix_bench.song import Origin, Song
from automix_bench.sources.composed import Composed

RATE = 44_100
METRICS = {ratio: plugin.load("metrics", f"bss_{ratio}") for ratio in RATIOS}
LIMIT_DB = 80.0


@functools.cache
def clip():
    """Vocals and accompaniment of 6 s of real music."""
    samples, rate = soundfile.read(example_clip(), dtype="float32", stop=6 * RATE)
    mix = Audio(np.ascontiguousarray(samples.T), rate)
    song = Song("clip", "someone", {}, mix, "CC-BY-3.0", Origin("clip", "0"))
    stems = Spleeter()(song).stems
    return stems["vocals"], stems["accompaniment"]


@functools.cache
def multitrack():
    """Three parts of 6 s of a composed song."""
    source = Composed(1, seconds=10.0)
    song = source.load(source.catalogue().listings[0])
    stems = {name: stem.excerpt(0, 6 * RATE) for name, stem in song.stems.items()}
    return stems["kick"] + stems["snare"], stems["bass"], stems["lead"]


def noisy(audio, amount=1e-3, seed=0):
    rng = np.random.default_rng(seed)
    return audio.with_samples(audio.samples + amount * rng.standard_normal(audio.samples.shape))


def noise(channels=2, seconds=2.5, seed=0, rate=8_000):
    rng = np.random.default_rng(seed)
    samples = 0.1 * rng.standard_normal((channels, round(seconds * rate)))
    return Audio(samples.astype(np.float32), rate)


def leaking(stems, amount=0.1):
    mix = total(stems)
    return tuple(
        noisy(stem.with_samples(0.8 * stem.samples + amount * mix.samples), seed=100 + k)
        for k, stem in enumerate(stems)
    )


def museval(references, estimates):
    rows = (
        np.stack([audio.samples.T.astype(np.float64) for audio in sounds])
        for sounds in (references, estimates)
    )
    rate = references[0].rate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return museval_metrics().bss_eval(*rows, window=rate, hop=rate)[:4]


def assert_museval(references, estimates, within=1e-3):
    """Every ratio of every stem in every second; beyond 80 dB rounding is all there is."""
    theirs = museval(references, estimates)
    ours = bss_eval(tuple(references), tuple(estimates))
    for ratio, wanted in zip(RATIOS, theirs, strict=True):
        got = getattr(ours, ratio)
        assert got.shape == wanted.shape
        held = (np.clip(frames, -LIMIT_DB, LIMIT_DB) for frames in (got, wanted))
        np.testing.assert_allclose(*held, rtol=0.0, atol=within, err_msg=ratio)
    return theirs


def test_as_museval_on_the_separated_clip():
    """Its stems hold nothing but rounding above 11 kHz, so the filters there are arbitrary: museval
    differs from itself by as much when the stems come in another order."""
    assert_museval(clip(), leaking(clip()), within=2e-3)
    assert_museval(clip(), (total(clip()),) * 2)


def test_as_museval_on_a_composed_multitrack_with_stems_that_are_mono_in_stereo():
    stems = multitrack()
    assert np.array_equal(stems[1].samples[0], stems[1].samples[1])
    theirs = assert_museval(stems, leaking(stems))
    assert np.isnan(theirs[0]).any() == any(
        not np.any(stem.samples[:, t * RATE : (t + 1) * RATE].sum(axis=0))
        for stem in stems
        for t in range(6)
    )


@pytest.mark.parametrize("silent_in", ["reference", "estimate", "cancelling"])
def test_as_museval_with_silence_in_some_seconds(silent_in):
    references = noise(seed=1, seconds=3.5), noise(seed=2, seconds=3.5)
    estimates = leaking(references)
    hushed = estimates[1].samples.copy()
    if silent_in == "cancelling":
        hushed[1, 8_000:16_000] = -hushed[0, 8_000:16_000]
    else:
        hushed[:, 8_000:16_000] = 0.0
    changed = estimates[1].with_samples(hushed)
    if silent_in == "reference":
        theirs = assert_museval((references[0], changed), estimates)
    else:
        theirs = assert_museval(references, (estimates[0], changed))
    assert np.isnan(theirs[0]).tolist() == [[False, True, False]] * 2


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.9])
def test_as_museval_in_mono_and_at_any_length(channels, seconds):
    references = tuple(noise(channels, seconds, seed) for seed in (1, 2, 3))
    assert_museval(references, leaking(references))


def test_a_mono_stem_counts_as_two_channels_alike():
    """museval takes no stems of different channels; the same stem twice spans the same."""
    mono, stereo = noise(1, seed=1), noise(2, seed=2)
    twice = mono.with_samples(np.repeat(mono.samples, 2, axis=0))
    alone, doubled = (bss_eval((one, stereo), (None, noisy(stereo, 0.1))) for one in (mono, twice))
    for ratio in RATIOS:
        got, wanted = getattr(alone, ratio)[1], getattr(doubled, ratio)[1]
        np.testing.assert_allclose(got, wanted, atol=1e-6)
    assert np.isnan(alone.sdr[0]).all()


def test_the_filters_have_512_taps():
    """A delay of 511 samples is a filter of the reference, one of 512 is not."""
    audio = noise(1, seconds=1.0)
    late = {
        by: audio.with_samples(np.pad(audio.samples, ((0, 0), (by, 0)))[:, : audio.length])
        for by in (TAPS - 1, TAPS)
    }
    sar = {by: METRICS["sar"](reference=audio, estimate=estimate) for by, estimate in late.items()}
    assert sar[TAPS - 1] > 10.0
    assert sar[TAPS] < 0.0


def test_the_median_over_seconds():
    references = noise(seed=1, seconds=4.5), noise(seed=2, seconds=4.5)
    estimates = leaking(references)
    names = ("one", "two")
    for ratio, frames in zip(RATIOS, museval(references, estimates), strict=True):
        found = METRICS[ratio].of_stems(
            references=dict(zip(names, references, strict=True)),
            estimates=dict(zip(names, estimates, strict=True)),
        )
        wanted = np.median(frames, axis=1)
        assert list(found.values()) == pytest.approx(wanted.tolist(), abs=1e-3)


def test_interference_is_told_from_artifacts():
    """Another stem at -20 dB is interference of 20 dB; as much of a stranger is an artifact."""
    one, two, alien = (noise(1, seed=seed) for seed in (1, 2, 3))
    stems = {"one": one, "two": two}
    leaked = {"one": one.with_samples(one.samples + 0.1 * two.samples), "two": two}
    strange = {"one": one.with_samples(one.samples + 0.1 * alien.samples), "two": two}
    sir, sar = (METRICS[name].of_stems for name in ("sir", "sar"))
    assert sir(references=stems, estimates=leaked)["one"] == pytest.approx(20.0, abs=1.0)
    assert sar(references=stems, estimates=leaked)["one"] > 60.0
    assert sar(references=stems, estimates=strange)["one"] == pytest.approx(20.0, abs=1.0)
    assert sir(references=stems, estimates=strange)["one"] > 30.0


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_stem_that_is_silent_throughout_leaves_the_others_as_they_are(ratio):
    one, two = noise(seed=1), noise(seed=2)
    silence = one.scaled(0.0)
    off = dict(zip(("one", "two"), leaking((one, two)), strict=True))
    measure = METRICS[ratio].of_stems
    whole = measure(references={"one": one, "two": two}, estimates=off)
    hushed = measure(references={"one": one, "two": two}, estimates={**off, "two": silence})
    assert hushed == {"one": whole["one"], "two": METRICS[ratio].worst}
    lacking = measure(references={"one": one, "two": two}, estimates={"one": off["one"]})
    assert lacking == {"one": whole["one"]}
    alone = measure(references={"one": one}, estimates={"one": off["one"]})
    besides = measure(references={"one": one, "two": silence}, estimates=off)
    if ratio == "sir":  # one stem alone sounds: nothing can interfere
        assert math.isnan(besides["one"])
        assert math.isnan(alone["one"])
    else:
        assert besides["one"] == alone["one"]
    assert math.isnan(besides["two"])


@pytest.mark.parametrize("ratio", RATIOS)
def test_an_estimate_that_leaves_no_second_is_worst_not_undefined(ratio):
    one, two = noise(seed=1, seconds=2.0), noise(seed=2, seconds=2.0)
    first = np.arange(one.length) < 8_000
    halves = one.with_samples(one.samples * first), two.with_samples(two.samples * ~first)
    stems = dict(zip(("one", "two"), (one, two), strict=True))
    split = dict(zip(("one", "two"), halves, strict=True))
    measure = METRICS[ratio].of_stems
    assert set(measure(references=stems, estimates=split).values()) == {METRICS[ratio].worst}
    assert all(map(math.isnan, measure(references=split, estimates=stems).values()))


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("rate", [8_000, 192_000])
@pytest.mark.parametrize("length", [1, 2, 600])
def test_very_short_sounds_have_a_value(ratio, rate, length):
    audio = Audio(noise(2, seconds=0.1).samples[:, :length].copy(), rate)
    value = METRICS[ratio](reference=audio, estimate=noisy(audio, 0.1))
    assert METRICS[ratio].low <= value <= METRICS[ratio].high
    assert METRICS[ratio](reference=audio, estimate=audio) == METRICS[ratio].high


def test_the_filters_are_found_once_for_all_that_ask(monkeypatch):
    references, calls = {"one": noise(seed=1), "two": noise(seed=2)}, []
    estimates = dict(zip(references, leaking(tuple(references.values())), strict=True))

    def counted(*args, **kwargs):
        calls.append(args)
        return ratios_db(*args, **kwargs)

    monkeypatch.setattr("automix_bench.dsp.bss.bss_eval.ratios_db", counted)
    with sharing():
        for metric in METRICS.values():
            metric.of_stems(references=references, estimates=estimates)
    assert len(calls) == 1


def bits(found):
    return [getattr(found, ratio).tobytes() for ratio in RATIOS]


def test_the_bits_depend_neither_on_threads_nor_on_what_is_kept(monkeypatch):
    """Among the estimates one that is right, so that its frames are filtered."""
    references = noise(seed=1, seconds=4.5), noise(seed=2, seconds=4.5), noise(1, 4.5, seed=3)
    estimates = references[0], None, noisy(references[2])
    wanted = bits(bss_eval(references, estimates))
    for processors in ({0}, set(range(5))):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, n=processors: n, raising=False)
        assert bits(bss_eval(references, estimates)) == wanted
    monkeypatch.setattr("automix_bench.dsp.bss.projections._STORED_BYTES", 0)
    assert bits(bss_eval(references, estimates)) == wanted


@pytest.mark.parametrize("off_db", [-20.0, -60.0, -120.0, -200.0])
def test_energies_from_correlations_are_those_of_the_filtered_sounds(monkeypatch, off_db):
    """At -20 dB rounding is far off, at -200 dB it is all there would be."""
    references = noise(seed=1), noise(seed=2)
    estimates = tuple(noisy(audio, 0.1 * 10.0 ** (off_db / 20.0)) for audio in references)
    calls = []

    def counted(*args):
        calls.append(args)
        return filtered(*args)

    filtered = projections._filtered
    monkeypatch.setattr(projections, "_filtered", counted)
    found = bss_eval(references, estimates)
    assert bool(calls) == (off_db < -100.0)
    monkeypatch.setattr(projections, "_TOLERATED", -1.0)
    calls.clear()
    direct = bss_eval(references, estimates)
    assert len(calls) == 2
    for ratio in RATIOS:
        np.testing.assert_allclose(
            getattr(found, ratio), getattr(direct, ratio), rtol=0.0, atol=1e-4
        )


def test_as_museval_with_a_stem_that_is_another_later():
    """Together the two span what filters of 519 taps make of the one."""
    one = noise(1, seed=1)
    late = one.with_samples(np.pad(one.samples, ((0, 0), (7, 0)))[:, : one.length])
    alien = noise(1, seed=2)
    mixed = noisy(one.with_samples(one.samples + 0.5 * alien.samples))
    assert_museval((one, late, alien), (mixed, late, noisy(alien)))


def test_stems_of_different_length_are_refused():
    pair = noise(seconds=1.0), noise(seconds=1.5)
    with pytest.raises(
        ValueError, match=r"one length and rate, got \[\(8000, 8000\), \(12000, 8000\)\]"
    ):
        bss_eval(pair, pair)
