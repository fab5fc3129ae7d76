"""The check-up of models that return numbers or consoles: a bad one fails exactly its lines."""

import textwrap
from dataclasses import replace

import pytest

from automix_bench.answer_metrics.values_metric import value_metric
from automix_bench.catalogue.tasks import task_named
from automix_bench.checkup import check
from automix_bench.checkup.check_trial import DOES_NOT_APPLY, PASS
from tests.checkup.test_check import lines_of, music

__all__ = ["music"]

NUMBERS = """
import numpy as np
from automix_bench import Answer
from automix_bench.audio import peak_db, rms_db, total

__all__ = ["Model"]


class Model:
    "Tells how much of the sound lies in three bands, and does something bad."

    def __call__(self, brief):
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        power = np.mean(np.abs(np.fft.rfft(mix.samples)) ** 2, axis=0)
        hz = np.fft.rfftfreq(mix.length, 1 / mix.rate)
        parts = [power[(hz >= low) & (hz < high)].sum() for low, high in BANDS]
        levels = 10.0 * np.log10(np.array(parts) / (power.sum() + 1e-12) + 1e-3)
        values = dict(zip(("bass", "drums", "other"), map(float, levels)))
{body}
        return Answer(values=values)


BANDS = ((0.0, 200.0), (200.0, 1_000.0), (1_000.0, 4_000.0))
"""
BAD_NUMBERS = {
    "good": ("", set()),
    "level_dependent": (
        "values['bass'] += 0.2 * rms_db(mix) if power.any() else 0.0",
        {"input_gain"},
    ),
    "random": ("values['other'] += np.random.default_rng().uniform(0.0, 4.0)", {"determinism"}),
    "one_more_each_time": (
        """
        self.times = getattr(self, "times", 0) + 1
        if self.times > 1:
            values["bass"] += 5.0
        """,
        {"asked_alone", "determinism"},
    ),
    "asymmetric": (
        "values['drums'] += 10.0 * float(np.mean(mix.samples**3) / np.mean(abs(mix.samples)**3))"
        " if power.any() else 0.0",
        {"polarity"},
    ),
    "counts_channels": ("values['drums'] += 2.0 * mix.channels", {"mono_and_stereo"}),
    "not_a_number_of_silence": (
        "values['bass'] *= 1.0 if power.any() else np.nan",
        {"silent_track"},
    ),
    "knows_one_rate": ("values['bass'] += 10.0 if mix.rate < 44_100 else 0.0", {"sample_rates"}),
    "by_crest_factor": (
        "values['bass'] += 6.0 * (peak_db(mix) - rms_db(mix)) if power.any() else 0.0",
        {"clipped_input"},
    ),
    "lacks_a_number_of_mono": (
        "values = dict(list(values.items())[mix.channels == 1 :])",
        {"mono_and_stereo"},
    ),
    "refuses_what_is_long": ("assert mix.seconds < 3.0, 'too long'", {"lengths"}),
    "returns_other_numbers": ("values = {'loudness': -3.0}", None),
}
"""Each model of `loudness_balance`, and the lines that it must fail; None: all that apply."""
OF_SOUNDS = {"added_artifacts", "clean_input", "declared_console", "full_scale", "latency"}
OF_TRACKS = {"bleed", "duplicate_track", "split_track"}
OF_SEVERAL = {"track_count", "track_order", "unknown_names", "wrong_names"}


def numbers_model(body):
    space = {"__name__": "a_model"}
    exec(NUMBERS.format(body=textwrap.indent(textwrap.dedent(body), " " * 8)), space)
    return space["Model"]()


@pytest.mark.parametrize("name", BAD_NUMBERS)
def test_a_bad_model_of_numbers_fails_exactly_its_lines(name, music):
    body, lines = BAD_NUMBERS[name]
    report = check(numbers_model(body), task="loudness_balance", music=music)
    none = {line.trial.name for line in report.lines if line.verdict == DOES_NOT_APPLY}
    assert none - {"settings"} == OF_SOUNDS | OF_TRACKS | OF_SEVERAL | {"peeking"}
    tried = {line.trial.name for line in report.lines} - none
    assert set(report.failed) == (tried if lines is None else lines), lines_of(report)


