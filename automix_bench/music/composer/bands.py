"""Genres of bands with guitars and drums: rock, pop, ballad, metal, folk."""

from __future__ import annotations

from automix_bench.music.composer.drums import (
    CABASA,
    CLOSED,
    CRASH,
    KICK,
    OPEN,
    RIDE,
    RIM,
    SNARE,
    TAMBOURINE,
    Kit,
)
from automix_bench.music.composer.genre import Genre
from automix_bench.music.composer.playing import Slot

_BACKBEAT = "....X.......X..."
_EIGHTHS = "X.x.X.x.X.x.X.x."

ROCK = Genre(
    name="rock",
    slowest_bpm=108,
    fastest_bpm=148,
    modes=("major", "minor", "mixolydian"),
    progressions={
        "major": {
            "verse": ("I | V | vi | IV", "I | IV | I | V", "vi | IV | I | V"),
            "chorus": ("IV | I | V | vi", "I | V | IV | V", "I | iii | IV | V"),
            "bridge": ("vi | iii | IV | V", "ii | IV | ii | Vsus4 V"),
        },
        "minor": {
            "verse": ("i | bVI | bIII | bVII", "i | i | bVII | bVI"),
            "chorus": ("bVI | bVII | i | bIII", "i | bVII | bVI | V"),
            "bridge": ("iv | bVI | bVII | V",),
        },
        "mixolydian": {
            "verse": ("I | bVII | IV | I", "I | I | bVII | IV"),
            "chorus": ("IV | I | bVII | I", "bVII | IV | I | I"),
            "bridge": ("v | IV | bVII | IV",),
        },
    },
    kit=Kit(
        programs=(0, 8, 16),
        quiet=(
            ((KICK, "X.......x.x....."), (SNARE, _BACKBEAT), (CLOSED, _EIGHTHS)),
            ((KICK, "X..x....x.x....."), (SNARE, _BACKBEAT), (CLOSED, _EIGHTHS)),
        ),
        loud=(
            ((KICK, "X..x..x.X.x....."), (SNARE, _BACKBEAT), (OPEN, "X...x...X...x...")),
            ((KICK, "X.x....xX.x....."), (SNARE, _BACKBEAT), (RIDE, _EIGHTHS)),
            ((KICK, "X..x....X.x...x."), (SNARE, _BACKBEAT), (CRASH, "X.......x.......")),
        ),
        percussion=((), ((TAMBOURINE, "..x.X.x...x.X.x."),)),
    ),
    slots=(
        Slot("bass", "locked", (33, 34), low=28, high=50, mono=True),
        Slot(
            "guitar-1",
            "power",
            (29, 30),
            ("X-------X---x---", "Xooxooxoxooxooxo"),
            40,
            64,
            mono=True,
        ),
        Slot(
            "guitar-2",
            "power",
            (29, 30),
            ("X---x---X---x---", "X-------x-x-x---"),
            40,
            64,
            enters=0.6,
            chance=0.85,
            mono=True,
        ),
        Slot(
            "guitar-3", "arpeggio", (27, 25), ("x.x.x.x.x.x.x.x.",), 50, 76, chance=0.5, mono=True
        ),
        Slot("keys", "comp", (16, 18), ("X---------------",), 52, 74, enters=0.6, chance=0.45),
        Slot("lead", "lead", (29, 65, 53), low=57, high=79, mono=True),
    ),
)

