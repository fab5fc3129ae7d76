"""Parquet for the hub: the same sounds, in files of the size asked for, whole or absent."""

import io
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from automix_bench import errors
from automix_bench.consoles.console_json import console_to_json
from automix_bench.dataset.reader import Dataset
from automix_bench.files.quantise import integers
from automix_bench.making.make import make
from automix_bench.publishing import parquet
from automix_bench.publishing.parquet import export_parquet, features, schema
from tests.support.tone_source import Tones

SMALL = 1_000_000


@pytest.fixture
def varied(recipe, tmp_path):
    """Twelve examples in two splits at least, with one, two or three stems."""
    made = make(recipe(stems_kept=2, splits=(0.4, 0.3, 0.3)), tmp_path / "varied")
    assert len({row["split"] for row in made.rows}) > 1
    return Dataset(made.folder)


def heard(sound):
    samples, rate = soundfile.read(io.BytesIO(sound["bytes"]), dtype="int32", always_2d=True)
    return samples.T >> 8, rate


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")} | {
        "SHA256SUMS": (folder / "SHA256SUMS").read_bytes()
    }


def check(loaded, data):
    by_id = {example.id: example for example in data}
    assert sorted(row["id"] for row in loaded) == sorted(by_id)
    for row in loaded:
        example = by_id[row["id"]]
        assert json.loads(row["console"]) == console_to_json(example.console)
        assert (row["song"], row["split"]) == (example.song, example.split)
        assert row["license"] == example.before.license
        sounds = {s["name"]: s for s in row["stems"]}
        assert sorted(sounds) == sorted(example.before.stems)
        for side, song in (("before", example.before), ("after", example.after)):
            pairs = [(row[f"{side}_mix"], song.mix)]
            pairs += [(sounds[name][side], stem) for name, stem in song.stems.items()]
            for sound, audio in pairs:
                samples, rate = heard(sound)
                assert rate == audio.rate
                assert np.array_equal(samples, integers(audio))


def test_datasets_and_soundfile_give_equal_integers(varied, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    out = export_parquet(varied.folder, tmp_path / "out", file_bytes=SMALL).folder
    cache = str(tmp_path / "cache")
    by_split = datasets.load_dataset(str(out), cache_dir=cache)
    assert set(by_split) == {row["split"] for row in varied.rows}
    for split, loaded in by_split.items():
        check(loaded, Dataset(varied.folder, split))
        assert loaded.features["before_mix"] == datasets.Audio(decode=False)
    files = {"all": str(out / "data" / "*.parquet")}
    streamed = datasets.load_dataset(
        "parquet", data_files=files, split="all", streaming=True, cache_dir=cache
    )
    check(list(streamed), varied)


def test_the_schema_and_the_card_say_what_datasets_would(varied, tmp_path):
    datasets = pytest.importorskip("datasets")
    yaml = pytest.importorskip("yaml")
    wanted = datasets.Features.from_dict(features())
    assert wanted.arrow_schema == schema()
    said = json.loads(schema().metadata[b"huggingface"])["info"]["features"]
    assert said == json.loads(wanted.arrow_schema.metadata[b"huggingface"])["info"]["features"]
    out = export_parquet(varied.folder, tmp_path / "out").folder
    _, header, body = (out / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(header)
    assert datasets.Features._from_yaml_list(card["dataset_info"]["features"]) == wanted
    counts = {s["name"]: s["num_examples"] for s in card["dataset_info"]["splits"]}
    assert counts == {s: sum(r["split"] == s for r in varied.rows) for s in counts}
    assert sum(counts.values()) == 12
    assert card["license"] == "cc0-1.0"
    assert "dataset_info" not in body
    assert "A. Tester (CC0-1.0)" in body
    assert "soundfile.read" in body
    assert "automix_bench.dataset" not in body


def test_files_and_row_groups_stay_under_their_sizes(recipe, tmp_path, monkeypatch):
    folder = make(recipe(source=Tones(count=6), splits=(1.0, 0.0, 0.0)), tmp_path / "d").folder
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 700_000)
    out = export_parquet(folder, tmp_path / "out", file_bytes=2 * SMALL).folder
    names = sorted(path.name for path in (out / "data").iterdir())
    assert len(names) > 1
    assert names == [f"train-{n:05d}-of-{len(names):05d}.parquet" for n in range(len(names))]
    rows = 0
    for name in names:
        file = pq.ParquetFile(out / "data" / name)
        assert (out / "data" / name).stat().st_size < 2 * SMALL
        sizes = [file.metadata.row_group(n).total_byte_size for n in range(file.num_row_groups)]
        assert len(sizes) > 1
        assert max(sizes) < 700_000
        rows += file.metadata.num_rows
    assert rows == 18


def test_exported_twice_is_the_same_bytes_and_the_second_time_nothing_is_written(
    varied, tmp_path, monkeypatch
):
    one = export_parquet(varied.folder, tmp_path / "one", file_bytes=SMALL)
    two = export_parquet(varied.folder, tmp_path / "two", file_bytes=SMALL)
    assert content(one.folder) == content(two.folder)
    before = content(one.folder)
    monkeypatch.setattr(parquet, "read_files", None)
    again = export_parquet(varied.folder, tmp_path / "one", file_bytes=SMALL)
    assert (one.written, again.written) == (len(one.files), 0)
    assert content(one.folder) == before


@pytest.mark.parametrize("harm", ["gone", "cut", "changed"])
def test_a_file_that_is_lost_or_damaged_comes_back(varied, tmp_path, harm):
    out = export_parquet(varied.folder, tmp_path / "out", file_bytes=SMALL)
    wanted, path = content(out.folder), out.folder / out.files[1]
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:5_000])
    else:
        damaged = bytearray(path.read_bytes())
        damaged[5_000] ^= 1
        path.write_bytes(damaged)
    again = export_parquet(varied.folder, out.folder, file_bytes=SMALL)
    assert again.written == 1
    assert content(out.folder) == wanted


