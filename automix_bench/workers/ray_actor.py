"""What runs on a Ray cluster: one job of work at a time, and what is told on the way.

Of Ray it knows that an actor's method is called by `.remote`, and no more.
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
POST_SECONDS = 0.5  # between two messages of one item, and between two looks at the mailbox


@dataclass(frozen=True)
class Order:
    """Work on its way: packed, and the folder that relative paths in it start from."""

    work: bytes
    folder: str


def order_of(work: Work) -> Order:
    return Order(packed(work), os.getcwd())


@dataclass(frozen=True)
class Ended:
    """How a job ended: a result or an error, packed; and all that was told on the way."""

    kind: str
    value: bytes
    told: tuple[bytes, ...] = ()


def do_job(order: Order, thing: bytes, ticket: int, mailbox: Any) -> Ended:
    """One job. The work is unpacked once a process, and kept."""
    _print_to_standard_error()
    try:
        _go_to(order.folder)
        work = _unpacked(order.work)
    except Exception as error:
        return Ended(REFUSED, packed_error(error))
    letters = _Letters(ticket, mailbox)
    outcome = attempt(lambda content, tell: packed(work(unpacked(content), tell)), thing, letters)
    if outcome.error is not None:
        return Ended(FAILED, packed_error(outcome.error), tuple(letters.told))
    return Ended(DONE, outcome.result, tuple(letters.told))


class Keeper:
    """The actor: a process that stays, so that what its work has loaded stays as well."""

    def do(self, order: Order, thing: bytes, ticket: int) -> Ended:
        return do_job(order, thing, ticket, None)


class Mailbox:
    """The actor that holds what is told until it is fetched."""

    def __init__(self) -> None:
        self._letters: list[tuple[int, int, list[bytes]]] = []

    async def put(self, ticket: int, first: int, told: list[bytes]) -> None:
        self._letters.append((ticket, first, told))

    async def take(self) -> list[tuple[int, int, list[bytes]]]:
        await asyncio.sleep(POST_SECONDS)
        letters, self._letters = self._letters, []
        return letters


class _Letters:
    """What an item tells, posted at a bounded rate. Post may be lost: all goes with the result as
    well."""

    def __init__(self, ticket: int, mailbox: Any) -> None:
        self.told: list[bytes] = []
        self._ticket, self._mailbox, self._posted = ticket, mailbox, 0
        self._next = time.monotonic()

    def __call__(self, message: Any) -> None:
        self.told.append(packed(message))
        now = time.monotonic()
        if self._mailbox is not None and now >= self._next:
            self._mailbox.put.remote(self._ticket, self._posted, self.told[self._posted :])
            self._posted, self._next = len(self.told), now + POST_SECONDS


@functools.lru_cache(maxsize=1)
def _unpacked(work: bytes) -> Work:
    unpacked_work: Work = unpacked(work)
    return unpacked_work


def _go_to(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(
            f"ray: the node {platform.node()} has no folder {folder}: start where every node "
            "sees the same files"
        ) from error


def _print_to_standard_error() -> None:
    """Ray passes both on to the process that hands out work; its standard output is not ours."""
    if sys.stdout is not sys.stderr:
        sys.stdout.flush()
        os.dup2(2, 1)
        sys.stdout = sys.stderr
