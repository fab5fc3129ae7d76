"""Briefs as numbers, consoles as answers, and all that can be wrong with one."""

import inspect
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.agents import console_schema
from automix_bench.agents.brief_json import brief_to_json
from automix_bench.agents.console_answer import RefusedAnswer, answer_to
from automix_bench.agents.measurements import UNITS, measurements
from automix_bench.audio import Audio, amplitude, total
from automix_bench.catalogue.tasks import task_named
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.errors import DatasetError
from automix_bench.evaluation.entry import entry
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Brief
from automix_bench.models import rule_agent
from automix_bench.settings import Knob

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "agents.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ file=agent/(\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RNG = np.random.default_rng(0)


def sound(level=0.1, channels=2, seconds=0.5):
    noise = RNG.standard_normal((channels, round(seconds * 44_100)))
    return Audio((level * noise).astype(np.float32), 44_100)


STEMS = {"bass": sound(0.05), "drums-2": sound(0.2), "vocals": sound()}


def answer(brief=None, **record):
    return answer_to(brief or Brief(STEMS), json.dumps(record).encode())


def refusal(printed, brief=None):
    printed = printed if isinstance(printed, bytes) else json.dumps(printed).encode()
    with pytest.raises(RefusedAnswer) as caught:
        answer_to(brief or Brief(STEMS), printed)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 2_000
    return line


def program(folder, body, title="mine"):
    folder.mkdir(exist_ok=True)
    (folder / "run.py").write_text(body)
    command = json.dumps([sys.executable, "run.py"])
    text = f'title = "{title}"\ncommand = {command}\nexchange = "agent"\n'
    (folder / "model.toml").write_text(text)
    return folder / "model.toml"


def asked(path, brief, **limits):
    with ModelProcess(entry(str(path)).place, limits=Limits(**limits)) as process:
        return process.ask(brief), process.ask(brief)


# What is shown.


def test_a_brief_is_valid_json_without_any_sound_or_target(dataset):
    example = dataset[0]
    brief = task_named("mixing").brief(example)
    record = brief_to_json(brief)
    text = json.dumps(record, allow_nan=False)
    assert list(record["stems"]) == sorted(brief.stems)
    assert (record["rate"], record["channels"]) == (16_000, 2)
    assert record["seconds"] == 1.0
    for name in (example.id, example.song):
        assert name not in text
    other = replace(example, before=replace(example.before, mix=example.before.mix.scaled(0.5)))
    assert brief_to_json(task_named("mixing").brief(other)) == record


def test_a_louder_stem_is_louder_by_as_much():
    first, second = (measurements(STEMS["vocals"].scaled(gain)) for gain in (1.0, amplitude(-6.0)))
    for name in ("loudness", "rms", "true_peak"):
        assert first[name] - second[name] == pytest.approx(6.0, abs=0.01)
    for name in ("crest", "centroid", "width", "correlation", "active_share"):
        assert first[name] == pytest.approx(second[name], abs=0.01)


def test_octaves_and_centroid_tell_where_a_tone_lies(tone):
    low, high = (measurements(tone(hz, seconds=2.0)) for hz in (250.0, 4_000.0))
    assert [int(np.argmax(one["octaves"])) for one in (low, high)] == [3, 7]
    assert max(low["octaves"]) == pytest.approx(0.0, abs=0.1)
    assert low["centroid"] == pytest.approx(250.0, rel=0.05)
    assert high["centroid"] == pytest.approx(4_000.0, rel=0.05)


