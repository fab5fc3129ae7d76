"""Random consoles, and drawn consoles whose normalisers are not yet fitted to a song."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from automix_bench.audio import Audio
from automix_bench.console import Aux, Console, Desk, Group
from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.effect import Chain
from automix_bench.errors import UsageError
from automix_bench.sampling import Sampler, Seed
from automix_bench.song import Stems, role


@dataclass(frozen=True)
class DrawnConsole(Desk[Drawn]):
    """A drawn console. Its normalisers are not yet fitted to a song."""

    bus: Drawn = field(default_factory=Drawn)

    def prepare(self, stems: Stems, lowered_db: float) -> tuple[dict[str, Chain], dict[str, Audio]]:
        """Fit the chains that prepare the stems.

        Returns:
            The chains by stem, and the prepared stems, which are the example's `before`.
        """
        chains, out = {}, dict(stems)
        for name, drawn in self.prepared.items():
            if name in out:
                chains[name], out[name] = drawn.settled(out[name], lowered_db)
        return chains, out

    def settled(
        self,
        stems: Stems,
        prepared: Mapping[str, Chain],
        through: Callable[[str, Drawn, Audio], tuple[Chain, Audio]],
        add: Callable[[Iterable[Audio]], Audio],
    ) -> tuple[Console, dict[str, Audio], Audio]:
        """Route stems through the console, and fit its normalisers to them.

        Args:
            stems: the stems as they enter the strips.
            prepared: the chains that they went through before.
            through: fits the drawn chain of a place, named as in `places`, to its input; returns
                the chain and the output.
            add: sums sounds.

        Returns:
            The console, with effects in the places of the normalisers; the stems as they leave
            their strips; the mix that leaves the bus.

        Raises:
            Unsuitable: an effect cannot process its audio, or a normaliser finds no effect that
                can.
            UsageError: the desk has no strip for one of the stems.
        """
        if missing := sorted(stems.keys() - self.strips.keys()):
            raise UsageError(f"a desk must draw a strip for every stem, got none for {missing[0]}")
        chains: dict[str, Chain] = {}
        if all(drawn.fixed for _, drawn in self.places()):
            chains = {place: drawn.chain for place, drawn in self.places()}

        def settled(place: str, drawn: Drawn, audio: Audio) -> Audio:
            chains[place], audio = through(place, drawn, audio)
            return audio

        out, mix = self.routed(stems, settled, add)
        console = Console(
            {name: chains[name] for name in self.strips if name in chains},
            chains["bus"],
            {
                name: Group(group.stems, chains[f"group {name}"])
                for name, group in self.groups.items()
                if f"group {name}" in chains
            },
            {
                name: Aux(aux.sends_db, chains[f"aux {name}"])
                for name, aux in self.auxes.items()
                if f"aux {name}" in chains
            },
            prepared,
            self.labels,
        )
        return console, out, mix


@dataclass(frozen=True)
class RandomGroup:
    """A random group: the roles of its stems, and the chain for their sum."""

    roles: tuple[str, ...]
    chain: RandomChain


@dataclass(frozen=True)
class RandomAux:
    """A random aux return.

    Attributes:
        chain: its effects. If a draw gives none, there is no such aux.
        send_db: the level of each stem's send, in dB.
        chance: the probability that a stem sends.
        roles: the stems that may send; if empty, all except the residual.
    """

    chain: RandomChain
    send_db: Sampler[float]
    chance: float = 1.0
    roles: tuple[str, ...] = ()

    def draw(self, stems: Iterable[str], seed: Seed) -> Aux[Drawn]:
        """The aux that belongs to `seed`. A send depends on its stem's name, not on the other
        stems."""
        sends = {}
        for stem in stems:
            rng = (seed / "send" / stem).rng()
            send_db, sent = float(self.send_db.sample(rng)), rng.random() < self.chance
            may = role(stem) in self.roles if self.roles else stem != "residual"
            if sent and may:
                sends[stem] = send_db
        return Aux(sends, self.chain.draw(seed / "chain"))


@dataclass(frozen=True)
class RandomConsole:
    """A console with random settings.

    Attributes:
        strips: by role (`drums`, `bass`, …).
        default: for the roles that `strips` does not name.
        bus: for the sum.
        groups: by name; a group without any of its stems is left out.
        auxes: by name; an aux without sends or effects is left out.
        prepared: the chain that every stem goes through before it enters the desk. Its result is
            the stem in `before`.

    The strip of `residual`, the part that a separator could not assign to a stem, is empty unless
    `strips` names it.
    """

    strips: Mapping[str, RandomChain] = field(default_factory=dict)
    default: RandomChain = field(default_factory=RandomChain)
    bus: RandomChain = field(default_factory=RandomChain)
    groups: Mapping[str, RandomGroup] = field(default_factory=dict)
    auxes: Mapping[str, RandomAux] = field(default_factory=dict)
    prepared: RandomChain = field(default_factory=RandomChain)

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The console that belongs to `seed`. A strip depends on its stem's name, not on the
        other stems."""
        stems = tuple(stems)
        strips = {name: self._strip(name).draw(seed / "strip" / name) for name in stems}
        bus = self.bus.draw(seed / "bus")
        prepared = {}
        if self.prepared.effects:
            drawn = {n: self.prepared.draw(seed / "prepared" / n) for n in stems if n != "residual"}
            prepared = {name: chain for name, chain in drawn.items() if chain.places}
        return DrawnConsole(
            strips, bus, self._groups(stems, seed), self._auxes(stems, seed), prepared
        )

    def _groups(self, stems: tuple[str, ...], seed: Seed) -> dict[str, Group[Drawn]]:
        groups = {}
        for name, group in self.groups.items():
            members = tuple(stem for stem in stems if role(stem) in group.roles)
            if members:
                groups[name] = Group(members, group.chain.draw(seed / "group" / name))
        return groups

    def _auxes(self, stems: tuple[str, ...], seed: Seed) -> dict[str, Aux[Drawn]]:
        drawn = {name: aux.draw(stems, seed / "aux" / name) for name, aux in self.auxes.items()}
        return {n: aux for n, aux in drawn.items() if aux.sends_db and aux.chain.places}

    def _strip(self, stem: str) -> RandomChain:
        otherwise = RandomChain() if stem == "residual" else self.default
        return self.strips.get(role(stem), otherwise)

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """Every chain of the console, by the name of its place."""
        yield from self.strips.items()
        yield "every other stem" if self.strips else "every stem", self.default
        yield from ((f"group {name}", group.chain) for name, group in self.groups.items())
        yield from ((f"aux {name}", aux.chain) for name, aux in self.auxes.items())
        yield "bus", self.bus
        yield "prepared", self.prepared
