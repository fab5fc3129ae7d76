"""The network of instructions in words: what it reads, what it is asked, and what is then done."""

from itertools import combinations

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.dsp.bss.distortion import distortion_ratio_db
from automix_bench.errors import Rejected
from automix_bench.model import Brief
from automix_bench.model_parts.word_grams import BUCKETS, MOST_WORDS, word_grams
from automix_bench.models.learned.text_manipulation_net import TextManipulationNet as Model
from automix_bench.networks.text_manipulation import TextManipulationNetwork
from automix_bench.separation.cell_bands import RATE, band_powers, spectra
from automix_bench.sources.composed import Composed
from automix_bench.task_parts.instructions import (
    FORBIDDEN,
    HALL,
    NO_OPERATION,
    NOTHING,
    WORDINGS,
    Instruction,
    instruction_in,
    listed,
    source_of,
)
from automix_bench.task_parts.text_questions import (
    ALL,
    DIRECT,
    HEARD,
    NAMED,
    OPERATIONS,
    PARTS,
    TAIL,
    question,
)
from automix_bench.trainings.text_manipulation_net import (
    TextManipulationNet,
    errors,
    instruction,
    mixed_powers,
    sources_of,
)
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example
from tests.trainings.test_mixing_console import difference_db, track
from tests.trainings.test_small_separator import band_noise, tracks


@pytest.fixture(scope="module")
def prepared():
    return TextManipulationNet().prepared(example(tracks()))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """Weights of a network that knows these tracks only, and some wordings."""
    torch.manual_seed(1)
    training = TextManipulationNet(foreign=0.0, gain_db=3.0)
    arrays, network = training.prepared(example(tracks())), training.network().eval()
    optimiser = torch.optim.AdamW(network.parameters(), 4e-3)
    rng = np.random.default_rng(1)
    for _ in range(80):
        optimiser.zero_grad()
        training.loss(network, training.batch([arrays] * 2, rng)).backward()
        optimiser.step()
    path = tmp_path_factory.mktemp("weights") / "learnt.safetensors"
    path.write_bytes(packed(network.state_dict(), {}))
    return str(path)


# Words.


def test_words_are_read_by_their_letters():
    grams = word_grams(["Mute the DRUMS!", "mute, the drums", "mute the drum"])
    assert np.array_equal(grams[0], grams[1])
    one, other = ({*row[2]} - {0} for row in grams[1:])
    assert len(one & other) >= 3  # <dr dru rum
    assert one != other
    assert word_grams(["don\N{RIGHT SINGLE QUOTATION MARK}t"]).tolist() == (
        word_grams(["don't"]).tolist()
    )


def test_any_text_can_be_read():
    texts = ["", "?!", "a" * 10_000, "word " * 10_000, "\x00\ud7ff\N{GRINNING FACE}", "日本語"]
    grams = word_grams(texts)
    assert grams.shape[0] == len(texts)
    assert grams.shape[1] == MOST_WORDS
    assert grams.min() == 0
    assert 0 < grams.max() <= BUCKETS
    assert not grams[:2].any()
    torch.manual_seed(0)
    operations, sources = TextManipulationNet().network().eval().read(torch.from_numpy(grams))
    assert torch.isfinite(operations).all()
    assert torch.isfinite(sources).all()


def test_a_text_is_read_alike_alone_and_beside_longer_ones():
    torch.manual_seed(0)
    network = TextManipulationNet().network().eval()
    texts = ["mute the drums", "put the bass, the vocals and the other instruments hard left"]
    together = network.read(torch.from_numpy(word_grams(texts)))
    for place, text in enumerate(texts):
        alone = network.read(torch.from_numpy(word_grams([text])))
        for one, other in zip(together, alone, strict=True):
            torch.testing.assert_close(one[place], other[0], atol=1e-6, rtol=1e-5)


def test_the_instructions_of_the_training_are_those_of_the_grammar():
    rng, read = np.random.default_rng(3), 0
    for _ in range(400):
        text, operation, targets = instruction(rng)
        named = tuple(name for name, one in zip(NAMED, targets, strict=True) if one)
        try:
            wanted = instruction_in(text)
        except ValueError:
            continue  # it has a word more or less
        read += 1
        assert OPERATIONS[operation] == wanted.operation
        assert set(named) == set(wanted.targets)
    assert read > 60