def test_the_active_share_of_a_sound_that_ends(tone):
    whole = tone(seconds=2.0)
    half = np.where(np.arange(whole.length) < whole.length // 2, 1.0, 0.001)
    assert measurements(whole)["active_share"] == 1.0
    assert measurements(whole.with_samples(whole.samples * half))["active_share"] == 0.5


@pytest.mark.parametrize("silent", [True, False])
def test_what_a_sound_does_not_have_is_null(silent):
    short = sound(0.0 if silent else 0.1, channels=1, seconds=0.1)
    values = measurements(short)
    assert set(values) == set(UNITS)
    assert values["loudness"] is None
    assert values["width"] is None
    assert (values["octaves"] is None) == silent
    json.dumps(values, allow_nan=False)


def test_a_brief_carries_instruction_reference_settings_and_seed():
    brief = Brief(STEMS, STEMS["bass"], "louder", Console({"bass": Chain((Gain(3.0),))}))
    record = brief_to_json(brief, seed=7)
    assert record["text"] == "louder"
    assert record["seed"] == 7
    assert record["reference"]["measurements"] == record["stems"]["bass"]["measurements"]
    assert record["console"]["strips"]["bass"] == [{"effect": "gain", "gain_db": 3.0}]
    assert "seed" not in brief_to_json(brief)


def test_the_schema_has_every_effect_that_needs_nothing_but_numbers_and_words():
    effects = brief_to_json(Brief(STEMS))["answer"]["effects"]
    without = {*plugin.names("effects")} - set(effects)
    other = {name for name in without if not name.startswith("pedalboard_")}
    assert other == {"aac", "convolution", "lv2", "mp3", "opus", "vorbis", "vst3"}
    compressor = effects["compressor"]["knobs"]
    assert compressor["ratio"] == {"low": 1.0, "high": 100.0, "unit": "dB in per dB out"}
    assert compressor["detector_ms"]["default"] == 0.0
    assert effects["compressor"]["options"]["sidechain"]["default"] == "flat"
    assert effects["graphic_eq"]["knobs"]["gains_db"]["count"] == 31
    assert effects["pan"]["stereo_only"]


def test_the_page_names_every_field(dataset):
    record = brief_to_json(Brief(STEMS), seed=0)
    names = {*record, "task", *UNITS, *record["answer"], *record["answer"]["form"]}
    names |= {*record["answer"]["limits"], *record["answer"]["effects"]["pan"]}
    for name in names:
        assert f"`{name}`" in PAGE, name
    for name, unit in UNITS.items():
        assert f"| `{name}` | {unit.partition(', ')[0]} |" in PAGE


# What is answered.


@pytest.mark.parametrize("name", sorted(console_schema.usable_effects()))
def test_every_effect_of_the_schema_is_taken_at_both_ends_of_its_knobs(name):
    kind = console_schema.usable_effects()[name]
    for end in ("low", "high"):
        setting = {"effect": name}
        for key, spec in kind.settings().items():
            if isinstance(spec, Knob):
                value = getattr(spec, end)
                setting[key] = [value] * spec.count if spec.count else value
        line = ""
        try:
            answered = answer(strips={"vocals": [setting]})
            (effect,) = answered.console.strips["vocals"].effects
            assert type(effect) is kind
        except RefusedAnswer as error:
            line = str(error)
        # An effect may refuse this sound, never its settings.
        assert line == "" or line.startswith("vocals, "), line


def test_the_mix_is_what_the_console_makes_of_the_stems():
    answered = answer(
        strips={"vocals": [{"effect": "gain", "gain_db": -6}]},
        groups={"rhythm": {"stems": ["bass", "drums-2"], "chain": [{"effect": "polarity"}]}},
        auxes={
            "room": {"sends_db": {"vocals": -20}, "chain": [{"effect": "gain", "gain_db": 3.0}]}
        },
        bus=[{"effect": "soft_clip", "drive_db": 1.0}],
        labels={"why": "the voice leads"},
    )
    assert list(answered.stems) == ["mix"]
    _, mix = answered.console.routed(STEMS, lambda _, chain, audio: chain(audio), total)
    assert np.array_equal(answered.stems["mix"].samples, mix.samples)
    vocals = STEMS["vocals"].scaled(amplitude(-6.0))
    sent = vocals.scaled(amplitude(-20.0)).scaled(amplitude(3.0))
    rhythm = total([STEMS["bass"], STEMS["drums-2"]]).scaled(-1.0)
    before = total([vocals, rhythm, sent])
    after = Chain(answered.console.bus.effects)(before)
    assert np.allclose(answered.stems["mix"].samples, after.samples, atol=1e-6)
    assert answered.console.labels == {"why": "the voice leads"}


def test_nothing_said_is_the_plain_sum_and_stems_come_back_if_asked_for():
    assert np.array_equal(answer().stems["mix"].samples, total(STEMS.values()).samples)
    chain = [{"effect": "gain", "gain_db": 6.0}]
    answered = answer(strips={"bass": chain}, returns="stems", values={"bass": 2})
    assert set(answered.stems) == set(STEMS)
    assert answered.values == {"bass": 2.0}
    doubled = STEMS["bass"].scaled(amplitude(6.0))
    assert np.allclose(answered.stems["bass"].samples, doubled.samples, atol=1e-6)


GAIN = {"effect": "gain", "gain_db": 0.0}


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        (b"", "the answer: expected a console as JSON on standard output, got nothing"),
        (b"Here is it: {}", "the answer: expected a console as JSON, got 'Here is it: {}' ("),
        (b"\xff\xfe", "the answer: expected a console as JSON, got "),
        (b"[" * 100_000, "the answer: expected a console as JSON, got objects and lists nested"),
        (b"1" * 10_000, "the answer: expected a console as JSON, got "),
        (b" " * (1 << 20) + b"{}", "the answer: expected at most 1048576 bytes, got 1048578"),
        (b'{"bus": [], "bus": []}', "the field 'bus' stands twice in one object"),
        (
            b'{"bus": [{"effect": "gain", "gain_db": NaN}]}',
            "the answer: expected finite numbers, got NaN",
        ),
        (
            b'{"bus": [{"effect": "gain", "gain_db": 1e999}]}',
            "bus[0] (gain).gain_db: expected a number in [-60, 60] dB, got inf",
        ),
        ([], "the answer: expected a JSON object, got a list of 0"),
        ({"strip": {}}, "the answer: expected the fields auxes, bus, groups, labels, returns,"),
        ({"strips": []}, "strips: expected a JSON object, got a list of 0"),
        (
            {"strips": {"guitar": []}},
            "strips: expected the stems bass, drums-2, vocals, got 'guitar'",
        ),
        ({"strips": {"bass": {}}}, "strips.bass: expected a list of effects, got an object"),
        ({"bus": [GAIN] * 33}, "bus: expected at most 32 effects, got 33"),
        ({"bus": ["gain"]}, "bus[0]: expected a JSON object, got 'gain'"),
        ({"bus": [GAIN, {}]}, "bus[1].effect: expected the name of an effect in the brief, got "),
        ({"bus": [{"effect": "gane"}]}, "got 'gane', did you mean 'gate'? near it: gain;"),
        ({"bus": [{"effect": "vst3"}]}, "bus[0].effect: expected the name of an effect in the"),
        ({"bus": [{"effect": "/tmp/evil.py"}]}, "bus[0].effect: expected the name of an effect"),
        ({"bus": [{"effect": ["gain"]}]}, "bus[0].effect: expected the name of an effect in the"),
        ({"bus": [{"effect": "gain", "db": 3}]}, "(gain): expected the settings gain_db, got 'db'"),
        (
            {"bus": [{"effect": "gain"}]},
            "bus[0] (gain).gain_db: expected a number in [-60, 60] dB, got no such setting",
        ),
        (
            {"strips": {"bass": [{"effect": "gain", "gain_db": 500}]}},
            "strips.bass[0] (gain).gain_db: expected a number in [-60, 60] dB, got 500",
        ),
        (
            {"bus": [{"effect": "gain", "gain_db": "3"}]},
            "expected a number in [-60, 60] dB, got '3",
        ),
        ({"bus": [{"effect": "gain", "gain_db": True}]}, "in [-60, 60] dB, got true"),
        ({"bus": [{"effect": "gain", "gain_db": 10**400}]}, "got a number of 19 digits or more"),
        (
            {"bus": [{"effect": "graphic_eq", "gains_db": [0.0] * 30}]},
            "bus[0] (graphic_eq).gains_db: expected 31 numbers in [-12, 12] dB, got a list of 30",
        ),
        (
            {"bus": [{"effect": "pan", "pan": 0.0, "law": "mine"}]},
            "bus[0] (pan).law: expected one of constant_power, linear, minus_4_5_db, got 'mine'",
        ),
        (
            {"groups": {"A B": {"stems": [], "chain": []}}},
            "groups: expected names of a-z 0-9 _ -, 100 at most, got 'A B'",
        ),
        ({"groups": {"a": {"stems": []}}}, "groups.a: expected the field chain, got no such field"),
        (
            {"groups": {"a": {"stems": ["bass", "bass"], "chain": []}}},
            "groups: expected 'bass' in one group, got 2 times",
        ),
        ({"groups": {"a": {"stems": "bass", "chain": []}}}, "groups.a.stems: expected a list of"),
        ({"groups": {"a": {"stems": ["x"], "chain": []}}}, "groups.a.stems: expected the stems"),
        (
            {"groups": {f"g{n}": {"stems": [], "chain": []} for n in range(65)}},
            "groups: expected at most 64, got 65",
        ),
        (
            {"auxes": {"a": {"sends_db": {"bass": 50}, "chain": []}}},
            "auxes.a.sends_db.bass: expected a number in [-100, 40], got 50",
        ),
        (
            {"auxes": {"a": {"sends_db": {"x": 0}, "chain": []}}},
            "auxes.a.sends_db: expected the st",
        ),
        (
            {"auxes": {"a": {"chain": []}}},
            "auxes.a: expected the field sends_db, got no such field",
        ),
        ({"returns": "both"}, "returns: expected one of mix, stems, got 'both'"),
        ({"values": {"bass": "loud"}}, "values: expected a number"),
        ({"labels": {"why": 3}}, "labels: expected a text"),
        ({"prepared": {}}, "the answer: expected the fields "),
    ],
)
def test_a_wrong_answer_is_refused_in_one_line(printed, line):
    assert line in refusal(printed)


