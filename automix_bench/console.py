"""A mixing desk: a chain for each stem, and one for their sum; and its form in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.effect import Chain, Effect
from automix_bench.strip import RandomChain
from automix_bench.errors import UnknownPlugin
from automix_bench.sampling import Seed
from automix_bench.song import Song, role


@dataclass(frozen=True)
class Console:
    """A strip for each stem and a bus for their sum, every knob set.

    Called on a song, it returns the song as it leaves the desk: each stem through its strip, and
    the sum of those through the bus.

    Raises:
        KeyError: the song has a stem without a strip.
    """

    strips: Mapping[str, Chain]
    bus: Chain = field(default_factory=Chain)

    def __call__(self, song: Song) -> Song:
        stems = {name: self.strips[name](stem) for name, stem in song.stems.items()}
        return replace(song, stems=stems, mix=self.bus(total(stems.values())))


@dataclass(frozen=True)
class RandomConsole:
    """A console with its knobs left to chance.

    Attributes:
        strips: by role (`drums`, `bass`, …).
        default: for the roles that `strips` does not name.
        bus: for the sum.

    The strip of `residual`, what a separator could not explain, is empty unless it is named.
    """

    strips: Mapping[str, RandomChain] = field(default_factory=dict)
    default: RandomChain = field(default_factory=RandomChain)
    bus: RandomChain = field(default_factory=RandomChain)

    def draw(self, stems: Iterable[str], seed: Seed) -> Console:
        """The console that belongs to `seed`. A strip depends on its stem's name, not on the
        other stems."""
        strips = {name: self._strip(name).draw(seed / "strip" / name) for name in stems}
        return Console(strips, self.bus.draw(seed / "bus"))

    def _strip(self, stem: str) -> RandomChain:
        otherwise = RandomChain() if stem == "residual" else self.default
        return self.strips.get(role(stem), otherwise)


def console_to_json(console: Console) -> dict[str, Any]:
    """Every effect by name, with every knob; `console_from_json` brings back an equal console."""
    return {
        "strips": {name: chain_to_json(chain) for name, chain in console.strips.items()},
        "bus": chain_to_json(console.bus),
    }


def console_from_json(settings: Mapping[str, Any]) -> Console:
    """The console whose JSON is `settings`."""
    strips = {name: chain_from_json(chain) for name, chain in settings["strips"].items()}
    return Console(strips, chain_from_json(settings["bus"]))


def chain_to_json(chain: Chain) -> list[dict[str, Any]]:
    """Each effect as its plug-in's name and its knobs, in order."""
    return [_effect_to_json(effect) for effect in chain.effects]


def chain_from_json(settings: Iterable[Mapping[str, Any]]) -> Chain:
    """The chain whose JSON is `settings`. An effect whose plug-in is not at hand is `Unavailable`:
    it can be read and written, and says what is missing when it is called."""
    return Chain(tuple(_effect_from_json(setting) for setting in settings))


@dataclass(frozen=True)
class Unavailable(Effect):
    """An effect whose plug-in is not on this machine: its name and knobs are known, not its sound.

    Attributes:
        settings: its knobs, as pairs of name and value.
    """

    irreversible: ClassVar[str] = "its plug-in is not at hand"

    name: str
    settings: tuple[tuple[str, float], ...]

    def __call__(self, audio: Audio) -> Audio:
        raise UnknownPlugin(f"no effect {self.name} here: install its package, or load its file")

    def inverse(self) -> None:
        return None


def _effect_to_json(effect: Effect) -> dict[str, Any]:
    if isinstance(effect, Unavailable):
        return {"effect": effect.name, **dict(effect.settings)}
    return {"effect": plugin.name_of("effects", type(effect)), **asdict(effect)}


def _effect_from_json(setting: Mapping[str, Any]) -> Effect:
    knobs = {name: value for name, value in setting.items() if name != "effect"}
    try:
        effect: Effect = plugin.load("effects", setting["effect"])(**knobs)
    except UnknownPlugin:
        return Unavailable(setting["effect"], tuple(sorted(knobs.items())))
    return effect
