"""Reading for training: any process, any order, gone on with exactly; fresh consoles."""

import io
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from automix_bench import errors, plugin
from automix_bench.audio import Audio
from automix_bench.consoles.console_json import console_to_json
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.example_files import encode
from automix_bench.dataset.reader import Dataset
from automix_bench.distributions.plain import Uniform
from automix_bench.dsp.loudness import true_peak_dbtp
from automix_bench.effects.gain import Gain
from automix_bench.example import Example, played, sums_to_mix
from automix_bench.files.canonical_json import canonical
from automix_bench.files.quantise import integers
from automix_bench.making.make import make
from automix_bench.sampling import Seed
from automix_bench.training.epoch_sampler import EpochSampler, Turn
from automix_bench.training.fresh_consoles import FreshConsoles, read_turn, through_a_draw
from tests.making.test_make import Halves
from tests.support.tone_source import Tones

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

from automix_bench.training.torch_dataset import ExampleDataset, collate  # noqa: E402


def same(one: Example, other: Example) -> bool:
    return encode(one) == encode(other)


def hashes(dataset, numbers):
    return [dataset[number].after.mix.sha256 for number in numbers]


def test_an_example_is_read_without_the_others(dataset, monkeypatch):
    rows, fresh = dataset.rows, Dataset(dataset.folder)
    for tar in dataset.folder.glob("*.tar"):
        if tar.name != rows[7]["shard"]:
            tar.unlink()
    monkeypatch.setattr("automix_bench.dataset.reader.read_manifest", None)
    # No console of the others is parsed.
    monkeypatch.setattr("automix_bench.dataset.manifest.json", None)
    assert fresh[7].id == rows[7]["id"]
    assert fresh[-1].id == fresh[11].id == rows[11]["id"]
    with pytest.raises(errors.DatasetError, match=r"00000.tar: missing"):
        fresh[0]
    for number in (12, -13):
        with pytest.raises(IndexError, match="no example"):
            fresh[number]


def test_places_and_rows_agree_in_every_split(recipe, tmp_path):
    folder = make(
        recipe(source=Tones(count=12), splits=(0.4, 0.3, 0.3), excerpts_per_song=1), tmp_path / "d"
    ).folder
    splits = {row["split"] for row in Dataset(folder).rows}
    assert len(splits) > 1
    for split in (None, *splits):
        data = Dataset(folder, split)
        assert [data.place(n)["id"] for n in range(len(data))] == [r["id"] for r in data.rows]
        if split is not None:
            assert {data.place(n)["split"] for n in range(len(data))} == {split}


def test_a_wrong_split_and_a_damaged_manifest_are_named(dataset):
    with pytest.raises(errors.DatasetError, match="no examples in split nowhere; there"):
        len(Dataset(dataset.folder, "nowhere"))
    with pytest.raises(errors.DatasetError, match="no finished data set here"):
        ExampleDataset(dataset.folder / "none")
    path = dataset.folder / "manifest.parquet"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(errors.DatasetError, match="damaged"):
        len(Dataset(dataset.folder))


HALF = '''"""Less of it."""

from dataclasses import dataclass

from automix_bench.effect import Effect, knob

__all__ = ["Half"]


@dataclass(frozen=True)
class Half(Effect):
    """Less of it."""

    amount: float = knob(0.0, 1.0, "(linear)")

    def __call__(self, audio):
        return audio.scaled(self.amount)
'''


def test_a_data_set_takes_the_files_of_its_effects_to_another_process(recipe, tmp_path):
    """As a worker has it that did not load them."""
    file = tmp_path / "half.py"
    file.write_text(HALF)
    half = plugin.load("effects", str(file))
    strip = RandomChain((half.random(amount=Uniform(0.2, 0.8)),))
    folder = make(recipe(console=RandomConsole(default=strip)), tmp_path / "d").folder
    (tmp_path / "data.pickle").write_bytes(pickle.dumps(Dataset(folder)))
    code = "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb'))[0].after.mix.sha256)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data.pickle")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == Dataset(folder)[0].after.mix.sha256