def test_an_effect_that_refuses_the_sound_is_named_with_its_place():
    mono = Brief({"bass": sound(channels=1)})
    pan = {"effect": "pan", "pan": 0.5}
    assert refusal({"strips": {"bass": [GAIN, pan]}}, mono).startswith("bass, Pan: ")
    assert refusal({"bus": [pan]}, mono).startswith("bus, Pan: ")


def test_a_mix_beyond_all_numbers_is_refused():
    loud = [{"effect": "gain", "gain_db": 60.0}] * 32
    assert "finite" in refusal({"bus": loud, "strips": {"bass": loud}})


def test_no_name_in_an_answer_can_forge_a_line():
    assert "\x1b" not in refusal({"strips": {"\x1b[31m\nok": []}})


# The program.


def test_the_agent_of_the_docs_is_the_built_in_one(tmp_path):
    for name, text in FILES.items():
        text = text.replace("PYTHON", sys.executable)
        (tmp_path / name).write_text(text)
    brief = Brief({**STEMS, "residual": sound(1e-6)})
    built_in = rule_agent.rule_agent(brief)
    for reply in asked(tmp_path / "model.toml", brief):
        assert reply.failure == ""
        assert np.array_equal(reply.answer.stems["mix"].samples, built_in.stems["mix"].samples)
        assert reply.answer.console == built_in.console
    body = inspect.getsource(rule_agent.console_for).partition('"""')[2]
    own = FILES["agent.py"].partition('"""')[2].partition("\n\n\n")[0]
    hints = str.maketrans("", "", " \n")
    body = body.replace(": dict[str, list[dict[str, Any]]]", "").strip()
    assert own.translate(hints) == body.translate(hints)
    assert FILES["agent.py"].count("\n") <= 30


