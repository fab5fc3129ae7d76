"""Train a network: one loop that stops anywhere and goes on to the same weights.

All that is random at a step is drawn from generators that the seed and the step's number name, so
a checkpoint holds no generator: a training that was killed and goes on does the same steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from automix_bench.dataset.folder import refuse_inside, remove_unfinished
from automix_bench.errors import AutomixError, BrokenPlugin, DatasetError, UsageError
from automix_bench.executor import Executor, Progress, silent
from automix_bench.files.locks import work_alone
from automix_bench.sampling import Seed
from automix_bench.separation.torch_device import device as torch_device
from automix_bench.separation.torch_device import torch_for
from automix_bench.training.batches import batch_of, validated
from automix_bench.training.checkpoint import newest_state, write_checkpoint
from automix_bench.training.learner import (
    Learner,
    LearntStep,
    exact_arithmetic,
    new_network,
    seed_torch,
)
from automix_bench.training.prepared_examples import PreparedExamples, prepare
from automix_bench.training.results import TrainingResult, write_page, write_results
from automix_bench.training.tensorboard_log import TensorBoardLog, summary_writer
from automix_bench.training.training import Training
from automix_bench.training.training_identity import RECORD, DataIdentity, TrainingIdentity
from automix_bench.training.training_log import LOG, TrainingLog
from automix_bench.workers.end_signals import HeldSignal, holding_end_signals

PREPARED = "prepared"
CHECKPOINT_MINUTES = 5.0
MOST_FAULTS = 20
"""Skipped steps in a row after which a training ends."""
_SHOW_EVERY_S = 0.25
_DRAW_EVERY_S = 60.0


class Diverged(AutomixError):
    """The loss or its gradient was not finite at `MOST_FAULTS` steps in a row."""

    exit_code = 5


@dataclass(frozen=True)
class TrainingRun:
    """How a training is run. Nothing in it changes the weights, but for the kind of device.

    Attributes:
        hours: after which it stops, with a checkpoint; None for no limit.
        executor: prepares examples; None prepares them in this process.
        device: "cpu", "cuda", …; "auto" for a GPU if torch finds one.
        checkpoint_minutes: the longest time between two checkpoints.
        prepared: the folder of prepared examples; None for one in the folder of the training.
        tensorboard: write a log for TensorBoard too.
        progress: shows how far it is.
        told: is called with lines for the user.
    """

    hours: float | None = None
    executor: Executor | None = None
    device: str = "cpu"
    checkpoint_minutes: float = CHECKPOINT_MINUTES
    prepared: Path | None = None
    tensorboard: bool = False
    progress: Progress = silent
    told: Callable[[str], None] = field(default=lambda line: None)


@dataclass
class _Counts:
    """How far a training is; all that a checkpoint holds besides the learner and the best weights.

    Attributes:
        step: the number of steps done.
        validated: the step of the last validation; -1 before the first.
        best, best_step: the lowest validation so far; infinite before the first.
        without_better: validations since then.
        skipped, faults: steps that were not finite: all, and the last in a row.
        seconds: of training so far, over all runs.
        ended: why it has ended; empty while it has not.
    """

    step: int = 0
    validated: int = -1
    best: float = math.inf
    best_step: int = -1
    without_better: int = 0
    skipped: int = 0
    faults: int = 0
    seconds: float = 0.0
    ended: str = ""


def train(
    training: Training, data: Path, out: Path, run: TrainingRun | None = None
) -> TrainingResult:
    """Train a network on the split train of a data set, validated on the split valid.

    The folder `out` then holds `weights.safetensors` (the best averaged weights), `weights.md`
    (their card), `log.jsonl`, `curve.svg` and `index.html`. If it is interrupted, the same call
    goes on where it stopped, and gives equal weights.

    Raises:
        DatasetError: the data has no split valid, `out` holds another training, or is damaged.
        UsageError: a setting is wrong, or torch cannot use the device.
        MissingPart: torch is not installed.
        Diverged: the loss was not finite at `MOST_FAULTS` steps in a row.
        EndedBySignal, KeyboardInterrupt: it was asked to end; there is a checkpoint.
    """
    run = run or TrainingRun()
    end = time.monotonic() + 3600.0 * run.hours if run.hours is not None else math.inf
    torch_for("train")
    device = torch_device(run.device, "train")
    for folder in filter(None, (out, run.prepared)):
        refuse_inside(folder, data)
    if run.tensorboard:
        summary_writer()
    data_identity = DataIdentity.of(data)
    out.mkdir(parents=True, exist_ok=True)
    with work_alone(out, "another training"), exact_arithmetic(device):
        remove_unfinished(out)
        network = new_network(training)
        identity = TrainingIdentity.of(training, network, data_identity, device)
        _demand_own(out, identity, run.told)
        examples = prepare(
            training,
            data,
            run.prepared or out / PREPARED,
            identity.prepared_fingerprint,
            executor=run.executor,
            progress=run.progress,
            go_on=lambda: time.monotonic() < end,
            told=run.told,
        )
        if examples is None:
            return TrainingResult(out, 0, training.schedule.steps)
        for split, part in examples.items():
            for reason, count in part.reasons.items():
                run.told(f"{count} of split {split} left out: {reason}")
        board = TensorBoardLog(out) if run.tensorboard else None
        loop = _Loop(training, out, identity, Learner(training, network, device), examples, run)
        try:
            with holding_end_signals() as held:
                loop.run(end, held, board)
        finally:
            loop.close()
            if board is not None:
                board.close()
        return _finished(loop, data, out)


class _Loop:
    """A training at work."""

    def __init__(
        self,
        training: Training,
        out: Path,
        identity: TrainingIdentity,
        learner: Learner,
        examples: Mapping[str, PreparedExamples],
        run: TrainingRun,
    ) -> None:
        self.training, self.schedule, self.out = training, training.schedule, out
        self.identity, self.learner, self.examples, self.options = identity, learner, examples, run
        self.counts, self.best_weights = _Counts(), learner.averaged_weights()
        self.before_faults: tuple[dict[str, Any], int] | None = None
        log_size = 0
        state = newest_state(out, run.told)
        if state is not None:
            self.counts = _Counts(**state["counts"])
            self.learner.load(state["learner"])
            self.best_weights, log_size = state["best_weights"], state["log_size"]
            if not self.counts.ended:
                run.told(f"going on after step {self.counts.step}")
            self.before_faults = state.get("before_faults")
        self.log = TrainingLog(out / LOG, log_size)
        self._clock = self._drawn = time.monotonic()
        self._loss, self._unsaved = math.nan, False

    def close(self) -> None:
        self.log.close()

    def run(self, end: float, held: HeldSignal, board: TensorBoardLog | None) -> None:
        """Learn until the last step, no better value, `end` (a monotonic time), or a signal."""
        counts, schedule = self.counts, self.schedule
        saved = shown = self._clock = time.monotonic()

        def go_on() -> bool:
            return held.number is None and time.monotonic() < end

        while not counts.ended:
            if self._is_due() and counts.validated < counts.step:
                if not self._validate(go_on, board):
                    break
                saved = time.monotonic()
            if counts.ended or not go_on():
                break
            began = time.monotonic()
            batch = batch_of(
                self.training, self.examples["train"], counts.step + 1, self.learner.device
            )
            learnt = self.learner.step(batch, counts.step + 1)
            self._note(learnt, time.monotonic() - began, board)
            now = time.monotonic()
            if now - shown >= _SHOW_EVERY_S or counts.step == schedule.steps:
                self.options.progress("training", counts.step, schedule.steps, "steps")
                shown = now
            if now - saved >= 60.0 * self.options.checkpoint_minutes:
                self.save()
                saved = now
        if self._unsaved:
            self.save()
        held.raise_it()

    def _is_due(self) -> bool:
        step, schedule = self.counts.step, self.schedule
        return step % schedule.validate_every == 0 or step == schedule.steps

    def _note(self, learnt: LearntStep, seconds: float, board: TensorBoardLog | None) -> None:
        """Count a step, and write its line of the log."""
        counts = self.counts
        if learnt.fault and not counts.faults:
            self.before_faults = asdict(counts), self.log.size()
        self._unsaved = True
        counts.step += 1
        counts.skipped += bool(learnt.fault)
        counts.faults = counts.faults + 1 if learnt.fault else 0
        self._loss = learnt.loss
        line: dict[str, Any] = {"step": counts.step, "loss": learnt.loss}
        line |= {"learning_rate": learnt.learning_rate, "gradient_norm": learnt.gradient_norm}
        if learnt.fault:
            line["skipped"] = learnt.fault
        rate = self.schedule.batch / max(seconds, 1e-9)
        times = {"seconds": round(self._seconds(), 3), "examples_per_second": round(rate, 2)}
        self.log.write({**line, **times})
        if board is not None:
            board.add({**line, **times})
        if counts.faults >= MOST_FAULTS:
            self._end_diverged(learnt.fault)

    def _end_diverged(self, fault: str) -> None:
        """Save the state before the faults, and end.

        Raises:
            Diverged: always.
        """
        last = self.counts.step
        if self.before_faults is not None:
            earlier, size = self.before_faults
            for one in fields(_Counts):
                setattr(self.counts, one.name, earlier[one.name])
            path = self.save(size)
        else:  # a checkpoint of an earlier version, written while the faults came
            path = self.save()
        raise Diverged(
            f"{fault} at {MOST_FAULTS} steps in a row, up to step {last}: ended; the weights are "
            f"those of step {self.counts.step}, in {path}: try a lower learning_rate or clip"
        )

    def _validate(self, go_on: Callable[[], bool], board: TensorBoardLog | None) -> bool:
        """Validate the averaged weights, keep them if they are the best, and save. False if
        `go_on` ended it."""
        counts = self.counts
        seed = Seed(self.schedule.seed) / "validation" / counts.step
        seed_torch(seed, self.learner.device)
        songs = validated(self.training, self.learner, self.examples["valid"], go_on)
        if songs is None:
            return False
        value = sum(songs.values()) / len(songs)
        self._demand_one_value(songs)
        better = value < counts.best  # false of NaN
        counts.validated = counts.step
        counts.without_better = 0 if better else counts.without_better + 1
        if better:
            counts.best, counts.best_step = value, counts.step
            self.best_weights = self.learner.averaged_weights()
        if counts.step == self.schedule.steps:
            counts.ended = "all steps are done"
        elif 0 < self.schedule.patience <= counts.without_better:
            counts.ended = f"no better value in {counts.without_better} validations"
        line = {"step": counts.step, "validation": value, "songs": songs, "best": better}
        self.log.write({**line, "seconds": round(self._seconds(), 3)})
        if board is not None:
            board.add(line)
        self.save()
        self._tell(value)
        if time.monotonic() - self._drawn > _DRAW_EVERY_S:
            write_page(self.training, self.identity, self.out)
            self._drawn = time.monotonic()
        return True

    def _demand_one_value(self, songs: Mapping[str, float]) -> None:
        """Without a finite value there would never be best weights.

        Raises:
            BrokenPlugin: there is none yet, and this is none.
        """
        wrong = [song for song, value in songs.items() if not math.isfinite(value)]
        if wrong and self.counts.best_step < 0:
            more = f", and of {len(wrong) - 1} more songs" if len(wrong) > 1 else ""
            raise BrokenPlugin(
                f"training {self.training.name}: validation before the first step: expected a "
                f"finite value, got {songs[wrong[0]]} of the song {wrong[0]!r}{more}: leave such "
                "examples out, or mend what validation computes"
            )

    def _tell(self, value: float) -> None:
        counts, steps = self.counts, self.schedule.steps
        rest = ""
        if counts.step:
            left = _duration((steps - counts.step) * counts.seconds / counts.step)
            rest = f", loss {self._loss:.4g}, {left} left"
        self.options.told(
            f"step {counts.step} of {steps}: validation {value:.4g}, best {counts.best:.4g} at "
            f"step {counts.best_step}{rest}"
        )

    def _seconds(self) -> float:
        """The seconds of training, over all runs, until now."""
        now = time.monotonic()
        self.counts.seconds += now - self._clock
        self._clock = now
        return self.counts.seconds

    def save(self, log_size: int | None = None) -> Path:
        """Write a checkpoint.

        Args:
            log_size: what is taken of the log; None for all of it.
        """
        self._seconds()
        state = {
            "counts": asdict(self.counts),
            "learner": self.learner.state(),
            "best_weights": self.best_weights,
            "log_size": self.log.size() if log_size is None else log_size,
            "before_faults": self.before_faults if self.counts.faults else None,
        }
        self._unsaved = False
        return write_checkpoint(self.out, self.counts.step, state)


def _demand_own(out: Path, identity: TrainingIdentity, told: Callable[[str], None]) -> None:
    """Write the record of a training, or demand that the one there is this training's."""
    if not (out / RECORD).is_file():
        foreign = [p.name for p in out.iterdir() if p.name != PREPARED and p.name[0] != "."]
        if foreign:
            raise UsageError(f"{out}: holds {foreign[0]} and no training: name an empty folder")
        identity.write(out)
        return
    differences, machine = identity.differences(out)
    if differences:
        more = f", and {len(differences) - 3} more" if len(differences) > 3 else ""
        raise DatasetError(
            f"{out}: holds another training: {'; '.join(differences[:3])}{more}: name another "
            "folder, or take it away"
        )
    for line in machine:
        told(f"{out} was begun with {line}: the last bits of the weights may differ")


def _finished(loop: _Loop, data: Path, out: Path) -> TrainingResult:
    """The result of a training, and its files if it has ended."""
    counts = loop.counts
    result = TrainingResult(
        out,
        counts.step,
        loop.schedule.steps,
        ended=counts.ended,
        best=counts.best if math.isfinite(counts.best) else math.nan,
        best_step=counts.best_step,
        skipped=counts.skipped,
        seconds=counts.seconds,
    )
    write_page(loop.training, loop.identity, out)
    if counts.ended:
        write_results(result, loop.training, loop.identity, loop.best_weights, data, loop.examples)
    return result


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60.0)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
