"""The habits of the engineer of composed songs, by role and by genre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Move:
    """One move of an equaliser."""

    hz: float
    gain_db: float


@dataclass(frozen=True)
class Habit:
    """The treatment of a role.

    Attributes:
        level_db: active level of the strip in the mix, relative to the other roles.
        pan: distance from the middle, 0 to 1, if two players share the role; a single player gets
            0.6 of it.
        side: -1 or 1 if the role has a fixed side (the kit, from the drummer's seat); 0 for any
            side.
        low_shelf: cuts the lows of most roles, and boosts those of a few.
        bells: cuts of mud, boosts of presence.
        high_shelf: more or less air.
        ratio, attack_ms, release_ms: of the compressor; there is none at a ratio of 1.
        echo: wet of an echo, in genres that use echoes.
        room: wet of the reverb, before the genre's factor.
    """

    level_db: float
    pan: float = 0.0
    side: float = 0.0
    low_shelf: Move | None = None
    bells: tuple[Move, ...] = ()
    high_shelf: Move | None = None
    ratio: float = 1.0
    attack_ms: float = 15.0
    release_ms: float = 120.0
    echo: float = 0.0
    room: float = 0.0


@dataclass(frozen=True)
class Taste:
    """The sound of a genre.

    Attributes:
        lufs: loudness of a release.
        room: factor on every reverb.
        rt60_seconds: of the rooms.
        squeeze_db: how much deeper than usual compressors work.
        air_db: high shelf of the bus.
        echoes: probability that a role with a possible echo has one.
        levels_db: changes of level of some roles, relative to usual.
    """

    lufs: float
    room: float = 1.0
    rt60_seconds: float = 1.3
    squeeze_db: float = 0.0
    air_db: float = 1.0
    echoes: float = 0.4
    levels_db: Mapping[str, float] = field(default_factory=dict)


HABITS: Mapping[str, Habit] = {
    "kick": Habit(
        level_db=-19.0,
        low_shelf=Move(75.0, 2.5),
        bells=(Move(330.0, -4.0), Move(3_500.0, 3.0)),
        ratio=3.0,
        attack_ms=18.0,
        release_ms=90.0,
    ),
    "snare": Habit(
        level_db=-19.0,
        pan=0.08,
        side=-1.0,
        low_shelf=Move(110.0, -6.0),
        bells=(Move(210.0, 2.0), Move(5_000.0, 2.5)),
        ratio=3.0,
        attack_ms=9.0,
        release_ms=110.0,
        room=0.2,
    ),
    "hihat": Habit(
        level_db=-29.0,
        pan=0.4,
        side=-1.0,
        low_shelf=Move(350.0, -12.0),
        high_shelf=Move(9_000.0, 1.5),
    ),
    "cymbals": Habit(
        level_db=-27.0,
        low_shelf=Move(300.0, -9.0),
        high_shelf=Move(8_000.0, 1.5),
        room=0.08,
    ),
    "toms": Habit(
        level_db=-21.0,
        low_shelf=Move(70.0, -3.0),
        bells=(Move(380.0, -4.0), Move(4_000.0, 2.0)),
        ratio=2.5,
        room=0.15,
    ),
    "percussion": Habit(
        level_db=-28.0,
        pan=0.65,
        side=1.0,
        low_shelf=Move(220.0, -8.0),
        room=0.14,
    ),
    "bass": Habit(
        level_db=-19.0,
        low_shelf=Move(60.0, 1.0),
        bells=(Move(280.0, -2.5), Move(900.0, 2.0)),
        ratio=4.0,
        attack_ms=22.0,
        release_ms=160.0,
    ),
    "keys": Habit(
        level_db=-23.5,
        pan=0.75,
        low_shelf=Move(170.0, -5.0),
        bells=(Move(400.0, -1.5), Move(2_500.0, -1.0)),
        ratio=2.0,
        room=0.2,
        echo=0.12,
    ),
    "guitar": Habit(
        level_db=-23.0,
        pan=0.85,
        low_shelf=Move(130.0, -7.0),
        bells=(Move(320.0, -1.5), Move(2_200.0, -2.5)),
        ratio=2.0,
        room=0.12,
    ),
    "strings": Habit(
        level_db=-24.5,
        pan=0.75,
        low_shelf=Move(160.0, -4.0),
        high_shelf=Move(7_500.0, 2.0),
        room=0.34,
    ),
    "brass": Habit(
        level_db=-24.0,
        pan=0.65,
        low_shelf=Move(150.0, -5.0),
        bells=(Move(1_800.0, -2.5),),
        ratio=2.2,
        room=0.22,
    ),
    "lead": Habit(
        level_db=-20.0,
        pan=0.3,
        low_shelf=Move(140.0, -6.0),
        bells=(Move(350.0, -1.5), Move(2_000.0, -2.0), Move(4_500.0, 1.5)),
        high_shelf=Move(9_000.0, 1.5),
        ratio=3.0,
        attack_ms=10.0,
        release_ms=140.0,
        echo=0.22,
        room=0.24,
    ),
    "pad": Habit(
        level_db=-26.5,
        pan=0.5,
        low_shelf=Move(230.0, -7.0),
        bells=(Move(2_000.0, -2.0),),
        room=0.34,
    ),
}

DEFAULT = Habit(level_db=-24.0, pan=0.4, low_shelf=Move(130.0, -5.0), ratio=2.0, room=0.12)

# Roles that are in the middle if they have only one player.
CENTRED = frozenset({"kick", "bass", "lead", "cymbals", "toms"})

GENRES: Mapping[str, Taste] = {
    "rock": Taste(-11.5, 0.8, 1.1, 1.5, levels_db={"guitar": 2.0, "snare": 1.0}),
    "pop": Taste(-11.5, 0.9, 1.3, 1.0, air_db=2.0, levels_db={"lead": 1.0}),
    "ballad": Taste(-14.0, 1.4, 2.2, levels_db={"kick": -2.5, "snare": -2.0, "keys": 2.0}),
    "metal": Taste(-10.5, 0.5, 0.9, 3.0, echoes=0.6, levels_db={"guitar": 4.0, "kick": 1.0}),
    "folk": Taste(-14.5, 0.8, 1.2, -1.0, 0.5, 0.1, {"guitar": 3.0, "lead": -0.5}),
    "funk": Taste(-12.5, 0.5, 0.8, 1.0, 1.5, 0.2, {"bass": 1.5, "guitar": -1.0}),
    "house": Taste(-10.5, 0.8, 1.6, 1.0, 2.0, 0.8, {"kick": 3.0, "bass": 1.0, "lead": -2.0}),
    "jazz": Taste(
        *(-16.0, 0.8, 1.4, -3.0, 0.0, 0.0),
        {"kick": -9.0, "snare": -5.0, "cymbals": 2.0, "keys": 1.0, "bass": 0.5},
    ),
    "latin": Taste(-13.5, 0.7, 1.2, 0.0, 1.0, 0.1, {"percussion": 4.0, "kick": -2.0}),
    "cinematic": Taste(
        *(-15.5, 1.6, 2.6, -3.0, 0.5, 0.1),
        {"strings": 3.0, "brass": 2.0, "lead": -1.5, "snare": -3.0},
    ),
}
