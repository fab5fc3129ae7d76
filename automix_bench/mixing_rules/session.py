"""A mix in the making: tracks with the effects that rules gave them, sends, and a bus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from automix_bench.audio import Audio, total
from automix_bench.console import Aux, Console
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.effect import Chain, Effect
from automix_bench.mixing_rules.track_roles import told_role
from automix_bench.model import Answer
from automix_bench.song import Stems

RESIDUAL = "residual"
"""The part of a mix that a separator assigned to no stem. It is no track: it gets a level only."""

Levels = Mapping[str, float]
"""Loudness in LUFS, or a gain in dB, by the name of a track."""


@dataclass(frozen=True)
class Track:
    """A track and the effects of its strip so far.

    Attributes:
        audio: as it leaves `effects`.
    """

    name: str
    audio: Audio
    effects: tuple[Effect, ...] = ()

    @property
    def role(self) -> str:
        """What the track's name says that it is, such as `guitar` for `guitar-2`."""
        return told_role(self.name)

    @property
    def loudness_lufs(self) -> float:
        """Integrated loudness; NaN or -inf for a track without one."""
        return or_nan(integrated_lufs, self.audio)

    def through(self, *effects: Effect) -> Track:
        """The track with further effects at the end of its strip."""
        if not effects:
            return self
        return replace(self, audio=Chain(effects)(self.audio), effects=(*self.effects, *effects))


@dataclass(frozen=True)
class Send:
    """An aux: the level of each track's send in dB, and the chain of the return."""

    sends_db: Levels
    chain: Chain


@dataclass(frozen=True)
class Session:
    """A mix in the making.

    Attributes:
        tracks: in the order of their names.
        sends: auxes by name.
        bus: the effects of the bus so far.
    """

    tracks: tuple[Track, ...]
    sends: Mapping[str, Send] = field(default_factory=dict)
    bus: tuple[Effect, ...] = ()

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return self.tracks[0].audio.channels

    @property
    def rate(self) -> int:
        """In Hz."""
        return self.tracks[0].audio.rate

    @property
    def audible(self) -> tuple[Track, ...]:
        """The tracks that have a loudness, without the residual: those that rules are for.

        A track below -70 LUFS has none. It is left as it is, as a gain would raise its noise.
        """
        return tuple(t for t in self.tracks if t.name != RESIDUAL and isfinite(t.loudness_lufs))

    def with_tracks(self, changed: Iterable[Track]) -> Session:
        """The session with these tracks in the place of those of the same names."""
        by_name = {track.name: track for track in changed}
        return replace(self, tracks=tuple(by_name.get(t.name, t) for t in self.tracks))

    def on_bus(self, *effects: Effect) -> Session:
        """The session with further effects at the end of the bus."""
        return replace(self, bus=(*self.bus, *effects))

    @property
    def console(self) -> Console:
        """The console that makes this mix of the tracks as they came."""
        return Console(
            strips={track.name: Chain(track.effects) for track in self.tracks},
            bus=Chain(self.bus),
            auxes={name: Aux(send.sends_db, send.chain) for name, send in self.sends.items()},
        )

    @property
    def mix(self) -> Audio:
        """The mix as it leaves the bus: what `console` makes of the tracks as they came."""
        console = self.console
        played = {id(console.strips[track.name]): track.audio for track in self.tracks}

        def through(_: str, chain: Chain, audio: Audio) -> Audio:
            return played[id(chain)] if id(chain) in played else chain(audio)

        _, mix = console.routed({t.name: t.audio for t in self.tracks}, through, total)
        return mix

    def answer(self) -> Answer:
        """The mix, and the console that makes it."""
        return Answer(stems={"mix": self.mix}, console=self.console)


def opened(stems: Stems) -> Session:
    """A session with nothing done yet.

    Args:
        stems: by name; all of one rate and shape. Their order has no meaning.

    Raises:
        ValueError: there are no stems.
    """
    if not stems:
        raise ValueError("a mix wants at least one stem, got none")
    return Session(tuple(Track(name, stems[name]) for name in sorted(stems)))
