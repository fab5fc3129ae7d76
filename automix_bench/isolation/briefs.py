"""Briefs and answers as messages, and back. What comes from a model is checked field by field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from automix_bench.console import Console
from automix_bench.consoles.console_json import console_from_json, console_to_json
from automix_bench.errors import AutomixError
from automix_bench.isolation.answer_faults import MOST_VALUES
from automix_bench.isolation.wire import Message, Sound, WireError
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems
from automix_bench.untrusted.fields import is_number, shown

STEM, REFERENCE, TARGET = "stem", "reference", "target"


def message_of_brief(brief: Brief, wanted: Answer | None = None, seed: int = 0) -> Message:
    """The message that shows a model one example: nothing but the brief.

    Args:
        wanted: for a model that is shown it, see `TruthReader`.
        seed: for what a model draws at random.
    """
    sounds = _sounds(STEM, brief.stems)
    if brief.reference is not None:
        sounds.append(Sound(REFERENCE, REFERENCE, brief.reference))
    head = {"type": "brief", "text": brief.text, "console": _json(brief.console), "seed": seed}
    if wanted is not None:
        sounds += _sounds(TARGET, wanted.stems)
        head["wanted"] = {"values": dict(wanted.values), "console": _json(wanted.console)}
    return Message(head, tuple(sounds))


def brief_of(message: Message) -> tuple[Brief, Answer]:
    """The brief of a message, and the wanted answer that it holds.

    Raises:
        WireError: it holds no brief.
    """
    if message.type != "brief":
        raise WireError(f"expected a message of type brief, got {shown(message.type)}")
    stems = _by_name(message.sounds, STEM)
    references = _by_name(message.sounds, REFERENCE)
    text = message.head.get("text")
    if text is not None and not isinstance(text, str):
        raise WireError(f"text: expected a text or null, got {shown(text)}")
    brief = Brief(stems, references.get(REFERENCE), text, _console(message.head))
    wanted = message.head.get("wanted") or {}
    return brief, _answer(wanted, message, TARGET)


def message_of_answer(answer: Answer) -> Message:
    """The message that carries an answer back."""
    values = {str(name): float(value) for name, value in answer.values.items()}
    finite = {name: value if math.isfinite(value) else str(value) for name, value in values.items()}
    head = {"type": "answer", "values": finite, "console": _json(answer.console)}
    return Message(head, tuple(_sounds(STEM, answer.stems)))


def answer_of(message: Message) -> Answer:
    """The answer of a message.

    Raises:
        WireError: it holds no answer. The message names the field, what was expected and what came.
    """
    if message.type != "answer":
        raise WireError(f"expected a message of type answer or failure, got {shown(message.type)}")
    return _answer(message.head, message, STEM)


def _answer(head: Mapping[str, Any], message: Message, role: str) -> Answer:
    values = head.get("values") or {}
    if not isinstance(values, dict) or len(values) > MOST_VALUES:
        raise WireError(f"values: expected an object of numbers, got {shown(values)}")
    for name, value in values.items():
        if not is_number(value):
            got = f"{shown(value)} at {shown(name)}"
            raise WireError(f"values: expected finite numbers, got {got}")
    return Answer(
        _by_name(message.sounds, role),
        {name: float(value) for name, value in values.items()},
        _console(head),
    )


def _sounds(role: str, stems: Stems) -> list[Sound]:
    return [Sound(role, name, audio) for name, audio in stems.items()]


def _by_name(sounds: Iterable[Sound], role: str) -> Stems:
    stems = {}
    for sound in sounds:
        if sound.role == role and sound.name in stems:
            raise WireError(f"sounds: two of role {role} are called {shown(sound.name)}")
        if sound.role == role:
            stems[sound.name] = sound.audio
    return stems


def _json(console: Console | None) -> dict[str, Any] | None:
    return None if console is None else console_to_json(console)


def _console(head: Mapping[str, Any]) -> Console | None:
    settings = head.get("console")
    if settings is None:
        return None
    if not isinstance(settings, dict):
        raise WireError(f"console: expected an object or null, got {shown(settings)}")
    try:
        return console_from_json(settings)
    except (AutomixError, ArithmeticError, RecursionError, TypeError, ValueError) as error:
        raise WireError(f"console: {error}") from None
