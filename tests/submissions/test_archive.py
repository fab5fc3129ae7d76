"""Submissions: honest ones pass and are the same bytes; tampered ones are refused in one line."""

import io
import json
import resource
import struct
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.catalogue.tasks import task_named
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.entry import entry
from automix_bench.evaluation.run import run
from automix_bench.evaluation.score import score
from automix_bench.files import flac
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.making.make import make
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.submissions.archive import opened_archive, write_archive
from automix_bench.submissions.pack import pack
from automix_bench.submissions.record import read_system_card, system_fault
from automix_bench.submissions.score_differences import tolerance
from automix_bench.submissions.verify import as_json, verify
from tests.conftest import BUS, STRIP
from tests.support.system_card import FILLED
from tests.support.tone_source import Tones

TASK = task_named("mixing")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data set, a run of `equal_loudness`, and its archive."""
    folder = tmp_path_factory.mktemp("submission")
    tones = Recipe(
        name="tones",
        version=1,
        seed=7,
        description="Tones through random strips.",
        source=Tones(count=2),
        separator=AsRecorded(),
        console=RandomConsole(default=STRIP, bus=BUS),
        excerpt_seconds=1.0,
        examples_per_shard=4,
    )
    data = Dataset(make(tones, folder / "data").folder)
    run(entry("equal_loudness"), TASK, data, folder / "run")
    card = score(TASK, data, folder / "run")
    (folder / "system.toml").write_text(FILLED)
    system = read_system_card(folder / "system.toml")
    path = pack(TASK, data, folder / "run", card, system, folder / "a.abench")
    return folder, data, card, system, path


@pytest.fixture
def members(made):
    with zipfile.ZipFile(made[-1]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def record(members):
    return json.loads(members["submission.json"])


def again(members, tmp_path, **changes):
    """The archive of changed members, with hashes that fit."""
    from hashlib import sha256

    about = {**record(members), **changes}
    files = {n: sha256(c).hexdigest() for n, c in members.items() if n != "submission.json"}
    about.setdefault("files", {})
    about = {**about, "files": changes.get("files", files)}
    path = tmp_path / "b.abench"
    write_archive(path, {**members, "submission.json": json.dumps(about).encode()})
    return path


def answers(members):
    return sorted(
        n for n in members if n.endswith(".json") and n.startswith("run/") and "/run." not in n
    )


def with_sound(members, example, samples, rate=16_000):
    """The members with another sound as the answer of an example, and a record that fits."""
    from hashlib import sha256

    name = next(n for n in members if n.endswith(".flac") and example in n)
    content = flac.encode(Audio(samples.astype(np.float32), rate))
    about = json.loads(members[f"run/{example}.json"])
    about["files"] = {name.removeprefix("run/"): sha256(content).hexdigest()}
    return {**members, name: content, f"run/{example}.json": pretty(sealed(about)).encode()}


def sound_of(members, example):
    name = next(n for n in members if n.endswith(".flac") and example in n)
    return flac.decode(members[name]).samples


def test_the_cost_of_each_answer_is_there_and_a_damaged_one_is_refused(made, members, tmp_path):
    _, data, _, _, _ = made
    stated = json.loads(members["run/run.seconds.json"])
    assert len(stated["seconds"]) == len(data)
    damaged = {**members, "run/run.seconds.json": b'{"seconds": {"x": "long"}}'}
    with pytest.raises(DatasetError, match=r"run\.seconds\.json: seconds: expected"):
        verify(again(damaged, tmp_path), data)
    without = {name: of for name, of in members.items() if name != "run/run.seconds.json"}
    assert verify(again(without, tmp_path), data).badge == "re-scored"


def test_an_honest_one_passes_with_equal_scores(made):
    _, data, card, _, path = made
    verified = verify(path, data)
    assert verified.badge == "re-scored"
    assert verified.card.scores == card.scores
    assert set(verified.largest.values()) == {0.0}
    assert verified.record["system"]["name"] == "my model"


def test_it_is_packed_to_the_same_bytes(made, tmp_path):
    folder, data, card, system, path = made
    twice = pack(TASK, data, folder / "run", card, system, tmp_path / "x.abench")
    assert twice.read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not any("traceback" in name for name in names)


def test_a_run_that_lacks_an_answer_is_not_packed(made, tmp_path):
    import shutil

    folder, data, card, system, _ = made
    shutil.copytree(folder / "run", tmp_path / "run")
    lost = data.rows[0]["id"]
    (tmp_path / "run" / f"{lost}.json").unlink()
    with pytest.raises(DatasetError, match=f"{lost}: no answer: a submission answers every"):
        pack(TASK, data, tmp_path / "run", card, system, tmp_path / "x.abench")


def test_a_card_of_several_samples_is_not_packed(made, tmp_path):
    folder, data, card, system, _ = made
    several = replace(card, samples=3)
    with pytest.raises(DatasetError, match="expected a card of one answer to each example"):
        pack(TASK, data, folder / "run", several, system, tmp_path / "x.abench")


def refused(path, data, match):
    """Refused in one line, quickly and in bounded memory."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DatasetError, match=match) as raised:
        verify(path, data)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - begun < 60.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000  # KiB