SLOW_EXPORT = """
import sys, time
from pathlib import Path
from automix_bench.publishing import parquet
read = parquet.read_files
def slow(*arguments):
    time.sleep(0.05)
    return read(*arguments)
parquet.read_files = slow
print("begun", flush=True)
parquet.export_parquet(Path(sys.argv[1]), Path(sys.argv[2]), file_bytes=int(sys.argv[3]))
"""


def test_killed_and_run_again_gives_the_same_bytes(varied, tmp_path):
    wanted = content(export_parquet(varied.folder, tmp_path / "whole", file_bytes=SMALL).folder)
    out = tmp_path / "killed"
    for delay in (0.2, 0.45):
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW_EXPORT, str(varied.folder), str(out), str(SMALL)],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        process.stdout.readline()
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    kept = [path.name for path in (out / "data").glob("*.parquet")]
    last = export_parquet(varied.folder, out, file_bytes=SMALL)
    assert last.written == len(last.files) - len(kept)
    assert content(out) == wanted


def test_an_export_of_something_else_is_refused(varied, recipe, tmp_path):
    out = export_parquet(varied.folder, tmp_path / "out", file_bytes=SMALL).folder
    before = content(out)
    with pytest.raises(errors.DatasetError, match="holds something else, or an export of another"):
        export_parquet(varied.folder, out, file_bytes=10 * SMALL)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(errors.DatasetError, match=r"notes.txt"):
        export_parquet(varied.folder, tmp_path / "full")
    with pytest.raises(errors.DatasetError, match="no finished data set here"):
        export_parquet(tmp_path / "full", tmp_path / "new")
    assert content(out) == before
    assert not (tmp_path / "new").exists()


def test_rows_of_another_data_set_are_not_taken_for_these(recipe, tmp_path):
    folders = [make(recipe(seed=seed), tmp_path / str(seed)).folder for seed in (7, 8)]
    clean = content(export_parquet(folders[1], tmp_path / "clean").folder)
    out = export_parquet(folders[0], tmp_path / "out").folder
    before = content(out)
    with pytest.raises(errors.DatasetError, match="an export of another data set"):
        export_parquet(folders[1], out)
    assert content(out) == before
    for name in ("SHA256SUMS", "README.md"):  # begun, not finished
        (out / name).unlink()
    with pytest.raises(errors.DatasetError, match="an export of another data set"):
        export_parquet(folders[1], out)
    for path in (out / "data").iterdir():
        path.write_bytes(path.read_bytes()[:1_000])
    again = export_parquet(folders[1], out)
    assert again.written == len(again.files)
    assert content(out) == clean


def test_a_damaged_shard_stops_the_export_and_leaves_no_half_file(varied, tmp_path):
    row = varied.rows[-1]
    path = varied.folder / row["shard"]
    damaged = bytearray(path.read_bytes())
    damaged[row["offset"] + 5_000] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(errors.DatasetError, match=f"{row['id']} is not what the manifest says"):
        export_parquet(varied.folder, tmp_path / "out")
    left = list((tmp_path / "out").rglob("*"))
    assert not [p for p in left if p.name.endswith(".tmp") or p.name in ("SHA256SUMS", "README.md")]


def test_torch_and_datasets_are_not_needed(varied, tmp_path):
    code = (
        "import sys; sys.modules['torch'] = sys.modules['datasets'] = None;"
        "from pathlib import Path;"
        "from automix_bench.publishing.parquet import export_parquet;"
        "export_parquet(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(varied.folder), str(tmp_path / "out")]
    subprocess.run(command, check=True)
    assert (tmp_path / "out" / "SHA256SUMS").is_file()


@pytest.mark.parametrize("harm", ["", "no parquet", None])
def test_a_damaged_list_of_what_was_left_out_is_named(varied, tmp_path, harm):
    path = varied.folder / "rejected.parquet"
    path.unlink()
    if harm is not None:
        path.write_text(harm)
    with pytest.raises(errors.DatasetError, match=r"rejected.parquet: missing or damaged; run"):
        export_parquet(varied.folder, tmp_path / "out")
    assert not (tmp_path / "out" / "SHA256SUMS").exists()


def test_an_export_does_not_go_into_the_data_set(varied, tmp_path):
    # `make` and `verify` would take it for something foreign.
    before = sorted(varied.folder.iterdir())
    (tmp_path / "other_name").symlink_to(varied.folder)
    for inside in (varied.folder, varied.folder / "out", tmp_path / "other_name" / "out"):
        with pytest.raises(errors.DatasetError, match="lies in the data set itself"):
            export_parquet(varied.folder, inside)
    assert sorted(varied.folder.iterdir()) == before
