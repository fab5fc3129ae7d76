"""A stranger's data set whose hashes fit: read, or refused in one line that names the example."""

import io
import json
import shutil
from copy import deepcopy

import numpy as np
import pyarrow as pa
import pytest
import soundfile

from automix_bench.audio import Audio
from automix_bench.dataset.example_files import decode
from automix_bench.dataset.manifest import read_manifest
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.schema import EXAMPLE, PLACE, ROW, parsed
from automix_bench.dataset.shard_index import read_index
from automix_bench.dataset.verify import verify
from automix_bench.errors import DatasetError
from automix_bench.files import flac
from automix_bench.making.make import make
from tests.support.strangers_data import StrangersData
from tests.support.tone_source import Tones

WRONG = [
    None,
    True,
    -5,
    1e12,
    2**70,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "../../x",
    "\ud800",
    [],
    ["x"],
    {},
    {"x": [1]},
    [[[]]],
]
"""Values that some field must not have."""


@pytest.fixture
def strangers(recipe, tmp_path, tmp_path_factory):
    """A data set of two examples; it is made once for all tests."""
    kept = tmp_path_factory.getbasetemp() / "strangers-data"
    if not kept.exists():
        small = recipe(source=Tones(count=1, seconds=1.0), excerpt_seconds=0.5)
        made = make(small, tmp_path / "made").folder
        shutil.copytree(made, kept)
    return StrangersData(shutil.copytree(kept, tmp_path / "data"))


def demand_refused(data, number, match):
    """Reading the example, and `verify`, name it with the reason; the other example is read."""
    other = 1 - number
    own = rf"{data.rows[number]['id']}|example {number}"
    dataset = Dataset(data.folder)
    for read in (dataset.__getitem__, Dataset(data.folder, check=False).__getitem__):
        with pytest.raises(DatasetError, match=match) as caught:
            read(number)
        assert "\n" not in str(caught.value)
    assert dataset[other].id == data.rows[other]["id"]
    demand_problems(data, match, own)


def demand_problems(data, match, item):
    """`verify` has problems of that item alone, with that reason, and looks at all examples."""
    import re

    seen = []
    problems = verify(
        data.folder, progress=lambda what, done, total, unit: seen.append((what, done, total))
    )
    assert problems
    assert {p.item for p in problems if not re.fullmatch(item, p.item)} == set()
    assert any(re.search(match, p.what) for p in problems), problems
    assert all("\n" not in p.what for p in problems)
    assert ("comparing bytes", 7, 7) in seen


def changed_json(data, number, **changes):
    settings = {**data.settings(number), **changes}
    data.set_json(number, settings)
    data.seal()


def test_as_it_was_it_has_no_problems(strangers):
    strangers.seal()
    assert verify(strangers.folder, rerender=True) == []


# The JSON of an example

JSON = {
    "deep": (b"[" * 300_000 + b"]" * 300_000, "JSON of more than 100 levels"),
    "101 levels": (b'{"id":' + b"[" * 101 + b"]" * 101 + b"}", "JSON of more than 100 levels"),
    "deep objects": (b'{"a":' * 300_000 + b"1" + b"}" * 300_000, "more than 100 levels"),
    "a list": (b"[]", "expected an object with .*artist, .*, got a list of 0"),
    "a text": (b'"x"', "expected an object"),
    "null": (b"null", "expected an object"),
    "NaN": (b'{"id": NaN}', "JSON with NaN"),
    "cut": (b'{"id": ', "damaged"),
    "not UTF-8": (b"\xff{}", "damaged"),
    "many digits": (b'{"id": ' + b"1" * 5_000 + b"}", "damaged"),
    "nothing": (b"", "damaged"),
}


@pytest.mark.parametrize("what", JSON)
@pytest.mark.parametrize("number", [0, 1])
def test_json_that_is_something_else(strangers, what, number):
    content, match = JSON[what]
    strangers.set_json(number, content)
    strangers.seal()
    demand_refused(strangers, number, match)


