"""A listening test that is made of answers: levels, names, lists, and the files for other tools."""

import json
import re
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
import yaml

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.errors import DatasetError, UsageError
from automix_bench.files import flac
from automix_bench.listening_tests import waet_configuration, webmushra
from automix_bench.listening_tests.anchors import low_passed
from automix_bench.listening_tests.answered_sounds import answered_sounds
from automix_bench.listening_tests.equal_levels import at_level, common_level, level_of
from automix_bench.listening_tests.export import export
from automix_bench.listening_tests.export_settings import TestSettings
from automix_bench.listening_tests.exported_test import (
    balanced_lists,
    demand_test,
    files_of,
    read_key,
    read_test,
)
from automix_bench.listening_tests.passages import CONTRAST, LOUDEST, Excerpt, passages
from automix_bench.listening_tests.texts import read_questions, read_text
from tests.listening_tests.conftest import no_keys, stored_run


@pytest.fixture(scope="module")
def mushra(exported, tmp_path_factory):
    return exported(tmp_path_factory.mktemp("test") / "trial", songs_each=2, completion_code="C0DE")


def decoded(folder, file):
    return flac.decode((folder / file).read_bytes())


def test_stimuli_are_equally_loud_and_none_clips(mushra):
    test = read_test(mushra.folder)
    sounds = [decoded(mushra.folder, file) for file in files_of(test)]
    assert len(sounds) == 7 * 5  # six pages and the training page, with the open reference
    assert {round(integrated_lufs(sound), 1) for sound in sounds} == {test["level_lufs"]}
    assert max(true_peak_dbtp(sound) for sound in sounds) <= -0.9
    assert {sound.samples.shape for sound in sounds} == {(2, 48_000)}


def test_a_high_peak_lowers_all(noise):
    click = noise(seconds=1.0, rms=0.01)
    samples = click.samples.copy()
    samples[:, 5_000] = 0.9
    levels = {1: level_of(noise(seconds=1.0)), 2: level_of(click.with_samples(samples))}
    lufs = common_level(levels, -23.0)
    assert lufs < -23.0
    levelled, _ = at_level(click.with_samples(samples), levels[2], lufs)
    assert -1.3 < true_peak_dbtp(levelled) <= -0.9
    assert integrated_lufs(levelled) == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize(("off_lu", "refused"), [(0.095, False), (0.105, True)])
def test_a_stimulus_is_within_a_tenth_of_its_level(noise, off_lu, refused):
    sound = noise(seconds=1.0)
    told = replace(level_of(sound), lufs=level_of(sound).lufs + off_lu)
    if refused:
        with pytest.raises(UsageError, match=r"expected a stimulus at -23.0 LUFS"):
            at_level(sound, told, -23.0)
    else:
        assert integrated_lufs(at_level(sound, told, -23.0)[0]) == pytest.approx(-23.0, abs=0.1)


def test_a_passage_lasts_ten_seconds_unless_it_is_said():
    assert TestSettings().seconds == 10.0


def test_songs_that_are_lacking_are_told_and_only_they(exported, tmp_path):
    for songs, lacking in ((4, False), (5, False), (6, True)):
        made = exported(tmp_path / str(songs) / "t", songs=songs, passages=1, training=False)
        assert any("in place of" in note for note in made.notes) == lacking


def test_the_name_of_a_test_is_that_of_its_folder_of_40_characters_at_most(exported, tmp_path):
    made = exported(tmp_path / f"{'A' * 39}bcd e", songs=1, training=False)
    assert made.configs == (f"{'a' * 39}b",)


def test_the_level_is_told_to_a_thousandth(exported, tmp_path):
    made = exported(tmp_path / "t", songs=1, training=False, level_lufs=-30.125)
    assert read_test(made.folder)["level_lufs"] == -30.125
    assert not any("the level is" in note for note in made.notes)
    loud = exported(tmp_path / "loud" / "t", songs=1, training=False, level_lufs=-10.0)
    lowered = read_test(loud.folder)["level_lufs"]
    assert lowered < -10.0
    assert any(f"the level is {lowered:g} LUFS in place of -10" in note for note in loud.notes)


