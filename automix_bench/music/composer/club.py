"""Genres of the club and the dance floor: funk, house, jazz, latin."""

from __future__ import annotations

from automix_bench.music.composer.drums import (
    BELL,
    CABASA,
    CLAP,
    CLAVES,
    CLOSED,
    CONGA_HIGH,
    CONGA_LOW,
    CONGA_MUTE,
    COWBELL,
    KICK,
    OPEN,
    PEDAL,
    RIDE,
    RIM,
    SHAKER,
    SNARE,
    TAMBOURINE,
    Kit,
)
from automix_bench.music.composer.genre import Genre
from automix_bench.music.composer.playing import Slot

_BACKBEAT = "....X.......X..."

FUNK = Genre(
    name="funk",
    slowest_bpm=94,
    fastest_bpm=116,
    modes=("dorian", "mixolydian"),
    progressions={
        "dorian": {
            "verse": ("i7 | IV9 | i7 | IV9", "i9 | i9 | i9 | IV9"),
            "chorus": ("bIIImaj7 | IV7 | i7 | i7", "iv7 | v7 | i7 | IV7"),
            "bridge": ("bVImaj7 | bVII7 | i7 | V7",),
        },
        "mixolydian": {
            "verse": ("I9 | I9 | IV9 | I9", "I7 | I7 | I7 | bVII7"),
            "chorus": ("IV9 | I9 | V7 | IV9", "IV7 | bVII7 | I7 | I7"),
            "bridge": ("ii7 | V7 | ii7 | V7sus4",),
        },
    },
    kit=Kit(
        programs=(0, 8),
        quiet=(
            ((KICK, "X.x....x..x....."), (SNARE, _BACKBEAT), (CLOSED, "xoxoxoxoxoxoxoxo")),
            ((KICK, "X..x..x...x..x.."), (SNARE, _BACKBEAT), (CLOSED, "xoxxxoxoxoxxxoxo")),
        ),
        loud=(
            ((KICK, "X.x....x..xx..x."), (SNARE, _BACKBEAT), (CLOSED, "XoxoXoxoXoxoXoxo")),
            ((KICK, "X..x..x..xx....."), (SNARE, _BACKBEAT), (BELL, "X.x.X.x.X.x.X.x.")),
        ),
        percussion=(
            ((CONGA_MUTE, "x..x..x...x..x.."), (CONGA_HIGH, "....x..x......x.")),
            ((TAMBOURINE, "xoXoxoXoxoXoxoXo"), (COWBELL, "x...x...x...x...")),
        ),
        ghosts=0.16,
    ),
    slots=(
        Slot(
            "bass",
            "patterned",
            (36, 37, 33),
            ("X..o..x-..xo.x..", "X.o..xx-o..x..o."),
            28,
            52,
            mono=True,
        ),
        Slot(
            "guitar-1",
            "strum",
            (27, 28),
            ("..x...x...x..x..", ".xx..x.x.xx..x.x"),
            52,
            76,
            mono=True,
        ),
        Slot("keys-1", "comp", (4, 5, 7), ("...x..x...-..x..", "X-....x-..x-...."), 53, 76),
        Slot(
            "keys-2",
            "comp",
            (16, 17),
            ("X---------------", "x-------x-x-----"),
            55,
            79,
            enters=0.75,
            chance=0.5,
        ),
        Slot(
            "brass-1",
            "riff",
            (61, 62),
            ("..x-..x-xx......", "x...x-......x-x."),
            60,
            79,
            enters=0.6,
        ),
        Slot(
            "brass-2",
            "riff",
            (57, 66),
            ("..x-..x-xx......",),
            50,
            69,
            enters=0.75,
            chance=0.6,
            mono=True,
        ),
        Slot("lead", "lead", (65, 53, 56), low=60, high=82, mono=True),
    ),
    swing=0.55,
    swung_beats=0.5,
    looseness_ms=5.0,
    straight=0.3,
)

