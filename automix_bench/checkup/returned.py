"""What a model returned of what its task asks for, and how far two of these are apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from automix_bench.answer_metrics.settings_metric import placed
from automix_bench.audio import Audio, total
from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.console import Console
from automix_bench.isolation.model_errors import error_line
from automix_bench.song import Stems


@dataclass(frozen=True)
class Tolerance:
    """How far two answers may be apart that should be equal.

    Attributes:
        db: of sounds: the RMS level of the difference against that of the sound, in dB.
        number: of numbers: the largest difference of one of them, in their unit.
    """

    db: float
    number: float


@dataclass(frozen=True)
class Returned:
    """The sounds of an answer, or its numbers. What is asked for as a console is the sound that
    the console makes of the tracks.

    Attributes:
        sounds: by name; empty for a task of numbers.
        numbers: by name; empty for a task of sounds.
    """

    sounds: Stems = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    def scaled(self, gain: float) -> Returned:
        """The same with other levels of its sounds; numbers stay."""
        return Returned({n: one.scaled(gain) for n, one in self.sounds.items()}, self.numbers)


def apart(expected: Returned, got: Returned) -> float:
    """How far two answers are apart: of sounds in dB (see `difference_db`), of numbers the largest
    difference in their unit. Infinite where one lacks a number of the other."""
    if not expected.numbers and not got.numbers:
        return difference_db(expected.sounds, got.sounds)
    if expected.numbers.keys() != got.numbers.keys():
        return math.inf
    return max(abs(got.numbers[name] - value) for name, value in expected.numbers.items())


def lacking(expected: Returned, got: Returned) -> str:
    """Which number is in one answer and not in the other; empty if there is none."""
    alone = sorted(expected.numbers.keys() ^ got.numbers.keys())
    return f"{alone[0]} is in one answer and not in the other" if alone else ""


def heard_apart(expected: Returned, got: Returned) -> Mapping[str, Audio]:
    """Sounds to hear a difference by; none of numbers."""
    return differences(expected.sounds, got.sounds)


def mix_of_console(console: Console | None, tracks: Stems) -> Audio:
    """The mix that the console of an answer makes.

    Raises:
        NotAnswered: there is no console, or it cannot be played. One that names software or files
            is not: it is played outside of the model's box.
    """
    if console is None:
        raise NotAnswered("no console in the answer")
    for _, chain in console.places():
        for one in placed(chain):
            if one.effect.takes_text():
                raise NotAnswered(f"{one.name} names software or files, so it is not played here")
    try:
        return console.routed(tracks, lambda _, chain, audio: chain(audio), total)[1]
    except KeyError as error:
        raise NotAnswered(f"the console has no strip for {error}") from None
    except Exception as error:  # whatever its settings are, they are the model's
        raise NotAnswered(f"the console cannot play the tracks: {error_line(error)}") from None