FIELDS = {
    "origin": ("a text", "its origin: expected an object with .*, got 'a text'"),
    "console": ([], "its console: expected an object with finite numbers, got a list of 0"),
    "gain_db": ("loud", "its gain_db: expected a finite number, got 'loud'"),
    "start": (-1, "its start: expected a whole number >= 0, got -1"),
    "split": ("all", "its split: expected one of train, valid, test"),
    "artist": (["x"], "its artist: expected text, got a list of 1"),
    "rate": (0, "its rate: expected a whole number from 1"),
    "bits": (32, "its bits: expected one of 24, 16, got 32"),
    "store": ("after", "its store: expected one of before, both"),
    "after_sha256": ("0" * 64, "`store` is before where, and only where"),
    "before_of": ("../x", "its before_of: expected a name"),
    "id": ("another", "it is of example another"),
    "draw": (True, "its draw: expected a whole number"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_something_else(strangers, name):
    value, match = FIELDS[name]
    changed_json(strangers, 1, **{name: value})
    demand_refused(strangers, 1, match)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"name": 1}, "its origin: its name: expected text, got 1"),
        ({"settings": []}, "its origin: its settings: expected an object"),
        ({"more": 1}, "its origin: expected an object with attribution, name"),
    ],
)
def test_a_field_inside_a_field(strangers, change, match):
    origin = strangers.settings(0)["origin"]
    changed_json(strangers, 0, origin={**origin, **change})
    demand_refused(strangers, 0, match)


def test_a_field_that_is_missing(strangers):
    settings = strangers.settings(0)
    for name in EXAMPLE:
        if name in settings and EXAMPLE[name].needed:
            strangers.set_json(0, {key: value for key, value in settings.items() if key != name})
            files = dict(strangers.members[0])
            with pytest.raises(DatasetError, match=f"its {name}: expected .*, got nothing"):
                decode(files)


def test_a_console_without_a_strip_for_a_stem(strangers):
    console = strangers.settings(1)["console"]
    del console["strips"]["bass"]
    changed_json(strangers, 1, console=console)
    demand_refused(strangers, 1, "its console has no strip for bass")


