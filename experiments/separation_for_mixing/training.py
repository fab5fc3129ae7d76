"""The network of every arm: the mixing console, shown what the arm shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.example import Example
from automix_bench.training.mix_frames import prepared_mix
from automix_bench.training.training import Arrays, Schedule
from automix_bench.trainings.mixing_console import MixingConsole
from experiments.separation_for_mixing.ladder import fixed, shown
from experiments.separation_for_mixing.songs import number_of

__all__ = ["LadderMixer"]


@dataclass(frozen=True)
class LadderMixer(MixingConsole):
    """The training `mixing_console` on what one arm shows.

    Attributes:
        arm: its name in `fixed.json`.
        numbers: songs whose number is this much above the first one or more are not trained on;
            0 for all.
        stored_frames: how many frames are kept of an example.
        code: the sha256 of what decides the arms.
    """

    name: ClassVar[str] = "separation_for_mixing"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("arm", "numbers", "stored_frames", "code")

    arm: str = "T"
    numbers: int = 0
    stored_frames: int = 12
    code: str = ""
    schedule: Schedule = Schedule(steps=1_200, validate_every=200)

    def left_out(self, example: Example) -> str:
        number = number_of(example.song) - fixed()["songs"]["first"]
        if example.split == "train" and self.numbers and number >= self.numbers:
            return "songs beyond the number that is trained on"
        return super().left_out(example)

    def prepared(self, example: Example) -> Arrays:
        arms = fixed()["arms"]
        stems = shown(arms[self.arm], example, arms)
        return prepared_mix(example.id, stems, example.before.mix, self.stored_frames)
