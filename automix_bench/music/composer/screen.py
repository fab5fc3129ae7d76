"""Genres of film music: an orchestra."""

from __future__ import annotations

from automix_bench.music.composer.drums import KICK, SNARE, Kit
from automix_bench.music.composer.genre import Genre
from automix_bench.music.composer.playing import Slot

CINEMATIC = Genre(
    name="cinematic",
    slowest_bpm=66,
    fastest_bpm=104,
    modes=("minor", "minor", "dorian"),
    progressions={
        "minor": {
            "verse": ("i | bVI | iv | V", "i | bVII | bVI | bVII", "i | v | bVI | iv"),
            "chorus": ("i | bVI | bIII | bVII", "bVI | bVII | i | bIII"),
            "bridge": ("iv | i | bVI | V",),
        },
        "dorian": {
            "verse": ("i | IV | i | bVII", "i | bIII | IV | i"),
            "chorus": ("bIII | bVII | IV | i", "i | bVII | IV | bVI"),
        },
    },
    kit=Kit(
        programs=(48,),
        quiet=((),),
        loud=(
            ((KICK, "X.....x.X..x...."), (SNARE, "..oo..oox.oo..xx")),
            ((KICK, "X...x...X...x.x."), (SNARE, "x.oox.oox.ooxoxo")),
        ),
        fills=0.3,
    ),
    slots=(
        Slot("bass", "patterned", (43, 42), ("X---------------", "X-------X-------"), 28, 50),
        Slot("strings-1", "comp", (48, 44), ("x.xxx.xxx.xxx.xx", "X---x---X---x---"), 48, 72),
        Slot("strings-2", "pad", (49, 48), low=55, high=79),
        Slot("strings-3", "counter", (40, 48), low=67, high=91, enters=0.55, chance=0.8),
        Slot("brass-1", "pad", (60, 61), low=46, high=67, enters=0.75),
        Slot("brass-2", "counter", (56, 57), low=55, high=79, enters=0.85, chance=0.6),
        Slot("pad", "pad", (52, 89, 91), low=50, high=74, chance=0.6),
        Slot("keys", "arpeggio", (46, 0, 11), ("x.x.x.x.x.x.x.x.",), 55, 84, chance=0.7),
        Slot("lead", "lead", (68, 71, 73, 60), low=58, high=82, mono=True),
    ),
    looseness_ms=10.0,
    straight=1.0,
)