HOUSE = Genre(
    name="house",
    slowest_bpm=118,
    fastest_bpm=130,
    modes=("minor", "dorian"),
    progressions={
        "minor": {
            "verse": ("i7 | i7 | bVImaj7 | bVII", "i | bVI | iv7 | v7"),
            "chorus": ("bVImaj7 | bVII | i7 | v7", "i | bIII | bVI | bVII"),
        },
        "dorian": {
            "verse": ("i7 | IV | i7 | IV", "i9 | i9 | bVIImaj7 | IV9"),
            "chorus": ("i7 | bIIImaj7 | IV9 | bVIImaj7",),
        },
    },
    kit=Kit(
        programs=(25, 24),
        quiet=(
            ((KICK, "X...X...X...X..."), (CLOSED, "o.x.o.x.o.x.o.x.")),
            ((KICK, "X...X...X...X..."), (CLAP, _BACKBEAT), (CLOSED, "..x...x...x...x.")),
        ),
        loud=(
            (
                (KICK, "X...X...X...X..."),
                (CLAP, _BACKBEAT),
                (OPEN, "..X...X...X...X."),
                (CLOSED, "x.o.x.o.x.o.x.o."),
            ),
            (
                (KICK, "X...X...X...X..x"),
                (CLAP, _BACKBEAT),
                (OPEN, "..X...X...X...X."),
                (CLOSED, "xxoxxxoxxxoxxxox"),
            ),
        ),
        percussion=(
            ((SHAKER, "xoxoxoxoxoxoxoxo"),),
            ((CONGA_HIGH, "..x..x....x..x.."), (CONGA_LOW, "......x........x")),
        ),
        fills=0.4,
    ),
    slots=(
        Slot(
            "bass",
            "patterned",
            (38, 39),
            ("..X-..X-..X-..X-", "X.x-..xo..x-..xo"),
            28,
            50,
            mono=True,
        ),
        Slot("keys-1", "comp", (4, 1, 16), ("X--x--x---x--x--", "..x-..x-..x-.xx-"), 53, 76),
        Slot(
            "keys-2",
            "arpeggio",
            (81, 80, 90),
            ("xxxxxxxxxxxxxxxx", "x.xx.xx.x.xx.xx."),
            57,
            84,
            enters=0.6,
        ),
        Slot("pad-1", "pad", (89, 50, 95), low=50, high=74),
        Slot("pad-2", "pad", (54, 94), low=62, high=84, enters=0.75, chance=0.4),
        Slot("strings", "counter", (50, 51), low=64, high=86, enters=0.75, chance=0.6),
        Slot("lead", "lead", (81, 54, 80), low=60, high=83, enters=0.5, mono=True),
    ),
    looseness_ms=0.0,
    straight=0.5,
)

