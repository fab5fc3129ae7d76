"""What a model is shown, how its answers are stored and scored, and how boards are ranked."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from automix_bench import errors, plugin
from automix_bench.audio import Audio
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.entry import Entry, instance
from automix_bench.evaluation.entry import entry as entry_named
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import read_answer
from automix_bench.evaluation.score import score
from automix_bench.making.make import make
from automix_bench.metric import metric as as_metric
from automix_bench.model import Answer
from automix_bench.models.plain_sum import PlainSum
from automix_bench.scorecard import read_scorecard
from tests.support.tone_source import Tones

MIXING = plugin.load("tasks", "mixing")
REMOVAL = plugin.load("tasks", "effect_removal")


@pytest.fixture
def small(recipe, tmp_path):
    made = make(recipe(source=Tones(count=3), excerpts_per_song=2), tmp_path / "small")
    return Dataset(made.folder)


@dataclass
class Misbehaving:
    """A mixing model that does `wrong` on the second item it is shown, and sums on the others."""

    wrong: object
    seen: int = 0

    def __call__(self, brief):
        self.seen += 1
        answer = PlainSum()(brief)
        return self.wrong(answer.stems["mix"]) if self.seen == 2 else answer


def crash(mix):
    raise RuntimeError("out of memory\nwith a long story")


def not_a_number(mix):
    return Answer({"mix": mix.with_samples(mix.samples * np.nan)})


def shorter(mix):
    return Answer({"mix": mix.excerpt(0, mix.length - 1)})


def other_rate(mix):
    return Answer({"mix": Audio(mix.samples, 8_000)})


def mono(mix):
    return Answer({"mix": mix.with_samples(mix.samples[:1])})


def silence(mix):
    return Answer({"mix": mix.scaled(0.0)})


def other_name(mix):
    return Answer({"master": mix})


def nothing(mix):
    return None


FAILURES = {
    crash: "RuntimeError: out of memory",
    not_a_number: "ValueError: audio must be finite, got NaN or infinity",
    shorter: "mix has shape (2, 15999), wanted (2, 16000)",
    other_rate: "mix is at 8000 Hz, wanted 16000 Hz",
    mono: "mix has shape (1, 16000), wanted (2, 16000)",
    silence: "mix is silent where sound was wanted",
    other_name: "no mix in the answer, which has ['master']",
    nothing: "wanted an Answer, got NoneType",
}


@pytest.mark.parametrize("wrong", FAILURES, ids=lambda wrong: wrong.__name__)
def test_a_failed_item_gets_the_worst_value_and_the_others_go_on(small, tmp_path, wrong):
    run(Entry("bad", Misbehaving(wrong), "code"), MIXING, small, tmp_path / "run")
    card = score(MIXING, small, tmp_path / "run")
    failed = [score for score in card.scores if score.status == "failed"]
    assert {score.example for score in failed} == {small.rows[1]["id"]}
    assert {score.reason for score in failed} == {FAILURES[wrong]}
    worst = {metric.name: metric.worst for metric in MIXING.metrics}
    assert all(score.value == worst[score.metric] for score in failed)
    assert card.coverage == pytest.approx(5 / 6)
    assert len(card.scores) == 6 * len(MIXING.metrics)


def defined(task):
    """The metrics that are defined for songs as short as these."""
    return [metric for metric in task.metrics if metric.name != "loudness_range_error"]


def test_failing_never_helps(small, tmp_path):
    cards = {}
    for name, model in {"good": PlainSum(), "bad": Misbehaving(crash)}.items():
        run(Entry(name, model, "code"), MIXING, small, tmp_path / name)
        cards[name] = score(MIXING, small, tmp_path / name)
    for metric in defined(MIXING):
        good, bad = (cards[name].estimate(metric).value for name in ("good", "bad"))
        assert bad < good if metric.better == "higher" else bad > good


def test_a_model_that_failed_is_never_ranked(small, tmp_path):
    cards = []
    models = {
        "plain_sum": PlainSum(),
        "oracle": plugin.load("models", "oracle")(),
        "bad": Misbehaving(crash),
        "equal_loudness": plugin.load("models", "equal_loudness")(),
    }
    for name, model in models.items():
        run(Entry(name, model, "code"), MIXING, small, tmp_path / name)
        cards.append(score(MIXING, small, tmp_path / name))
    rows = {row.model: row for row in board(MIXING, cards).rows}
    assert rows["bad"].rank is None
    assert rows["equal_loudness"].rank == 1
    assert board(MIXING, cards).rows[-1].model == "bad"


def test_a_model_sees_no_target_and_no_name(small, tmp_path):
    shown = []

    def curious(brief):
        shown.append(brief)
        return PlainSum()(brief)

    run(Entry("curious", curious, "code"), MIXING, small, tmp_path / "run")
    for brief, example in zip(shown, small, strict=True):
        assert (brief.reference, brief.text, brief.console) == (None, None, None)
        for name, stem in brief.stems.items():
            assert np.array_equal(stem.samples, example.after.stems[name].samples)


def test_the_oracle_reaches_the_ceiling_through_files_and_all(small, tmp_path):
    for task in (MIXING, REMOVAL):
        evaluated = evaluate(task, small, [], tmp_path / "runs")
        ceiling = {row.model: row for row in evaluated.board.rows}["oracle"]
        for metric in defined(task):
            assert ceiling.estimates[metric.name].value == pytest.approx(metric.perfect, abs=1e-9)
        assert ceiling.covered == 1.0
        assert evaluated.failures == {}


def test_answers_beyond_full_scale_keep_their_level(small, tmp_path):
    def loud(brief):
        return Answer({"mix": PlainSum()(brief).stems["mix"].scaled(16.0)})

    run(Entry("loud", loud, "code"), MIXING, small, tmp_path / "run")
    metric = plugin.load("metrics", "si_sdr")
    run(Entry("plain", PlainSum(), "code"), MIXING, small, tmp_path / "plain")
    loud_card = score(MIXING, small, tmp_path / "run")
    plain_card = score(MIXING, small, tmp_path / "plain")
    a, b = (card.estimate(metric).value for card in (loud_card, plain_card))
    assert a == pytest.approx(b, abs=1e-3)


def test_a_run_resumes_and_never_asks_twice(small, tmp_path):
    asked = []

    def counting(brief):
        asked.append(brief)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return PlainSum()(brief)

    with pytest.raises(KeyboardInterrupt):
        run(Entry("counting", counting, "code"), MIXING, small, tmp_path / "run")
    run(Entry("counting", counting, "code"), MIXING, small, tmp_path / "run")
    assert len(asked) == 7
    assert score(MIXING, small, tmp_path / "run").coverage == 1.0


def test_an_answer_that_got_lost_is_a_failure_not_a_gap(small, tmp_path):
    run(Entry("plain", PlainSum(), "code"), MIXING, small, tmp_path / "run")
    (tmp_path / "run" / f"{small.rows[0]['id']}.json").unlink()
    (tmp_path / "run" / f"{small.rows[1]['id']}.mix.flac").unlink()
    card = score(MIXING, small, tmp_path / "run")
    reasons = {s.example: s.reason for s in card.scores if s.status == "failed"}
    assert reasons == {
        small.rows[0]["id"]: "no answer",
        small.rows[1]["id"]: f"{small.rows[1]['id']}.mix.flac is missing; run the model again",
    }


@pytest.mark.parametrize("what", ["model", "task", "dataset"])
def test_the_run_of_something_else_is_refused(small, recipe, tmp_path, what):
    run(Entry("plain", PlainSum(), "code"), MIXING, small, tmp_path / "run")
    name = "other" if what == "model" else "plain"
    task = REMOVAL if what == "task" else MIXING
    data = small
    if what == "dataset":
        data = Dataset(make(recipe(seed=9, source=Tones(count=2)), tmp_path / "other").folder)
    with pytest.raises(errors.DatasetError, match=f"holds the run of another {what}"):
        run(Entry(name, PlainSum(), "code"), task, data, tmp_path / "run")


def test_a_run_folder_that_holds_something_else_is_refused(small, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(errors.DatasetError, match="holds something else"):
        run(Entry("plain", PlainSum(), "code"), MIXING, small, tmp_path / "run")


def test_an_edited_model_is_run_again(small, tmp_path):
    mine = tmp_path / "mine.py"
    source = (
        '__all__ = ["mine"]\n'
        "from automix_bench.audio import total\n"
        "from automix_bench.model import Answer\n"
        "def mine(brief):\n"
        "    return Answer({'mix': total(brief.stems.values()).scaled(GAIN)})\n"
    )
    values = []
    for gain in ("0.5", "0.25"):
        mine.write_text(source.replace("GAIN", gain))
        evaluated = evaluate(MIXING, small, [str(mine)], tmp_path / "runs")
        row = {row.model: row for row in evaluated.board.rows}["mine.py"]
        values.append(row.estimates["loudness_error"].value)
    assert values[0] != values[1]


def test_a_board_is_floor_equal_loudness_ceiling(recipe, tmp_path):
    data = Dataset(make(recipe(source=Tones(count=8)), tmp_path / "data").folder)
    rows = {
        row.model: row
        for row in evaluate(MIXING, data, ["equal_loudness"], tmp_path / "runs").board.rows
    }
    first = MIXING.metrics[0].name
    floor, middle, ceiling = (
        rows[name].estimates[first].value for name in ("plain_sum", "equal_loudness", "oracle")
    )
    assert ceiling <= middle <= floor
    assert rows["plain_sum"].covered == 0.0
    assert 0.0 < rows["equal_loudness"].covered < 1.0
    assert rows["equal_loudness"].gain.value == pytest.approx(floor - middle)


def test_boards_refuse_what_does_not_compare(small, recipe, tmp_path):
    cards = evaluate(MIXING, small, [], tmp_path / "runs").cards
    floor, ceiling = (read_scorecard(path) for path in cards)
    with pytest.raises(errors.DatasetError, match="the ceiling, oracle, has no scorecard"):
        board(MIXING, [floor])
    with pytest.raises(errors.DatasetError, match="is of mixing version 3; score it again"):
        board(REMOVAL, [floor, ceiling])
    other = type(ceiling)(**{**vars(ceiling), "dataset": "elsewhere"})
    with pytest.raises(errors.DatasetError, match="different data sets"):
        board(MIXING, [floor, other])
    with pytest.raises(errors.DatasetError, match="two cards of plain_sum"):
        board(MIXING, [floor, floor, ceiling])


def test_scorecards_come_back_from_files(small, tmp_path):
    path = evaluate(MIXING, small, [], tmp_path / "runs").cards[0]
    card = read_scorecard(path)
    card.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    content = json.loads(path.read_text())
    content["scores"][0]["value"] = "low"
    path.write_text(json.dumps(content))
    with pytest.raises(errors.DatasetError, match=r"score 0 .*: value: expected .*'low'"):
        read_scorecard(path)
    path.write_text(path.read_text()[:200])
    with pytest.raises(errors.DatasetError, match="not a scorecard"):
        read_scorecard(path)
    with pytest.raises(errors.DatasetError, match="no scorecard there"):
        read_scorecard(tmp_path / "nowhere.json")


def test_a_run_says_what_it_was_made_on(small, tmp_path):
    run(Entry("plain", PlainSum(), "code"), MIXING, small, tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["dataset"] == small.fingerprint
    assert record["environment"]["numpy"] == np.__version__
    assert record["code"] == "code"
    assert len(entry_named("plain_sum").code) == 64


def test_a_split_is_a_data_set_of_its_own(recipe, tmp_path):
    folder = make(recipe(source=Tones(count=12), splits=(0.5, 0.0, 0.5)), tmp_path / "d").folder
    parts = [Dataset(folder, split) for split in ("train", "test")]
    assert sum(len(part) for part in parts) == len(Dataset(folder))
    assert parts[0].fingerprint != parts[1].fingerprint
    with pytest.raises(errors.DatasetError, match="no examples in split valid"):
        len(Dataset(folder, "valid"))


def test_what_is_no_model_is_refused():
    class Wants:
        def __init__(self, weights):
            self.weights = weights

        def __call__(self, brief):
            return Answer(brief.stems)

    with pytest.raises(errors.UsageError, match="cannot be made without arguments"):
        instance("wants", Wants)
    with pytest.raises(errors.UsageError, match="wanted something to call with a Brief"):
        instance("three", 3)


def test_a_model_that_is_told_the_answer_is_never_ranked(small, tmp_path):
    cheat = tmp_path / "cheat.py"
    cheat.write_text(
        "__all__ = ['Cheat']\n"
        "from automix_bench.model import Answer\n"
        "class Cheat:\n"
        "    def knowing(self, brief, wanted):\n"
        "        return wanted\n"
    )
    rows = {
        row.model: row
        for row in evaluate(
            MIXING, small, [str(cheat), "equal_loudness"], tmp_path / "runs"
        ).board.rows
    }
    assert (rows["cheat.py"].rank, rows["cheat.py"].part) == (None, "told the answer")
    assert rows["equal_loudness"].rank == 1


GAINED = """
__all__ = ["gained"]
import functools
from automix_bench.audio import total
from automix_bench.model import Answer