# What is stored, and mixed.


def test_sources_and_their_tails_are_those_of_the_sounds(prepared):
    sources = sources_of(tracks())
    assert tuple(sources) == HEARD == ("drums", "bass", "other")
    whole = total(sources.values())
    level = np.sqrt(np.mean(np.square(prepared["mix"].astype(float)))) / np.sqrt(
        np.mean(band_powers(spectra(whole.samples)))
    )
    drums = sources["drums"].scaled(level)
    stored = prepared["sources"][0].astype(float)
    assert stored == pytest.approx(np.sqrt(band_powers(spectra(drums.samples))), rel=3e-3, abs=1e-6)
    tail = Audio(HALL(drums).samples - (1.0 - HALL.wet) * drums.samples, RATE)
    stored = prepared["tails"][0].astype(float)
    assert stored == pytest.approx(np.sqrt(band_powers(spectra(tail.samples))), rel=3e-3, abs=1e-6)
    number = int(prepared["in_hall"])
    played = {**sources, HEARD[number]: HALL(sources[HEARD[number]])}
    wet = total(played.values()).scaled(level)
    assert prepared["mix_in_hall"].astype(float) == pytest.approx(
        np.sqrt(band_powers(spectra(wet.samples))), rel=3e-3, abs=1e-6
    )


def test_a_voice_counts_as_one_of_the_others():
    sounds = {"vocals": band_noise(1, 500, 900), "bass": band_noise(2, 60, 300)}
    sources = sources_of(sounds)
    assert set(sources) == {"bass", "other"}
    assert difference_db(sources["other"], sounds["vocals"]) < -100.0


@pytest.mark.parametrize("gain", [0.0, 0.1])
def test_what_is_one_source_or_silent_is_rejected(gain):
    stems = {"kick": band_noise(1, 2_000, 4_000).scaled(gain), "snare": band_noise(2, 100, 900)}
    with pytest.raises(Rejected, match="one source only"):
        TextManipulationNet().prepared(example(stems))


def test_the_powers_of_a_mix_are_those_of_its_sounds_in_the_mean():
    rng = np.random.default_rng(0)
    sounds = rng.uniform(0.1, 1.0, (1, 3, 2, 4, 101)).astype(np.float32)
    one = mixed_powers(sounds[:, :1], rng)
    np.testing.assert_allclose(one, np.square(sounds[:, 0]), rtol=1e-4)
    mixes = np.mean([mixed_powers(sounds, rng) for _ in range(2_000)], axis=0)
    np.testing.assert_allclose(mixes, np.square(sounds).sum(axis=1), rtol=0.15)
    spread = np.std([mixed_powers(sounds, rng) for _ in range(300)], axis=0).mean(axis=(0, 1, 2))
    assert spread[:48].mean() > 3.0 * spread[-5:].mean()  # bands of many bins vary less


def test_a_question_is_about_what_it_names():
    assert PARTS[:3] == (("direct", "drums"), ("direct", "bass"), ("direct", "other"))
    assert question(["bass"], ALL).tolist() == [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]
    assert question(["bass", "drums"], TAIL).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]
    assert question(["other", "vocals"], DIRECT).tolist() == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert not question(["vocals"], ALL).any()
    assert question(NAMED, ALL).all()


def test_the_parts_of_a_batch_are_those_of_its_mix(prepared):
    training = TextManipulationNet(foreign=0.0, gain_db=0.0)
    batch = training.batch([prepared] * 40, np.random.default_rng(5))
    powers = batch["parts"].square().sum(dim=(2, 3))
    ratio = powers.sum(dim=1) / batch["mix"].sum(dim=(1, 2, 3))
    assert ratio.tolist() == pytest.approx([1.0] * 40, abs=0.1)
    in_hall = powers[:, 3:] > 0.0
    assert 0.1 < float(in_hall.float().mean()) < 0.4
    direct = powers[:, :3]
    dry = torch.stack([direct[:, n][~in_hall[:, n]].mean() for n in range(3)])
    wet = torch.stack([direct[:, n][in_hall[:, n]].mean() for n in range(3)])
    assert (wet / dry).tolist() == pytest.approx([(1.0 - HALL.wet) ** 2] * 3, rel=0.1)


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = TextManipulationNet(frames=24)
    batch = training.batch([prepared] * 2, np.random.default_rng(1))
    assert_learns(training, batch, steps=50, elsewhere=False)