POP = Genre(
    name="pop",
    slowest_bpm=92,
    fastest_bpm=126,
    modes=("major", "major", "minor"),
    progressions={
        "major": {
            "verse": ("vi | IV | I | V", "I | vi | ii7 | V", "Iadd9 | V | vi7 | IV"),
            "chorus": ("I | V | vi | IV", "IV | V | I | vi", "IV | I | V | vi7"),
            "bridge": ("ii7 | iii7 | IV | Vsus4 V", "vi | V | IV | V"),
        },
        "minor": {
            "verse": ("i | bVI | iv | v", "i | bIII | bVII | bVI"),
            "chorus": ("bVI | bIII | bVII | i", "bVI | bVII | i | i"),
            "bridge": ("iv | v | bVI | bVII",),
        },
    },
    kit=Kit(
        programs=(0, 8, 24),
        quiet=(
            ((KICK, "X.....x.X......."), (SNARE, _BACKBEAT), (CLOSED, "x.x.x.x.x.x.x.x.")),
            ((KICK, "X.......X..x...."), (RIM, _BACKBEAT), (CLOSED, "xoxoxoxoxoxoxoxo")),
        ),
        loud=(
            ((KICK, "X.....x.X.x....."), (SNARE, _BACKBEAT), (CLOSED, "XoxoXoxoXoxoXoxo")),
            ((KICK, "X...X...X...X..."), (SNARE, _BACKBEAT), (OPEN, "..X...X...X...X.")),
        ),
        percussion=(((CABASA, "x.o.x.o.x.o.x.o."),), ((TAMBOURINE, "....X.......X..."),)),
    ),
    slots=(
        Slot("bass", "locked", (33, 34, 38), low=28, high=50, mono=True),
        Slot("keys-1", "comp", (0, 1, 4), ("X---x---X---x---", "X-----x-----x---"), 52, 76),
        Slot(
            "keys-2", "arpeggio", (5, 11, 80), ("x.x.x.x.x.x.x.x.",), 60, 86, enters=0.6, chance=0.5
        ),
        Slot(
            "guitar-1",
            "strum",
            (25, 27),
            ("X---x-x---x-x-x-", "X-x-X-xxX-x-X-x-"),
            40,
            68,
            chance=0.9,
            mono=True,
        ),
        Slot(
            "guitar-2",
            "strum",
            (27, 25),
            ("X---x-x---x-x-x-", "..x-..x-..x-..x-"),
            43,
            72,
            enters=0.75,
            chance=0.6,
            mono=True,
        ),
        Slot("pad", "pad", (89, 50, 90), low=52, high=76, enters=0.35, chance=0.8),
        Slot("strings", "counter", (48, 49), low=62, high=84, enters=0.75, chance=0.7),
        Slot("lead", "lead", (53, 80, 73, 65), low=60, high=81, mono=True),
    ),
    looseness_ms=4.0,
    straight=0.6,
)

BALLAD = Genre(
    name="ballad",
    slowest_bpm=62,
    fastest_bpm=82,
    modes=("major", "major", "minor"),
    progressions={
        "major": {
            "verse": ("Iadd9 | V | vi7 | IV", "I iii7 | IV | ii7 | Vsus4 V"),
            "chorus": ("IV V | I vi7 | ii7 V | I", "I | V | vi7 iii7 | IV V"),
            "bridge": ("vi7 | iii7 | IVmaj7 | ii7 V",),
        },
        "minor": {
            "verse": ("i | bVIImaj7 | bVImaj7 | V7", "i | iv7 | bVII | bIIImaj7"),
            "chorus": ("bVI bVII | i | bVI bVII | bIII V", "i bVII | bVI | iv7 | V7"),
            "bridge": ("iv7 | bVII | bIIImaj7 | bVI V7",),
        },
    },
    kit=Kit(
        programs=(0, 8, 40),
        quiet=(
            ((KICK, "X.........x....."), (RIM, _BACKBEAT), (CLOSED, "x.x.x.x.x.x.x.x.")),
            ((KICK, "X.......x......."), (RIM, "............X..."), (CLOSED, "x...x...x...x...")),
        ),
        loud=(
            ((KICK, "X.....x.X......."), (SNARE, _BACKBEAT), (RIDE, "x.x.X.x.x.x.X.x.")),
            ((KICK, "X......xX.x....."), (SNARE, _BACKBEAT), (CLOSED, "XoxoXoxoXoxoXoxo")),
        ),
    ),
    slots=(
        Slot("bass", "locked", (33, 35), low=28, high=50, mono=True),
        Slot("keys", "arpeggio", (0, 1), ("x-x-x-x-x-x-x-x-",), 48, 79),
        Slot(
            "guitar",
            "arpeggio",
            (24, 25),
            ("x.x.x.x.x.x.x.x.", "x---x-x-x---x-x-"),
            45,
            72,
            enters=0.45,
            chance=0.6,
            mono=True,
        ),
        Slot("pad", "pad", (89, 52), low=48, high=72, enters=0.55, chance=0.6),
        Slot("strings-1", "pad", (49, 48), low=55, high=79, enters=0.6),
        Slot("strings-2", "counter", (48, 40), low=67, high=88, enters=0.85, chance=0.7),
        Slot("lead", "lead", (53, 68, 66, 73), low=58, high=79, mono=True),
    ),
    looseness_ms=9.0,
    straight=0.9,
)