def test_what_only_the_submitter_saw_is_not_on_our_card(made, members, tmp_path):
    from hashlib import sha256

    about = json.loads(members["run/run.json"])
    about.update(recipe="another", note="the best of all")
    members["run/run.json"] = json.dumps(about).encode()
    assert sha256(members["run/run.json"]).hexdigest() != record(members)["files"]["run/run.json"]
    card = verify(again(members, tmp_path), made[1]).card
    assert (card.isolation, card.recipe) == ("", "tones")
    assert "best" not in card.note
    assert card.cost["work_seconds"] == 0.0


def test_an_edited_score_is_refused(made, members, tmp_path):
    card = json.loads(members["card.json"])
    one = next(s for s in card["scores"] if s["metric"] == "audible_distance")
    one["value"] += 2.0 * tolerance(TASK.metrics[0])
    members["card.json"] = json.dumps(card).encode()
    match = f"{one['example']}, mix, audible_distance: the card states"
    refused(again(members, tmp_path), made[1], match)


def test_a_score_within_the_tolerance_is_another_computer(made, members, tmp_path):
    card = json.loads(members["card.json"])
    for one in card["scores"]:
        if one["metric"] == "audible_distance":
            one["value"] += 0.5 * tolerance(TASK.metrics[0])
    members["card.json"] = json.dumps(card).encode()
    assert verify(again(members, tmp_path), made[1]).largest["audible_distance"] > 0.0


def test_audio_swapped_between_items_is_refused(made, members, tmp_path):
    one, other = (name.removeprefix("run/").removesuffix(".json") for name in answers(members)[:2])
    sounds = sound_of(members, one), sound_of(members, other)
    swapped = with_sound(with_sound(members, one, sounds[1]), other, sounds[0])
    refused(again(swapped, tmp_path), made[1], "the card states")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda x: 0.0 * x, "mix is silent where sound was wanted"),
        (lambda x: x[:, :-100], "expected 16000 Hz, 2 channels and"),
        (lambda x: np.concatenate([x, x], axis=1), "expected 16000 Hz, 2 channels and"),
        (lambda x: x[:1], "expected 16000 Hz, 2 channels and"),
    ],
    ids=["silent", "shorter", "longer", "mono"],
)
def test_a_sound_that_cannot_be_compared_is_refused(made, members, tmp_path, change, match):
    example = answers(members)[1].removeprefix("run/").removesuffix(".json")
    changed = with_sound(members, example, change(sound_of(members, example)))
    refused(again(changed, tmp_path), made[1], match)


def test_another_rate_is_refused(made, members, tmp_path):
    example = answers(members)[0].removeprefix("run/").removesuffix(".json")
    changed = with_sound(members, example, sound_of(members, example), rate=22_050)
    refused(again(changed, tmp_path), made[1], "got 22050 Hz")