def test_validation_is_the_error_of_the_parts_dry_and_in_the_hall(prepared):
    torch.manual_seed(0)
    training = TextManipulationNet()
    network = training.network().eval()
    with torch.inference_mode():
        value = training.validation(network, prepared)
        # Untrained, every part has an equal share of every cell.
        mix = np.sqrt(np.square(prepared["mix"].astype(np.float32)).sum(axis=0))
        sources = np.sqrt(np.square(prepared["sources"].astype(np.float32)).sum(axis=1))
        share = mix / len(PARTS)
        off = np.square(share - sources).sum() + 3.0 * np.square(share).sum()
        dry = off / np.square(sources).sum()
        both = {
            "mix": torch.from_numpy(np.square(prepared["mix"].astype(np.float32))[None]),
            "parts": torch.from_numpy(np.concatenate([sources, 0.0 * sources])[None]),
        }
        assert float(errors(network, both)) == pytest.approx(dry, rel=1e-4)
    assert 0.3 < value < 1.0


# The model.


def test_what_asks_for_nothing_changes_nothing(learnt):
    mix = total(tracks().values())
    for text in (None, *NOTHING):
        assert difference_db(Model(learnt)(Brief({"mix": mix}, text=text)).stems["mix"], mix) < -150
    silence = mix.scaled(0.0)
    assert (
        not Model(learnt)(Brief({"mix": silence}, text="mute the bass")).stems["mix"].samples.any()
    )
    for shown in (Audio(mix.samples[:, :100], RATE), Audio(np.tile(mix.samples, (2, 1)), RATE)):
        answer = Model(learnt)(Brief({"mix": shown}, text="mute the bass")).stems["mix"]
        assert np.array_equal(answer.samples, shown.samples)


def changed(learnt, read, mix):
    return Model(learnt)._changed(mix, read)


@pytest.mark.parametrize(
    ("operation", "targets"),
    [
        ("mute", ("drums",)),
        ("separate", ("bass", "other")),
        ("louder", ("bass",)),
        ("softer", ("drums", "other")),
        ("completely left", ("drums",)),
        ("low-pass heavily", ("bass", "other")),
        ("high-pass lightly", ("drums",)),
    ],
)
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_an_operation_changes_its_sources_and_leaves_the_others(learnt, operation, targets, rate):
    read, sources = Instruction(operation, targets), {}
    for name, sound in tracks(rate).items():
        source = "drums" if name in ("kick", "snare") else "bass" if name == "bass" else "other"
        sources[source] = sources[source] + sound if source in sources else sound
    mix = total(sources.values())
    wanted = total(
        [
            sound if not read.changes(name) else _through(read, name, sound)
            for name, sound in sources.items()
        ]
    )
    answer = changed(learnt, read, mix)
    assert answer.rate == rate
    assert answer.samples.shape == mix.samples.shape
    assert difference_db(answer, wanted) < difference_db(mix, wanted) - 5.0


def _through(read, name, sound):
    for effect in read.effects(name):
        sound = effect(sound)
    return sound


def test_reverberation_is_taken_away_and_the_direct_sound_has_its_level_again(learnt, monkeypatch):
    sources = sources_of(tracks())
    shown = total([HALL(sources["drums"]), sources["bass"], sources["other"]])
    direct = sources["drums"].scaled(1.0 - HALL.wet)
    parts = [direct, HALL(sources["drums"]) + direct.scaled(-1.0)]
    asked = []
    monkeypatch.setattr(Model, "_heard", lambda self, mix, of: asked.extend(of) or parts)
    answer = changed(learnt, Instruction("dry", ("drums",)), shown)
    assert difference_db(answer, total(sources.values())) < -120.0
    assert [one.tolist() for one in asked] == [
        question(["drums"], kind).tolist() for kind in (DIRECT, TAIL)
    ]


