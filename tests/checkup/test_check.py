"""The check-up: a deliberately bad model fails exactly its lines, a good one passes all."""

import contextlib
import json
import os
import sys
import textwrap
import types

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.audio import Audio
from automix_bench.checkup import check
from automix_bench.checkup.check_page import write_check_page
from automix_bench.checkup.check_tracks import CheckTracks, levelled
from automix_bench.checkup.check_trial import (
    CHALLENGES,
    DOES_NOT_APPLY,
    FAIL,
    PASS,
    all_trials,
)
from automix_bench.errors import UsageError
from automix_bench.isolation.box import why_no_box

RATE = 44_100
NAMES = ("bass", "drums", "guitar", "lead")


def played(name, seed, seconds=1.5):
    """Notes of a track: each instrument has its own pitches and rhythm."""
    rng = np.random.default_rng([seed, *name.encode()])
    time = np.arange(round(seconds * RATE)) / RATE
    low = {"bass": 60.0, "drums": 0.0, "guitar": 300.0, "lead": 700.0}[name]
    sound = np.zeros((2, len(time)))
    decay = 6.0 if low else 30.0
    for start in (0.0, *np.sort(rng.uniform(0.0, seconds, 10))):
        since = np.maximum(time - start, 0.0)
        envelope = (time >= start) * np.exp(-decay * since) * np.minimum(since / 0.004, 1.0)
        tone = rng.standard_normal(len(time)) if not low else np.zeros(len(time))
        for partial in range(1, 6) if low else ():
            tone += np.sin(2 * np.pi * low * rng.uniform(1.0, 2.0) * partial * since) / partial
        side = rng.uniform(0.3, 0.7)
        sound += np.outer([side, 1.0 - side], envelope * tone)
    return Audio((0.2 * sound).astype(np.float32), RATE)


@pytest.fixture(scope="session")
def music():
    """Short tracks of two songs, so that a check-up takes seconds."""
    one, two = (levelled({name: played(name, seed) for name in NAMES}) for seed in (1, 2))
    return CheckTracks(
        one, two, (1, 2, 8, 16), rates=(16_000, 44_100, 48_000), lengths=(0.5, 1.0, 4.0)
    )


MODEL = """
import time
import numpy as np
from automix_bench import Answer
from automix_bench.audio import total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain

__all__ = ["Model"]


def centroid_hz(audio):
    power = np.abs(np.fft.rfft(audio.samples[0])) ** 2
    return np.fft.rfftfreq(audio.length, 1 / audio.rate) @ power / (power.sum() + 1e-12)


class Model:
    "Adds the stems, and does something bad."

    def __call__(self, brief):
        stems, console = dict(brief.stems), None
        mix = total(stems.values())
        peak = float(np.abs(mix.samples).max())
{body}
        return Answer(stems={{"mix": mix}}, console=console)
"""


def code(body):
    return MODEL.format(body=textwrap.indent(textwrap.dedent(body), " " * 8))


def model_object(body):
    "A model in this process, whose code may change `stems`, `mix` and `console`."
    space = {"__name__": "a_model"}
    exec(code(body), space)
    return space["Model"]()


@pytest.fixture(scope="session")
def model_file(tmp_path_factory):
    "Writes the same into a file, so that it is asked in a box."

    def write(name, body):
        path = tmp_path_factory.mktemp("models") / f"{name}.py"
        path.write_text(code(body))
        return path

    return write


