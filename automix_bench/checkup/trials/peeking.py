"""Cheats that are tried from the model's own box find nothing."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio
from automix_bench.checkup.cheats import CHEATS, MARK
from automix_bench.checkup.check_errors import DoesNotApply
from automix_bench.checkup.check_trial import BELIEF, Finding, check_trial
from automix_bench.checkup.subject import Subject
from automix_bench.isolation.box import BOXED, IN_PROCESS
from automix_bench.metrics import sdr

__all__ = ["peeking"]

_VARIABLE = "AUTOMIX_BENCH_CHECKUP"
_CODE = """
from automix_bench.checkup.cheats import Cheater

__all__ = ["Cheater"]
"""


@check_trial(
    challenge=BELIEF,
    expects="Eight cheats, tried from a box like the model's, find nothing.",
    limit=f"{len(CHEATS)} refused",
    unit="refused",
)
def peeking(subject: Subject) -> Finding:
    """Eight ways to the answer, from a process in the model's box.

    A patched metric, the caller's frames, every object of the process, the data set on disk, the
    run folder of the oracle, the memory of the parent, its environment, and a socket. It shows that
    the box works on this machine, with what this model may read.
    """
    if subject.entry.place is None:
        raise DoesNotApply(
            f"{IN_PROCESS}: it shares its memory with the harness, nothing is hidden"
        )
    targets = {MARK: next(iter(subject.tracks.values()))}
    figures: dict[str, str] = {}
    got_hold: list[str] = []
    short = {"a": targets[MARK].excerpt(0, min(targets[MARK].length, 4_410))}
    with _secrets() as (order, forbidden), subject.in_its_box(_CODE, forbidden) as cheater:
        for name in CHEATS:
            text = json.dumps({**order, "name": name})
            reply = cheater.reply(replace(subject.brief, stems=short, text=text, console=None))
            if cheater.state != BOXED:
                raise DoesNotApply(f"there is no box here: {cheater.lacking}")
            got = next(iter(reply.answer.values), "") if reply.answer else ""
            if name == "patched metric":
                got = "" if _metric_is_whole(short["a"]) else "a metric of the harness"
                figures[name] = got or "the harness has its own"
            else:
                figures[name] = got or reply.failure
            got_hold += [name] if got else []
    refused = float(len(CHEATS) - len(got_hold))
    reason = f"got through: {', '.join(got_hold)}" if got_hold else f"refused: {', '.join(CHEATS)}"
    return Finding(refused, not got_hold, reason, figures)


@contextmanager
def _secrets() -> Iterator[tuple[dict[str, Any], tuple[Path, Path]]]:
    """A data set, a run, a variable and a server, for the cheats to look for."""
    with tempfile.TemporaryDirectory(prefix="check-") as name, socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        data, runs = Path(name) / "data", Path(name) / "runs"
        secret, run = data / "targets.txt", runs / "oracle" / "answer.txt"
        for path in (secret, run):
            path.parent.mkdir(parents=True)
            path.write_text("the answer")
        before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = str(secret)
        order = {
            "data": str(secret),
            "run": str(run),
            "parent": os.getpid(),
            "variable": _VARIABLE,
            "port": server.getsockname()[1],
        }
        try:
            yield order, (data, runs)
        finally:
            if before is None:
                del os.environ[_VARIABLE]
            else:
                os.environ[_VARIABLE] = before


def _metric_is_whole(audio: Audio) -> bool:
    """Whether a metric of the harness still tells half the level from the whole: 6.02 dB."""
    silent = not audio.samples.any()
    value = sdr.sdr(reference=audio, estimate=audio.scaled(0.5))
    return silent or abs(value - 6.0206) < 0.01
