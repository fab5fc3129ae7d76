"""Archives in which two readers see different members, or that carry more than answers."""

import json
import struct
from hashlib import sha256

import pytest

from automix_bench.errors import DatasetError
from automix_bench.files import flac
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.submissions.archive import opened_archive
from automix_bench.submissions.verify import verify
from tests.submissions.test_archive import (  # noqa: F401
    again,
    answers,
    made,
    members,
    refused,
)

END, ROW, HEAD = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"


def parts(content):
    """The members, the directory, and the 22 bytes of the end."""
    end = content.rindex(END)
    length, start = struct.unpack_from("<II", content, end + 12)
    assert start + length == end
    return content[:start], content[start:end], content[end:]


def patched(content, place, value):
    return content[:place] + value + content[place + len(value) :]


def end_64(content, length_in_second):
    """Two records of the end: the one that is pointed at, and another one behind it."""
    body, directory, end = parts(content)
    count = struct.unpack_from("<H", end, 10)[0]

    def record(length):
        numbers = (44, 45, 45, 0, 0, count, count, length, len(body))
        return struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", *numbers)

    place = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(body) + len(directory), 1)
    last = struct.pack("<4sHHHHIIH", END, 0, 0, 0xFFFF, 0xFFFF, *[0xFFFFFFFF] * 2, 0)
    return body + directory + record(len(directory)) + record(length_in_second) + place + last


def row(content, number):
    """Where a row of the directory begins."""
    place = -1
    for _ in range(number + 1):
        place = content.index(ROW, place + 1)
    return place


LAYOUTS = {
    "a program before it": (lambda c: b"#!/bin/sh\n" + c, "damaged: its directory is not where"),
    "a comment": (lambda c: c[:-2] + b"\x02\x00hi", "or one with bytes behind its end"),
    "bytes behind it": (lambda c: c + b"junk", "or one with bytes behind its end"),
    "bytes between": (
        lambda c: (
            parts(c)[0]
            + b"G" * 10
            + parts(c)[1]
            + patched(parts(c)[2], 16, struct.pack("<I", len(parts(c)[0]) + 10))
        ),
        "expected the directory at byte",
    ),
    "two ends": (lambda c: end_64(c, 1 << 40), "damaged: its directory is not where"),
    "two members in one place": (
        lambda c: patched(c, row(c, 1) + 42, bytes(4)),
        "expected it at byte",
    ),
    "a size behind the member": (
        lambda c: patched(c, row(c, 0) + 8, b"\x08"),
        "expected its size in its head",
    ),
    "another method in the head": (
        lambda c: patched(c, c.index(HEAD) + 8, b"\x08"),
        "card.json: its head and the directory differ",
    ),
    "another size in the head": (
        lambda c: patched(c, c.index(HEAD) + 18, b"\xff" * 8),
        "card.json: its head states another size",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_byte_is_of_a_member_or_of_the_directory(made, tmp_path, layout):  # noqa: F811
    change, match = LAYOUTS[layout]
    path = tmp_path / "x.abench"
    path.write_bytes(change(made[-1].read_bytes()))
    refused(path, made[1], match)


def test_a_directory_with_more_members_than_it_states_is_refused(made, tmp_path):  # noqa: F811
    directory = (ROW + bytes(42)) * 200_001
    end = struct.pack("<4sHHHHIIH", END, 0, 0, 1, 1, len(directory), 0, 0)
    (tmp_path / "x.abench").write_bytes(directory + end)
    refused(tmp_path / "x.abench", made[1], "expected at most 200000 members, got 200001")


def test_what_pack_writes_is_laid_out_so(made):  # noqa: F811
    with opened_archive(made[-1]) as archive:
        assert archive.sizes


@pytest.mark.parametrize("name", ["run/strange.flac", "run/{}.other.flac", "run/{}.MIX.flac"])
def test_a_sound_that_is_in_no_answer_is_refused(made, members, tmp_path, name):  # noqa: F811
    sound = next(content for name, content in members.items() if name.endswith(".flac"))
    example = answers(members)[0].removeprefix("run/").removesuffix(".json")
    more = {**members, name.format(example): sound}
    refused(again(more, tmp_path), made[1], "in no answer")


def with_content(members, change):  # noqa: F811
    """The members with another FLAC file in an answer, and a record that fits."""
    name = next(name for name in sorted(members) if name.endswith(".flac"))
    example = next(a for a in answers(members) if name.startswith(a.removesuffix("json")))
    content = change(members[name])
    about = json.loads(members[example])
    about["files"] = {name.removeprefix("run/"): sha256(content).hexdigest()}
    return {**members, name: content, example: pretty(sealed(about)).encode()}


def test_a_sound_without_the_md5_of_its_head_is_refused(made, members, tmp_path):  # noqa: F811
    changed = with_content(members, lambda c: patched(c, 26, bytes(range(16))))
    refused(again(changed, tmp_path), made[1], "cannot be decoded")


def test_a_head_that_hides_a_sample_is_refused(made, members, tmp_path):  # noqa: F811
    def longer(content):
        audio = flac.decode(content)
        samples = audio.samples[:, [*range(audio.length), 0]]
        made_longer = flac.encode(audio.with_samples(samples))
        packed = int.from_bytes(made_longer[18:26], "big") - 1
        return patched(made_longer, 18, packed.to_bytes(8, "big"))

    refused(again(with_content(members, longer), tmp_path), made[1], "cannot be decoded")


def test_a_sound_with_pictures_in_it_is_refused(made, members, tmp_path):  # noqa: F811
    block = b"\x06" + (0xFFFFFF).to_bytes(3, "big") + bytes(0xFFFFFF)
    changed = with_content(members, lambda c: c[:42] + block + c[42:])
    refused(again(changed, tmp_path), made[1], "bytes for its sound, got 16")


def test_a_model_that_is_told_the_answer_is_refused(made, members, tmp_path):  # noqa: F811
    run = {**json.loads(members["run/run.json"]), "told_the_answer": True}
    told = {**members, "run/run.json": json.dumps(run).encode()}
    refused(again(told, tmp_path), made[1], "got one that is told the answer")


@pytest.mark.parametrize("name", ["card.json", "submission.json", "run/run.json"])
def test_a_message_names_the_archive_and_no_file_of_this_machine(
    made,  # noqa: F811
    members,  # noqa: F811
    tmp_path,
    name,
):
    """So that it is the same wherever the archive is checked."""
    path = again({**members, name: b"{"}, tmp_path) if name != "submission.json" else None
    if path is None:
        from automix_bench.submissions.archive import write_archive

        path = tmp_path / "b.abench"
        write_archive(path, {**members, name: b"{"})
    with pytest.raises(DatasetError) as caught:
        verify(path, made[1])
    assert str(caught.value).startswith(f"{path}: {name.removeprefix('run/')}: ")
    assert "submission-" not in str(caught.value)
