"""Metrics in the benchmark: metrics of several stems, metrics beyond a task's own, and failures."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from automix_bench import cli, errors, plugin
from automix_bench.catalogue.metrics import built_in, metrics_named
from automix_bench.catalogue.tasks import task_named
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.entry import entry as entry_named
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.run import run
from automix_bench.evaluation.score import _values, score
from automix_bench.executors.local import Local
from automix_bench.model import Answer
from automix_bench.scorecard import Score, Scorecard, read_scorecard

REMOVAL = task_named("effect_removal")
METRICS = built_in()

SHARE = '''
"""The share of a stem in the sum of squares of all the stems that were answered."""

import numpy as np

from automix_bench.metric import stems_metric

__all__ = ["share"]


@stems_metric(unit="1", better="higher", low=0.0, high=1.0, perfect=1.0, source="definition")
def share(*, references, estimates):
    """NaN nowhere."""
    powers = {name: float(np.square(one.samples).sum()) for name, one in estimates.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}
'''


@pytest.fixture
def share(tmp_path):
    path = tmp_path / "share.py"
    path.write_text(SHARE)
    return path


def partial(brief):
    """Does nothing, and loses the drums."""
    return Answer({name: stem for name, stem in brief.stems.items() if name != "drums"})


def test_a_metric_of_stems_sees_all_of_an_answer_and_a_lost_one_gets_the_worst(
    dataset, share, tmp_path
):
    (of_stems,) = metrics_named(str(share))
    run(Entry("partial", partial, "code"), REMOVAL, dataset, tmp_path / "run")
    cards = [
        score(REMOVAL, dataset, tmp_path / "run", also=(of_stems,), executor=executor)
        for executor in (None, Local(2))  # where it comes from a file that is loaded there
    ]
    assert cards[0] == cards[1]
    seen = 0
    for example in dataset:
        scores = {s.stem: s for s in cards[0].of(of_stems) if s.example == example.id}
        if "drums" in scores:
            lost = scores.pop("drums")
            assert (lost.value, lost.status) == (0.0, "failed")
            assert "no drums in the answer" in lost.reason
        if len(scores) > 1:
            seen += 1
            assert sum(s.value for s in scores.values()) == pytest.approx(1.0)
            assert all(0.0 < s.value < 1.0 for s in scores.values())
    assert seen > 3


def test_further_metrics_stand_behind_the_tasks_own_and_do_not_rank(dataset, tmp_path):
    also = metrics_named("cheap")
    short = replace(REMOVAL, metrics=REMOVAL.metrics[:1])
    plain = evaluate(short, dataset, [], tmp_path / "plain")
    more = evaluate(short, dataset, [], tmp_path / "more", also=also)
    assert [row.model for row in more.board.rows] == [row.model for row in plain.board.rows]
    names = [m.name for m in more.board.task.metrics]
    assert names[0] == "audible_distance"
    assert len(names) == len(set(names)) == len({"audible_distance", *(m.name for m in also)})
    for path in more.cards:
        card = read_scorecard(path)
        own = read_scorecard(tmp_path / "plain" / path.relative_to(tmp_path / "more"))
        assert card.of(short.metrics[0]) == own.of(short.metrics[0])
        assert {score.metric for score in card.scores} == set(names)


def test_metrics_are_asked_for_on_the_command_line(dataset, share, tmp_path):
    for number, name in enumerate(("do_nothing", "oracle")):
        run(entry_named(name), REMOVAL, dataset, tmp_path / f"run{number}")
    command = ["score", str(tmp_path / "run0"), str(dataset.folder)]
    done = CliRunner().invoke(cli.app, [*command, "--metrics", f"{share},sdr"])
    assert done.exit_code == 0, done.output
    assert "\nshare: " in done.stdout
    board = ["evaluate", "effect_removal", str(dataset.folder), "--metrics", str(share)]
    done = CliRunner().invoke(cli.app, [*board, "--runs", str(tmp_path / "runs"), "--workers", "2"])
    assert done.exit_code == 0, done.output
    assert "share" in done.stdout
    done = CliRunner().invoke(cli.app, [*command, "--metrics", "sdrr"])
    assert isinstance(done.exception, errors.UnknownPlugin)
    assert "did you mean 'sdr'?" in str(done.exception)


def test_cheap_stands_for_what_is_quick_current_and_needs_nothing_more():
    chosen = metrics_named(" cheap, sdr ")
    assert {"audible_distance", "loudness_error"} <= {one.name for one in chosen}
    assert all(one.cheap and not one.instead and not one.packages for one in chosen)
    assert len({one.name for one in chosen}) == len(chosen)
    assert [one.name for one in metrics_named("width_error,sdr")] == ["width_error", "sdr"]
    assert metrics_named("") == ()


def test_what_is_no_metric_of_a_pair_is_refused(tmp_path):
    path = tmp_path / "other.py"
    path.write_text("__all__ = ['other']\nother = 3\n")
    with pytest.raises(errors.UsageError, match="wanted a metric of a pair of sounds, got a int"):
        metrics_named(str(path))


FAULTY = '''
from automix_bench.metric import error_metric
__all__ = ["faulty"]
@error_metric(unit="1", better="lower", low=0.0, high=1.0, perfect=0.0, source="none")
def faulty(audio):
    """Fails."""
    raise RuntimeError("a slip")
'''


def test_a_fault_in_a_metric_of_ones_own_is_named_whichever_decorator_made_it(dataset, tmp_path):
    (tmp_path / "faulty.py").write_text(FAULTY)
    run(entry_named("do_nothing"), REMOVAL, dataset, tmp_path / "run")
    with pytest.raises(errors.UsageError, match=r"metric faulty fails on .*: a slip"):
        score(REMOVAL, dataset, tmp_path / "run", also=metrics_named(str(tmp_path / "faulty.py")))


def test_a_missing_package_is_said_as_it_is(dataset, tmp_path):
    def lacking(*, reference, estimate):
        raise errors.MissingPart("lacking", "a_package", "pip install a-package")

    sdr = plugin.load("metrics", "sdr")
    run(entry_named("do_nothing"), REMOVAL, dataset, tmp_path / "run")
    with pytest.raises(errors.MissingPart, match="pip install a-package"):
        score(REMOVAL, dataset, tmp_path / "run", also=[replace(sdr, name="no", measure=lacking)])


@st.composite
def scored(draw):
    """The cells of one metric over a few songs, some undefined, and those of them that fail."""
    one = draw(st.sampled_from(METRICS))
    value = st.one_of(st.just(float("nan")), st.floats(one.low, one.high))
    count = draw(st.integers(1, 8))
    cells = [
        Score(f"x{n}", f"song{draw(st.integers(0, 3))}", "mix", one.name, draw(value))
        for n in range(count)
    ]
    return one, cells, draw(st.sets(st.integers(0, count - 1)))


@settings(max_examples=300, deadline=None)
@given(scored())
def test_a_failing_item_never_raises_a_score(case):
    """Whatever cells of whatever metric become failures, the mean does not improve."""
    one, cells, failing = case
    failed = [
        replace(cell, value=one.worst, status="failed") if n in failing else cell
        for n, cell in enumerate(cells)
    ]
    before, after = (
        Scorecard("t", 1, "d", "m", tuple(scores), {}, {}).estimate(one).value
        for scores in (cells, failed)
    )
    sign = 1.0 if one.better == "higher" else -1.0
    slack = 1e-9 * (one.high - one.low)
    assert not sign * after > sign * before + slack


def test_how_far_the_scoring_of_an_example_is(noise, monkeypatch):
    shares = []
    monkeypatch.setattr("automix_bench.evaluation.score.report_share", shares.append)
    metrics = [plugin.load("metrics", name) for name in ("sdr", "si_sdr")]
    stems = {"a": noise(), "b": noise(seed=1)}
    assert len(list(_values(metrics, stems, stems, "e"))) == 4
    assert shares == [0.0, 0.25, 0.5, 0.75]
