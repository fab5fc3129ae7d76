"""What runs on a Ray cluster: a task or an actor does one job at a time, a mailbox holds messages.

This file does not import Ray; it only calls a method of an actor by `.remote`.
"""

from __future__ import annotations

import asyncio
import functools
import os
import platform
import sys
import time
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.executor import Work, attempt
from automix_bench.workers.pickling import packed, packed_error, unpacked
from automix_bench.workers.process import DONE, FAILED

REFUSED = "refused"
POST_SECONDS = 0.5  # between two posts about one item, and between two looks at the mailbox


@dataclass(frozen=True)
class PackedWork:
    """Work as it is sent: packed, with the folder that relative paths in it start from."""

    content: bytes
    folder: str


def packed_work(work: Work) -> PackedWork:
    """Pack work for the nodes; relative paths start from the current folder."""
    return PackedWork(packed(work), os.getcwd())


@dataclass(frozen=True)
class JobResult:
    """The end of a job.

    Attributes:
        kind: `DONE`, `FAILED`, or `REFUSED` if the work cannot be loaded on the node.
        value: the packed result or error.
        messages: all messages of the work about its item, packed.
    """

    kind: str
    value: bytes
    messages: tuple[bytes, ...] = ()


def do_job(work: PackedWork, thing: bytes, ticket: int, mailbox: Any) -> JobResult:
    """Do one job. A process unpacks the work once."""
    _print_to_standard_error()
    try:
        _go_to(work.folder)
        function = _unpacked(work.content)
    except Exception as error:
        return JobResult(REFUSED, packed_error(error))
    messages = _PostedMessages(ticket, mailbox)
    outcome = attempt(lambda item, tell: packed(function(unpacked(item), tell)), thing, messages)
    if outcome.error is not None:
        return JobResult(FAILED, packed_error(outcome.error), tuple(messages.all))
    return JobResult(DONE, outcome.result, tuple(messages.all))


class AheadActor:
    """An actor for jobs of the stage ahead: a process that stays, with what its work has loaded."""

    def do(self, work: PackedWork, thing: bytes, ticket: int) -> JobResult:
        return do_job(work, thing, ticket, None)


class Mailbox:
    """An actor that holds messages until they are fetched."""

    def __init__(self) -> None:
        self._letters: list[tuple[int, int, list[bytes]]] = []

    async def put(self, ticket: int, first: int, messages: list[bytes]) -> None:
        """Hold messages of a job; `first` is the index of the first of them."""
        self._letters.append((ticket, first, messages))

    async def take(self) -> list[tuple[int, int, list[bytes]]]:
        """After a while, all that is held: ticket, index of the first message, messages."""
        await asyncio.sleep(POST_SECONDS)
        letters, self._letters = self._letters, []
        return letters


class _PostedMessages:
    """Posts the messages about an item at a bounded rate. A post may be lost: the result carries
    all messages as well."""

    def __init__(self, ticket: int, mailbox: Any) -> None:
        self.all: list[bytes] = []
        self._ticket, self._mailbox, self._posted = ticket, mailbox, 0
        self._next = time.monotonic()

    def __call__(self, message: Any) -> None:
        self.all.append(packed(message))
        now = time.monotonic()
        if self._mailbox is not None and now >= self._next:
            self._mailbox.put.remote(self._ticket, self._posted, self.all[self._posted :])
            self._posted, self._next = len(self.all), now + POST_SECONDS


@functools.lru_cache(maxsize=1)
def _unpacked(content: bytes) -> Work:
    work: Work = unpacked(content)
    return work


def _go_to(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(
            f"ray: the node {platform.node()} has no folder {folder}: start in a folder that every "
            "node sees"
        ) from error


def _print_to_standard_error() -> None:
    """Ray passes what is printed on to the process that hands out the jobs. The standard output of
    that process belongs to the command."""
    if sys.stdout is not sys.stderr:
        sys.stdout.flush()
        os.dup2(2, 1)
        sys.stdout = sys.stderr