def test_a_configuration_of_more_than_4_mib_is_not_read(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (4 << 20) + b"\n")
    with pytest.raises(DatasetError, match="expected at most 4194304 bytes, got 4194305"):
        webmushra.check(path)


def test_no_name_that_raters_see_tells_the_system_or_the_song(mushra):
    key = json.loads(mushra.key.read_text())
    secret = {
        entry["system"] for place in key["pages"].values() for entry in place["stimuli"].values()
    }
    assert secret == {"reference", "drums_up", "no_keys", "plain_sum"}
    secret = (secret - {"reference"}) | {place["song"] for place in key["pages"].values()}
    public = [path for path in mushra.folder.rglob("*") if path.is_file()]
    for path in public:
        assert not any(name in str(path) for name in secret)
        if path.suffix in (".json", ".yaml", ".xml"):
            assert not any(name in path.read_text() for name in secret), path
    assert mushra.key.parent == mushra.folder.parent
    assert "A. Tester" in (mushra.folder / "CREDITS.md").read_text()


def test_the_key_finds_the_answer_that_each_stimulus_is_of(mushra, tones_data):
    key, test = read_key(mushra.key), read_test(mushra.folder)
    page = test["pages"][0]
    place = key.pages[page["id"]]
    example = tones_data[tones_data.number_of(place["example"])]
    expected = no_keys(example)["mix"].excerpt(place["start_sample"], 48_000)
    sounds = {
        key.system(page["id"], one["id"]): decoded(mushra.folder, one["file"])
        for one in page["stimuli"]
    }
    likeness = {
        system: float(np.corrcoef(sound.samples.ravel(), expected.samples.ravel())[0, 1])
        for system, sound in sounds.items()
    }
    assert likeness["no_keys"] > 0.9999
    assert max(value for system, value in likeness.items() if system != "no_keys") < 0.9999
    # webMUSHRA's own name for the hidden reference
    assert key.system(page["id"], "reference") == "reference"
    assert key.system("p000000", "reference") is None


def test_equal_settings_give_equal_files_and_another_seed_other_names(exported, tmp_path):
    first, second = exported(tmp_path / "a" / "t"), exported(tmp_path / "b" / "t")
    third = exported(tmp_path / "c" / "t", seed=1)
    texts = [{p.relative_to(t.folder): p.read_bytes() for p in t.folder.rglob("*.*")}
             for t in (first, second, third)]  # fmt: skip
    assert texts[0] == texts[1]
    assert first.key.read_text() == second.key.read_text()
    assert not any("stimuli" in str(path) for path in texts[0].keys() & texts[2].keys())


def test_each_rater_gets_a_part_of_the_songs_and_every_song_equally_many(mushra):
    key, test = read_key(mushra.key), read_test(mushra.folder)
    songs = [{key.pages[page]["song"] for page in of_list} for of_list in test["lists"]]
    assert [len(of) for of in songs] == [2, 2, 2]
    assert [len(of_list) for of_list in test["lists"]] == [4, 4, 4]  # two passages a song
    assert set(Counter(song for of in songs for song in of).values()) == {2}


@pytest.mark.parametrize(("count", "each"), [(4, 2), (5, 2), (7, 3), (12, 5), (6, 4)])
def test_lists_are_balanced_after_any_number_of_raters(count, each):
    rated = Counter(dict.fromkeys(map(str, range(count)), 0))
    for of_list in balanced_lists(sorted(rated), each):
        assert len(set(of_list)) == each
        rated.update(of_list)
        assert max(rated.values()) - min(rated.values()) <= 1
    assert set(rated.values()) == {each}