def test_the_rule_agent_levels_by_role_and_leaves_silence_and_residual_alone():
    brief = Brief({**STEMS, "lead": sound(0.0), "residual": sound(0.01)})
    answered = rule_agent.rule_agent(brief)
    strips = answered.console.strips
    assert not strips["lead"]
    assert not strips["residual"]
    loud = {name: measurements(strips[name](STEMS[name]))["loudness"] for name in STEMS}
    assert loud["vocals"] - loud["drums-2"] == pytest.approx(3.0, abs=0.3)
    assert loud["bass"] - loud["drums-2"] == pytest.approx(1.0, abs=0.3)
    assert measurements(answered.stems["mix"])["loudness"] == pytest.approx(-23.0, abs=1.0)


def test_a_program_gets_the_brief_and_nothing_else(tmp_path):
    body = """
import json, sys
brief = json.load(sys.stdin)
names = ",".join(sorted(brief))
assert len(sys.argv) == 1, sys.argv
json.dump({"labels": {"fields": names, "text": brief["text"]}}, sys.stdout)
"""
    for reply in asked(program(tmp_path / "mine", body), Brief(STEMS, text="pan it")):
        fields = set(brief_to_json(Brief(STEMS), seed=0))
        assert set(reply.answer.console.labels["fields"].split(",")) == fields
        assert reply.answer.console.labels["text"] == "pan it"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import sys; sys.exit('no idea')", "the program ended with exit code 1: no idea"),
        ("", "the answer: expected a console as JSON on standard output, got nothing"),
        ("print('x' * (3 << 20))", "the answer: expected at most 1048576 bytes, got 1048577 or m"),
        ('print(\'{"bus": [{"effect": "gone"}]}\')', "bus[0].effect: expected the name of an"),
        ("import os; os.remove(__file__); print('{}')", "exit code 1: "),
        ("print('{}'); import os; os.kill(os.getpid(), 9)", "ended with exit code -9"),
    ],
)
def test_a_program_without_an_answer_fails_on_that_brief_alone(tmp_path, body, reason):
    for reply in asked(program(tmp_path / "mine", body), Brief(STEMS)):
        assert reply.answer is None
        assert reason in reply.failure