def test_a_data_set_is_pickled_small_and_read_in_threads_and_processes(dataset):
    wanted = hashes(dataset, range(12))
    dataset.rows  # noqa: B018  what is cached does not travel
    assert len(pickle.dumps(dataset)) < 1_000
    assert hashes(pickle.loads(pickle.dumps(dataset)), [5]) == wanted[5:6]
    with ThreadPoolExecutor(4) as pool:
        assert [h for (h,) in pool.map(lambda n: hashes(dataset, [n]), range(12))] == wanted
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(hashes, (dataset, [3, 0])) == [wanted[3], wanted[0]]


def test_an_item_is_the_example_as_tensors(dataset):
    data = ExampleDataset(str(dataset.folder))
    assert isinstance(data, torch.utils.data.Dataset)
    item, example = data[4], dataset[4]
    assert item["stems"] == item["roles"] == ["bass", "drums", "keys"]
    assert item["before"].shape == (3, 2, 16_000)
    for side, song in (("before", example.before), ("after", example.after)):
        for number, name in enumerate(item["stems"]):
            assert np.array_equal(item[side][number].numpy(), song.stems[name].samples)
        assert np.array_equal(item[f"{side}_mix"].numpy(), song.mix.samples)
    assert json.loads(item["console"]) == console_to_json(example.console)
    assert (item["id"], item["number"], item["epoch"]) == (example.id, 4, 0)
    assert item["rate"] == 16_000


def fewer(example, rng):
    """An example that keeps as many stems as chance has it."""
    kept = sorted(example.before.stems)[: int(rng.integers(1, 4))]
    before, after = (
        replace(side, stems={name: side.stems[name] for name in kept})
        for side in (example.before, example.after)
    )
    return replace(example, before=before, after=after)


def test_a_batch_is_padded_and_masked(dataset):
    data = ExampleDataset(dataset.folder, change=fewer)
    items = [data[n] for n in range(6)]
    counts = [len(item["stems"]) for item in items]
    assert len(set(counts)) > 1
    batch = collate(items)
    assert batch["before"].shape == (6, max(counts), 2, 16_000)
    assert batch["mask"].sum(1).tolist() == counts
    for number, item in enumerate(items):
        for side in ("before", "after"):
            assert torch.equal(batch[side][number, : counts[number]], item[side])
            assert not batch[side][number, counts[number] :].any()
        assert torch.equal(batch["after_mix"][number], item["after_mix"])
    assert batch["id"] == [item["id"] for item in items]
    with pytest.raises(errors.UsageError, match="differ in before_mix"):
        collate([items[0], {**items[1], "before_mix": items[1]["before_mix"][:, :100]}])
    with pytest.raises(errors.UsageError, match="differ in rate"):
        collate([items[0], {**items[1], "rate": 8_000}])


def turns(batches):
    return [
        (id, int(epoch), change.tobytes())
        for batch in batches
        for id, epoch, change in zip(
            batch["id"], batch["epoch"], batch["after"].numpy(), strict=True
        )
    ]


def loader(data, sampler, workers, context=None, **settings):
    return DataLoader(
        data,
        5,
        sampler=sampler,
        collate_fn=collate,
        num_workers=workers,
        multiprocessing_context=context,
        **settings,
    )


