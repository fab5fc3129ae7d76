"""How a listening test is made of answers."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.errors import UsageError
from automix_bench.listening_tests.equal_levels import LEVEL_LUFS
from automix_bench.listening_tests.exported_test import METHODS, Method, Question
from automix_bench.listening_tests.texts import CONSENT, QUESTIONS


@dataclass(frozen=True)
class TestSettings:
    """How a listening test is made of answers.

    Attributes:
        method: mushra (an open reference and a hidden one), no_reference (the same sounds, without
            the open one), or ape (all sounds on one scale, without the open one).
        songs: how many; fewer if the data set has fewer.
        songs_each: how many of them each rater gets; None for all.
        passages: of each song, 1 or 2.
        seconds: of a passage.
        training: whether a training page comes first.
        completion_code: of Prolific; with it the parameters of Prolific are kept.
        wav: write WAV in place of FLAC.
    """

    __test__ = False

    method: Method = "mushra"
    name: str | None = None
    title: str = "Listening test"
    question: str | None = None
    songs: int = 8
    songs_each: int | None = None
    passages: int = 2
    seconds: float = 10.0
    level_lufs: float = LEVEL_LUFS
    seed: int = 0
    training: bool = True
    consent: str = CONSENT
    instructions: str | None = None
    questions: tuple[Question, ...] = QUESTIONS
    completion_code: str = ""
    wav: bool = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(f"--method {self.method}: expected one of {', '.join(METHODS)}")
        for what, value, low, high in (
            ("--songs", self.songs, 1, 250),
            ("--songs-each", self.songs if self.songs_each is None else self.songs_each, 1, 250),
            ("--passages", self.passages, 1, 2),
            ("--seconds", self.seconds, 1.0, 60.0),
            ("--level", self.level_lufs, -60.0, -10.0),
        ):
            if not low <= value <= high:
                raise UsageError(f"{what}: expected {low:g} to {high:g}, got {value:g}")