def places_in(value, path=()):
    """The path of every field and item in JSON."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places_in(inner, (*path, key))


def with_value(settings, path, value):
    changed = deepcopy(settings)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def read_or_refused(read):
    try:
        read()
    except DatasetError as error:
        line = str(error)
        # The checks of types that tests switch on write several lines on settings of effects.
        if "refuses its settings: Type-check" not in line:
            assert "\n" not in line
            assert len(line) < 1_000


def test_every_field_of_an_example_with_every_wrong_value(strangers):
    files, settings = dict(strangers.members[0]), strangers.settings(0)
    name = strangers.members[0][0][0]
    tried = 0
    for path in places_in(settings):
        for wrong in WRONG:
            encoded = json.dumps(with_value(settings, path, wrong)).encode()
            read_or_refused(lambda encoded=encoded: decode({**files, name: encoded}))
            tried += 1
    assert tried > 500


# The sounds of an example


def flac_of(samples, bits=24, rate=16_000):
    return flac.encode(Audio(np.asarray(samples, np.float32), rate), bits)


def claiming(content, samples):
    """A FLAC file whose header states another number of samples."""
    packed = int.from_bytes(content[18:26], "big") >> 36 << 36 | samples
    return content[:18] + packed.to_bytes(8, "big") + content[26:]


def wav_of(samples):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.asarray(samples).T, 16_000, format="WAV", subtype="PCM_24")
    return buffer.getvalue()


SOUND = np.linspace(-0.5, 0.5, 16_000).reshape(2, 8_000).astype(np.float32)
SOUNDS = {
    "text": (b"la la la " * 100, "damaged sound: it does not begin as a FLAC file does"),
    "nothing": (b"", "it does not begin as a FLAC file does"),
    "a mark alone": (b"fLaC" + bytes(38), "its header states 0 samples"),
    "another block first": (b"fLaC\x04" + bytes(60), "it does not begin as a FLAC file does"),
    "a WAV": (wav_of(SOUND), "it does not begin as a FLAC file does"),
    "2^36 - 1 samples": (claiming(flac_of(SOUND), 2**36 - 1), "its header states 68719476735"),
    "some more samples": (claiming(flac_of(SOUND), 8_001), "damaged sound"),
    "no length": (claiming(flac_of(SOUND), 0), "its header states 0 samples"),
    "a cut": (flac_of(SOUND)[:-500], "damaged sound"),
    "16 bits": (flac_of(np.zeros((2, 8_000)), 16), "expected 16000 Hz and 24 bits, got 16000 Hz"),
    "another rate": (flac_of(SOUND, rate=8_000), "expected 16000 Hz and 24 bits, got 8000 Hz"),
    "another length": (flac_of(SOUND[:, :7_000]), r"stem bass is \(2, 7000\)"),
    "mono": (flac_of(SOUND[:1]), r"stem bass is \(1, 8000\)"),
}


@pytest.mark.parametrize("what", SOUNDS)
def test_a_sound_that_is_something_else(strangers, what):
    content, match = SOUNDS[what]
    members = strangers.members[1]
    place = next(n for n, (name, _) in enumerate(members) if name.endswith(".before.bass.flac"))
    members[place] = (members[place][0], content)
    strangers.seal()
    demand_refused(strangers, 1, match)


@pytest.mark.parametrize("what", ["text", "a WAV", "2^36 - 1 samples", "no length"])
@pytest.mark.parametrize("read", [flac.decode, flac.decode_trusted, flac.decode_integers])
def test_flac_is_refused_by_its_header_before_memory_is_taken(what, read):
    with pytest.raises(soundfile.LibsndfileError, match=SOUNDS[what][1].partition(": ")[2] or "."):
        read(SOUNDS[what][0])


@pytest.mark.parametrize("samples", [1, 15, 4_096, 400_000])
@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("bits", [16, 24])
def test_silence_is_as_short_as_flac_can_be_and_is_read(samples, channels, bits):
    silence = flac_of(np.zeros((channels, samples)), bits)
    header = flac.header(silence)
    assert (header.channels, header.bits, header.length) == (channels, bits, samples)
    assert flac.decode(silence).length == flac.decode_trusted(silence).length == samples


def index_of(members, end):
    return next(n for n, (name, _) in enumerate(members) if name.endswith(end))


@pytest.mark.parametrize("end", [".after.bass.flac", ".before.keys.flac"])
def test_a_sound_that_the_manifest_lists_and_the_shard_lacks(strangers, end):
    members = strangers.members[0]
    del members[index_of(members, end)]
    strangers.seal()
    id = strangers.rows[0]["id"]
    demand_problems(strangers, f"{id}{end} is missing, which the manifest lists", id)
    demand_refused(strangers, 0, "in `before` or `after` alone")


def test_a_stem_that_both_sides_lack(strangers):
    members = strangers.members[1]
    for side in ("before", "after"):
        del members[index_of(members, f".{side}.bass.flac")]
    strangers.seal()
    id = strangers.rows[1]["id"]
    demand_problems(strangers, f"{id}.after.bass.flac is missing", id)


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_mix_that_is_missing(strangers, side):
    members = strangers.members[0]
    del members[index_of(members, f".{side}.mix.flac")]
    strangers.seal()
    demand_refused(strangers, 0, rf"{side}\.mix\.flac: missing")


@pytest.mark.parametrize("stem", ["../../x", "x/y", "", "Bass", "b.c"])
def test_a_stem_whose_name_is_a_path(strangers, stem):
    members, id = strangers.members[0], strangers.rows[0]["id"]
    for side in ("before", "after"):
        place = index_of(members, f".{side}.bass.flac")
        members[place] = (f"{id}.{side}.{stem}.flac", members[place][1])
    strangers.seal()
    demand_refused(strangers, 0, "cannot name a song or a stem")


def test_a_sound_that_the_manifest_does_not_list(strangers):
    members, id = strangers.members[0], strangers.rows[0]["id"]
    members.append((f"{id}.notes.txt", b"hello"))
    strangers.seal()
    demand_problems(strangers, r"notes\.txt is there, which the manifest does not list", id)


@pytest.mark.parametrize("end", [".json", ".after.mix.flac"])
def test_a_member_twice(strangers, end):
    members = strangers.members[1]
    members.append(members[index_of(members, end)])
    strangers.seal()
    demand_refused(strangers, 1, f"a second file .*{end}")


def test_two_json_files_of_an_example(strangers):
    members, id = strangers.members[0], strangers.rows[0]["id"]
    members.append((f"{id}.b.json", b"{}"))
    strangers.seal()
    demand_refused(strangers, 0, "expected one JSON file of an example, got 2")


# The manifest


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("size", -5, "its size: expected a whole number >= 1, got -5"),
        ("offset", -1, "its offset: expected a whole number >= 0, got -1"),
        ("shard", "../00000.tar", "its shard: expected the name of a shard"),
        ("shard", "/etc/passwd", "its shard: expected the name of a shard"),
        ("shard", None, "its shard: expected the name of a shard.*, got None"),
        ("sha256", "x", "its sha256: expected a sha256"),
        ("id", "../x", "its id: expected a name"),
        ("split", "all", "its split: expected one of"),
    ],
)
def test_a_place_that_cannot_be(strangers, name, value, match):
    strangers.seal()
    strangers.set_column(name, [value, strangers.rows[1][name]])
    if name != "id":
        demand_refused(strangers, 0, match)
    with pytest.raises(DatasetError, match=match):
        Dataset(strangers.folder)[0]
    with pytest.raises(DatasetError, match=match):
        read_manifest(strangers.folder)
    assert any("is damaged in the manifest" in p.what for p in verify(strangers.folder))


@pytest.mark.parametrize("size", [10**12, 2**62])
def test_a_size_beyond_the_shard(strangers, size):
    strangers.seal()
    strangers.set_column("size", [strangers.rows[0]["size"], size])
    with pytest.raises(DatasetError, match=str(strangers.rows[1]["id"])):
        Dataset(strangers.folder)[1]
    assert {p.item for p in verify(strangers.folder)} == {strangers.rows[1]["id"]}


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("length", 7, "its mix has 2 channels of 8000 samples, in the manifest 2 of 7"),
        ("channels", 1, "its mix has 2 channels of 8000 samples, in the manifest 1 of 8000"),
        ("stems", ["bass", "drums", "keys", "lead"], r"before\.lead\.flac is missing"),
        ("stems", ["bass", "../x"], "its stems: expected a list of names of stems"),
        ("stems", ["bass", "drums"], r"before\.keys\.flac is there, which the manifest"),
        ("origin", "another", "its origin in the manifest is not its own"),
        ("origin_sha256", "0", "its origin_sha256 in the manifest is not its own"),
        ("attribution", "me", "its attribution in the manifest is not its own"),
        ("gain_db", float("nan"), "its gain_db: expected a finite number, got nan"),
        ("before_lufs", float("inf"), "its before_lufs: expected a finite number, or null"),
        ("stem_severity_db", [1.0], "its stem_severity_db in the manifest has another length"),
        ("console", "[" * 300_000, "its console: "),
        ("console", "[]", "its console: expected an object"),
        ("console", '{"strips": {}, "bus": []}', "its console in the manifest is not its own"),
    ],
)
def test_a_row_that_lies(strangers, name, value, match):
    row = strangers.rows[0]
    other = json.dumps(strangers.rows[1][name]) if name == "console" else strangers.rows[1][name]
    strangers.seal()
    strangers.set_column(name, [value, other])
    demand_problems(strangers, match, row["id"])


@pytest.mark.parametrize("name", sorted(ROW))
def test_a_column_of_another_type_or_none(strangers, name):
    strangers.seal()
    for values in (None, [[1], [2]], [b"\xff", b"\xfe"], [{"x": 1}] * 2, [None, None]):
        strangers.set_column(name, values)
        may_lack = not ROW[name].needed and values in (None, [None, None])
        if name not in ("before_lufs", "after_lufs") and "true_peak" not in name and not may_lack:
            assert verify(strangers.folder)
        read_or_refused(lambda: read_manifest(strangers.folder))
        read_or_refused(lambda: list(Dataset(strangers.folder)))
        read_or_refused(lambda: Dataset(strangers.folder, "train").fingerprint)
        if values is None:
            break_here = name in PLACE
            if break_here:
                with pytest.raises(DatasetError, match=f"it has no column {name}"):
                    len(Dataset(strangers.folder))
            strangers.seal()


# Plan, index and the rest


def test_a_plan_with_a_wrong_field(strangers):
    plan = json.loads((strangers.folder / "plan.json").read_text())
    cases = [
        ("recipe", [], "its recipe: expected an object"),
        ("recipe", {**plan["recipe"], "consoles": 10**12}, "its consoles: expected a whole number"),
        ("recipe", {**plan["recipe"], "bits": "24"}, "its bits: expected one of"),
        ("rejected", [{}], "its rejected: expected a list of objects with item and reason"),
        ("songs", "none", "expected an object with a list of songs"),
        ("songs", [[]], "a song, expected an object"),
        ("songs", [{**plan["songs"][0], "excerpts": "01"}], "its excerpts: expected a list"),
        ("songs", [{**plan["songs"][0], "origin": "x"}], "its origin: expected an object"),
        ("separator", 1, "its separator: expected an object"),
    ]
    for name, value, match in cases:
        strangers.set_plan({**plan, name: value})
        with pytest.raises(DatasetError, match=match):
            read_plan(strangers.folder)
        assert {p.item for p in verify(strangers.folder)} == {"plan.json"}
    for text in ("[" * 300_000, "[]", "null", '{"format": "1"}', "{}", '"songs":[\n[\n],\n'):
        strangers.set_plan(text)
        with pytest.raises(DatasetError, match=r"plan\.json: damaged"):
            read_plan(strangers.folder)
        assert {p.item for p in verify(strangers.folder)} == {"plan.json"}


def test_a_plan_of_more_examples_than_can_be_counted(strangers):
    plan = json.loads((strangers.folder / "plan.json").read_text())
    plan["recipe"]["consoles"] = 10_000
    plan["songs"][0]["excerpts"] = list(range(20_000))
    strangers.set_plan(plan)
    problems = {p.what for p in verify(strangers.folder) if p.item == "plan.json"}
    assert problems == {"plans 200000000 examples, and 2 were made"}


def test_an_index_that_is_something_else(strangers):
    import hashlib

    path = strangers.folder / "00000.json"
    for body in (b"[\n", b"[" * 300_000 + b"\n", b'{"count":-1,"examples":[\n', b"\n", b"\xff\n"):
        seal = hashlib.sha256(body).hexdigest()
        path.write_bytes(body + b'"seal":"' + seal.encode() + b'"}\n')
        strangers.sums()
        assert {p.item for p in verify(strangers.folder)} == {"00000.json"}
        with pytest.raises(DatasetError, match=r"00000\.json: "):
            read_index(strangers.folder, 0)


def test_files_beside_the_shards_that_are_something_else(strangers):
    import pyarrow.parquet as pq

    path = strangers.folder / "rejected.parquet"
    for table in ({"item": [1], "reason": ["x"]}, {"other": [1]}, {"item": [None], "reason": [""]}):
        pq.write_table(pa.table(table), path)
        strangers.sums()
        assert {p.item for p in verify(strangers.folder)} == {"rejected.parquet"}
    path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    strangers.sums()
    assert {p.item for p in verify(strangers.folder)} == {"rejected.parquet"}
    (strangers.folder / "manifest.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    strangers.sums()
    assert "manifest.parquet" in {p.item for p in verify(strangers.folder)}
    sums = strangers.folder / "SHA256SUMS"
    sums.write_text(sums.read_text() + f"{'0' * 64}  plan.json\n")
    assert any("again, with another hash" in p.what for p in verify(strangers.folder))


@pytest.mark.parametrize("depth", [99, 100, 101, 900, 300_000])
def test_json_has_a_hundred_levels_at_most(depth):
    text = "[" * depth + "]" * depth
    if depth <= 100:
        assert parsed(text) is not None
    else:
        with pytest.raises(ValueError, match="more than 100 levels"):
            parsed(text)


@pytest.mark.slow
def test_every_field_of_everything_with_every_wrong_value(strangers):
    settings = strangers.settings(0)
    tops = [path for path in places_in(settings) if len(path) <= 3]
    for path in tops:
        for wrong in WRONG:
            strangers.set_json(0, with_value(settings, path, wrong))
            strangers.seal()
            problems = verify(strangers.folder)
            assert {p.item for p in problems} <= {strangers.rows[0]["id"]}
            read_or_refused(lambda: list(Dataset(strangers.folder)))
    strangers.set_json(0, settings)
    strangers.seal()
    for name in ROW:
        for wrong in WRONG[:-2]:
            try:
                strangers.set_column(name, [wrong, wrong])
            except (OverflowError, UnicodeEncodeError, pa.ArrowException):  # Parquet cannot hold it
                continue
            verify(strangers.folder)
            read_or_refused(lambda: list(Dataset(strangers.folder)))
            read_or_refused(lambda: read_manifest(strangers.folder))
    strangers.seal()
    plan = json.loads((strangers.folder / "plan.json").read_text())
    for path in (path for path in places_in(plan) if len(path) <= 4):
        for wrong in WRONG:
            strangers.set_plan(with_value(plan, path, wrong))
            verify(strangers.folder)