@pytest.mark.parametrize(("workers", "context"), [(2, "fork"), (1, "spawn")])
def test_epochs_are_the_same_with_any_workers(recipe, dataset, workers, context):
    def two_epochs(workers, context):
        data = ExampleDataset(dataset.folder, consoles=recipe(seed=3), change=quieter, seed=5)
        sampler = EpochSampler(len(data), seed=2)
        settings = {"persistent_workers": True} if workers else {}
        batches = loader(data, sampler, workers, context, **settings)
        return [turns(batches), turns(batches)], sampler.epoch

    alone, epoch = two_epochs(0, None)
    assert epoch == 2
    assert [sorted(i for i, _, _ in e) for e in alone] == [sorted(i for i, _, _ in alone[0])] * 2
    assert [i for i, _, _ in alone[0]] != [i for i, _, _ in alone[1]]
    by_id = [{i: sound for i, _, sound in e} for e in alone]
    assert all(by_id[0][i] != by_id[1][i] for i in by_id[0])
    assert two_epochs(workers, context) == (alone, 2)


def quieter(example, rng):
    gain = float(rng.uniform(0.5, 1.0))
    stems = {name: stem.scaled(gain) for name, stem in example.after.stems.items()}
    return replace(example, after=replace(example.after, stems=stems))


@pytest.mark.parametrize("broken_after", [1, 2, 3, 4])
def test_a_run_that_is_broken_off_goes_on_exactly(dataset, broken_after):
    data = ExampleDataset(dataset.folder)

    def batches(sampler):
        while sampler.epoch < 2:
            yield from loader(data, sampler, 0)

    whole = [batch["id"] for batch in batches(EpochSampler(12, seed=4))]
    assert len(whole) == 6
    sampler = EpochSampler(12, seed=4)
    reads_ahead = loader(data, sampler, 1, "fork", prefetch_factor=4)
    seen = []
    while len(seen) < broken_after:
        for batch in reads_ahead:
            seen.append(batch["id"])
            state = sampler.state_dict(after=batch)
            if len(seen) == broken_after:
                break
    resumed = EpochSampler(12, seed=4)
    resumed.load_state_dict(json.loads(json.dumps(state)))
    seen += [batch["id"] for batch in batches(resumed)]
    assert seen == whole


def test_the_order_is_that_of_seed_and_epoch_and_a_foreign_state_is_refused():
    orders = [EpochSampler(50, seed=s).order(e) for s in (1, 2) for e in (0, 1)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert [t.number for t in EpochSampler(5, seed=1, shuffled=False)] == list(range(5))
    ranks = [EpochSampler(50, seed=1, rank=r, ranks=3).order(0) for r in range(3)]
    assert {len(order) for order in ranks} == {16}
    assert len({n for order in ranks for n in order}) == 48
    sampler = EpochSampler(50, seed=1)
    state = sampler.state_dict(after={"epoch": [3], "position": [49]})
    assert (state["epoch"], state["position"]) == (4, 0)
    with pytest.raises(errors.UsageError, match="the sampler's seed is 2, that of the state 1"):
        EpochSampler(50, seed=2).load_state_dict(state)
    with pytest.raises(errors.UsageError, match="an epoch of 2 examples for 3 ranks"):
        EpochSampler(2, seed=1, rank=0, ranks=3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epoch", -1),
        ("epoch", 1.5),
        ("epoch", "2"),
        ("epoch", None),
        ("epoch", True),
        ("position", -1),
        ("position", 25),
        ("position", 2.0),
        ("position", None),
    ],
)
def test_a_state_that_is_none_is_refused_and_changes_nothing(name, value):
    sampler = EpochSampler(50, seed=1, ranks=2)
    state = sampler.state_dict(after={"epoch": [3], "position": [7]})
    with pytest.raises(errors.UsageError, match=f"the state's {name} is .*, wanted a whole number"):
        sampler.load_state_dict({**state, name: value})
    assert (sampler.epoch, sampler.position) == (0, 0)
    sampler.load_state_dict({**state, "position": 24})
    assert [turn.position for turn in sampler] == [24]


def test_a_batch_of_nothing_is_refused():
    with pytest.raises(errors.UsageError, match="a batch of no items"):
        collate([])