def test_passages_are_the_loudest_and_the_one_that_differs_most():
    rate = 16_000
    time = np.arange(12 * rate) / rate
    hz = np.select([time < 4, time < 8], [200.0, 2_000.0], 250.0)
    level = np.select([time < 4, time < 8], [0.2, 0.1], 0.05)
    wave = level * np.sin(2.0 * np.pi * np.cumsum(hz) / rate)
    song = Excerpt("whole", 0, Audio(np.tile(wave, (2, 1)).astype(np.float32), rate))
    one, two = passages([song], 3.0)
    assert (one.rule, two.rule) == (LOUDEST, CONTRAST)
    # K-weighting raises 2 kHz by about 3 dB: 200 Hz at twice the amplitude stays louder
    assert one.song_seconds <= 1.0
    assert 4.0 <= two.song_seconds <= 5.0
    assert two.distance_db > 10.0
    assert [p.rule for p in passages([song], 3.0, count=1)] == [LOUDEST]
    halves = [
        Excerpt(f"e{n}", n * 6 * rate, song.audio.excerpt(n * 6 * rate, 6 * rate)) for n in (0, 1)
    ]
    again = passages(halves, 3.0)
    assert again[0].song_seconds == one.song_seconds
    assert again[1].example == "e1"


@pytest.mark.parametrize(("quieter_lu", "rules"), [(11.7, 2), (12.3, 1)])
def test_a_contrast_may_be_12_lu_quieter_and_no_more(quieter_lu, rules):
    rate = 16_000
    time = np.arange(4 * rate) / rate
    low, high = (
        Audio(np.tile(0.2 * np.sin(2.0 * np.pi * hz * time), (2, 1)).astype(np.float32), rate)
        for hz in (500.0, 1_500.0)
    )
    away_db = integrated_lufs(low) - quieter_lu - integrated_lufs(high)
    parts = [low, high.scaled(10.0 ** (away_db / 20.0))]
    excerpts = [Excerpt(f"e{n}", 4 * n * rate, part) for n, part in enumerate(parts)]
    assert len(passages(excerpts, 3.0)) == rules


def test_a_silent_or_short_song_has_no_or_one_passage(noise):
    rate = 16_000
    silent = Audio(np.zeros((2, 5 * rate), np.float32), rate)
    assert passages([Excerpt("e", 0, silent)], 3.0) == []
    short = passages([Excerpt("e", 0, noise(seconds=2.0, rate=rate))], 3.0)
    assert [(p.start, p.length) for p in short] == [(0, 2 * rate)]


def test_a_low_pass_anchor_keeps_what_is_below(tone):
    low, high = tone(hz=3_000.0, amplitude=0.5), tone(hz=4_100.0, amplitude=0.5)
    middle = slice(10_000, 30_000)
    kept = low_passed(low, 3_500.0).samples[:, middle]
    assert kept == pytest.approx(low.samples[:, middle], abs=1e-3)
    assert np.abs(low_passed(high, 3_500.0).samples[:, middle]).max() < 1e-3
    half = low_passed(tone(hz=3_750.0, amplitude=0.5), 3_500.0).samples[:, middle]
    assert 20.0 * np.log10(2.0 * np.abs(half).max()) == pytest.approx(-6.02, abs=0.03)
    with pytest.raises(UsageError, match="expected less than 21800 Hz"):
        low_passed(low, 22_000.0)