def test_what_does_not_apply_to_numbers_says_why(music):
    report = check("balance_constant", music=music)
    assert report.failed == (), lines_of(report)
    assert report.line("latency").reason == (
        "a model of loudness_balance returns numbers and no sounds"
    )
    assert report.line("track_order").reason == "a model of loudness_balance is shown mix"
    assert report.line("bleed").reason == "a model of loudness_balance mixes no tracks"
    gain = report.line("input_gain")
    assert (gain.verdict, gain.figure_text, gain.limit) == (PASS, "0.00 LU", "at most 0.5")
    assert (gain.to_json()["unit"], gain.to_json()["limit"]) == ("LU", "at most 0.5")


@value_metric(
    unit="dB", better="lower", low=0.0, high=100.0, perfect=0.0, ranks=True, source="definition"
)
def crest_factor_error(*, reference: float, estimate: float) -> float:
    """| e - r |"""
    return abs(estimate - reference)


def by_track(body):
    """A model of numbers that is shown tracks, and tells one of each."""
    space = {}
    exec(
        "from automix_bench import Answer\n"
        "from automix_bench.audio import peak_db, rms_db\n"
        "def crest(one):\n"
        "    return peak_db(one) - rms_db(one) if one.samples.any() else 0.0\n"
        "def model(brief):\n"
        "    values = {name: float(crest(one)) for name, one in brief.stems.items()}\n"
        f"{textwrap.indent(textwrap.dedent(body), '    ')}\n"
        "    return Answer(values=values)\n",
        space,
    )
    return space["model"]


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ("", set()),
        ("values[next(iter(values))] += 1.0", {"track_order"}),
        ("values = {n: v / len(values) for n, v in values.items()}", {"silent_track"}),
        ("assert len(values) < 9, 'too many'", {"track_count"}),
        ("assert 't01' not in values, 'unknown name'", {"unknown_names"}),
    ],
)
def test_numbers_of_tracks_do_not_depend_on_their_order(body, failed, music):
    one = replace(task_named("loudness_balance"), name="crests", metrics=(crest_factor_error,))
    report = check(by_track(body), task=one, music=music)
    assert set(report.failed) == failed, lines_of(report)
    assert report.line("input_gain").reason == (
        "whether the numbers of crests stay the same, only the task knows"
    )


SETTABLE = """
from dataclasses import dataclass
from automix_bench import Answer

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    level: float = -6.0
    unused: float = 1.0

    def __call__(self, brief):
        return Answer(values={"bass": self.level, "other": -3.0})
"""


def test_a_setting_moves_a_number(music, tmp_path):
    path = tmp_path / "settable.py"
    path.write_text(SETTABLE)
    (line,) = check(path, task="loudness_balance", music=music, trials=("settings",)).lines
    assert (line.verdict, line.figure) == (PASS, 1.0), line.reason
    assert (line.figures["level_lu"], line.figures["unused_lu"]) == (3.0, 0.0)


CONSOLES = {
    "good": ("", set()),
    "order_dependent": ("strips[next(iter(strips))] = Chain((Gain(-9.0),))", {"track_order"}),
    "mutes_the_ninth": (
        "strips.update(dict.fromkeys(list(strips)[8:], Chain((Gain(-60.0),))))",
        {"track_count"},
    ),
    "random": (
        "strips['bass'] = Chain((Gain(-6.0 - np.random.default_rng().uniform(0.0, 0.1)),))"
        " if 'bass' in strips else Chain()",
        {"determinism"},
    ),
    "lacks_a_strip": ("del strips[next(iter(strips))]", None),
    "other_mix": ("stems = {'mix': total(brief.stems.values()).scaled(0.4)}", {"declared_console"}),
}


def console_model(body):
    space = {}
    exec(
        "import numpy as np\n"
        "from automix_bench import Answer\n"
        "from automix_bench.audio import total\n"
        "from automix_bench.console import Console\n"
        "from automix_bench.effect import Chain\n"
        "from automix_bench.effects.gain import Gain\n"
        "def model(brief):\n"
        "    assert brief.reference is not None\n"
        "    strips, stems = dict.fromkeys(brief.stems, Chain((Gain(-6.0),))), {}\n"
        f"    {body}\n"
        "    return Answer(stems=stems, console=Console(strips))\n",
        space,
    )
    return space["model"]


@pytest.mark.parametrize("name", CONSOLES)
def test_a_console_alone_is_checked_by_the_mix_that_it_makes(name, music):
    body, lines = CONSOLES[name]
    report = check(console_model(body), task="console_recovery", music=music)
    tried = {line.trial.name for line in report.lines if line.verdict != DOES_NOT_APPLY}
    assert {"input_gain", "latency", "split_track"} <= tried
    assert ("declared_console" in tried) == (name == "other_mix")
    assert set(report.failed) == (tried if lines is None else lines), lines_of(report)