def test_a_turn_with_a_fresh_console_decodes_no_after(recipe, dataset, monkeypatch):
    fresh = FreshConsoles(recipe(), 9)
    wanted = fresh(dataset[5], 3)
    monkeypatch.setattr("automix_bench.dataset.reader.read_example", None)
    assert same(read_turn(dataset, Turn(5, 3, 0), fresh), wanted)


def test_make_s_own_draw_renders_to_what_is_stored(recipe, tmp_path):
    made_by = recipe(audible_db=1.0, source=Tones(level=0.3))
    data = Dataset(make(made_by, tmp_path / "data").folder)
    seeds = Seed(made_by.seed) / made_by.name
    for number, example in enumerate(data):
        own = seeds / example.song / (number % 3)
        assert same(through_a_draw(made_by, example, own), example)


def test_fresh_consoles_are_played_as_make_plays_them(recipe, dataset):
    fresh = FreshConsoles(recipe(), 9)
    example = dataset[0]
    drawn = [fresh(example, epoch) for epoch in range(4)]
    consoles = {canonical(console_to_json(e.console)) for e in (example, *drawn)}
    assert len(consoles) == 5
    assert same(fresh(example, 2), drawn[2])
    assert not same(FreshConsoles(recipe(), 8)(example, 2), drawn[2])
    for one in drawn:
        assert one.id == example.id
        again = played(one.console, one.before)
        assert np.array_equal(integers(again.mix), integers(one.after.mix))
        if one.gain_db == example.gain_db:
            assert one.before.mix.sha256 == example.before.mix.sha256


def test_a_fresh_console_that_needs_headroom_lowers_the_whole_example(recipe, tmp_path):
    folder = make(recipe(separator=Halves(), source=Tones(with_stems=False)), tmp_path / "d").folder
    loud = recipe(console=RandomConsole(default=RandomChain((Gain.random(gain_db=30.0),))))
    example = Dataset(folder)[0]
    fresh = FreshConsoles(loud, 1)(example, 0)
    assert fresh.gain_db < example.gain_db - 3.0
    parts = (fresh.before.mix, fresh.after.mix, *fresh.after.stems.values())
    assert -1.8 < max(true_peak_dbtp(part) for part in parts) <= -1.0
    assert sums_to_mix(fresh.before)


def test_prepared_stems_are_not_prepared_again(recipe, tmp_path):
    strip = RandomChain((Gain.random(gain_db=Uniform(-6.0, 0.0)),))
    twice = RandomConsole(default=strip, prepared=strip)
    made_by = recipe(console=twice)
    example = Dataset(make(made_by, tmp_path / "d").folder)[0]
    fresh = FreshConsoles(made_by, 1)(example, 0)
    assert fresh.console.prepared == example.console.prepared != {}
    assert fresh.console.strips != example.console.strips
    for name, stem in example.before.stems.items():
        assert stem.sha256 == fresh.before.stems[name].sha256


def test_an_example_that_no_draw_changes_is_named(recipe, dataset):
    deaf = recipe(
        audible_db=50.0,
        draws=2,
        console=RandomConsole(default=RandomChain((Gain.random(gain_db=1.0),))),
    )
    data = ExampleDataset(dataset.folder, consoles=deaf)
    with pytest.raises(errors.Rejected, match=r"tones-0_0001: no console .* by 50 dB in 2 draws"):
        data[Turn(1, 3, 0)]


READ_BY_WEBDATASET = """
import pickle, sys
import webdataset
tars = sys.argv[1:]
pickle.dump(list(webdataset.WebDataset(tars, shardshuffle=False)), sys.stdout.buffer)
"""