def test_webmushra_gets_what_its_pages_read(mushra):
    test = read_test(mushra.folder)
    names = sorted(path.name for path in (mushra.folder / "configs").iterdir())
    assert names == ["trial-1.yaml", "trial-2.yaml", "trial-3.yaml"]
    for name, of_list in zip(names, test["lists"], strict=True):
        text = (mushra.folder / "configs" / name).read_text()
        config = yaml.safe_load(text)
        assert webmushra.fault(config) == ""
        # its reader takes no list that begins on the line of another one's dash
        assert not re.search(r"^ *- +-", text, re.M)
        assert config["testId"] == "trial"
        kinds = [page if isinstance(page, list) else page["type"] for page in config["pages"]]
        assert kinds[:3] == ["consent", "generic", "mushra"]
        assert kinds[3][0] == "random"
        assert [page["id"] for page in kinds[3][1:]] == of_list
        for page in (config["pages"][2], *kinds[3][1:]):
            assert len(page["stimuli"]) == 3  # with its own hidden reference four
            files = [page["reference"], *page["stimuli"].values()]
            assert all((mushra.folder / file).is_file() for file in files)
        asked = [question["name"] for question in config["pages"][-1]["questionnaire"]]
        assert asked[-3:] == ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"]
        assert "C0DE" in config["pages"][-1]["popupContent"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("testId"), "testId: expected str, got None"),
        (lambda c: c.update(bufferSize=1000), "bufferSize: expected one of"),
        (lambda c: c["pages"].pop(), "expected a page of type finish as the last one"),
        (lambda c: c["pages"][2].update(type="mushr"), "page training: type: expected one of"),
        (lambda c: c["pages"][2].pop("reference"), "page training: expected the field reference"),
        (lambda c: c["pages"][2]["stimuli"].update(x="a.mp3"), "expected a .flac or .wav"),
        (lambda c: c["pages"][1].update(id="training"), "the id training is there twice"),
        (lambda c: c["pages"][3].insert(1, "random"), "pages: expected a mapping, got 'random'"),
    ],
)
def test_a_wrong_configuration_is_named(mushra, change, message):
    config = yaml.safe_load((mushra.folder / "configs" / "trial-1.yaml").read_text())
    change(config)
    assert message in webmushra.fault(config)


@pytest.mark.parametrize("size", [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384])
def test_buffers_of_the_web_audio_standard_are_right(mushra, size):
    config = yaml.safe_load((mushra.folder / "configs" / "trial-1.yaml").read_text())
    assert webmushra.fault({**config, "bufferSize": size}) == ""
    for other in (128, 32_768):
        assert "bufferSize" in webmushra.fault({**config, "bufferSize": other})


def test_text_with_quotes_and_markup_stays_text(exported, tmp_path):
    sly = "\"'<script>alert(1)</script> ünï: - [x]\n\ntwo"
    made = exported(tmp_path / "t", title=sly[:30], instructions=sly, question=sly[:40])
    config = yaml.safe_load((made.folder / "configs" / "t.yaml").read_text())
    assert config["pages"][1]["content"].startswith("<p>&quot;&#x27;&lt;script&gt;alert(1)")
    assert "<p>two</p>" in config["pages"][1]["content"]
    root = ElementTree.fromstring((made.folder / "tests" / "t.xml").read_text())
    assert root.find(".//surveyentry[@id='instructions']/statement").text == sly


@pytest.mark.parametrize("method", ["no_reference", "ape"])
def test_without_a_reference_nothing_points_at_it(exported, tmp_path, method):
    made = exported(tmp_path / "t", method=method)
    test, key = read_test(made.folder), read_key(made.key)
    assert {page["reference"] for page in test["pages"]} == {None}
    standing = {
        place["stimuli"][place["webmushra_reference"]]["system"] for place in key.pages.values()
    }
    assert standing != {"reference"}
    for page in test["pages"]:
        assert key.systems(page["id"]) == ["drums_up", "no_keys", "plain_sum", "reference"]
        assert {key.system(page["id"], one["id"]) for one in page["stimuli"]} == set(
            key.systems(page["id"])
        )


def test_the_xml_has_the_order_and_the_ids_that_its_schema_asks_for(mushra):
    test = read_test(mushra.folder)
    root = ElementTree.fromstring((mushra.folder / "tests" / "trial-1.xml").read_text())
    assert [child.tag for child in root] == ["setup", *["page"] * 5]
    setup = root.find("setup")
    assert setup.get("interface") == "APE"
    assert [c.tag for c in setup] == ["exitText", "survey", "survey", "metric", "interface"]
    checks = [o.get("name") for o in setup.iter("interfaceoption") if o.get("type") == "check"]
    assert checks == ["fragmentPlayed", "fragmentMoved"]
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", one) for one in ids)
    pages = {page.get("id"): page for page in root.findall("page")}
    assert set(pages) == {"training", *test["lists"][0]}
    for page in pages.values():
        kinds = [element.get("type") for element in page.findall("audioelement")]
        assert kinds == [None] * 4 + ["outside-reference"]
        assert all((mushra.folder / e.get("url")).is_file() for e in page.findall("audioelement"))


