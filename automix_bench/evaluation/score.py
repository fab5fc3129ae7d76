"""Score the stored answers of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from pathlib import Path

from automix_bench.answer_metrics.settings_metric import SettingsMetric
from automix_bench.answer_metrics.values_metric import TOGETHER, ValuesMetric
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.memo import sharing
from automix_bench.errors import AutomixError, MissingPart, UsageError
from automix_bench.evaluation.compared import Compared, compared, is_empty, wanted_of
from automix_bench.evaluation.each_example import ExampleKey, each_example
from automix_bench.evaluation.model_code import UNKNOWN
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_costs import read_costs, total_cost
from automix_bench.evaluation.run_folder import (
    StoredAnswer,
    demand_run_of,
    read_answer,
)
from automix_bench.evaluation.scored_data import ALL
from automix_bench.example import Example
from automix_bench.executor import Executor, Progress, Tell, WorkerLost, silent
from automix_bench.isolation.box import weakest
from automix_bench.isolation.model_errors import error_line
from automix_bench.metric import Metric, Ranged
from automix_bench.model import Answer
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.untrusted.scorecard_record import Cost, stated_range
from automix_bench.workers.pickling import ByName
from automix_bench.workers.steps import listening_to_shares, report_share

NOTHING_WANTED = "nothing is wanted of them"
"""Why an example is left out: its wanted answer is empty, as that of a mix without loudness is."""
_USE_OTHERS = "make data of a recipe that the task reads, with songs that have what it wants"


def score(
    task: Task,
    dataset: Dataset,
    folder: Path,
    *,
    also: Sequence[Metric] = (),
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Scorecard:
    """Measure every answer of a run against its target.

    Each metric, stem and example has a score. An answer, or a stem of one, gets each metric's worst
    value and the status `failed` if it is missing, not finite, silent where the target is not, or
    of the wrong name, length or rate. The scores are in the order of the examples, whichever
    executor measures them.

    Args:
        also: metrics beyond the task's own; their scores follow the task's.
        executor: does the measuring; None measures in this process, one example after another.

    Raises:
        DatasetError: the folder holds no run of this task and data set, or an answer is damaged.
        UsageError: a metric that is not built in fails, or cannot be sent to other processes; or no
            example of the data set has the kind of mix that the task wants.
    """
    record = demand_run_of(folder, task, dataset)
    work = ScoreExample(task.measured_by(also), dataset, folder.absolute())
    scored, title = scored_examples(task, dataset), f"scoring {record['model']}"
    scores: list[Score] = []
    of_item, costs = read_costs(folder), list[Cost]()
    states: set[str] = set()
    unwanted = 0
    for item, result in each_example(executor, work, scored.numbers, title, progress):
        if isinstance(result, WorkerLost):
            raise result
        if result.unwanted:
            unwanted += 1
            continue
        scores += result.scores
        states.add(result.isolation)
        if item.id in of_item:
            costs.append(of_item[item.id].of(result.audio_seconds))
    if not scores:
        raise UsageError(
            f"task {task.name}: expected an example of which it wants something, got "
            f"{len(dataset)} of which it wants nothing: {_USE_OTHERS}"
        )
    return Scorecard(
        task=task.name,
        task_version=task.version,
        dataset=dataset.fingerprint,
        model=record["model"],
        scores=tuple(scores),
        cost=total_cost(costs),
        environment=record["environment"],
        told_the_answer=record["told_the_answer"],
        recipe=record.get("recipe", ""),
        split=dataset.split or ALL,
        songs=len({score.song for score in scores}),
        weights=record.get("weights", UNKNOWN),
        note=record.get("note", ""),
        metrics={metric.name: stated_range(metric) for metric in work.task.metrics},
        isolation=weakest(states),
        examples=len(dataset),
        left_out={**scored.left_out, **({NOTHING_WANTED: unwanted} if unwanted else {})},
    )


@dataclass(frozen=True)
class ExampleScores:
    """The scores of one example, how long its sound is, and how its model was kept apart; or that
    the task wants nothing of it."""

    scores: tuple[Score, ...] = ()
    audio_seconds: float = 0.0
    isolation: str = ""
    unwanted: bool = False


@dataclass(frozen=True)
class ScoreExample:
    """The work of `score` on one example: measure its answer against its targets."""

    task: Task
    dataset: Dataset
    folder: Path

    def __reduce__(self) -> tuple[Callable[..., ScoreExample], tuple[object, ...]]:
        metrics = tuple(ByName(metric) for metric in self.task.metrics)
        return _unpickled, (replace(self.task, metrics=()), metrics, self.dataset, self.folder)

    def __call__(self, item: ExampleKey, tell: Tell) -> ExampleScores:
        example = self.dataset[item.number]
        wanted = wanted_of(self.task, example)
        if is_empty(wanted):
            return ExampleScores(unwanted=True)
        answer = read_answer(self.folder, item.id)
        with listening_to_shares(tell):
            scores = tuple(_scores(self.task, example, wanted, answer))
        return ExampleScores(scores, example.before.mix.seconds, answer.isolation)


def _unpickled(
    task: Task, metrics: tuple[ByName, ...], dataset: Dataset, folder: Path
) -> ScoreExample:
    return ScoreExample(replace(task, metrics=tuple(m.value for m in metrics)), dataset, folder)


def _scores(task: Task, example: Example, wanted: Answer, answer: StoredAnswer) -> Iterator[Score]:
    """The score of every metric on every stem, stem by stem; then on values, then on settings."""
    parts = compared(task, example, wanted, answer)
    of_sounds = [metric for metric in task.metrics if isinstance(metric, Metric)]
    values = dict(_values(of_sounds, parts.references, parts.estimates, example.id))
    for stem, fault in parts.stem_faults.items():
        for metric in of_sounds:
            yield _cell(example, stem, metric, fault, values.get((stem, metric.name), nan))
    for one in task.metrics:
        if isinstance(one, ValuesMetric):
            yield from _scores_of_values(one, example, parts)
    for one in task.metrics:
        if isinstance(one, SettingsMetric) and parts.console is not None:
            yield from _scores_of_settings(one, example, parts)


def _cell(example: Example, name: str, metric: Ranged, fault: str, value: float) -> Score:
    """A score: of a stem, a value or a place of the console."""
    cell = (example.id, example.song, name, metric.name)
    if fault:
        return Score(*cell, metric.worst, "failed", fault)
    return Score(*cell, value, "undefined" if isnan(value) else "ok")


def _scores_of_values(metric: ValuesMetric, example: Example, parts: Compared) -> Iterator[Score]:
    """A score under each of the metric's names. Numbers that the answer lacks fail alone, or all
    together where they are compared together."""
    faults = dict(parts.value_faults)
    if TOGETHER in metric.names(parts.values):
        faults = {TOGETHER: next(filter(None, parts.value_faults.values()), "")}
    fit = {name: value for name, value in parts.values.items() if not parts.value_faults[name]}
    measured = metric(reference=fit, estimate=parts.answered_values)
    for name in metric.names(parts.values):
        yield _cell(example, name, metric, faults[name], measured.get(name, nan))


def _scores_of_settings(
    metric: SettingsMetric, example: Example, parts: Compared
) -> Iterator[Score]:
    """A score for each place of the wanted console. What the answer has elsewhere is heard in its
    sound alone."""
    assert parts.console is not None
    places = [name for name, _ in parts.console.places() if not name.startswith("prepared ")]
    fault, measured = parts.console_fault, dict[str, float]()
    if not fault:
        assert parts.answered_console is not None
        try:
            measured = metric.of_consoles(reference=parts.console, estimate=parts.answered_console)
        except (AutomixError, ArithmeticError, ValueError) as error:
            fault = f"its console cannot be compared: {error_line(error)}"
    for place in places:
        yield _cell(example, place, metric, fault, measured.get(place, nan))


def _values(
    metrics: Sequence[Metric], targets: Stems, answered: Stems, example: str
) -> Iterator[tuple[tuple[str, str], float]]:
    """The value of each metric on each answered stem, by stem and metric.

    What several metrics compute from one sound is shared: among the metrics of single stems for
    one stem at a time, so that memory stays small; among the others for all stems together.
    """
    if not answered:
        return
    single = [metric for metric in metrics if metric.stems is None]
    steps, done = len(answered) * len(metrics), 0
    for stem, estimate in answered.items():
        with sharing():
            for metric in single:
                report_share(done / steps)
                done += 1
                of_stem = _measured(metric, {stem: targets[stem]}, {stem: estimate}, example)
                yield (stem, metric.name), of_stem[stem]
    with sharing():
        for metric in metrics:
            if metric.stems is not None:
                report_share(done / steps)
                done += len(answered)
                for stem, value in _measured(metric, targets, answered, example).items():
                    yield (stem, metric.name), value


def _measured(
    metric: Metric, references: Stems, estimates: Stems, example: str
) -> Mapping[str, float]:
    """The metric's value of each stem.

    A fault in a built-in metric keeps its traceback. A fault in another metric becomes a
    `UsageError` that names the metric and the example.
    """
    try:
        return metric.of_stems(references=references, estimates=estimates)
    except MissingPart:
        raise
    except Exception as error:
        if metric.written_in.startswith("automix_bench."):
            raise
        message = f"{type(error).__name__}: {error}"
        raise UsageError(f"metric {metric.name} fails on {example}: {message}") from error
