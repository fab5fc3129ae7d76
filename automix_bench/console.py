"""A mixing console: a chain for each stem, groups, aux returns and a bus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from automix_bench.audio import Audio, amplitude, total
from automix_bench.effect import Chain
from automix_bench.song import Song, Stems

C = TypeVar("C", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Group(Generic[C]):
    """Stems that are summed after their strips. The sum goes through a chain of its own."""

    stems: tuple[str, ...]
    chain: C


@dataclass(frozen=True)
class Aux(Generic[C]):
    """A chain whose input is a sum of sends. Its output is added to the bus.

    Attributes:
        sends_db: the level of each stem's send, after its strip, in dB; other stems send nothing.
    """

    sends_db: Mapping[str, float]
    chain: C


@dataclass(frozen=True)
class Desk(Generic[C]):
    """How stems are routed. `C` is the type of its places: chains, or random chains.

    Attributes:
        strips: a chain for each stem.
        bus: for the sum of the groups, the returns and the stems without a group.
        groups: by name; a stem is in one group at most.
        auxes: by name.
        prepared: the chains that stems went through before they entered the desk. The console does
            not play them again. Stems that are not named went through nothing.
        labels: the reason for the settings, as JSON: an instruction, a style, a request.
    """

    strips: Mapping[str, C]
    bus: C
    groups: Mapping[str, Group[C]] = field(default_factory=dict)
    auxes: Mapping[str, Aux[C]] = field(default_factory=dict)
    prepared: Mapping[str, C] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        grouped = [stem for group in self.groups.values() for stem in group.stems]
        twice = sorted({stem for stem in grouped if grouped.count(stem) > 1})
        if twice:
            raise ValueError(f"a stem goes to one group at most, {twice[0]} is in two")

    def places(self) -> Iterator[tuple[str, C]]:
        """Every chain by the name of its place: `vocals`, `group drums`, `aux room`, `bus`,
        `prepared vocals`."""
        yield from self.strips.items()
        yield from ((f"group {name}", group.chain) for name, group in self.groups.items())
        yield from ((f"aux {name}", aux.chain) for name, aux in self.auxes.items())
        yield "bus", self.bus
        yield from ((f"prepared {name}", chain) for name, chain in self.prepared.items())

    def routed(
        self,
        stems: Stems,
        through: Callable[[str, C, Audio], Audio],
        add: Callable[[Iterable[Audio]], Audio],
    ) -> tuple[dict[str, Audio], Audio]:
        """Route stems through the desk.

        Args:
            stems: by name, all of the same rate and shape.
            through: plays a sound through the chain of a place, named as in `places`.
            add: sums the sounds that enter a group or the bus.

        Returns:
            The stems as they leave their strips, and the mix that leaves the bus.

        Raises:
            KeyError: a stem has no strip.
        """
        out = {name: through(name, self.strips[name], stem) for name, stem in stems.items()}
        grouped = {stem for group in self.groups.values() for stem in group.stems}
        on_bus = [sound for name, sound in out.items() if name not in grouped]
        for name, group in self.groups.items():
            members = [out[stem] for stem in group.stems if stem in out]
            if members:
                on_bus.append(through(f"group {name}", group.chain, add(members)))
        for name, aux in self.auxes.items():
            # In the order of their names, because sums of floats depend on their order.
            sent = [
                out[s].scaled(amplitude(aux.sends_db[s])) for s in sorted(aux.sends_db) if s in out
            ]
            if sent:
                on_bus.append(through(f"aux {name}", aux.chain, total(sent)))
        return out, through("bus", self.bus, add(on_bus))


@dataclass(frozen=True)
class Console(Desk[Chain]):
    """A desk with all settings fixed.

    Called with a prepared song, it returns the song as it leaves the desk: each stem after its
    strip, and the mix of groups, aux returns and all other stems after the bus.

    Raises:
        KeyError: the song has a stem without a strip.
    """

    bus: Chain = field(default_factory=Chain)

    def __call__(self, song: Song) -> Song:
        stems, mix = self.routed(song.stems, lambda _, chain, audio: chain(audio), total)
        return replace(song, stems=stems, mix=mix)

    def __bool__(self) -> bool:
        """Whether it has any effect that could change a sound."""
        return any(chain for name, chain in self.places() if not name.startswith("prepared "))