BAD = {
    "order_dependent": (
        """
        first = next(iter(stems.values()))
        mix = mix + first.scaled(0.4)
        """,
        {"track_order"},
    ),
    "sums_only_eight": ("mix = total(list(stems.values())[:8])", {"track_count"}),
    "not_a_number_for_silence": (
        """
        if not all(stem.samples.any() for stem in stems.values()):
            mix = mix.with_samples(mix.samples * np.nan)
        """,
        {"silent_track"},
    ),
    "equal_levels": (
        """
        rms = {name: float(np.sqrt(np.mean(s.samples ** 2))) for name, s in stems.items()}
        mix = total(s.scaled(0.03 / (rms[name] or 1.0)) for name, s in stems.items())
        """,
        {"split_track"},
    ),
    "mutes_what_is_there_twice": (
        """
        all_of = [s.samples.tobytes() for s in stems.values()]
        once = [s for s in stems.values() if all_of.count(s.samples.tobytes()) == 1]
        mix = total(once)
        """,
        {"split_track", "duplicate_track"},
    ),
    "always_stereo": (
        "mix = mix.with_samples(np.repeat(mix.samples[:1], 2, 0)) if mix.channels == 1 else mix",
        {"mono_and_stereo"},
    ),
    "raises_what_is_quiet": ("mix = mix.scaled(30.0) if peak < 0.1 else mix", {"input_gain"}),
    "asymmetric": (
        "mix = mix.with_samples(mix.samples + 0.4 * (mix.samples**2 - np.mean(mix.samples**2)))",
        {"polarity"},
    ),
    "level_by_rate": ("mix = mix.scaled(mix.rate / 48_000)", {"sample_rates"}),
    "one_rate": ("assert mix.rate == 44_100, mix.rate", {"sample_rates"}),
    "quadratic": (
        "time.sleep(2.0 * (mix.seconds / 4.0) ** 2 if mix.seconds > 1.6 else 0.0)",
        {"lengths"},
    ),
    "depends_on_names": (
        """
        known = {"bass", "drums", "guitar", "lead", "vocals"}
        mix = total(stem for name, stem in stems.items() if name.split("-")[0] in known)
        """,
        {"unknown_names"},
    ),
    "mutes_what_is_misnamed": (
        """
        if "bass" in stems and centroid_hz(stems["bass"]) > 300:
            del stems["bass"]
        mix = total(stems.values())
        """,
        {"wrong_names"},
    ),
    "mutes_what_bleeds": (
        """
        if "lead" in stems:
            rest = (mix.samples - stems["lead"].samples)[0]
            own, late = stems["lead"].samples[0], round(0.003 * mix.rate)
            product = abs(own[late:] @ rest[: len(rest) - late])
            if product > 0.08 * np.linalg.norm(own) * np.linalg.norm(rest):
                mix = mix + stems["lead"].scaled(-0.9)
        """,
        {"bleed"},
    ),
    "refuses_clipped": (
        """
        for stem in stems.values():
            tops = np.abs(stem.samples) == np.abs(stem.samples).max()
            assert np.sum(tops) < 20 or not stem.samples.any(), "clipped"
        """,
        {"clipped_input"},
    ),
    "adds_latency": (
        "mix = mix.with_samples(np.pad(mix.samples, ((0, 0), (441, 0)))[:, :-441])",
        {"latency"},
    ),
    "too_loud": ("mix = mix.scaled(2.0)", {"full_scale"}),
    "clips": (
        "mix = mix.with_samples(np.clip(mix.samples, -0.4, 0.4))",
        {"added_artifacts", "input_gain"},
    ),
    "clicks": (
        """
        samples = mix.samples.copy()
        samples[:, 2_000::3_000] += 0.25 * np.abs(samples).max() * np.sign(samples[:, 999:1_000])
        mix = mix.with_samples(samples)
        """,
        {"added_artifacts"},
    ),
    "wrong_console": (
        """
        strips = {name: Chain((Gain(-1.0),)) for name in stems}
        console = Console(strips)
        """,
        {"declared_console"},
    ),
    "draws_without_a_seed": (
        """
        noise = np.random.default_rng().standard_normal(mix.samples.shape)
        mix = mix.with_samples(mix.samples + 0.0003 * noise)
        """,
        {"determinism"},
    ),
    "remembers_the_first_brief": (
        """
        if not hasattr(self, "level"):
            self.level = 0.3 / (0.1 + peak)
        mix = mix.scaled(self.level)
        """,
        {"asked_alone"},
    ),
}
"""Each bad model, and the lines that it must fail: these and no other."""
BOXED = ("remembers_the_first_brief", "draws_without_a_seed", "wrong_console")


def lines_of(report):
    return [(line.trial.name, line.verdict, line.figure, line.reason) for line in report.lines]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_model_fails_exactly_its_lines(name, music):
    body, lines = BAD[name]
    report = check(model_object(body), music=music)
    assert set(report.failed) == lines, lines_of(report)


