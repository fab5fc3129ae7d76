"""Ask a model about one example, here or in a process of its own, and store its answer."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, MissingPart
from automix_bench.evaluation.compared import compared, is_empty, wanted_of
from automix_bench.evaluation.each_example import ExampleKey
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.model_processes import process_of
from automix_bench.evaluation.run_costs import ItemCost
from automix_bench.evaluation.run_folder import (
    EncodedAnswer,
    StoredAnswer,
    encode_answer,
    read_answer,
    write_answer,
)
from automix_bench.example import Example
from automix_bench.executor import Tell
from automix_bench.isolation.answer_faults import why_not_storable
from automix_bench.isolation.box import IN_PROCESS
from automix_bench.isolation.live import AnyModel, FrameFailed, Performance
from automix_bench.isolation.loading import answered
from automix_bench.isolation.model_errors import error_line, frames_of, trace_of
from automix_bench.isolation.model_process import Reply
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Answer, Brief
from automix_bench.task import Task
from automix_bench.workers.steps import listening_to_shares


@dataclass(frozen=True)
class Asked:
    """The result of `AskModel` for one example.

    Attributes:
        failure: why the answer is missing or cannot be scored; empty if it can be.
        reused: whether the answer comes from an earlier run.
        cost: what it took; None if the model was not asked.
        frames, trace: as in `Failure`.
    """

    failure: str = ""
    reused: bool = False
    cost: ItemCost | None = None
    frames: str = ""
    trace: str = ""


@dataclass(frozen=True)
class AskModel:
    """The work of `run` on one example: ask the model, unless an answer is there, and store it.

    Attributes:
        forbidden: folders that the model may not read.
        sample: as in `run`.
    """

    entry: Entry
    task: Task
    dataset: Dataset
    folder: Path
    fresh: bool
    forbidden: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    sample: int = 0

    def __call__(self, item: ExampleKey, tell: Tell) -> Asked:
        example = self.dataset[item.number]
        wanted = wanted_of(self.task, example)
        if is_empty(wanted):
            return Asked()
        earlier, cost = self._earlier(item), None
        if earlier is None:
            asked = self._ask(item, example, wanted, tell)
            if asked.failure:
                return asked
            cost = asked.cost
        # A reused answer may still be unfit: a second run reports what the first did.
        answer = earlier or read_answer(self.folder, item.id)
        fault = compared(self.task, example, wanted, answer).first_fault
        return Asked(fault, earlier is not None, cost)

    def _earlier(self, item: ExampleKey) -> StoredAnswer | None:
        """The answer of an earlier run; None if it is absent, a failure or damaged."""
        if self.fresh or not self.entry.code:
            return None
        try:
            answer = read_answer(self.folder, item.id)
        except DatasetError:
            return None
        return None if answer.failure else answer

    def _ask(self, item: ExampleKey, example: Example, wanted: Answer, tell: Tell) -> Asked:
        """Ask the model and store its answer, or why there is none.

        Whatever a model raises or returns is a result of that model, not a fault of the program:
        it is stored as a failure. Only a missing package is raised, because the user can install
        it, and a full disk.
        """
        brief, state = self.task.brief(example), IN_PROCESS
        if self.entry.model is not None:
            with listening_to_shares(tell):  # a model may separate, for example
                reply = ask_here(self.entry.model, brief, wanted)
        else:
            process = process_of(self.entry, self.forbidden, self.limits)
            told = wanted if self.entry.told_the_answer else None
            reply = process.ask(brief, told, self.sample, tell)
            state = process.state
        encoded, failure = EncodedAnswer(), reply.failure
        if reply.answer is not None:
            encoded, failure = _encoded(item.id, reply.answer)
        write_answer(self.folder, item.id, encoded, failure, reply.traceback, state)
        cost = ItemCost(
            reply.seconds, reply.cpu_seconds, reply.peak_memory, *_live_cost(reply.performance)
        )
        return Asked(failure, cost=cost, frames=reply.frames, trace=reply.traceback)


def _encoded(example: str, answer: Answer) -> tuple[EncodedAnswer, str]:
    """The files of an answer; or none, and why it cannot be stored."""
    try:
        failure = why_not_storable(answer)
        return (EncodedAnswer() if failure else encode_answer(example, answer)), failure
    except Exception as error:  # such as a rate that FLAC does not know
        return EncodedAnswer(), error_line(error)


def _live_cost(performance: Performance | None) -> tuple[int | None, int | None, float | None]:
    """Frames, late frames and the latency that the model states."""
    if performance is None:
        return None, None, None
    return performance.frames, performance.late_frames, performance.latency_seconds


def ask_here(model: AnyModel, brief: Brief, wanted: Answer) -> Reply:
    """Ask a model in this process. Whatever it raises is a failure of its reply."""
    begun = time.perf_counter()
    working_directory = os.getcwd()
    try:
        try:
            answer = answered(model, brief, wanted)
        finally:
            os.chdir(working_directory)  # the model may have changed it
        seconds = time.perf_counter() - begun
        if isinstance(answer, Answer):
            return Reply(answer, seconds=seconds)
        if isinstance(answer, Performance):
            return Reply(answer.answer, seconds=seconds, performance=answer)
        return Reply(None, why_not_storable(answer), seconds=seconds)
    except MissingPart:
        raise
    except FrameFailed as error:
        return Reply(None, str(error), seconds=time.perf_counter() - begun)
    except (Exception, SystemExit, GeneratorExit) as error:
        seconds = time.perf_counter() - begun
        frames = frames_of(error, plugin.source_of(model))
        return Reply(None, error_line(error), frames, trace_of(error), seconds)