def test_the_level_of_the_mix_and_its_channels_make_no_difference(learnt):
    mix, read = total(tracks().values()), Instruction("mute", ("drums",))
    answer = changed(learnt, read, mix)
    assert difference_db(changed(learnt, read, mix.scaled(0.05)).scaled(20.0), answer) < -60.0
    mono = Audio(mix.samples[:1], RATE)
    both = Audio(np.repeat(mono.samples, 2, axis=0), RATE)
    one, two = (changed(learnt, read, sound) for sound in (mono, both))
    assert one.channels == 1
    assert difference_db(Audio(two.samples[:1], RATE), one) < -100.0


# The weights that are shipped.

OTHER_WORDS = {
    "kill the drums": Instruction("mute", ("drums",)),
    "silence the bass": Instruction("mute", ("bass",)),
    "no drums please": Instruction("mute", ("drums",)),
    "drums louder": Instruction("louder", ("drums",)),
    "turn up the bass": Instruction("louder", ("bass",)),
    "more volume on the drums": Instruction("louder", ("drums",)),
    "turn down the drums": Instruction("softer", ("drums",)),
    "the bass should be softer": Instruction("softer", ("bass",)),
    "only the drums": Instruction("separate", ("drums",)),
    "drums and bass hard right": Instruction("completely right", ("bass", "drums")),
    "drum to the left": Instruction("left", ("drums",)),
    "isolate bass & drums": Instruction("separate", ("bass", "drums")),
}
"""Wordings that the grammar does not have."""


def test_the_shipped_weights_read_all_of_the_grammar():
    model = Model()
    for operation, wordings in WORDINGS.items():
        for count in (1, 2, 3):
            for targets in combinations(sorted(NAMED), count):
                for wording in wordings:
                    text = wording.format(listed(targets))
                    assert model.read(text) == Instruction(operation, targets), text
    for text in NOTHING:
        assert model.read(text) == Instruction(NO_OPERATION)
    for forbidden in FORBIDDEN:
        for wordings in WORDINGS.values():
            for wording in wordings:
                text = forbidden.format(wording.format("drums"))
                assert model.read(text) == Instruction(NO_OPERATION), text


def test_the_shipped_weights_read_most_of_other_words():
    model = Model()
    with pytest.raises(ValueError, match="expected an instruction"):
        instruction_in("kill the drums")
    read = {text: model.read(text) for text in OTHER_WORDS}
    wrong = {text: one for text, one in read.items() if one != OTHER_WORDS[text]}
    assert len(wrong) <= 5, wrong
    assert {one.operation for one in wrong.values()} <= {NO_OPERATION}, wrong


@pytest.mark.parametrize(
    "text",
    ["", "hello world", "please fix this", "more bass", "make the drums sound like a truck"],
)
def test_the_shipped_weights_do_nothing_where_no_operation_is_clear(text):
    assert Model().read(text) == Instruction(NO_OPERATION)


def test_the_shipped_weights_hear_drums_in_a_song():
    source = Composed(1, first=71_000, seconds=10.0, genres=("rock",))
    stems = source.load(source.catalogue().listings[0]).stems
    drums = total(one for name, one in stems.items() if source_of(name) == "drums")
    mix = total(stems.values())
    answer = Model()(Brief({"mix": mix}, text="isolate the drums")).stems["mix"]
    assert distortion_ratio_db(drums, answer) > distortion_ratio_db(drums, mix) + 3.0


def test_the_network_has_the_size_that_a_file_may_have():
    numbers = sum(one.numel() for one in TextManipulationNet().network().parameters())
    assert isinstance(TextManipulationNet().network(), TextManipulationNetwork)
    assert 4 * numbers < 5_000_000


@pytest.mark.parametrize(
    ("channels", "text"),
    [
        (1, "pan the bass to the left"),
        (2, "separate the vocals"),
        (2, "mute the vocals"),
    ],
)
def test_what_it_cannot_do_to_a_mix_changes_nothing(channels, text):
    tracks = {"bass": track(1), "keys": track(2)}
    stems = {name: one.with_samples(one.samples[:channels]) for name, one in tracks.items()}
    model = Model()
    assert model.read(text).targets
    got = model(Brief(stems, text=text)).stems["mix"]
    assert np.array_equal(got.samples, total(stems[name] for name in sorted(stems)).samples)


def test_no_stems_are_refused_in_words():
    with pytest.raises(ValueError, match="expected the stems of a mix, got none"):
        Model()(Brief({}, text="mute the bass"))