def unchanged(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper

@unchanged
def gained(brief):
    return Answer({"mix": total(brief.stems.values()).scaled(GAIN)})
"""


def test_an_edited_model_behind_a_decorator_is_run_again(small, tmp_path):
    mine = tmp_path / "mine.py"
    values = []
    for gain in ("0.5", "0.5", "0.25"):
        mine.write_text(GAINED.replace("GAIN", gain))
        evaluated = evaluate(MIXING, small, [str(mine)], tmp_path / "runs")
        row = {row.model: row for row in evaluated.board.rows}["mine.py"]
        values.append((row.estimates["loudness_error"].value, evaluated.reused.get("mine.py", 0)))
    assert values[0][0] == values[1][0] != values[2][0]
    assert [kept for _, kept in values] == [0, 6, 0]


def test_kept_answers_are_asked_for_again_if_wanted(small, tmp_path):
    asked = []

    def counting(brief):
        asked.append(brief)
        return PlainSum()(brief)

    entry = Entry("counting", counting, "code")
    for fresh, total, kept in ((False, 6, 0), (False, 6, 6), (True, 12, 0)):
        ran = run(entry, MIXING, small, tmp_path / "run", fresh=fresh)
        assert (len(asked), ran.reused) == (total, kept)
    unfiled = Entry("unfiled", counting)
    for _ in range(2):
        assert run(unfiled, MIXING, small, tmp_path / "unfiled").reused == 0


def test_an_answer_that_is_kept_is_read_once(small, tmp_path, monkeypatch):
    entry = Entry("sum", PlainSum(), "code")
    run(entry, MIXING, small, tmp_path / "run")
    opened = []

    def reading(folder, example):
        opened.append(example)
        return read_answer(folder, example)

    monkeypatch.setattr("automix_bench.evaluation.ask_model.read_answer", reading)
    assert run(entry, MIXING, small, tmp_path / "run").reused == 6
    assert len(opened) == len(set(opened)) == 6


def test_failed_items_are_tried_again_and_answered_ones_kept(small, tmp_path):
    broken = Misbehaving(crash)
    first = run(Entry("bad", broken, "code"), MIXING, small, tmp_path / "run")
    assert len(first.failures) == 1
    again = run(Entry("bad", broken, "code"), MIXING, small, tmp_path / "run")
    assert (again.failures, again.reused) == ((), 5)
    assert score(MIXING, small, tmp_path / "run").coverage == 1.0


def test_an_answer_that_will_fail_is_told_by_every_run_that_keeps_it(small, tmp_path):
    model = Misbehaving(shorter)
    first = run(Entry("bad", model, "code"), MIXING, small, tmp_path / "run")
    again = run(Entry("bad", model, "code"), MIXING, small, tmp_path / "run")
    assert (model.seen, first.reused, again.reused) == (6, 0, 6)
    assert len(first.failures) == 1
    assert again.failures == first.failures


def test_two_files_of_one_name_and_two_functions_of_one_module(small, tmp_path, monkeypatch):
    for folder, gain in (("a", "0.5"), ("b", "0.25")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(GAINED.replace("GAIN", gain))
    (tmp_path / "pair_of_models.py").write_text(
        GAINED.replace("GAIN", "0.1") + "\nother = lambda brief: gained(brief)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    models = [
        str(tmp_path / "a" / "mine.py"),
        str(tmp_path / "b" / "mine.py"),
        "pair_of_models:gained",
        "pair_of_models:other",
    ]
    rows = evaluate(MIXING, small, models, tmp_path / "runs").board.rows
    assert {row.model for row in rows} == {
        "plain_sum",
        "oracle",
        "a/mine.py",
        "b/mine.py",
        "pair_of_models:gained",
        "pair_of_models:other",
    }


def test_a_model_in_a_notebook(small, tmp_path):
    mine = Entry("mine", lambda brief: PlainSum()(brief))
    rows = evaluate(MIXING, small, [mine], tmp_path / "runs").board.rows
    assert {row.model for row in rows} == {"plain_sum", "oracle", "mine"}


def test_tasks_go_by_name_and_models_by_name_path_or_as_they_are(small, tmp_path):
    (tmp_path / "mine.py").write_text(GAINED.replace("GAIN", "0.5"))

    def my_sum(brief):
        return PlainSum()(brief)

    models = ["equal_loudness", tmp_path / "mine.py", my_sum, Misbehaving(crash), "equal_loudness"]
    evaluated = evaluate("mixing", small, models, str(tmp_path / "runs"))
    rows = {row.model: row for row in evaluated.board.rows}
    assert list(evaluated.runs) == [
        "plain_sum",
        "equal_loudness",
        "mine.py",
        "my_sum",
        "Misbehaving",
        "oracle",
    ]
    assert rows["my_sum"].estimates == rows["plain_sum"].estimates
    assert list(evaluated.failures) == ["Misbehaving"]
    again = evaluate("mixing", small, [my_sum], str(tmp_path / "runs"))
    assert again.reused == {}  # nobody can tell whether a function without a file changed


def test_a_metric_of_the_users_that_fails_is_named(small, tmp_path):
    @as_metric(unit="1", better="lower", low=0.0, high=1.0, perfect=0.0, source="a test")
    def broken(*, reference, estimate):
        """Fails."""
        raise KeyError("oops")

    task = replace(MIXING, metrics=(broken,))
    run(Entry("plain", PlainSum(), "code"), task, small, tmp_path / "run")
    with pytest.raises(errors.UsageError, match=r"metric broken fails on .*: KeyError: 'oops'"):
        score(task, small, tmp_path / "run")


def test_the_wrong_kind_of_plug_in_is_named(tmp_path):
    with pytest.raises(errors.UsageError, match="wanted something to call with a Brief"):
        entry_named("automix_bench.metrics.sdr:sdr")
    with pytest.raises(errors.UsageError, match="wanted a Task, got a Metric"):
        task_named("automix_bench.metrics.sdr:sdr")


def late_nan(mix):
    samples = mix.samples.copy()
    audio = Audio(samples, mix.rate)
    samples[0, 0] = np.nan
    return Answer({"mix": audio})


def no_rate_of_flac(mix):
    return Answer({"mix": Audio(mix.samples, 1_000_000)})


def gigantic(mix):
    return Answer({"mix": mix.with_samples(np.full_like(mix.samples, 3e38))})


def long_name(mix):
    return Answer({"a" * 300: mix})


def leave(mix):
    raise SystemExit(0)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


def unspeakable(mix):
    raise Unspeakable


def surrogate(mix):
    raise ValueError("\udcff")


NASTY = {
    late_nan: "ValueError: audio must be finite",
    no_rate_of_flac: "ValueError: the rate must be a whole number of Hz",
    gigantic: "stem mix: a peak of 770 dB",
    long_name: "cannot name a stem",
    leave: "SystemExit: 0",
    unspeakable: "Unspeakable: (it cannot be printed)",
    surrogate: "ValueError: ?",
}


@pytest.mark.parametrize("wrong", NASTY, ids=lambda wrong: wrong.__name__)
def test_nothing_a_model_does_stops_the_harness(small, tmp_path, wrong):
    ran = run(Entry("bad", Misbehaving(wrong), "code"), MIXING, small, tmp_path / "run")
    (line,) = ran.failures
    assert NASTY[wrong] in line
    card = score(MIXING, small, tmp_path / "run")
    assert card.coverage == pytest.approx(5 / 6)


def test_an_example_that_fails_has_no_metric_of_all_stems_together(small, tmp_path):
    """Such a metric (`bss_sdr`) measures nothing where no stem can be compared."""
    task = replace(MIXING, metrics=(*MIXING.metrics[:1], plugin.load("metrics", "bss_sdr")))
    run(Entry("bad", Misbehaving(late_nan), "code"), task, small, tmp_path / "run")
    card = score(task, small, tmp_path / "run")
    assert card.coverage == pytest.approx(5 / 6)
    failed = [one for one in card.scores if one.status == "failed"]
    assert {one.metric for one in failed} == {metric.name for metric in task.metrics}


def test_a_run_tells_what_will_fail_when_it_is_scored(small, tmp_path):
    ran = run(Entry("bad", Misbehaving(shorter), "code"), MIXING, small, tmp_path / "run")
    (line,) = ran.failures
    assert line.endswith("mix has shape (2, 15999), wanted (2, 16000)")


def test_a_model_that_changes_the_working_directory(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def wandering(brief):
        os.chdir("/")
        return PlainSum()(brief)

    dataset = Dataset(Path(os.path.relpath(small.folder)))
    (tmp_path / "mine.py").write_text("")
    entry = Entry("w", wandering, "code")
    assert evaluate(MIXING, dataset, [entry], Path("runs")).failures == {}


@pytest.mark.parametrize("harm", ["flip", "empty", "record", "list", "exponent", "files"])
def test_a_damaged_answer_is_named_and_mended_by_running_again(small, tmp_path, harm):
    entry = Entry("plain", PlainSum(), "code")
    run(entry, MIXING, small, tmp_path / "run")
    whole = score(MIXING, small, tmp_path / "run").scores
    sound = tmp_path / "run" / f"{small.rows[0]['id']}.mix.flac"
    record = tmp_path / "run" / f"{small.rows[0]['id']}.json"
    content = bytearray(sound.read_bytes())
    content[-100] ^= 1
    match harm:
        case "flip":
            sound.write_bytes(content)
        case "empty":
            sound.write_bytes(b"")
        case "record":
            record.write_text(record.read_text()[:20])
        case "list":
            record.write_text("[]")
        case "exponent":
            record.write_text(record.read_text().replace('"exponent": 0', '"exponent": 5000'))
        case "files":
            record.write_text(record.read_text().replace(sound.name, "../secret"))
    with pytest.raises(errors.DatasetError, match=r"damaged; run the model again to mend it"):
        score(MIXING, small, tmp_path / "run")
    assert run(entry, MIXING, small, tmp_path / "run").reused == 5
    assert score(MIXING, small, tmp_path / "run").scores == whole


def test_a_board_by_a_metric_where_higher_is_better(small, tmp_path):
    task = replace(MIXING, metrics=(plugin.load("metrics", "si_sdr"), *MIXING.metrics[:1]))
    rows = evaluate(task, small, ["equal_loudness"], tmp_path / "runs").board.rows
    values = [row.estimates["si_sdr"].value for row in rows]
    assert values == sorted(values, reverse=True)
    assert rows[0].model == "oracle"
    assert rows[0].gain.value > 0.0
    assert rows[0].covered == 1.0


def test_equal_models_share_a_rank(small, tmp_path):
    entries = [Entry(name, PlainSum(), "code") for name in ("b", "a")]
    rows = evaluate(MIXING, small, entries, tmp_path / "runs").board.rows
    assert [(row.model, row.rank) for row in rows if row.part == "entry"] == [("a", 1), ("b", 1)]


def test_an_interval_stays_within_the_metrics_range(small, tmp_path):
    evaluated = evaluate(MIXING, small, ["equal_loudness"], tmp_path / "runs")
    for row in evaluated.board.rows:
        for metric in defined(MIXING):
            estimate = row.estimates[metric.name]
            assert metric.low <= estimate.low <= estimate.value <= estimate.high <= metric.high


def test_the_version_of_a_task_is_part_of_a_run(small, tmp_path):
    run(Entry("plain", PlainSum(), "code"), MIXING, small, tmp_path / "run")
    with pytest.raises(errors.DatasetError, match="another task_version"):
        score(replace(MIXING, version=MIXING.version + 1), small, tmp_path / "run")
