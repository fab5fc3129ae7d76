"""Data sets that store `before` alone, and several consoles for one excerpt: the same samples."""

import json
import tarfile
from itertools import product

import numpy as np
import pytest

from automix_bench import errors
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomAux, RandomConsole, RandomGroup
from automix_bench.dataset.example_files import sounds_sha256
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_reader import files_of, read_files
from automix_bench.dataset.verify import verify
from automix_bench.distributions.plain import Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.files.quantise import integers
from automix_bench.making.audible_draw import audible_draw
from automix_bench.making.cut import cut
from automix_bench.making.estimate import estimate, to_text
from automix_bench.making.examples import examples_of
from automix_bench.making.make import make
from automix_bench.making.rebuild import rebuild, write_example
from automix_bench.making.recipe_json import recipe_json
from automix_bench.publishing.parquet import export_parquet
from automix_bench.recipe import example_id, numbers_in, seed_of
from automix_bench.sampling import Seed
from automix_bench.song import Song
from tests.making.test_estimate import Halves
from tests.support.tone_source import Tones

FEW = Tones(count=2)
PLACES = {"shard", "offset", "size", "sha256"}
LOUD = RandomChain((Gain.random(gain_db=Uniform(-6.0, 24.0)),))
WHOLE_DESK = RandomConsole(
    default=RandomChain((SoftClip.random(drive_db=Uniform(0.0, 12.0)),)),
    bus=RandomChain(
        (
            Compressor.random(
                threshold_db=Uniform(-40.0, -10.0),
                ratio=4.0,
                knee_db=0.0,
                attack_ms=5.0,
                release_ms=100.0,
                makeup_db=0.0,
            ),
        )
    ),
    groups={"low": RandomGroup(("bass", "drums"), LOUD)},
    auxes={
        "dark": RandomAux(
            RandomChain((LowPass.random(frequency_hz=Uniform(300.0, 3_000.0), order="2"),)),
            send_db=Uniform(-12.0, 0.0),
        )
    },
)
RECIPES = {
    "plain": {},
    "a whole desk": {"console": WHOLE_DESK, "audible_db": 1.0},
    "separated": {"source": Tones(count=2, with_stems=False), "separator": Halves()},
    "prepared": {"console": RandomConsole(default=LOUD, prepared=LOUD)},
    "few stems, 16 bits": {"stems_kept": 2, "bits": 16},
}
CASES = [
    ("plain", 1),
    ("a whole desk", 3),
    ("separated", 1),
    ("prepared", 3),
    ("few stems, 16 bits", 3),
]


def parts(song):
    return {**song.stems, "mix": song.mix}


def sounds(example):
    return {
        f"{side} {name}": integers(audio)
        for side, song in (("before", example.before), ("after", example.after))
        for name, audio in parts(song).items()
    }


def same(one, other):
    ours, theirs = sounds(one), sounds(other)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert np.array_equal(ours[name], theirs[name]), name
    assert (one.console, one.gain_db, one.draw) == (other.console, other.gain_db, other.draw)
    assert one.before.license == other.before.license == one.after.license


def rows_of(folder):
    return [{k: v for k, v in row.items() if k not in PLACES} for row in Dataset(folder).rows]


def names_in(folder):
    names = []
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as tar:
            names += tar.getnames()
    return names


def shard_bytes(folder):
    return sum(tar.stat().st_size for tar in folder.glob("*.tar"))