def test_a_program_that_cannot_be_started_fails_in_a_line(tmp_path):
    path = program(tmp_path / "mine", "")
    (tmp_path / "mine" / "no program").write_text("#!/no/such/interpreter")
    (tmp_path / "mine" / "no program").chmod(0o755)
    for exchange in ("agent", "folder"):
        path.write_text(f'command = ["no program"]\nexchange = "{exchange}"\n')
        for reply in asked(path, Brief(STEMS)):
            assert reply.failure.startswith("the program cannot be started: ")


def test_a_program_that_hangs_is_ended(tmp_path):
    first, _ = asked(
        program(tmp_path / "mine", "import time; time.sleep(60)"), Brief(STEMS), item_seconds=1.0
    )
    assert "took longer than 1 s" in first.failure


def test_an_agent_is_scored_like_any_model(dataset, tmp_path):
    path = program(tmp_path / "mine", "import sys; sys.stdin.read(); print('{}')")
    result = CliRunner().invoke(
        cli.app,
        [*("evaluate", "mixing_to_sum", str(dataset.folder), str(path), "--json", "--any-data")],
    )
    assert result.exit_code == 0, result.output
    rows = {row["model"]: row for row in json.loads(result.stdout)["rows"]}
    values = [
        {name: one["value"] for name, one in rows[model]["estimates"].items()}
        for model in ("mine", "plain_sum")
    ]
    assert values[0] == values[1]


# The command.


def test_the_command_prints_the_brief_by_number_and_by_id(dataset):
    runner = CliRunner()
    words = ["brief", "effect_removal", str(dataset.folder)]
    by_number = runner.invoke(cli.app, [*words, "3", "--json"])
    by_id = runner.invoke(cli.app, [*words, dataset[3].id, "--json"])
    assert by_number.exit_code == 0, by_number.output
    assert by_number.stdout == by_id.stdout
    record = json.loads(by_number.stdout)
    task = task_named("effect_removal")
    assert record.pop("task") == {
        "name": task.name,
        "version": task.version,
        "description": task.description,
    }
    assert record == json.loads(json.dumps(brief_to_json(task.brief(dataset[3]))))
    text = runner.invoke(cli.app, [*words, "3", "--wide"]).stdout
    for name in (*record["stems"], "loudness", "octave at 125 Hz", "threshold_db", "tilt"):
        assert name in text


def test_a_wrong_id_is_one_line_that_names_some(dataset):
    for wrong in ("12", "nothing", "-1"):
        with pytest.raises(DatasetError, match="expected an example's id or a number below 12"):
            dataset.number_of(wrong)
    assert dataset.number_of(dataset[5].id) == 5


def test_the_command_shows_nothing_of_the_targets(dataset, monkeypatch):
    def forbidden(example):
        raise AssertionError("the targets were asked for")

    task = replace(task_named("mixing"), wanted=forbidden)
    monkeypatch.setattr("automix_bench.catalogue.tasks.task_named", lambda name: task)
    words = ["brief", "mixing", str(dataset.folder), "0", "--json"]
    assert CliRunner().invoke(cli.app, words).exit_code == 0
