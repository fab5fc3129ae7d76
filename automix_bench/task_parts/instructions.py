"""Instructions in words to change sources of a mixture: how to write, read and follow them.

The operations, and the grammar (an operation, then one to three sources), are those of AMSS-Net:
W. Choi et al., "AMSS-Net: audio manipulation on user-specified sources with textual queries", ACM
Multimedia 2021. The wordings are our own. What the recipe `text_manipulation` writes is built from
`WORDINGS` and `listed`, and read back by `instruction_in` from the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from automix_bench.effect import Effect
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.mono import Mono
from automix_bench.effects.mute import Mute
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.pan import Pan
from automix_bench.song import role

SOURCES = {
    "drums": ("drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion"),
    "bass": ("bass",),
    "vocals": ("vocals", "voice", "choir", "lead_vox", "backing_vocals"),
}
"""The roles of the stems of each source; a stem of another role belongs to `OTHER`."""
OTHER = "other"
_OTHER_IN_WORDS = "other instruments"
_WORDS = {**{name: name for name in SOURCES}, OTHER: _OTHER_IN_WORDS}

TWICE_DB = 6.0206
LOW_HZ = {"lightly": 1_378.0, "medium": 689.0, "heavily": 344.0}
HIGH_HZ = {"lightly": 1_378.0, "medium": 2_756.0, "heavily": 5_512.0}
BASS_LOW_HZ = {"lightly": 172.0, "medium": 86.0, "heavily": 43.0}
BASS_HIGH_HZ = {"lightly": 86.0, "medium": 172.0, "heavily": 344.0}
HALL = NoiseReverb(2.5, 2.5, 1.5, 32.0, 0.5, 7.0)

WORDINGS = {
    "separate": ("separate the {}", "give me only the {}", "isolate the {}"),
    "mute": ("mute the {}", "take the {} out", "remove the {}"),
    "louder": ("make the {} louder", "turn the {} up", "increase the volume of the {}"),
    "softer": ("make the {} softer", "turn the {} down", "decrease the volume of the {}"),
    "left": ("pan the {} to the left", "move the {} left"),
    "right": ("pan the {} to the right", "move the {} right"),
    "completely left": ("pan the {} completely to the left", "put the {} hard left"),
    "completely right": ("pan the {} completely to the right", "put the {} hard right"),
    "low-pass lightly": ("apply a light low-pass to the {}", "darken the {} a little"),
    "low-pass medium": ("apply a medium low-pass to the {}", "darken the {}"),
    "low-pass heavily": ("apply a heavy low-pass to the {}", "darken the {} a lot"),
    "high-pass lightly": ("apply a light high-pass to the {}", "thin the {} out a little"),
    "high-pass medium": ("apply a medium high-pass to the {}", "thin the {} out"),
    "high-pass heavily": ("apply a heavy high-pass to the {}", "thin the {} out a lot"),
    "dry": ("remove the reverb from the {}", "make the {} dry", "take the room off the {}"),
}
"""The wordings of each operation; the sources go into the braces."""
NO_OPERATION = "nothing"
NOTHING = ("leave everything as it is", "do nothing", "change nothing at all")
FORBIDDEN = ("whatever you do, do not {}", "please don't {}")
"""Each is completed with the wording of an operation."""


@dataclass(frozen=True)
class Instruction:
    """What is asked for.

    Attributes:
        operation: one of `WORDINGS`, or `NO_OPERATION`.
        targets: the sources that it names: `drums`, `bass`, `vocals`, `other`. None of
            `NO_OPERATION`.
    """

    operation: str
    targets: tuple[str, ...] = ()

    def changes(self, source: str) -> bool:
        """Whether a source is to be changed. To separate some is to mute the others."""
        if self.operation == NO_OPERATION:
            return False
        return (source in self.targets) != (self.operation == "separate")

    def effects(self, source: str) -> tuple[Effect, ...]:
        """The effects that carry it out on a source. Of `dry` it is the reverberation, which is
        to be removed."""
        if not self.changes(source):
            return ()
        match self.operation.split():
            case ["mute" | "separate"]:
                return (Mute(),)
            case ["louder"]:
                return (Gain(TWICE_DB),)
            case ["softer"]:
                return (Gain(-TWICE_DB),)
            case ["completely", side]:
                return Mono(), Pan(-1.0 if side == "left" else 1.0)
            case ["left" | "right" as side]:
                # The published 0.8 and 0.2 are this position on a linear law.
                return Mono(), Pan(-0.6 if side == "left" else 0.6, "linear")
            case ["low-pass", how]:
                return (LowPass((BASS_LOW_HZ if source == "bass" else LOW_HZ)[how], "2"),)
            case ["high-pass", how]:
                return (HighPass((BASS_HIGH_HZ if source == "bass" else HIGH_HZ)[how], "2"),)
        return (HALL,)


def source_of(stem: str) -> str:
    """The source that a stem belongs to."""
    return next((name for name, roles in SOURCES.items() if role(stem) in roles), OTHER)


def listed(targets: tuple[str, ...]) -> str:
    """Sources in words, for the braces of a wording.

    >>> listed(("bass", "drums", "other"))
    'bass, the drums and the other instruments'
    """
    words = [_WORDS[name] for name in targets]
    return words[0] if len(words) == 1 else f"{', the '.join(words[:-1])} and the {words[-1]}"


def instruction_in(text: str) -> Instruction:
    """The instruction of a text, as the recipe `text_manipulation` writes it. Case, spaces around
    it and a full stop do not matter.

    >>> instruction_in("Pan the drums and the other instruments to the left.")
    Instruction(operation='left', targets=('drums', 'other'))
    >>> instruction_in("please don't mute the bass")
    Instruction(operation='nothing', targets=())

    Raises:
        ValueError: it is none.
    """
    plain = " ".join(text.lower().split()).rstrip(".!")
    if plain in NOTHING:
        return Instruction(NO_OPERATION)
    for forbidden in FORBIDDEN:
        before, _, after = forbidden.partition("{}")
        rest = plain.removeprefix(before).removesuffix(after)
        if plain == before + rest + after and any(_matches(rest)):
            return Instruction(NO_OPERATION)
    read = next(_matches(plain), None)
    if read is None:
        raise ValueError(
            "expected an instruction such as 'mute the drums' or 'pan the bass and the vocals to "
            f"the left', got {text[:200]!r}"
        )
    return read


def _matches(text: str) -> Iterator[Instruction]:
    """The instruction to an operation that a text is."""
    for operation, wordings in WORDINGS.items():
        for wording in wordings:
            if match := _pattern(wording).fullmatch(text):
                names = re.split(r", the | and the ", match["sources"])
                sources = {words: name for name, words in _WORDS.items()}
                yield Instruction(operation, tuple(sources[name] for name in names))


def _pattern(wording: str) -> re.Pattern[str]:
    """A wording with any sources in its braces."""
    one = "|".join(_WORDS.values())
    before, _, after = wording.partition("{}")
    sources = f"(?P<sources>(?:{one})(?:, the (?:{one}))*(?: and the (?:{one}))?)"
    return re.compile(re.escape(before) + sources + re.escape(after))