@pytest.mark.parametrize(("name", "consoles"), CASES)
def test_what_is_rendered_on_reading_is_what_both_stores(recipe, tmp_path, name, consoles):
    wanted = {"source": FEW, "excerpts_per_song": 3 - consoles // 2, "consoles": consoles}
    wanted |= RECIPES[name]
    both = make(recipe(**wanted), tmp_path / "both").folder
    before = make(recipe(**wanted, store="before"), tmp_path / "before").folder
    assert rows_of(both) == rows_of(before)
    for one, other in zip(Dataset(both), Dataset(before), strict=True):
        same(one, other)
    assert not any(".after." in name for name in names_in(before))
    assert shard_bytes(before) < 0.7 * shard_bytes(both)
    for folder in (both, before):
        assert verify(folder, rerender=True) == []


def test_the_shards_of_today_s_recipes_say_nothing_of_it(recipe, dataset):
    said = json.loads(next(iter(read_files(dataset.folder, dataset.rows[0]).values())))
    assert not {"store", "after_sha256", "before_of", "bits"} & said.keys()
    assert not {"store", "consoles"} & recipe_json(recipe()).keys()
    changed = recipe_json(recipe(store="before", source=FEW, consoles=2))
    assert (changed["store"], changed["consoles"]) == ("before", 2)


def test_names_tell_excerpt_and_console():
    assert example_id("a_0003-k2", 4) == "a_0003-k2_0004"
    assert example_id("song", 3, 12) == "song_0003-k12"
    assert numbers_in("a_0003-k2_0004") == (4, 0)
    assert numbers_in("song_0003-k12") == (3, 12)


@pytest.mark.parametrize("wrong", [{"store": "after"}, {"consoles": 0}])
def test_settings_out_of_range_are_refused(recipe, wrong):
    (name,) = wrong
    with pytest.raises(errors.UsageError, match=f"{name} must be"):
        recipe(**wrong)


def test_many_consoles_cost_json_not_audio(recipe, tmp_path):
    one = make(recipe(store="before", source=FEW), tmp_path / "one").folder
    many = make(recipe(store="before", source=FEW, consoles=5), tmp_path / "many").folder
    assert len(Dataset(many)) == 5 * len(Dataset(one))
    flacs = [name for name in names_in(many) if name.endswith(".flac")]
    assert flacs == [name for name in names_in(one) if name.endswith(".flac")]
    assert shard_bytes(many) < shard_bytes(one) + 4 * len(Dataset(one)) * 8_000
    assert len({str(example.console) for example in Dataset(many)}) == len(Dataset(many))


def test_the_first_console_is_the_one_there_was(recipe, tmp_path):
    """Where its excerpt needs no other gain for the others, its bytes are the same as well."""
    quiet = {"source": Tones(count=2, level=0.01), "loudness_lufs": None}
    alone = make(recipe(**quiet), tmp_path / "alone").folder
    many = make(recipe(**quiet, consoles=3), tmp_path / "many").folder
    firsts = [e for e in Dataset(many) if numbers_in(e.id)[1] == 0]
    assert len(firsts) == len(Dataset(alone)) == len(Dataset(many)) // 3
    for one, other in zip(Dataset(alone), firsts, strict=True):
        assert one.id == other.id
        same(one, other)
    hashes = {row["id"]: row["sha256"] for row in Dataset(many).rows}
    assert all(hashes[row["id"]] == row["sha256"] for row in Dataset(alone).rows)


def test_examples_of_an_excerpt_have_the_lowest_gain_that_any_needs(recipe, tmp_path):
    wanted = recipe(source=FEW, console=RandomConsole(default=LOUD), consoles=4)
    together = Dataset(make(wanted, tmp_path / "many").folder)
    by_excerpt = {}
    for example in together:
        by_excerpt.setdefault((example.song, example.start), []).append(example)
    alone = {}
    for listing in wanted.source.catalogue().listings:
        song, seed = wanted.source.load(listing), Seed(wanted.seed) / wanted.name / listing.id
        for number, k in product(range(3), range(4)):  # as if each had the excerpt for itself
            excerpt = cut(wanted, song, number)
            gain_db = audible_draw(wanted, excerpt, wanted.console, seed_of(seed, number, k))[
                1
            ].gain_db
            alone.setdefault((song.id, number * 16_000), []).append(gain_db)
    assert any(len(set(gains)) > 1 for gains in alone.values())
    assert by_excerpt.keys() == alone.keys()
    for excerpt, examples in by_excerpt.items():
        assert {example.gain_db for example in examples} == {min(alone[excerpt])}
        first = sounds(examples[0])
        for example in examples[1:]:
            mine = sounds(example)
            befores = [name for name in first if name.startswith("before")]
            assert all(np.array_equal(first[name], mine[name]) for name in befores)


def test_a_console_that_is_rejected_does_not_touch_the_others(recipe, tmp_path):
    driven = RandomConsole(bus=RandomChain((SoftClip.random(drive_db=Uniform(0.0, 24.0)),)))
    wanted = {"source": FEW, "console": driven, "audible_db": 8.0, "draws": 1}
    for store in ("both", "before"):
        made = make(recipe(**wanted, consoles=4, store=store), tmp_path / store)
        refused = {rejected.item for rejected in made.rejected}
        ids = {row["id"] for row in made.rows}
        assert refused
        assert ids
        assert not refused & ids
        assert len(refused | ids) == 6 * 4
        # Among those that are there are some whose excerpt's first is not.
        assert any(id.partition("-k")[0] in refused for id in ids)
        assert verify(made.folder, rerender=True) == []


def test_a_silent_excerpt_is_rejected_under_each_name(recipe, tmp_path):
    silent = recipe(source=FEW, silence_db=0.0, consoles=2)
    song = silent.source.load(silent.source.catalogue().listings[0])
    found = list(examples_of(silent, song, 1, "train"))
    assert [one.item for one in found] == [example_id(song.id, 1, console) for console in range(2)]
    assert all(one.reason.startswith("silent: ") for one in found)
    with pytest.raises(errors.DatasetError, match="not one excerpt was usable"):
        make(silent, tmp_path / "data")


def test_bytes_do_not_depend_on_what_was_there(recipe, tmp_path):
    wanted = recipe(store="before", source=FEW, consoles=2)
    one, other = (make(wanted, tmp_path / name).folder for name in ("one", "other"))
    (other / "00001.tar").unlink()
    assert make(wanted, other).rendered == 1
    assert (one / "SHA256SUMS").read_bytes() == (other / "SHA256SUMS").read_bytes()


def test_another_store_in_the_same_folder_is_refused(recipe, tmp_path):
    make(recipe(), tmp_path / "data")
    with pytest.raises(errors.DatasetError):
        make(recipe(store="before"), tmp_path / "data")


def test_verify_finds_what_does_not_render_to_the_samples_that_were_made(
    recipe, tmp_path, monkeypatch
):
    monkeypatch.setattr("automix_bench.dataset.example_files.sounds_sha256", lambda song: "0" * 64)
    folder = make(recipe(store="before"), tmp_path / "data").folder
    monkeypatch.undo()
    assert verify(folder) == []
    found = verify(folder, rerender=True)
    assert {problem.what for problem in found} == {"renders to other samples here"}
    assert len(found) == len(Dataset(folder))
    assert len(verify(folder, regenerate=2)) == 2


def test_a_damaged_shard_is_told_of_every_example_that_shares_it(recipe, tmp_path):
    folder = make(recipe(store="before", source=FEW, consoles=2), tmp_path / "data").folder
    data = Dataset(folder)
    first, second = data.rows[0], data.rows[1]
    assert (first["offset"], second["offset"]) == (0, 0)
    assert first["size"] < second["size"]
    tar = folder / "00000.tar"
    content = bytearray(tar.read_bytes())
    content[first["size"] - 2_000] ^= 1  # in the last of the sounds
    tar.write_bytes(content)
    for number in (0, 1):
        with pytest.raises(errors.DatasetError, match=data.rows[number]["id"]):
            data[number]
    data[2]


def test_equal_sounds_have_one_hash_and_others_another(dataset):
    song = dataset[0].before
    assert sounds_sha256(song) == sounds_sha256(
        Song(song.id, song.artist, dict(reversed(song.stems.items())), song.mix, "", song.origin)
    )
    other = {**song.stems, "bass": song.stems["keys"], "keys": song.stems["bass"]}
    swapped = Song(song.id, song.artist, other, song.mix, song.license, song.origin)
    assert sounds_sha256(swapped) != sounds_sha256(song)


def test_files_of_others_at_its_place_are_passed_over():
    names = ["s_0.json", "s_0.before.mix.flac", "s_0-k1.json", "s_0-k10.json"]
    files = {name: b"" for name in names}
    assert list(files_of(files, "s_0")) == ["s_0.json", "s_0.before.mix.flac"]
    assert list(files_of(files, "s_0-k1")) == ["s_0.before.mix.flac", "s_0-k1.json"]


def test_rebuild_makes_any_console_again(recipe, tmp_path):
    folder = make(recipe(store="before", source=FEW, consoles=3), tmp_path / "data").folder
    for id in ("tones-1_0001", "tones-1_0001-k2"):
        found = rebuild(recipe(source=FEW), id, folder)  # the data set says how it is stored
        assert found.equal
        assert found.causes == ()
        assert found.example.id == id
    write_example(found.example, tmp_path / "files")
    assert f"{id}.after.mix.flac" in {path.name for path in (tmp_path / "files").iterdir()}
    with pytest.raises(errors.UsageError, match="no example"):
        rebuild(recipe(source=FEW), "tones-1_0001-k3", folder)


def test_an_export_holds_both_sides(recipe, tmp_path):
    wanted = {"consoles": 2, "source": FEW, "splits": (1.0, 0.0, 0.0)}
    both = make(recipe(**wanted), tmp_path / "both").folder
    before = make(recipe(**wanted, store="before"), tmp_path / "before").folder
    import pyarrow.parquet as pq

    tables = []
    for folder in (both, before):
        out = export_parquet(folder, tmp_path / f"{folder.name}-out").folder
        (file,) = (out / "data").iterdir()
        tables.append(pq.read_table(file).to_pylist())
        card = (out / "README.md").read_text()
        assert "`before_mix` and `after_mix`" in card
        assert not any(said in card for said in ("before` alone", "<id>.before"))
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    "settings",
    [{"store": "before"}, {"store": "before", "consoles": 4}, {"consoles": 2}, {"bits": 16}],
)
def test_a_dry_run_knows_how_much_is_stored(recipe, tmp_path, settings):
    wanted = recipe(**settings)
    found = estimate(wanted)
    made = make(wanted, tmp_path / "data")
    assert found.to_json()["examples"] == len(made.rows)
    assert found.trial.bytes_per_example * len(made.rows) == pytest.approx(
        shard_bytes(made.folder), rel=0.1
    )
    assert ("no more" in to_text(found)) == ("store" in settings)


def test_the_cards_tell_what_is_stored(recipe, tmp_path):
    folder = make(recipe(store="before", source=FEW, consoles=2), tmp_path / "data").folder
    card = (folder / "README.md").read_text()
    assert "The shards hold `before` alone" in card
    assert "through 2 consoles" in card
    for text in (card, (folder / "croissant.json").read_text()):
        assert "<id>.before.<stem>.flac" in text
        assert "<before|after>" not in text
