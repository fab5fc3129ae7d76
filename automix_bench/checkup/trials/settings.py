"""A setting that is asked for moves, and nothing else does."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automix_bench.audio import Audio, amplitude
from automix_bench.checkup.adjusted import Adjusted, numbers_from, settings_from
from automix_bench.checkup.check_errors import DoesNotApply, NotAnswered
from automix_bench.checkup.check_trial import CONTROLLABILITY, Finding, check_trial
from automix_bench.checkup.compare import difference_db
from automix_bench.checkup.returned import Returned, Tolerance, apart, heard_apart
from automix_bench.checkup.subject import Subject
from automix_bench.dsp.loudness import integrated_lufs, or_nan

__all__ = ["settings"]

_EQUAL = Tolerance(db=-90.0, number=0.01)
_STEP_DB = 3.0
_WITHIN_DB = 0.5
_AFTER_GAIN_DB = -40.0
_LEVELS = ("_db", "_lufs", "_dbfs", "_dbtp")
_MOST_SETTINGS = 24

_CODE = """
from automix_bench.checkup.adjusted import Adjusted

__all__ = ["adjusted"]
adjusted = Adjusted({name!r})
"""

Values = Mapping[str, bool | int | float]


@check_trial(
    challenge=CONTROLLABILITY,
    expects="Some setting moves the answer; one that is asked for reads as asked, the others stay; "
    "a loudness in LUFS is reached within 0.5 LU, with at most -40 dB of other change.",
    limit="at least 1 moving",
    unit="moving",
)
def settings(subject: Subject) -> Finding:
    """Each setting of the model moved alone.

    A model has settings if it is a dataclass, or has a mapping `settings` and a method
    `with_settings(**settings)` that returns the model with other ones. Switches are turned, levels
    are raised by 3 dB, other numbers are halved. The figure is how many of them move the answer.
    """
    if subject.entry.place is None:
        model = Adjusted(subject.entry.model)
        own = replace(subject, entry=replace(subject.entry, model=model))
        return _tried(own, subject)
    if subject.entry.place.words:
        raise DoesNotApply("a program has no settings that can be asked for")
    with subject.in_its_box(_CODE.format(name=subject.entry.place.name)) as own:
        return _tried(own, subject)


def _tried(own: Subject, subject: Subject) -> Finding:
    plain, values = _asked(own, subject, {})
    if not values:
        raise DoesNotApply("the model has no settings: it is no dataclass and has no with_settings")
    as_it_is, _ = _asked(own, subject, values)
    faults = []
    if apart(plain, as_it_is) > subject.allowed(_EQUAL):
        faults.append("with its own settings it gives another answer")
    changes: dict[str, float] = {}
    heard: Mapping[str, Audio] = {}
    for name in list(values)[:_MOST_SETTINGS]:
        asked = {name: _other(name, values[name])}
        try:
            got, read = _asked(own, subject, asked)
        except NotAnswered as error:
            faults.append(f"{name}={asked[name]}: {error}")
            continue
        changes[name] = apart(plain, got)
        fault = _fault(name, {**values, **asked}, read, plain, got)
        if fault:
            faults.append(fault)
            heard = heard_apart(plain, got)
    again, _ = _asked(own, subject, {})
    if apart(plain, again) > subject.allowed(_EQUAL):
        faults.append("afterwards the model itself is another")
    moving = sum(change > subject.allowed(_EQUAL) for change in changes.values())
    if not moving and not faults:
        faults.append(f"none of {len(values)} settings moves the answer")
    unit = (subject.unit_of_numbers or "dB").lower()
    finite = {f"{n}_{unit}": one for n, one in changes.items() if math.isfinite(one)}
    figures = {"settings": len(values), **finite}
    return Finding(float(moving), not faults, "; ".join(faults[:3]), figures, heard)


def _asked(own: Subject, subject: Subject, asked: Values) -> tuple[Returned, Values]:
    """What is returned for the plain brief with other settings, and the settings that it has."""
    order = {"settings": dict(asked), "text": subject.brief.text}
    reply = own.reply(replace(subject.brief, text=json.dumps(order)))
    values = reply.answer.values if reply.answer else {}
    if reply.answer:
        reply = replace(reply, answer=replace(reply.answer, values=numbers_from(values)))
    answer = own.fitting(subject.brief, reply)
    return own.of_answer(subject.brief, answer), settings_from(values)


def _other(name: str, value: bool | int | float) -> bool | int | float:
    """Another value of a setting."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value // 2 if value > 1 else value + 1
    if name.endswith(_LEVELS):
        return value + _STEP_DB
    return value / 2.0 if value else 0.5


def _fault(name: str, asked: Values, read: Values, plain: Returned, got: Returned) -> str:
    """What is wrong with an answer; empty if nothing."""
    wrong: list[Any] = [one for one in asked if read.get(one) != asked[one]]
    if name in wrong:
        return f"{name}: asked for {asked[name]:g}, is {read.get(name, float('nan')):g}"
    if wrong:
        return f"{name} was asked for, and {', '.join(wrong)} moved too"
    if not name.endswith("_lufs") or "mix" not in got.sounds:
        return ""
    mix, before = got.sounds["mix"], plain.sounds["mix"]
    moved = or_nan(integrated_lufs, mix) - or_nan(integrated_lufs, before)
    if not abs(moved - _STEP_DB) <= _WITHIN_DB:
        return f"{name} is raised by {_STEP_DB:g}, and the loudness moves by {moved:.1f} LU"
    back = {"mix": mix.scaled(amplitude(-moved))}
    if (rest := difference_db({"mix": before}, back)) > _AFTER_GAIN_DB:
        return f"{name} changes more than the level: {rest:.0f} dB"
    return ""
