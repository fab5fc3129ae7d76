"""The loop in a model's process: load the model, then one brief in and one answer out.

It runs inside the box, so all that a model's code does, from its import on, is done there.
"""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench import errors, plugin
from automix_bench.files.weights import all_named
from automix_bench.isolation.answer_faults import why_not_storable
from automix_bench.isolation.briefs import brief_of, message_of_answer
from automix_bench.isolation.loading import answered, instance, stated_fingerprint
from automix_bench.isolation.model_errors import error_line, frames_of, trace_of
from automix_bench.isolation.wire import PROTOCOL, ClosedWire, Message, Wire, WireError
from automix_bench.model import Answer, Model, TruthReader
from automix_bench.workers.steps import listening_to_shares


def serve(wire: Wire, loading: Mapping[str, Any]) -> None:
    """Load a model and answer until the input ends.

    Args:
        loading: `name`, by which `plugin.load` finds the model; `title` for messages; `effects`,
            the files of effects that briefs may name.
    """
    try:
        for effect in loading["effects"]:
            with contextlib.suppress(Exception):  # a console that needs it will say so
                plugin.load("effects", effect)
        model = loaded_model(str(loading["name"]))
        ready = _ready(str(loading["title"]), model)
    except (Exception, SystemExit, GeneratorExit) as error:
        wire.send(failure(error))
        return
    wire.send(Message(ready))
    with contextlib.suppress(ClosedWire):
        while True:
            wire.send(_reply(model, wire.receive(), wire))


def loaded_model(name: str) -> Model | TruthReader:
    """The model of a name.

    Raises:
        UnknownPlugin, BrokenPlugin, UsageError, MissingPart: it cannot be had.
    """
    return instance(name, plugin.load("models", name))


def failure(error: BaseException, source: Path | None = None) -> Message:
    """The message that tells an error: its kind, its line, the model's last calls, the traceback.

    Args:
        source: the file of the model.
    """
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__]
    return Message(
        {
            "type": "failure",
            "error": error_line(error),
            "message": str(error) if isinstance(error, errors.AutomixError) else error_line(error),
            "kind": kinds[0] if kinds else "",
            "frames": frames_of(error, source),
            "traceback": trace_of(error),
            "denied": _was_denied(error),
        }
    )


def _was_denied(error: BaseException | None) -> bool:
    """Whether an error comes from a file that the process may not open."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        if isinstance(one, PermissionError):
            return True
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
    return False


def _ready(title: str, model: Model | TruthReader) -> dict[str, Any]:
    """What the harness is told of a model before it asks."""
    return {
        "type": "ready",
        "protocol": PROTOCOL,
        "told_the_answer": isinstance(model, TruthReader),
        "fingerprint": stated_fingerprint(title, model),
        "weights": sorted(map(str, all_named())),
    }


def _reply(model: Model | TruthReader, message: Message, wire: Wire) -> Message:
    def tell(share: float) -> None:
        wire.send(Message({"type": "share", "share": share}))

    try:
        brief, wanted = brief_of(message)
        _seed(message.head.get("seed"))
        with listening_to_shares(tell):
            answer = answered(model, brief, wanted)
        if fault := why_not_storable(answer):
            return Message({"type": "failure", "error": fault, "message": fault, "kind": ""})
        assert isinstance(answer, Answer)
        return message_of_answer(answer)
    except WireError:
        raise
    except (Exception, SystemExit, GeneratorExit) as error:
        return failure(error, plugin.source_of(model))


def _seed(seed: object) -> None:
    """Seed what a model may draw from, so that an answer does not depend on those before it."""
    number = seed if isinstance(seed, int) else 0
    random.seed(number)
    np.random.seed(number % (1 << 32))  # noqa: NPY002 (what models use)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "manual_seed"):
        torch.manual_seed(number)