def test_a_truncated_sound_is_refused(made, members, tmp_path):
    name = next(n for n in sorted(members) if n.endswith(".flac"))
    members[name] = members[name][: len(members[name]) // 2]
    refused(again(members, tmp_path), made[1], "cannot be decoded")


def test_a_sound_that_claims_a_day_is_refused_before_it_is_decoded(made, members, tmp_path):
    name = next(n for n in sorted(members) if n.endswith(".flac"))
    head = bytearray(members[name])
    packed = int.from_bytes(head[18:26], "big") & ~((1 << 36) - 1) | (1 << 36) - 1
    head[18:26] = packed.to_bytes(8, "big")
    members[name] = bytes(head)
    refused(again(members, tmp_path), made[1], "and 68719476735 samples")


def test_what_is_no_sound_is_refused(made, members, tmp_path):
    name = next(n for n in sorted(members) if n.endswith(".flac"))
    members[name] = b"RIFF" + bytes(1_000)
    refused(again(members, tmp_path), made[1], "got no FLAC")


def overlap_of(data, *items, **changed):
    """The record of an overlap with a corpus that holds these items."""
    row = {"by": "sound", "sound": "before.mix", "differing": 0.1, "seconds": 1.0}
    fields = {
        "format": 1,
        "search": 1,
        "dataset": data.fingerprint,
        "split": data.split or "all",
        "items": len(data),
        "unsearchable": 0,
        "corpus": {"recordings": 10, "unreadable": 0, "sha256": "a" * 64},
        "overlapping": [{"item": item, **row} for item in items],
    }
    return json.dumps(sealed({**fields, **changed})).encode()


def test_the_record_of_an_overlap_is_packed_checked_and_handed_on(made, tmp_path):
    folder, data, card, system, path = made
    assert verify(path, data).overlap == ()
    items = sorted(row["id"] for row in data.rows)[:2]
    (tmp_path / "mine.json").write_bytes(overlap_of(data, *items))
    archive = tmp_path / "x.abench"
    words = (TASK, data, folder / "run", card, system, archive)
    pack(*words, overlap=tmp_path / "mine.json")
    verified = verify(archive, data)
    assert verified.overlap == tuple(items)
    assert verified.record["files"].keys() >= {"overlap.json"}
    assert verified.card.scores == card.scores  # what is dropped, a board decides
    assert as_json(verified)["overlap"] == 2
    assert as_json(verify(path, data))["overlap"] is None
    again = archive.read_bytes()
    assert pack(*words, overlap=tmp_path / "mine.json").read_bytes() == again
    (tmp_path / "mine.json").write_bytes(overlap_of(data, dataset="e" * 64))
    with pytest.raises(DatasetError, match=r"mine\.json: an overlap with another data set"):
        pack(*words, overlap=tmp_path / "mine.json")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (lambda d: overlap_of(d, dataset="e" * 64), r"overlap\.json: an overlap with another data"),
        (lambda d: overlap_of(d, split="train"), r"overlap\.json: split: expected all, got train"),
        (lambda d: overlap_of(d, "stranger_0000"), "stranger_0000: no example of this data set"),
        (lambda d: overlap_of(d, items=99), r"overlap\.json: items: expected the \d+ of the data"),
        (lambda d: overlap_of(d, format=2), "format: expected 1, got 2"),
        (lambda d: overlap_of(d, odd=1), "odd: expected one of the fields"),
        (lambda d: overlap_of(d).replace(b'"recordings": 10', b'"recordings": 11'), "its seal is"),
        (lambda d: overlap_of(d, *[d.rows[0]["id"]] * 2), "expected ids in order, each once"),
        (lambda d: b"{}", "format: expected 1, got null"),
        (lambda d: b"\xff\xfe", "not a record of an overlap"),
        (lambda d: b"[" * 5_000_000, "expected at most 4000000 objects"),
        (lambda d: b'{"format": 1, "format": 1}', "stands twice in one object"),
    ],
)
def test_a_tampered_record_of_an_overlap_is_refused(made, members, tmp_path, content, match):
    members["overlap.json"] = content(made[1])
    refused(again(members, tmp_path), made[1], match)


def test_a_record_of_an_overlap_that_nobody_listed_is_refused(made, members, tmp_path):
    files = record(members)["files"]
    more = {**members, "overlap.json": overlap_of(made[1])}
    refused(again(more, tmp_path, files=files), made[1], r"overlap\.json: there but not listed")
    listed = {**files, "overlap.json": "0" * 64}
    refused(again(more, tmp_path, files=listed), made[1], "its sha256 is not as listed")
    refused(again(members, tmp_path, files=listed), made[1], "overlap.json: listed but missing")


def test_missing_halved_and_further_items_are_refused(made, members, tmp_path):
    names = answers(members)
    example = names[0].removeprefix("run/").removesuffix(".json")
    less = {n: c for n, c in members.items() if example not in n}
    refused(
        again(less, tmp_path), made[1], f"{example}: no answer; {len(names) - 1} of {len(names)}"
    )
    half = {n.removeprefix("run/").removesuffix(".json") for n in names[::2]}
    less = {n: c for n, c in members.items() if not any(one in n for one in half)}
    refused(again(less, tmp_path), made[1], "and a submission answers all")
    more = {**members, "run/stranger_0000.json": members[names[0]]}
    refused(again(more, tmp_path), made[1], "stranger_0000: no example of this data set")


