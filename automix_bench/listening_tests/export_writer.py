"""Write the stimuli of a listening test under names that tell nothing, and its records."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.listening_tests import waet_configuration, webmushra
from automix_bench.listening_tests.answered_pages import AnsweredPage
from automix_bench.listening_tests.answered_sounds import AnsweredSounds
from automix_bench.listening_tests.equal_levels import at_level
from automix_bench.listening_tests.export_settings import TestSettings
from automix_bench.listening_tests.exported_test import (
    FORMAT,
    REFERENCE,
    TRAINING,
    fingerprint_of,
)
from automix_bench.listening_tests.passages import RULE
from automix_bench.listening_tests.texts import INSTRUCTIONS
from automix_bench.sampling import Seed


@dataclass
class TestWriter:
    """Writes stimuli under names that tell nothing, and remembers what they are."""

    __test__ = False

    out: Path
    name: str
    settings: TestSettings
    seed: Seed
    lufs: float
    sounds: AnsweredSounds
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def page_ids(self, count: int) -> list[str]:
        """Names for pages, in an order that tells nothing."""
        return [f"p{token}" for token in _tokens(self.seed / "pages", count)]

    def write(self, page: AnsweredPage, id: str) -> None:
        """Write the stimuli of a page."""
        tokens = _tokens(self.seed / "stimuli" / id, len(page.sounds) + 1)
        # The first letter differs by page, so that a name is unique in the whole test.
        names = [f"s{id[1:] if id != TRAINING else '0'}-{token}" for token in tokens]
        entries: dict[str, dict[str, Any]] = {}
        files: dict[str, str] = {}
        for stimulus, (system, (content, exponent)) in zip(
            names, page.sounds.items(), strict=False
        ):
            audio = flac.decode(content).scaled(2.0**exponent)
            level = page.levels[system]
            levelled, gain_db = at_level(audio, level, self.lufs)
            files[stimulus] = self._file(stimulus, levelled)
            if system == REFERENCE and self.settings.method == "mushra":
                files[names[-1]] = self._file(names[-1], levelled)
            anchor = system in self.sounds.anchors
            entries[stimulus] = {
                "system": system,
                "role": REFERENCE if system == REFERENCE else "anchor" if anchor else "system",
                "gain_db": round(gain_db, 4),
                "lufs_before": None if level.silent else round(level.lufs, 4),
            }
        rated = sorted(entries)
        (self.seed / "order" / id).rng().shuffle(rated)
        reference = next(s for s in rated if entries[s]["role"] == REFERENCE)
        open_one = {"id": names[-1], "file": files.get(names[-1], "")}
        self.pages[id] = {
            "id": id,
            "seconds": round(flac.decode(page.sounds[REFERENCE][0]).seconds, 6),
            "reference": open_one if open_one["file"] else None,
            "stimuli": [{"id": stimulus, "file": files[stimulus]} for stimulus in rated],
        }
        at_the_button = reference if self.settings.method == "mushra" else rated[0]
        self.places[id] = {
            "song": page.song,
            "example": page.passage.example,
            "stem": self.sounds.stem,
            "rule": page.passage.rule,
            "start_sample": page.passage.start,
            "song_seconds": page.passage.song_seconds,
            "distance_db": round(page.passage.distance_db, 3),
            "license": page.license,
            "stimuli": entries,
            "webmushra_reference": at_the_button,
        }

    def _file(self, stimulus: str, audio: Audio) -> str:
        path = f"stimuli/{self.name}/{stimulus}.{'wav' if self.settings.wav else 'flac'}"
        if not self.settings.wav:
            write_whole(self.out / path, flac.encode(audio))
            return path
        import soundfile

        content = io.BytesIO()
        soundfile.write(content, audio.samples.T, audio.rate, "PCM_24", format="WAV")
        write_whole(self.out / path, content.getvalue())
        return path

    def test(self, ids: Sequence[str], lists: list[list[str]], training: bool) -> dict[str, Any]:
        """The public record."""
        settings = self.settings
        mushra = settings.method == "mushra"
        question = settings.question or (
            "How close is each sound to the reference?" if mushra else "How good is each sound?"
        )
        instructions = settings.instructions
        return {
            "format": FORMAT,
            "id": self.name,
            "title": settings.title,
            "method": settings.method,
            "question": question,
            "instructions": INSTRUCTIONS[settings.method] if instructions is None else instructions,
            "consent": settings.consent,
            "questions": [question.record() for question in settings.questions],
            "completion_code": settings.completion_code,
            "level_lufs": round(self.lufs, 3),
            "training": self.pages[TRAINING] if training else None,
            "pages": [self.pages[id] for id in ids],
            "lists": lists,
        }

    def key(self, test: Mapping[str, Any]) -> dict[str, Any]:
        """The private record."""
        return {
            "format": FORMAT,
            "test": self.name,
            "test_sha256": fingerprint_of(test),
            "seed": self.settings.seed,
            "task": self.sounds.task.name,
            "dataset": self.sounds.dataset.fingerprint,
            "rule": RULE,
            "runs": {system: folder.name for system, folder in self.sounds.systems.items()},
            "left_out": dict(self.sounds.left_out),
            "pages": self.places,
        }

    def configurations(self, test: Mapping[str, Any]) -> tuple[str, ...]:
        """Write the files for webMUSHRA and the Web Audio Evaluation Tool; their names, without
        their ends."""
        standing = {page: place["webmushra_reference"] for page, place in self.places.items()}
        many = len(test["lists"]) > 1
        names = []
        for number, of_list in enumerate(test["lists"], 1):
            names.append(f"{self.name}-{number}" if many else self.name)
            text = webmushra.configuration(test, of_list, standing)
            write_whole(self.out / "configs" / f"{names[-1]}.yaml", text.encode())
            xml = waet_configuration.configuration(test, of_list)
            write_whole(self.out / "tests" / f"{names[-1]}.xml", xml.encode())
        return tuple(names)


def _tokens(seed: Seed, count: int) -> list[str]:
    """Different names of six hexadecimal digits that tell nothing."""
    rng = seed.rng()
    tokens: dict[str, None] = {}
    while len(tokens) < count:
        tokens[rng.bytes(3).hex()] = None
    return list(tokens)