def test_every_trial_has_a_model_that_fails_it():
    tried = set().union(*(lines for _, lines in BAD.values()))
    elsewhere = {"clean_input", "settings", "peeking"}
    assert tried | elsewhere == {trial.name for trial in all_trials()}


def test_a_good_model_passes_every_line_in_its_box(model_file, music):
    body = """
    mix = mix.scaled(0.5)
    console = Console(dict.fromkeys(stems, Chain(())), Chain((Gain(-6.0206),)))
    """
    report = check(model_file("good", body), music=music)
    assert report.failed == (), lines_of(report)
    assert report.line("declared_console").verdict == PASS
    if report.isolation == "boxed":
        assert report.line("peeking").figure == 8.0
        assert "parent's memory, environment, socket" in report.line("peeking").reason


@pytest.mark.parametrize("name", BOXED)
def test_a_bad_model_fails_its_lines_in_its_box_too(name, model_file, music):
    body, lines = BAD[name]
    trials = ("declared_console", "asked_alone", "determinism", "track_order")
    report = check(model_file(name, body), music=music, trials=trials)
    assert set(report.failed) == lines, lines_of(report)


REMOVAL = """
from automix_bench import Answer


def remove(brief):
    return Answer(stems={{name: stem.scaled({gain}) for name, stem in brief.stems.items()}})
"""


@pytest.mark.parametrize(("gain", "failed"), [(1.0, ()), (0.9, ("clean_input",))])
def test_a_removal_model_gives_back_what_is_clean(gain, failed, music):
    space = {}
    exec(REMOVAL.format(gain=gain), space)
    report = check(space["remove"], task="effect_removal", music=music)
    assert report.failed == failed, lines_of(report)
    assert report.line("bleed").verdict == DOES_NOT_APPLY


SETTINGS = """
from dataclasses import dataclass, replace
from automix_bench import Answer
from automix_bench.audio import amplitude, total
from automix_bench.dsp.loudness import integrated_lufs

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    gain_db: float = -3.0
    wide: bool = False
    target_lufs: float = -23.0

    def __call__(self, brief):
        first, *others = brief.stems.values()
        mix = total([first.scaled(amplitude(self.gain_db)), *others])
        if self.wide:
            mix = mix.with_samples(mix.samples * [[1.2], [0.8]])
        moved = self.target_lufs - integrated_lufs(mix)
        return Answer(stems={"mix": mix.scaled(amplitude(moved))})
"""
BAD_SETTINGS = {
    "good": ("", ""),
    "moves_another": (
        """
    def with_settings(self, **asked):
        return replace(self, **{"wide": True, **asked})
""",
        "moved too",
    ),
    "ignores": (
        """
    def with_settings(self, **asked):
        return self
""",
        "asked for 0, is -3",
    ),
    "changes_itself": (
        """
    def with_settings(self, **asked):
        for name, value in asked.items():
            object.__setattr__(self, name, value)
        return self
""",
        "",
    ),
    "misses_the_loudness": (
        """
    def with_settings(self, **asked):
        other = replace(self, **asked)
        object.__setattr__(other, "__class__", Quieter)
        return other


class Quieter(Model):
    def __call__(self, brief):
        return Model(self.gain_db, self.wide, (self.target_lufs - 23.0) / 2)(brief)
""",
        "target_lufs is raised by 3, and the loudness moves by 1.5 LU",
    ),
}


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_setting_moves_and_nothing_else_does(name, music, tmp_path):
    further, why = BAD_SETTINGS[name]
    exec(SETTINGS + further, vars(sys.modules.setdefault("a_model", types.ModuleType("a_model"))))
    (line,) = check(sys.modules["a_model"].Model(), music=music, trials=("settings",)).lines
    assert (line.verdict == PASS) == (name == "good"), line.reason
    assert why in line.reason
    if name == "good":
        assert line.figure == 3.0


def test_settings_are_moved_in_the_box_too(music, tmp_path):
    path = tmp_path / "settable.py"
    path.write_text(SETTINGS)
    (line,) = check(path, music=music, trials=("settings",)).lines
    assert (line.verdict, line.figure) == (PASS, 3.0), line.reason