def test_wav_in_place_of_flac(exported, tmp_path):
    made = exported(tmp_path / "t", wav=True, songs=1, training=False)
    files = files_of(read_test(made.folder))
    assert {soundfile.info(made.folder / file).subtype for file in files} == {"PCM_24"}
    assert {file.rpartition(".")[2] for file in files} == {"wav"}


def test_an_answer_that_is_missing_moves_the_passage_and_is_named(tones_data, runs, tmp_path):
    ids = [row["id"] for row in tones_data.rows]
    failing = stored_run(tmp_path / "r", tones_data, "third", no_keys, failing=ids[:3])
    sounds = answered_sounds([*runs, failing], tones_data.folder, anchors=["none"])
    made = export(sounds, tmp_path / "t", TestSettings(songs=5, seconds=3.0, training=False))
    assert made.songs == 4  # the first song has lost both of its excerpts
    left = {line for line in made.notes if line.startswith("left out")}
    assert left == {f"left out: {id}: third: it fell over" for id in ids[:3]}
    examples = {place["example"] for place in read_key(made.key).pages.values()}
    assert not examples & set(ids[:3])


def test_what_cannot_be_heard_or_does_not_fit_is_refused(tones_data, runs, tmp_path, exported):
    balance = stored_run(tmp_path / "b", tones_data, "x", lambda e: {}, task="loudness_balance")
    with pytest.raises(UsageError, match="asks for numbers or settings, and nobody can listen"):
        answered_sounds([balance], tones_data.folder)
    removal = stored_run(
        tmp_path / "e", tones_data, "x", lambda e: dict(e.before.stems), task="effect_removal"
    )
    with pytest.raises(UsageError, match="say with --stem which of its sounds"):
        answered_sounds([removal], tones_data.folder)
    with pytest.raises(DatasetError, match="the run of another task"):
        answered_sounds([runs[0], removal], tones_data.folder)
    with pytest.raises(UsageError, match="two runs of the model drums_up"):
        answered_sounds([runs[0], runs[0]], tones_data.folder)
    with pytest.raises(UsageError, match="at most 11 stimuli a page, got 12"):
        answered_sounds(runs, tones_data.folder, anchors=[f"lowpass_{n}000" for n in range(1, 10)])
    with pytest.raises(UsageError, match="reference is called as the hidden reference"):
        answered_sounds(runs, tones_data.folder, labels={"no_keys": "reference"})
    with pytest.raises(UsageError, match="--anchor lowpass_9000"):
        exported(tmp_path / "t", anchors=["lowpass_9000"])
    with pytest.raises(UsageError, match="--songs: expected 1 to 250, got 0"):
        TestSettings(songs=0)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(DatasetError, match="is there already"):
        exported(tmp_path / "full")