def test_an_answer_that_is_a_failure_is_refused(made, members, tmp_path):
    about = json.loads(members[answers(members)[0]])
    about.update(failure="KeyError: 'mix'", files={})
    members[answers(members)[0]] = pretty(sealed(about)).encode()
    refused(again(members, tmp_path), made[1], "KeyError: 'mix'")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"dataset": "0" * 64}, "dataset: expected the fingerprint"),
        ({"split": "train"}, "split: expected all, got train"),
        ({"task": "remix"}, "task_version|another task|expected"),
        ({"task": "../../evil"}, "task: expected a built-in task"),
        ({"task_version": 99}, "task_version: expected 3 of mixing, got 99"),
        ({"format": 2}, "format: expected 1, got 2"),
        ({"format": True}, "format: expected 1, got true"),
        ({"system": {}}, "system: name: expected"),
        ({"system": 3}, "system: expected"),
        ({"files": {}}, "there but not listed"),
        ({"files": {"run/run.json": "x"}}, "files: expected"),
        ({"odd": 1}, "odd: expected one of the fields"),
        ({"model": "another"}, "model: expected that of run/run.json"),
        ({"model": "oracle"}, "model: expected a name of its own, got oracle"),
        ({"model": "plain_sum"}, "model: expected a name of its own, got plain_sum"),
    ],
)
def test_a_record_of_something_else_is_refused(made, members, tmp_path, changes, match):
    refused(again(members, tmp_path, **changes), made[1], match)


def test_a_card_of_another_model_or_with_nan_is_refused(made, members, tmp_path):
    card = json.loads(members["card.json"])
    other = {**members, "card.json": json.dumps({**card, "dataset": "1" * 64}).encode()}
    refused(again(other, tmp_path), made[1], "expected the card of this run")
    card["scores"][0]["value"] = float("nan")
    odd = {**members, "card.json": json.dumps(card).encode()}
    refused(again(odd, tmp_path), made[1], "value: expected")
    card["scores"] = card["scores"][1:]
    less = {**members, "card.json": json.dumps(card).encode()}
    refused(again(less, tmp_path), made[1], "no score of")


def test_a_changed_byte_is_refused(made, members, tmp_path):
    path = again(members, tmp_path)
    content = bytearray(path.read_bytes())
    place = content.index(b"fLaC") + 2_000
    content[place] ^= 1
    path.write_bytes(bytes(content))
    refused(path, made[1], "damaged: Bad CRC-32")
    files = dict(record(members)["files"])
    first = sorted(files)[0]
    files[first] = "0" * 64
    refused(again(members, tmp_path, files=files), made[1], "its sha256 is not as listed")


def zipped(tmp_path, *entries, compression=zipfile.ZIP_STORED):
    path = tmp_path / "odd.abench"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for about, content in entries:
            archive.writestr(about, content)
    return path


def link():
    about = zipfile.ZipInfo("run/link.json")
    about.create_system, about.external_attr = 3, 0o120777 << 16
    return about


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("/etc/passwd", "expected submission.json, card.json, overlap.json or a file of run/"),
        ("../up.json", "expected submission.json"),
        ("run/../../up.json", "expected submission.json"),
        ("run/..json", "expected submission.json"),
        ("run\\up.json", "expected submission.json"),
        ("run/é.json", "expected submission.json"),
        ("run/a\nb.json", "expected submission.json"),
        ("run/model.pkl", "expected submission.json"),
        ("run/", "expected submission.json|a folder"),
        ("C:/x.json", "expected submission.json"),
        (f"run/{'x' * 300}.json", "expected submission.json"),
    ],
)
def test_a_member_that_has_no_place_is_refused(made, tmp_path, name, match):
    refused(zipped(tmp_path, (zipfile.ZipInfo(name), b"{}")), made[1], match)


def test_links_copies_and_compressed_members_are_refused(made, tmp_path):
    refused(zipped(tmp_path, (link(), b"/etc/passwd")), made[1], "got a link")
    one = zipfile.ZipInfo("card.json")
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path, (one, b"{}"), (zipfile.ZipInfo("card.json"), b"{}"))
    refused(path, made[1], "card.json: expected once, got twice")
    bomb = zipped(tmp_path, ("card.json", bytes(100_000_000)), compression=zipfile.ZIP_DEFLATED)
    refused(bomb, made[1], "expected a stored member, got a compressed one")