def test_webdataset_reads_equal_integers_from_the_tars(dataset):
    pytest.importorskip("webdataset")
    tars = sorted(str(path) for path in dataset.folder.glob("*.tar"))
    # A process of its own, as webdataset leaves its files to the garbage collector, with a warning.
    said = subprocess.run(
        [sys.executable, "-c", READ_BY_WEBDATASET, *tars], check=True, capture_output=True
    )
    read = pickle.loads(said.stdout)
    assert [sample["__key__"] for sample in read] == [row["id"] for row in dataset.rows]
    for example, sample in zip(dataset, read, strict=True):
        assert json.loads(sample["json"])["console"] == console_to_json(example.console)
        for side, song in (("before", example.before), ("after", example.after)):
            for name, audio in {**song.stems, "mix": song.mix}.items():
                assert np.array_equal(heard(sample[f"{side}.{name}.flac"]), integers(audio))


def heard(content):
    """The integers in a file, by soundfile and nothing of ours."""
    samples, _ = soundfile.read(io.BytesIO(content), dtype="int32", always_2d=True)
    return samples.T >> 8


READ_BY_THE_HUB_S_LOADER = """
import pickle, sys
import datasets
import torchcodec
loaded = datasets.load_dataset(
    "webdataset", data_files={"train": sys.argv[1] + "/*.tar"}, split="train",
    cache_dir=sys.argv[2], streaming=sys.argv[3] == "streamed",
)
def found(sample):
    sounds = {name: sample[name].get_all_samples() for name in sample if name.endswith(".flac")}
    pairs = {name: (sound.data.numpy(), sound.sample_rate) for name, sound in sounds.items()}
    return sample["__key__"], pairs
pickle.dump([found(sample) for sample in loaded], sys.stdout.buffer)
"""


