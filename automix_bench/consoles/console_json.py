"""Conversion of consoles to JSON and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.console import Aux, Console, Group, T
from automix_bench.effect import Chain, Effect, Fitted, loaded_effect
from automix_bench.errors import DatasetError, UnknownPlugin


def console_to_json(console: Console) -> dict[str, Any]:
    """The console as JSON: every effect by name, with all its settings. `console_from_json` returns
    an equal console. Empty parts, such as groups if there are none, are left out."""
    parts: dict[str, Any] = {
        "strips": {name: chain_to_json(chain) for name, chain in console.strips.items()},
        "bus": chain_to_json(console.bus),
        "groups": {
            name: {"stems": list(group.stems), "chain": chain_to_json(group.chain)}
            for name, group in console.groups.items()
        },
        "auxes": {
            name: {"sends_db": dict(aux.sends_db), "chain": chain_to_json(aux.chain)}
            for name, aux in console.auxes.items()
        },
        "prepared": {name: chain_to_json(chain) for name, chain in console.prepared.items()},
        "labels": dict(console.labels),
    }
    return {name: part for name, part in parts.items() if part or name in ("strips", "bus")}


def console_from_json(settings: Mapping[str, Any]) -> Console:
    """The console whose JSON is `settings`.

    Raises:
        DatasetError: `settings` is not a console: a part is missing, unknown or of another type, or
            an effect refuses its settings.
    """
    parts = _parts(settings, "a console", "strips bus", "groups auxes prepared labels")
    try:
        return Console(
            _each(parts["strips"], "strip", _chain),
            _chain(parts["bus"], "bus"),
            _each(parts.get("groups", {}), "group", _group),
            _each(parts.get("auxes", {}), "aux", _aux),
            _each(parts.get("prepared", {}), "prepared", _chain),
            dict(_parts(parts.get("labels", {}), "labels")),
        )
    except ValueError as error:
        raise DatasetError(f"not the settings of a console: {error}") from error


def _each(value: Any, kind: str, read: Callable[[Any, str], T]) -> dict[str, T]:
    return {name: read(part, f"{kind} {name}") for name, part in _parts(value, kind).items()}


def _group(value: Any, where: str) -> Group[Chain]:
    stems = _parts(value, where, "stems chain")["stems"]
    if not isinstance(stems, list) or not all(isinstance(stem, str) for stem in stems):
        raise DatasetError(f"{where}: wanted stems as a list of names, got {stems!r}")
    return Group(tuple(stems), _chain(value["chain"], where))


def _aux(value: Any, where: str) -> Aux[Chain]:
    sends_db = _parts(_parts(value, where, "sends_db chain")["sends_db"], f"{where}, sends_db")
    for stem, level in sends_db.items():
        if not isinstance(level, int | float) or not abs(level) < float("inf"):
            raise DatasetError(f"{where}: wanted a level of {stem} in dB, got {level!r}")
    return Aux(dict(sends_db), _chain(value["chain"], where))


def _parts(value: Any, where: str, needed: str = "", also: str = "") -> Mapping[str, Any]:
    """Check that `value` is a JSON object with all keys in `needed` and no keys outside `needed`
    and `also`."""
    if not isinstance(value, Mapping):
        raise DatasetError(f"{where}: wanted settings by name, got {value!r}")
    for name in sorted({*needed.split(), *value}) if needed else ():
        if name not in value or name not in f"{needed} {also}".split():
            wrong = "unknown, maybe of a newer automix_bench" if name in value else "missing"
            raise DatasetError(f"{where}: {name} is {wrong}")
    return value


def chains_in(settings: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every chain of a console in JSON, by the name of its place."""
    yield from settings["strips"].items()
    for kind, name_of_kind in (("groups", "group"), ("auxes", "aux")):
        for name, part in settings.get(kind, {}).items():
            yield f"{name_of_kind} {name}", part["chain"]
    yield "bus", settings["bus"]
    for name, chain in settings.get("prepared", {}).items():
        yield f"prepared {name}", chain


def chain_to_json(chain: Chain) -> list[dict[str, Any]]:
    """Each effect as its plug-in's name and its settings, in order. If a normaliser chose the
    settings, the normaliser's name and settings are included."""
    return [_effect_to_json(effect) for effect in chain.effects]


def chain_from_json(settings: Sequence[Mapping[str, Any]]) -> Chain:
    """The chain whose JSON is `settings`. An effect whose plug-in is not installed becomes
    `Unavailable`: it can be inspected and written again, but not played.

    Raises:
        DatasetError: `settings` is not a chain, or an effect refuses its settings.
    """
    return _chain(settings, "a chain")


def _chain(value: Any, where: str) -> Chain:
    if not isinstance(value, list | tuple):
        raise DatasetError(f"{where}: wanted a list of effects, got {value!r}")
    return Chain(tuple(_effect_from_json(setting) for setting in value))


@dataclass(frozen=True)
class Unavailable(Effect):
    """An effect whose plug-in is not on this machine. Its name and settings are known, but it
    cannot be played.

    Attributes:
        values: its settings, as pairs of name and value.
    """

    irreversible: ClassVar[str] = "its plug-in is not installed"

    name: str
    values: tuple[tuple[str, Any], ...]

    def __call__(self, audio: Audio) -> Audio:
        raise UnknownPlugin(
            f"no effect {self.name} here: install its package, or name its file with --effect"
        )

    def inverse(self) -> None:
        return None


def _effect_to_json(effect: Effect) -> dict[str, Any]:
    if isinstance(effect, Fitted):
        fitted = {
            "by": effect.by,
            **{name: _plain(value) for name, value in effect.normaliser_settings},
        }
        return {**_effect_to_json(effect.effect), "fitted": fitted}
    if isinstance(effect, Unavailable):
        knobs = dict(effect.values)
        return {"effect": effect.name, **{name: _plain(value) for name, value in knobs.items()}}
    knobs = {f.name: _plain(getattr(effect, f.name)) for f in fields(effect)}
    return {"effect": plugin.name_of("effects", type(effect)), **knobs}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _effect_from_json(setting: Any) -> Effect:
    name = _parts(setting, "an effect").get("effect")
    if not isinstance(name, str):
        raise DatasetError(f"an effect is named by text under `effect`, got {dict(setting)}")
    knobs = _values(setting, "effect", "fitted")
    try:
        effect: Effect = loaded_effect(name)(**knobs)
    except UnknownPlugin:
        effect = Unavailable(name, tuple(sorted(knobs.items())))
    except (ValueError, TypeError) as error:
        raise DatasetError(f"{name} refuses its settings: {error}") from error
    if "fitted" not in setting:
        return effect
    fit = _parts(setting["fitted"], f"{name}, fitted")
    if not isinstance(fit.get("by"), str):
        raise DatasetError(f"{name}, fitted: `by` must name a normaliser, got {dict(fit)}")
    return Fitted(effect, fit["by"], tuple(_values(fit, "by").items()))


def _values(parts: Mapping[str, Any], *but: str) -> dict[str, Any]:
    rest = {key: value for key, value in parts.items() if key not in but}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in rest.items()}