JAZZ = Genre(
    name="jazz",
    slowest_bpm=112,
    fastest_bpm=190,
    modes=("major", "minor"),
    progressions={
        "major": {
            "verse": ("ii7 | V7 | Imaj7 | VI7", "Imaj7 vi7 | ii7 V7 | iii7 VI7 | ii7 V7"),
            "chorus": ("iv7 | bVII7 | Imaj7 | VI7", "IVmaj7 | iii7 VI7 | ii7 V7 | I6"),
            "bridge": ("III7 | VI7 | II7 | V7", "v7 | I7 | IVmaj7 | bVII7"),
        },
        "minor": {
            "verse": ("i6 | ii7b5 V7 | i6 | V7", "iv7 | bVII7 | bIIImaj7 | V7"),
            "chorus": ("bVImaj7 | ii7b5 V7 | i7 | IV7", "i7 | iv7 | ii7b5 V7 | i6"),
            "bridge": ("iv7 | bVII7 | bIIImaj7 | bVImaj7",),
        },
    },
    kit=Kit(
        programs=(32, 40),
        quiet=(
            ((KICK, "o...o...o...o..."), (PEDAL, "....x.......x..."), (RIDE, "x...X.x.x...X.x.")),
        ),
        loud=(
            ((KICK, "o.....x.o...o..."), (PEDAL, "....x.......x..."), (RIDE, "X...X.x.X...X.x.")),
            ((KICK, "o...o...o.....x."), (PEDAL, "....x.......x..."), (RIDE, "X.x.X...X.x.X...")),
        ),
        fills=0.6,
        ghosts=0.1,
    ),
    slots=(
        Slot("bass", "walking", (32,), low=28, high=52, mono=True),
        Slot(
            "keys",
            "comp",
            (0, 1),
            ("x..-..x.........", "..x.......x-....", "x-....x-...x..x-"),
            52,
            76,
        ),
        Slot(
            "guitar",
            "comp",
            (26,),
            ("x...x...x...x...", "..x-......x-...."),
            50,
            72,
            chance=0.5,
            mono=True,
        ),
        Slot("lead-1", "lead", (65, 66, 56), low=56, high=80, mono=True),
        Slot("lead-2", "counter", (57, 71), low=52, high=74, enters=0.75, chance=0.4, mono=True),
        Slot("keys-mallets", "comp", (11,), ("x-------..x-....",), 60, 84, enters=0.75, chance=0.3),
    ),
    swing=0.64,
    looseness_ms=8.0,
    straight=0.25,
)

LATIN = Genre(
    name="latin",
    slowest_bpm=104,
    fastest_bpm=148,
    modes=("minor", "major"),
    progressions={
        "minor": {
            "verse": ("i7 | iv7 | ii7b5 | V7", "i6 | i6 | V7 | V7"),
            "chorus": ("iv7 | bVII7 | bIIImaj7 | V7", "i7 bVII7 | bVImaj7 V7 | i7 | V7"),
        },
        "major": {
            "verse": ("Imaj7 | VI7 | ii7 | V7", "Imaj7 | Imaj7 | II7 | V7"),
            "chorus": ("IVmaj7 | iv6 | iii7 VI7 | ii7 V7", "ii7 | V7 | Imaj7 | VI7"),
        },
    },
    kit=Kit(
        programs=(0, 40),
        quiet=(
            ((KICK, "X..xX..xX..xX..x"), (RIM, "X..x..x...x..x.."), (CLOSED, "xoxoxoxoxoxoxoxo")),
            ((KICK, "X.....x.X.....x."), (RIM, "..x..x..x..x..x."), (CLOSED, "x.xxx.xxx.xxx.xx")),
        ),
        loud=(((KICK, "X..xX..xX..xX..x"), (RIM, "X..x..x...x..x.."), (BELL, "X.x.X.xxX.x.X.x.")),),
        percussion=(
            (
                (CONGA_MUTE, "x.x.x.x.x.x.x..."),
                (CONGA_HIGH, "....x.......x..."),
                (CONGA_LOW, "......xx......xx"),
                (CLAVES, "X..X..X...X.X..."),
            ),
            ((CABASA, "xoxoxoxoxoxoxoxo"), (CONGA_LOW, "......xx......xx")),
        ),
        fills=0.5,
    ),
    slots=(
        Slot(
            "bass",
            "patterned",
            (32, 33),
            ("X-----x-X-----x-", "X-....x---..x---"),
            28,
            50,
            mono=True,
        ),
        Slot("guitar", "comp", (24,), ("x-.x..x-..x.x-..", "..x-x...x-..x-x."), 50, 72, mono=True),
        Slot("keys", "comp", (0, 4), ("x.xx.xx.x.xx.xx.", "X-..x-..X..x..x-"), 56, 79, chance=0.7),
        Slot("brass", "riff", (61, 56), ("x-x...x-......x-",), 58, 79, enters=0.75, chance=0.6),
        Slot("strings", "pad", (48,), low=57, high=79, enters=0.75, chance=0.4),
        Slot("lead", "lead", (73, 24, 66, 56), low=60, high=84, mono=True),
    ),
    looseness_ms=6.0,
    straight=0.45,
)
