"""The separator that is trained here: its cells, its mixes, that it learns, and what it plays."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.dsp.bss.distortion import distortion_ratio_db
from automix_bench.errors import Rejected
from automix_bench.separation.cell_bands import (
    BANDS,
    RATE,
    band_powers,
    bins_in_bands,
    played_masks,
    spectra,
)
from automix_bench.separators.small_separator import SOURCES
from automix_bench.separators.small_separator import SmallSeparator as Separator
from automix_bench.song import Origin, Song
from automix_bench.trainings.small_separator import (
    SmallSeparator,
    _batch,
    errors,
    mixed_powers,
    sources_of,
)
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example, moved
from tests.trainings.test_mixing_console import difference_db, track

NAMES = ("kick", "snare", "bass", "lead", "keys")


def band_noise(seed, low_hz, high_hz, seconds=1.5, rate=RATE):
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((2, int(seconds * rate))))
    hertz = np.fft.rfftfreq(int(seconds * rate), 1.0 / rate)
    spectrum[:, (hertz < low_hz) | (hertz > high_hz)] = 0.0
    samples = np.fft.irfft(spectrum, int(seconds * rate))
    return Audio((0.1 * samples / samples.std()).astype(np.float32), rate)


def tracks(rate=RATE):
    """Sources that do not overlap in frequency."""
    bands = ((2_000, 4_000), (4_500, 7_000), (60, 300), (500, 900), (1_000, 1_800))
    return {
        name: band_noise(n, *hertz, rate=rate)
        for n, (name, hertz) in enumerate(zip(NAMES, bands, strict=True))
    }


def song_of(mix):
    return Song("s", "a", {}, mix, "CC0-1.0", Origin("s", "0" * 64))


@pytest.fixture(scope="module")
def prepared():
    return SmallSeparator().prepared(example(tracks()))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """Weights of a network that knows these tracks only."""
    torch.manual_seed(1)
    training = SmallSeparator(foreign=0.0, gain_db=3.0)
    arrays, network = training.prepared(example(tracks())), training.network().eval()
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    rng = np.random.default_rng(1)
    for _ in range(40):
        optimiser.zero_grad()
        training.loss(network, training.batch([arrays] * 2, rng)).backward()
        optimiser.step()
    path = tmp_path_factory.mktemp("weights") / "learnt.safetensors"
    path.write_bytes(packed(network.state_dict(), {}))
    return str(path)


# Cells.


def test_every_bin_is_in_one_band_and_the_lows_are_alone():
    bins = bins_in_bands()
    assert len(bins) == BANDS
    assert bins.sum() == 1_025
    assert (bins[:48] == 1).all()
    assert (bins >= 1).all()
    assert (np.diff(bins[48:-1]) >= -1).all()


def test_powers_of_bands_are_those_of_middle_and_side():
    noise = track(2, mono=False)
    of = spectra(noise.samples)
    powers = band_powers(of)
    energy = np.square(np.abs(of)).sum() / 2_048**2
    assert powers.sum() == pytest.approx(float(energy), rel=1e-4)
    mono = band_powers(spectra(noise.samples[:1].repeat(2, axis=0)))
    assert not mono[1].any()


@pytest.mark.parametrize("length", [100, 2_048, 66_150])
def test_masks_that_sum_to_one_give_sounds_that_sum_to_the_whole(length):
    samples = track(2, mono=False).samples[:, :length]
    of = spectra(samples)
    rng = np.random.default_rng(1)
    masks = rng.dirichlet(np.ones(3), (*of.shape[1:2], BANDS)).transpose(2, 0, 1)
    sounds = played_masks(of, masks.astype(np.float32), length)
    assert sounds.shape == (3, 2, length)
    assert np.abs(sounds.sum(axis=0) - samples).max() < 1e-5


def test_a_mask_is_heard_in_its_band_only():
    low, high = band_noise(1, 200, 600), band_noise(2, 3_000, 6_000)
    of = spectra(low.samples + high.samples)
    below = np.zeros((1, of.shape[1], BANDS), np.float32)
    below[:, :, :60] = 1.0
    assert 1_000 < bins_in_bands()[:60].sum() * RATE / 2_048 < 2_800
    heard = low.with_samples(played_masks(of, below, low.length)[0])
    assert difference_db(heard, low) < -30.0


# The training.


def test_stems_are_summed_by_source_and_silent_ones_are_not_there():
    stems = tracks()
    sources = sources_of({**stems, "winds": stems["lead"], "pad": stems["keys"].scaled(0.0)})
    assert list(sources) == list(SOURCES)
    both = total([stems["kick"], stems["snare"]])
    assert difference_db(sources["drums"], both) < -120.0
    assert difference_db(sources["lead"], stems["lead"].scaled(2.0)) < -100.0
    assert difference_db(sources["other"], stems["keys"]) < -120.0


def test_one_source_or_silence_is_rejected():
    with pytest.raises(Rejected, match="one source only"):
        SmallSeparator().prepared(example({"kick": track(1), "snare": track(2)}))
    quiet = {name: one.scaled(1e-6) for name, one in tracks().items()}
    with pytest.raises(Rejected, match="no loudness"):
        SmallSeparator().prepared(example(quiet))


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = SmallSeparator(frames=32)
    assert_learns(training, training.batch([prepared] * 2, np.random.default_rng(1)), steps=60)


def test_a_batch_is_its_examples_one_by_one(prepared):
    training, network = SmallSeparator(frames=64), moved(SmallSeparator().network())
    batch = training.batch([prepared] * 3, np.random.default_rng(2))
    with torch.inference_mode():
        alone = [
            float(errors(network, {name: of[n : n + 1] for name, of in batch.items()}))
            for n in range(3)
        ]
        assert errors(network, batch).tolist() == pytest.approx(alone, abs=1e-4)


def test_powers_of_a_mix_are_those_of_sounds_that_have_nothing_to_do_with_each_other():
    """On the mean; and they scatter as those of two sines do in a band of one bin."""
    magnitudes = np.ones((2, 2, 4_000, BANDS), np.float32)
    powers = mixed_powers(magnitudes, np.random.default_rng(1))
    assert powers.mean(axis=1) == pytest.approx(np.full((2, BANDS), 2.0), rel=0.15)
    alone, wide = powers[0, :, 0], powers[0, :, -1]
    assert alone.std() == pytest.approx(np.sqrt(2.0), rel=0.1)  # of 2 + 2 cos
    assert wide.std() < 0.3 * alone.std()


def test_mixes_are_of_one_song_or_of_several(prepared):
    other = {**prepared, "sources": prepared["sources"] * np.float16(0.0)}
    for foreign, expected in ((0.0, {0, 4}), (1.0, {0, 1, 2, 3, 4})):
        training = SmallSeparator(foreign=foreign, frames=16)
        rng = np.random.default_rng(3)
        there = set()
        for _ in range(20):
            batch = training.batch([prepared, other], rng)
            there |= set((batch["sources"].amax(dim=(2, 3)) > 0).sum(dim=1).tolist())
        assert there == expected


def test_validation_is_of_the_real_mix_and_has_no_chance(prepared):
    network = moved(SmallSeparator().network())
    with torch.inference_mode():
        one, same = (SmallSeparator().validation(network, prepared) for _ in range(2))
        wanted = _batch(
            prepared["sources"].astype(np.float32)[None],
            np.square(prepared["mix"].astype(np.float32))[None],
        )
        assert one == same == pytest.approx(float(errors(network, wanted)))


# The separator.


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_what_was_learnt_is_taken_apart(learnt, rate):
    stems = tracks(rate)
    mix = total(stems.values())
    wanted = sources_of(stems) if rate == RATE else None
    got = Separator(lead=True, weights=learnt)(song_of(mix)).stems
    assert list(got) == [*SOURCES, "residual"]
    assert difference_db(total(got.values()), mix) < -100.0
    for name in SOURCES if wanted else ():
        assert distortion_ratio_db(wanted[name], got[name]) > 6.0
    if not wanted:
        assert difference_db(got["bass"], stems["bass"]) < -6.0


def test_the_lead_is_a_part_of_other_unless_it_is_asked_for(learnt):
    mix = total(tracks().values())
    three = Separator(weights=learnt)(song_of(mix)).stems
    four = Separator(lead=True, weights=learnt)(song_of(mix)).stems
    assert list(three) == ["drums", "bass", "other", "residual"]
    assert difference_db(total([four["lead"], four["other"]]), three["other"]) < -100.0


def test_level_does_not_count(learnt):
    mix = total(tracks().values())
    loud, quiet = (
        Separator(weights=learnt)(song_of(mix.scaled(gain))).stems["bass"] for gain in (1.0, 0.01)
    )
    assert difference_db(quiet.scaled(100.0), loud) < -60.0


def test_the_fingerprint_tells_weights_and_settings(learnt, tmp_path):
    one = Separator(weights=learnt)
    assert one.fingerprint() != replace(one, lead=True).fingerprint()
    other = tmp_path / "other.safetensors"
    other.write_bytes(packed(SmallSeparator().network().state_dict(), {}))
    assert Separator(weights=str(other)).fingerprint() != one.fingerprint()
