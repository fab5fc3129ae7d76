"""A model in a process of its own, as the harness holds it: asked, timed, and ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from automix_bench.isolation.briefs import answer_of, message_of_brief
from automix_bench.isolation.running import (
    LONGEST_LINE,
    Owner,
    Ready,
    Running,
    error_of,
    text_of,
)
from automix_bench.isolation.wire import Message, WireError
from automix_bench.model import Answer, Brief
from automix_bench.untrusted.shown import for_terminal_lines, one_line


@dataclass(frozen=True)
class Reply:
    """What came back for one brief.

    Attributes:
        answer: None if there is none.
        failure: why; empty if there is an answer.
        frames, traceback: of the model's error; empty if there is none. See `model_errors`.
        seconds: from the first byte of the brief to the last of the answer.
        cpu_seconds, peak_memory: what the model's processes used; None if that is not known.
    """

    answer: Answer | None
    failure: str = ""
    frames: str = ""
    traceback: str = ""
    seconds: float = 0.0
    cpu_seconds: float | None = None
    peak_memory: int | None = None


@dataclass
class ModelProcess(Owner):
    """A model's process, started when it is first needed, and again after it has ended.

    Attributes:
        state: see `box.STATES`; empty before the first start.
        lacking: why it is not boxed; empty if it is.

    Raises:
        AutomixError: on a start: the model cannot be loaded. The errors are those of `plugin.load`.
    """

    state: str = ""
    lacking: str = ""
    _running: Running | None = None
    _one_at_a_time: Any = field(default_factory=threading.RLock, repr=False, compare=False)

    def start(self) -> Ready:
        """Start the process, unless it runs, and load the model."""
        if self._running is None:
            self._running = Running(self)
            try:
                self.state, self.lacking, ready = self._running.loaded()
            except BaseException:
                self.close()
                raise
            self._running.ready = ready
        return self._running.ready

    def ask(
        self,
        brief: Brief,
        wanted: Answer | None = None,
        seed: int = 0,
        tell: Callable[[float], None] | None = None,
    ) -> Reply:
        """Show the model a brief.

        A process that ends, takes too long or sends no answer fails on this brief alone: it is
        started again for the next.

        Args:
            wanted: for a model that is shown it.
            tell: called with the share that is done, from 0 to 1, if the model reports it.

        Raises:
            MissingPart: the model needs a package that is not installed.
            AutomixError: the model cannot be loaded.
        """
        with self._one_at_a_time:
            return self._ask(brief, wanted, seed, tell or _nothing)

    def _ask(
        self, brief: Brief, wanted: Answer | None, seed: int, tell: Callable[[float], None]
    ) -> Reply:
        self.start()
        assert self._running is not None
        before, begun = self._running.measured(), time.perf_counter()
        deadline = time.monotonic() + self.limits.item_seconds
        try:
            shown = message_of_brief(brief, wanted, seed)
            message = self._running.exchange(shown, deadline, tell)
            seconds = time.perf_counter() - begun
            after = self._running.measured()
            reply = _reply(message)
        except WireError as error:
            seconds = time.perf_counter() - begun
            failure = self._running.why_it_failed(error, self.limits.item_seconds)
            self.close()
            return Reply(None, failure, seconds=seconds)
        used = after[0] - before[0] if before and after else None
        peak = after[1] if after else None
        return replace(reply, seconds=seconds, cpu_seconds=used, peak_memory=peak)

    def close(self) -> None:
        """End the process and all that it has started."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def __enter__(self) -> ModelProcess:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


def _nothing(share: float) -> None:
    """Drop the share."""


def _reply(message: Message) -> Reply:
    """The answer or the failure of a message.

    Raises:
        MissingPart: the model needs a package that is not installed.
        WireError: it is neither an answer nor a failure.
    """
    if message.type != "failure":
        return Reply(answer_of(message))
    if message.head.get("kind") == "MissingPart":
        raise error_of(message)
    failure = one_line(text_of(message, "error"))[:LONGEST_LINE] or "failed without a word"
    frames = for_terminal_lines(text_of(message, "frames"))
    return Reply(None, failure, frames, text_of(message, "traceback"))