def test_a_program_is_checked_too(music, tmp_path):
    (tmp_path / "mixer.py").write_text(
        "def answer(brief):\n    return {'mix': 0.5 * sum(brief.stems.values())}\n"
    )
    (tmp_path / "model.toml").write_text(f'python = "{sys.executable}"\nmodel = "mixer.py"\n')
    trials = ("track_order", "settings", "peeking")
    report = check(str(tmp_path / "model.toml"), music=music, trials=trials)
    assert report.failed == (), lines_of(report)
    assert report.line("settings").verdict == DOES_NOT_APPLY


def test_a_cheat_that_gets_through_is_named(music, monkeypatch):
    # The box lets every model read Python itself: a secret that lies there is found.
    if why_no_box():
        pytest.skip(why_no_box())
    monkeypatch.setattr("automix_bench.checkup.trials.peeking._secrets", open_secrets)
    (line,) = check("plain_sum", music=music, trials=("peeking",)).lines
    assert (line.verdict, line.figure) == (FAIL, 6.0), line.figures
    assert "data set on disk, run folder of the oracle" in line.reason


@contextlib.contextmanager
def open_secrets():
    secret = os.__file__
    yield {"data": secret, "run": secret, "parent": 1, "variable": "NONE", "port": 9}, ()


def test_a_model_in_this_process_cannot_be_kept_from_peeking(music):
    (line,) = check(model_object(""), music=music, trials=("peeking",)).lines
    assert (line.verdict, line.reason[:10]) == (DOES_NOT_APPLY, "in process")


def test_a_model_that_does_not_answer_fails_a_line_with_its_error_and_the_next_goes_on(
    model_file, music
):
    body = "if len(stems) > 2: raise ValueError('two tracks at most')"
    report = check(model_file("two", body), music=music, trials=("track_count", "track_order"))
    assert report.failed == ("track_count", "track_order")
    assert "no answer for 8 tracks: ValueError: two tracks at most" in report.lines[0].reason
    assert report.lines[1].reason == "no answer: ValueError: two tracks at most"


def test_the_model_that_is_told_the_answers_is_not_checked(music):
    with pytest.raises(UsageError, match="told the answers"):
        check("oracle", music=music)


def test_every_trial_says_what_it_expects():
    for trial in all_trials():
        assert trial.challenge in CHALLENGES
        assert trial.description
        assert trial.expects.endswith(".")
        assert (len(trial.name) <= 20, len(trial.limit) <= 24) == (True, True)


def test_a_report_has_figures_versions_and_identity_and_a_page(model_file, music, tmp_path):
    report = check(
        model_file("loud", BAD["too_loud"][0]), music=music, trials=("full_scale", "latency")
    )
    record = json.loads(json.dumps(report.to_json()))
    assert (record["isolation"], len(record["code"])) == (report.isolation, 64)
    assert record["versions"]["automix_bench"]
    (loud, _) = record["lines"]
    assert loud["verdict"] == "fail"
    assert loud["figure"] == pytest.approx(3.01, abs=0.1)
    written = report.write_sounds(tmp_path / "heard")
    assert [path.name for path in written] == ["full_scale-mix.wav"]
    write_check_page(report, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "full_scale" in text
    assert "http" not in text


def test_what_is_heard_of_a_failure_has_a_file_each(music, tmp_path):
    report = check(model_object(BAD["clips"][0]), music=music, trials=("input_gain",))
    names = {path.name for path in report.write_sounds(tmp_path)}
    assert names == {f"input_gain-mix-{one}.wav" for one in ("as-it-is", "louder", "quieter")}


def test_the_command_prints_lines_and_its_exit_code_tells(model_file, music, monkeypatch):
    module = sys.modules["automix_bench.checkup.check"]
    monkeypatch.setattr(module, "composed_tracks", lambda long: music)
    path = model_file("loud2", BAD["too_loud"][0])
    runner = CliRunner()
    shown = runner.invoke(cli.app, ["check", str(path), "--trial", "full_scale"])
    assert shown.exit_code == 3
    assert "FAILS" in shown.output
    good = runner.invoke(cli.app, ["check", "plain_sum", "--trial", "full_scale", "--json"])
    assert good.exit_code == 0