def test_a_default_anchor_that_fails_is_left_out_and_named(tones_data, runs, monkeypatch):
    sounds = answered_sounds(runs, tones_data.folder)
    assert sounds.anchors == ("plain_sum", "fx_normalised_mix")

    def fails(self, brief):
        raise RuntimeError("no")

    monkeypatch.setattr("automix_bench.models.fx_normalised_mix.FxNormalisedMix.__call__", fails)
    heard = sounds.of(tones_data[0])
    assert list(heard) == ["reference", "drums_up", "no_keys", "plain_sum"]
    assert sounds.anchors == ("plain_sum",)
    assert "RuntimeError: no" in sounds.left_out["anchor fx_normalised_mix"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.update(method="abx"), "method: expected one of mushra, no_reference, ape"),
        (lambda t: t["pages"][0].update(id="../x"), "pages: expected a list whose items"),
        (lambda t: t["pages"][0]["stimuli"][0].update(file="/etc/passwd"), "pages: expected"),
        (lambda t: t["pages"][0]["stimuli"][0].update(file="stimuli/a/../b.flac"), "pages: exp"),
        (lambda t: t["lists"][0].append("p0"), "list 1: no page p0"),
        (lambda t: t["pages"].append(t["pages"][0]), "page p[0-9a-f]{6} is there twice"),
        (lambda t: t.update(method="ape"), "expected no reference on each page"),
        (lambda t: t.update(extra=1), "extra: expected one of the fields"),
    ],
)
def test_a_wrong_test_is_named(mushra, change, message):
    test = json.loads((mushra.folder / "test.json").read_text())
    change(test)
    with pytest.raises(DatasetError, match=message):
        demand_test(test, "test.json")


@pytest.mark.parametrize(
    ("count", "taken"), [(0, False), (1, True), (20_000, True), (20_001, False)]
)
def test_a_text_has_one_to_20000_characters(tmp_path, count, taken):
    path = tmp_path / "text.txt"
    path.write_text("x" * count)
    if taken:
        assert len(read_text(path)) == count
    else:
        with pytest.raises(DatasetError, match=f"expected 1 to 20000 characters, got {count}"):
            read_text(path)


def test_questions_come_from_a_file_and_a_wrong_one_is_named(tmp_path):
    file = tmp_path / "q.json"
    file.write_text('[{"name": "age", "label": "Age?", "kind": "number", "optional": true}]')
    assert read_questions(file)[0].optional
    file.write_text('[{"name": "a b", "label": "Age?"}]')
    with pytest.raises(DatasetError, match="question 1: name: expected a name of"):
        read_questions(file)


@pytest.mark.parametrize(("optional", "mandatory"), [(True, None), (False, "true")])
def test_a_question_must_be_answered_unless_it_is_optional(optional, mandatory):
    question = {"name": "age", "label": "Age?", "kind": "number", "optional": optional}
    assert waet_configuration._question(question).get("mandatory") == mandatory


def test_the_stem_that_is_rated_is_one_that_the_task_asks_for(tones_data, runs):
    folder = tones_data.folder
    for stem in (None, "mix"):
        assert next(iter(answered_sounds(runs, folder, stem=stem).of(tones_data[0]))) == "reference"
    with pytest.raises(UsageError, match="--stem drums: expected one of mix"):
        answered_sounds(runs, folder, stem="drums")


def test_as_many_stimuli_as_a_page_may_have_are_taken(tones_data, runs, monkeypatch):
    for most, fits in ((4, True), (3, False)):
        monkeypatch.setattr("automix_bench.listening_tests.answered_sounds.MOST_STIMULI", most)
        if fits:
            assert answered_sounds(runs, tones_data.folder, anchors=("plain_sum",)).anchors
        else:
            with pytest.raises(UsageError, match="at most 3 stimuli a page, got 4"):
                answered_sounds(runs, tones_data.folder, anchors=("plain_sum",))


def test_a_configuration_that_was_edited_by_hand_is_checked(exported, tmp_path):
    made = exported(tmp_path / "t", songs=1)
    path = made.folder / "configs" / "t.yaml"
    webmushra.check(path)
    text = path.read_text()
    for old, new, message in (
        ("bufferSize: 2048", "bufferSize: 2000", "bufferSize: expected one of"),
        ('type: "finish"', 'type: "end"', "expected a page of type finish"),
        (".flac", ".flax", "expected a .flac or .wav"),
        ("stimuli/t/s", "stimuli/t/x", "there is no file stimuli/t/x"),
        ("pages:", "pages: [", "no YAML that can be read"),
        ("pages:", "a: &a [x]\nb: *a\npages:", "an alias"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(DatasetError, match=re.escape(message)):
            webmushra.check(path)