METAL = Genre(
    name="metal",
    slowest_bpm=130,
    fastest_bpm=176,
    modes=("minor", "phrygian", "minor"),
    progressions={
        "minor": {
            "verse": ("i5 | i5 | bVI5 | bVII5", "i5 | bIII5 | i5 | bVII5 bVI5"),
            "chorus": ("i5 | bVI5 | bIII5 | bVII5", "bVI5 | bVII5 | i5 | i5"),
            "bridge": ("i5 | i5 | v5 | bVI5",),
        },
        "phrygian": {
            "verse": ("i5 | i5 | bII5 | i5", "i5 bII5 | i5 | i5 bII5 | bVII5"),
            "chorus": ("bVI5 | bII5 | i5 | i5", "i5 | bVI5 | bVII5 | bII5"),
            "bridge": ("bII5 | i5 | bII5 | bIII5",),
        },
    },
    kit=Kit(
        programs=(16, 0),
        quiet=(
            ((KICK, "XxxxX.xxXxxxX.xx"), (SNARE, _BACKBEAT), (CLOSED, "X...X...X...X...")),
            ((KICK, "X.xxX.xxX.xxX.xx"), (SNARE, "........X......."), (RIDE, _EIGHTHS)),
        ),
        loud=(
            ((KICK, "XxxxXxxxXxxxXxxx"), (SNARE, _BACKBEAT), (RIDE, _EIGHTHS)),
            ((KICK, "X.xxX.x.X.xxX.x."), (SNARE, _BACKBEAT), (CRASH, "X...x...X...x...")),
        ),
        fills=1.0,
    ),
    slots=(
        Slot("bass", "locked", (34,), low=28, high=48, mono=True),
        Slot(
            "guitar-1", "power", (30,), ("XoxoXoxoxoxoXoxo", "XooxooxoXooxooxo"), 38, 62, mono=True
        ),
        Slot(
            "guitar-2", "power", (30,), ("XoxoXoxoxoxoXoxo", "XooxooxoXooxooxo"), 38, 62, mono=True
        ),
        Slot(
            "guitar-3",
            "power",
            (29, 30),
            ("X-------x-------",),
            45,
            69,
            enters=0.75,
            chance=0.5,
            mono=True,
        ),
        Slot("strings", "pad", (48, 50, 52), low=55, high=79, enters=0.75, chance=0.4),
        Slot("lead", "lead", (30, 29), low=60, high=86, enters=0.5, mono=True),
    ),
    looseness_ms=4.0,
    straight=0.35,
)

FOLK = Genre(
    name="folk",
    slowest_bpm=88,
    fastest_bpm=132,
    modes=("major", "dorian"),
    progressions={
        "major": {
            "verse": ("I | IV | I | V", "I | vi | IV | V", "I | V | IV | I"),
            "chorus": ("IV | I | V | I", "IV | V | I | vi"),
        },
        "dorian": {
            "verse": ("i | bVII | i | i", "i | IV | i | bVII"),
            "chorus": ("bIII | bVII | IV | i", "bVII | IV | i | i"),
        },
    },
    kit=None,
    slots=(
        Slot("guitar-1", "strum", (25, 24), ("X---x-x-x-x-", "X---x---x-x-"), 40, 69, mono=True),
        Slot("guitar-2", "arpeggio", (24, 25), ("x.x.x.x.x.x.",), 50, 76, chance=0.5, mono=True),
        Slot("bass", "patterned", (32, 43), ("X-------x---",), 28, 48, chance=0.6, mono=True),
        Slot("strings", "counter", (40, 42), low=55, high=79, enters=0.75, chance=0.5),
        Slot("keys", "comp", (21, 20), ("X-----------",), 55, 76, enters=0.6, chance=0.3),
        Slot("lead", "lead", (22, 73, 40, 75), low=62, high=86, mono=True),
    ),
    beats=3,
    looseness_ms=10.0,
    straight=0.9,
)