def test_names_that_are_no_utf8_are_refused(made, tmp_path):
    path = zipped(tmp_path, (zipfile.ZipInfo("run/é.json"), b"{}"))
    content = path.read_bytes().replace("é".encode(), b"\xff\xfe")
    path.write_bytes(content)
    refused(path, made[1], "expected")


@pytest.mark.parametrize(
    ("size", "match"),
    [
        (3 << 30, "card.json: expected at most 134217728 bytes, got 3221225472"),
        (100 << 20, "damaged: its members are larger than the file"),
    ],
)
def test_members_larger_than_they_may_be_are_refused_by_their_head(
    made, members, tmp_path, size, match
):
    path = again(members, tmp_path)
    content = bytearray(path.read_bytes())
    at = content.index(b"card.json", content.index(b"PK\x01\x02")) - 46
    for field in (20, 24):  # sizes in the directory
        content[at + field : at + field + 4] = struct.pack("<I", size)
    path.write_bytes(bytes(content))
    refused(path, made[1], match)


def test_a_directory_that_fills_the_memory_is_refused(made, tmp_path):
    many = io.BytesIO()
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFF0, 0, 0)
    many.write(end)
    (tmp_path / "x.abench").write_bytes(many.getvalue())
    refused(tmp_path / "x.abench", made[1], "expected at most 200000 members")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a zip at all" * 100, b"PK\x05\x06" + bytes(5)]
)
def test_what_is_no_archive_is_refused(made, tmp_path, content):
    (tmp_path / "x.abench").write_bytes(content)
    refused(tmp_path / "x.abench", made[1], "expected an archive|damaged")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_archive_is_refused(made, tmp_path, share):
    content = made[-1].read_bytes()
    (tmp_path / "x.abench").write_bytes(content[: int(share * len(content))])
    refused(tmp_path / "x.abench", made[1], "expected|damaged")


@pytest.mark.parametrize("missing", ["submission.json", "card.json", "run/run.json"])
def test_a_missing_part_is_named(made, members, tmp_path, missing):
    less = {name: content for name, content in members.items() if name != missing}
    path = tmp_path / "x.abench"
    if missing == "submission.json":
        write_archive(path, less)
    else:
        path = again({**less}, tmp_path)
    refused(path, made[1], f"{missing}")


def test_json_that_nests_for_ever_is_refused(made, members, tmp_path):
    members["submission.json"] = b"[" * 5_000_000
    write_archive(tmp_path / "x.abench", members)
    refused(tmp_path / "x.abench", made[1], "expected at most 4000000 objects")
    members["submission.json"] = b'{"a":' * 100_000
    write_archive(tmp_path / "x.abench", members)
    refused(tmp_path / "x.abench", made[1], "nested too deeply")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"parameters": 5}, "weights: expected the sha256 of each file of 5 parameters"),
        ({"parameters": 5, "weights": {"a": "xyz"}}, "weights: expected"),
        ({"parameters": -1}, "parameters: expected"),
        ({"license": "no such"}, "license: "),
        ({"kind": "both"}, "kind: expected one of single, composite"),
        ({"deterministic": "yes"}, "deterministic: expected true or false"),
        ({"trained_on": "MUSDB18"}, "trained_on: expected a list"),
        ({"trained_on": [3]}, "trained_on: expected a list"),
        ({"odd": 1}, "odd: expected one of the fields"),
    ],
)
def test_a_system_card_is_checked_field_by_field(made, changes, match):
    assert system_fault({**made[3], **changes}).startswith(match)
    assert system_fault({**made[3], "parameters": 5, "weights": {"a": "0" * 64}}) == ""


def test_a_system_card_that_is_no_toml_is_named(tmp_path):
    (tmp_path / "a.toml").write_text("name = ")
    with pytest.raises(UsageError, match="expected a system card in TOML"):
        read_system_card(tmp_path / "a.toml")
    with pytest.raises(UsageError, match="expected a system card in TOML"):
        read_system_card(tmp_path / "none.toml")


def test_an_archive_is_read_no_further_than_it_says(made):
    with opened_archive(made[-1]) as archive:
        assert set(archive.sizes) >= {"submission.json", "card.json", "run/run.json"}
        with pytest.raises(DatasetError, match=r"expected a member run/x\.json, got none"):
            archive.demand("run/x.json")