@pytest.mark.parametrize("how", ["streamed", "whole"])
def test_the_hub_s_loader_hears_equal_integers_in_the_tars_as_they_are(dataset, tmp_path, how):
    pytest.importorskip("datasets")
    try:
        import torchcodec  # noqa: F401
    except (ImportError, RuntimeError, OSError) as error:  # it comes without FFmpeg's libraries
        pytest.skip(f"torchcodec does not load: {str(error).splitlines()[0]}")
    # A process of its own: the loader and torchcodec leave warnings and threads behind.
    said = subprocess.run(
        [sys.executable, "-c", READ_BY_THE_HUB_S_LOADER, str(dataset.folder), str(tmp_path), how],
        capture_output=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert said.returncode == 0, said.stderr.decode()
    read = pickle.loads(said.stdout)
    assert [key for key, _ in read] == [row["id"] for row in dataset.rows]
    for example, (_, sounds) in zip(dataset, read, strict=True):
        for side, song in (("before", example.before), ("after", example.after)):
            for name, audio in {**song.stems, "mix": song.mix}.items():
                samples, rate = sounds[f"{side}.{name}.flac"]
                assert rate == audio.rate
                assert np.array_equal(integers(Audio(samples, rate)), integers(audio))


def test_nothing_but_the_module_for_it_loads_torch():
    code = (
        "import sys, automix_bench.training.fresh_consoles as t; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_subsets_go_through_the_sampler_with_their_epochs(recipe, dataset):
    data = ExampleDataset(dataset.folder, consoles=recipe(seed=3), change=quieter, seed=5)
    by_turn = {
        (n, e): data[Turn(n, e, 0)]["after"].numpy().tobytes() for n in (7, 2) for e in (0, 1)
    }
    subset = torch.utils.data.Subset(data, [7, 2])
    sampler = EpochSampler(subset, seed=1)
    assert len(sampler) == 2
    epochs = [
        {
            int(number): after.tobytes()
            for batch in loader(subset, sampler, 0)
            for number, after in zip(batch["number"], batch["after"].numpy(), strict=True)
        }
        for _ in range(2)
    ]
    for epoch in (0, 1):
        assert epochs[epoch] == {number: by_turn[number, epoch] for number in (7, 2)}
    assert subset.indices == [7, 2]
    assert subset[1]["id"] == data[2]["id"]
    assert [item["id"] for item in torch.utils.data.Subset(subset, [1])] == [data[2]["id"]]


@pytest.mark.parametrize("workers", [(0, None), (2, "fork"), (1, "spawn")])
def test_the_parts_of_a_random_split_share_no_example(dataset, workers):
    data = ExampleDataset(dataset.folder)
    chance = torch.Generator().manual_seed(8)
    parts = torch.utils.data.random_split(data, [0.75, 0.25], chance)
    ids = []
    for part in parts:
        batches = list(loader(part, EpochSampler(part, seed=2), *workers))
        ids.append(sorted(id for batch in batches for id in batch["id"]))
        assert ids[-1] == sorted(data[number]["id"] for number in part.indices)
    assert sorted(ids[0] + ids[1]) == sorted(row["id"] for row in dataset.rows)


@pytest.mark.parametrize("indices", [range(2, 11), np.arange(2, 11), torch.arange(2, 11)])
@pytest.mark.parametrize("ranks", [1, 2])
def test_a_subset_is_divided_and_resumed_as_the_whole(dataset, indices, ranks):
    subset = torch.utils.data.Subset(ExampleDataset(dataset.folder), indices)
    nested = torch.utils.data.Subset(subset, [0, 8, 3, 5])
    for part, count in ((subset, 9), (nested, 4)):
        seen = []
        for rank in range(ranks):
            sampler = EpochSampler(part, seed=3, rank=rank, ranks=ranks)
            whole = [turn for batch in loader(part, sampler, 0) for turn in batch["id"]]
            assert len(whole) == len(sampler) == count // ranks
            seen += whole
            state = sampler.state_dict(after={"epoch": [0], "position": [0]})
            resumed = EpochSampler(part, seed=3, rank=rank, ranks=ranks)
            resumed.load_state_dict(json.loads(json.dumps(state)))
            rest = [turn for batch in loader(part, resumed, 0) for turn in batch["id"]]
            assert rest == whole[1:]
        assert len(set(seen)) == count // ranks * ranks
        assert {int(id.split("-")[1][0]) * 3 + int(id[-1]) for id in seen} <= set(range(2, 11))
    sampler, state = (
        EpochSampler(nested, seed=3),
        EpochSampler(nested, seed=3).state_dict(after={"epoch": [0], "position": [0]}),
    )
    other = torch.utils.data.Subset(subset, [0, 8, 3, 6])
    for foreign in (other, 4):
        with pytest.raises(errors.UsageError, match="the sampler's subset is"):
            EpochSampler(foreign, seed=3).load_state_dict(state)
    with pytest.raises(errors.UsageError, match="the sampler's subset is"):
        sampler.load_state_dict(
            EpochSampler(4, seed=3).state_dict(after={"epoch": [0], "position": [0]})
        )


def test_a_subset_whose_sampler_knows_its_number_alone_is_refused(dataset):
    subset = torch.utils.data.Subset(ExampleDataset(dataset.folder), [3, 4])
    with pytest.raises(errors.UsageError, match=r"EpochSampler\(subset, seed=…\)"):
        list(loader(subset, EpochSampler(len(subset), seed=1), 0))


def test_a_subset_works_with_torch_s_own_samplers(dataset):
    from torch.utils.data import DistributedSampler

    subset = torch.utils.data.Subset(ExampleDataset(dataset.folder), [5, 1, 8, 2])
    samplers = [DistributedSampler(subset, 2, rank, seed=1) for rank in (0, 1)]
    ids = [id for own in samplers for batch in loader(subset, own, 0) for id in batch["id"]]
    assert sorted(ids) == sorted(dataset.rows[number]["id"] for number in (5, 1, 8, 2))
    shuffled = DataLoader(subset, 4, shuffle=True, collate_fn=collate)
    assert sorted(next(iter(shuffled))["id"]) == sorted(ids)


def test_a_sampler_takes_the_data_set_itself(dataset):
    data = ExampleDataset(dataset.folder)
    assert EpochSampler(data, seed=1).order(2) == EpochSampler(12, seed=1).order(2)
    state = EpochSampler(data, seed=1).state_dict(after={"epoch": [0], "position": [3]})
    EpochSampler(12, seed=1).load_state_dict(state)


@pytest.mark.parametrize("workers", [(0, None), (1, "fork"), (1, "spawn")])
def test_examples_are_chosen_by_value_or_by_function(dataset, workers):
    rows = dataset.rows
    for where, choose in (
        ({"song": "tones-1"}, lambda row: row["song"] == "tones-1"),
        ({"song": ("tones-1", "tones-3")}, lambda row: row["song"] in ("tones-1", "tones-3")),
        ({"stems": "keys", "rate": 16_000}, lambda row: True),
        (lambda row: row["mix_severity_db"] > 3.0, lambda row: row["mix_severity_db"] > 3.0),
        (lambda row: row["start"] == 0, lambda row: row["start"] == 0),
    ):
        data = ExampleDataset(dataset.folder, where=where)
        chosen = [row["id"] for row in rows if choose(row)]
        assert len(chosen) == len(data) > 0
        sampler = EpochSampler(data, seed=1, shuffled=False)
        assert [id for b in loader(data, sampler, *workers) for id in b["id"]] == chosen
        inner = data.dataset
        assert [row["id"] for row in inner.rows] == list(inner.to_frame()["id"]) == chosen
        assert set(inner.knobs_frame()["id"]) <= set(chosen)
        assert len(inner.mix_kinds) == len(chosen)
        again = pickle.loads(pickle.dumps(inner))
        assert again.fingerprint == inner.fingerprint
        assert [example.id for example in pickle.loads(pickle.dumps(again))] == chosen


def test_a_split_and_a_choice_hold_together(recipe, tmp_path):
    source = Tones(count=12)
    folder = make(recipe(source=source, splits=(0.4, 0.3, 0.3)), tmp_path / "d").folder
    for where in ({"start": 0}, lambda row: row["start"] == 0):
        rows = Dataset(folder, "train", where=where).rows
        assert {(row["split"], row["start"]) for row in rows} == {("train", 0)}
        assert [row["id"] for row in rows] == [
            row["id"] for row in Dataset(folder, "train").rows if row["start"] == 0
        ]
    both = {"start": 0, "split": "train"}
    assert (
        Dataset(folder, where=both).fingerprint
        == Dataset(folder, "train", where={"start": 0}).fingerprint
    )
    with pytest.raises(errors.DatasetError, match="asked for split='train'"):
        len(Dataset(folder, "train", where={"split": "test"}))


def test_a_choice_of_nothing_or_by_no_column_is_refused(dataset):
    def open_with(where):
        with pytest.raises((errors.UsageError, errors.DatasetError)) as refused:
            ExampleDataset(dataset.folder, where=where)
        return str(refused.value)

    assert "no column 'sample_rate', did you mean 'rate'? there are song, " in open_with(
        {"sample_rate": 16_000}
    )
    assert "no column 'artst', did you mean 'artist'?" in open_with({"artst": "x"})
    assert "no column 'sample_rate', did you mean 'rate'?" in open_with(
        lambda row: row["sample_rate"] == 1
    )
    line = open_with({"rate": "16000"})
    assert "no example is chosen: asked for rate='16000', manifest.parquet has 16000" in line
    assert "no example is chosen by the function" in open_with(lambda row: False)
    with pytest.raises(ValueError, match="mine"):
        ExampleDataset(dataset.folder, where=lambda row: int("mine"))


def test_the_message_on_differing_rates_names_both_ways_out(dataset):
    data = ExampleDataset(dataset.folder)
    with pytest.raises(errors.UsageError) as refused:
        collate([data[0], {**data[1], "rate": 44_100}])
    assert "where={'rate': 16000}" in str(refused.value)
    assert "--set rate=16000" in str(refused.value)
