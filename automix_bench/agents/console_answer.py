"""An answer in JSON that a stranger's program wrote: check it, then play its console.

Every fault is one line: the item, what was expected, what came.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from automix_bench.agents.console_schema import (
    HIGHEST_SEND_DB,
    LOWEST_SEND_DB,
    MOST_BYTES,
    MOST_EFFECTS,
    MOST_PLACES,
    usable_effects,
)
from automix_bench.audio import Audio, total
from automix_bench.console import Aux, Console, Group
from automix_bench.effect import Chain, Effect, through
from automix_bench.errors import AutomixError
from automix_bench.model import Answer, Brief
from automix_bench.plugin import did_you_mean
from automix_bench.settings import Knob, Option
from automix_bench.song import NAME, Stems
from automix_bench.untrusted.fields import Check, mapping, number, one_of, shown, text
from automix_bench.untrusted.json_file import without_repeats

MIX, STEMS = "mix", "stems"
_LONGEST_NAME = 100
_LONGEST_LABEL = 10_000
_FIELDS = ("strips", "groups", "auxes", "bus", "values", "returns", "labels")
_EACH: dict[str, Check] = {
    "values": mapping(number(), 10_000),
    "returns": one_of((MIX, STEMS)),
    "labels": mapping(text(_LONGEST_LABEL, empty=True), 100),
}


class RefusedAnswer(ValueError):
    """What a program printed is no answer. The message is one line."""


def answer_to(brief: Brief, printed: bytes) -> Answer:
    """The answer that a program printed, with its console played on the brief's stems.

    Raises:
        RefusedAnswer: it is none, or an effect refuses the sound.
    """
    record = _record(printed)
    console = _console(record, brief.stems)
    stems, mix = _played(console, brief.stems)
    each = record.get("returns", MIX) == STEMS
    values = {name: float(value) for name, value in record.get("values", {}).items()}
    return Answer(stems if each else {"mix": mix}, values, console)


def _record(printed: bytes) -> dict[str, Any]:
    if len(printed) > MOST_BYTES:
        _refuse("the answer", f"at most {MOST_BYTES} bytes", f"{len(printed)} or more")
    if not printed.strip():
        _refuse("the answer", "a console as JSON on standard output", "nothing")
    try:
        decoded = printed.decode("utf-8-sig")
        record = json.loads(decoded, object_pairs_hook=without_repeats, parse_constant=_no_number)
    except RefusedAnswer:
        raise
    except RecursionError:
        _refuse("the answer", "a console as JSON", "objects and lists nested too deeply")
    except ValueError as error:  # also a byte that is no UTF-8, a number of too many digits
        start = printed[:200].decode("utf-8", "replace")
        _refuse("the answer", "a console as JSON", f"{shown(start)} ({shown(str(error))})")
    if not isinstance(record, dict):
        _refuse("the answer", "a JSON object", shown(record))
    _known(record, _FIELDS, "the answer", "the fields")
    for name, check in _EACH.items():
        if name in record and (expected := check(record[name])):
            _refuse(name, expected, shown(record[name]))
    return record


def _no_number(constant: str) -> NoReturn:
    _refuse("the answer", "finite numbers", constant)


def _console(record: Mapping[str, Any], stems: Stems) -> Console:
    strips = _object(record.get("strips", {}), "strips")
    _known(strips, stems, "strips", "the stems")
    groups = {
        name: Group(_members(part, where, stems), _chain(part["chain"], f"{where}.chain"))
        for name, part, where in _parts(record, "groups", ("stems", "chain"))
    }
    auxes = {
        name: Aux(_sends(part, where, stems), _chain(part["chain"], f"{where}.chain"))
        for name, part, where in _parts(record, "auxes", ("sends_db", "chain"))
    }
    grouped = [stem for group in groups.values() for stem in group.stems]
    for stem in grouped:
        if grouped.count(stem) > 1:
            _refuse("groups", f"{shown(stem)} in one group", f"{grouped.count(stem)} times")
    return Console(
        {name: _chain(strips.get(name, []), f"strips.{name}") for name in stems},
        _chain(record.get("bus", []), "bus"),
        groups,
        auxes,
        labels=record.get("labels", {}),
    )


def _parts(
    record: Mapping[str, Any], kind: str, needed: Sequence[str]
) -> list[tuple[str, dict[str, Any], str]]:
    """The groups or the auxes of an answer: each with its name, its fields and its place."""
    parts = _object(record.get(kind, {}), kind)
    if len(parts) > MOST_PLACES:
        _refuse(kind, f"at most {MOST_PLACES}", str(len(parts)))
    for name, part in parts.items():
        if not NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            _refuse(kind, f"names of a-z 0-9 _ -, {_LONGEST_NAME} at most", shown(name))
        where = f"{kind}.{name}"
        _known(_object(part, where), needed, where, "the fields")
        for field in needed:
            if field not in part:
                _refuse(where, f"the field {field}", "no such field")
    return [(name, part, f"{kind}.{name}") for name, part in parts.items()]


def _members(part: Mapping[str, Any], where: str, stems: Stems) -> tuple[str, ...]:
    members = part["stems"]
    if not isinstance(members, list) or not all(isinstance(one, str) for one in members):
        _refuse(f"{where}.stems", "a list of names of stems", shown(members))
    _known(members, stems, f"{where}.stems", "the stems")
    return tuple(members)


def _sends(part: Mapping[str, Any], where: str, stems: Stems) -> dict[str, float]:
    sends = _object(part["sends_db"], f"{where}.sends_db")
    _known(sends, stems, f"{where}.sends_db", "the stems")
    level = number(LOWEST_SEND_DB, HIGHEST_SEND_DB)
    for stem, sent in sends.items():
        if expected := level(sent):
            _refuse(f"{where}.sends_db.{stem}", expected, shown(sent))
    return {stem: float(sent) for stem, sent in sends.items()}


def _chain(value: Any, where: str) -> Chain:
    if not isinstance(value, list):
        _refuse(where, "a list of effects", shown(value))
    if len(value) > MOST_EFFECTS:
        _refuse(where, f"at most {MOST_EFFECTS} effects", str(len(value)))
    return Chain(tuple(_effect(one, f"{where}[{place}]") for place, one in enumerate(value)))


def _effect(value: Any, where: str) -> Effect:
    name = _object(value, where).get("effect")
    kinds = usable_effects()
    if not isinstance(name, str) or name not in kinds:
        guess = did_you_mean(name, kinds) if isinstance(name, str) and len(name) < 60 else ""
        _refuse(f"{where}.effect", "the name of an effect in the brief", f"{shown(name)}{guess}")
    kind, where = kinds[name], f"{where} ({name})"
    settings = {key: one for key, one in value.items() if key != "effect"}
    specs = kind.settings()
    _known(settings, specs, where, "the settings")
    for missing in sorted(kind.required() - settings.keys()):
        _refuse(f"{where}.{missing}", _expected(specs[missing]), "no such setting")
    for key, one in settings.items():
        if not _fits(specs[key], one):
            _refuse(f"{where}.{key}", _expected(specs[key]), shown(one))
    try:
        rows = {key: tuple(one) if isinstance(one, list) else one for key, one in settings.items()}
        return kind(**rows)
    except (ValueError, TypeError, ArithmeticError) as error:  # settings that do not go together
        raise RefusedAnswer(f"{where}: {_line(error)}") from None


def _fits(spec: Knob | Option, value: Any) -> bool:
    if isinstance(spec, Option):
        return isinstance(value, str) and value in spec.words
    check = number(spec.low, spec.high)
    if not spec.count:
        return not check(value)
    return isinstance(value, list) and len(value) == spec.count and not any(map(check, value))


def _expected(spec: Knob | Option) -> str:
    if isinstance(spec, Option):
        return f"one of {', '.join(spec.words)}"
    many = f"{spec.count} numbers" if spec.count else "a number"
    return f"{many} in [{spec.low:g}, {spec.high:g}] {spec.unit}".rstrip()


def _played(console: Console, stems: Stems) -> tuple[Stems, Audio]:
    """The stems after their strips, and the mix.

    Raises:
        RefusedAnswer: an effect refuses the sound, or the result is not finite.
    """

    def played(place: str, chain: Chain, audio: Audio) -> Audio:
        for effect in chain.effects:
            try:
                audio = through(effect, audio)
            except (AutomixError, ValueError, ArithmeticError) as error:
                name = type(effect).__name__
                raise RefusedAnswer(f"{place}, {name}: {_line(error)}") from None
        return audio

    try:
        with np.errstate(all="ignore"):  # `Audio` refuses what is not finite
            return console.routed(stems, played, total)
    except RefusedAnswer:
        raise
    except (ValueError, ArithmeticError) as error:
        raise RefusedAnswer(f"the mix: {_line(error)}") from None


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(where, "a JSON object", shown(value))
    return value


def _known(names: Collection[str], known: Collection[str], where: str, what: str) -> None:
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            _refuse(where, f"{what} {listed}", shown(name))


def _refuse(item: str, expected: str, got: str) -> NoReturn:
    raise RefusedAnswer(f"{item}: expected {expected}, got {got}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
