"""Write a listening test from the answers of models; `exported_test` says what lies where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dataset.credits import credits
from automix_bench.dataset.folder import refuse_inside
from automix_bench.errors import DatasetError, UsageError, naming_a_full_disk
from automix_bench.executor import Progress, silent
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.licence import redistributable
from automix_bench.listening_tests import waet_configuration, webmushra
from automix_bench.listening_tests.answered_sounds import AnsweredSounds, NoSound
from automix_bench.listening_tests.equal_levels import (
    LEVEL_LUFS,
    Level,
    at_level,
    common_level,
    level_of,
)
from automix_bench.listening_tests.exported_test import (
    FORMAT,
    METHODS,
    NAME,
    REFERENCE,
    TRAINING,
    Method,
    Question,
    balanced_lists,
    demand_key,
    demand_test,
    fingerprint_of,
)
from automix_bench.listening_tests.passages import RULE, Excerpt, Passage, passages
from automix_bench.listening_tests.texts import CONSENT, INSTRUCTIONS, LISTS, QUESTIONS, README
from automix_bench.sampling import Seed
from automix_bench.song import slug
from automix_bench.untrusted.shown import one_line


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


@dataclass(frozen=True)
class ExportedTest:
    """What was written.

    Attributes:
        key: the path of the key.
        configs: the names of the files in `configs` and `tests`, one for each list.
        notes: what the user should know: songs and anchors left out, a lower level, licences.
    """

    folder: Path
    key: Path
    configs: tuple[str, ...]
    songs: int
    pages: int
    stimuli_a_page: int
    lists: int
    pages_each: int
    level_lufs: float
    notes: tuple[str, ...]


@dataclass
class _Page:
    """A page before its stimuli are levelled.

    Attributes:
        sounds: FLAC by system, with the exponent that all of it was scaled by.
    """

    song: str
    number: int
    license: str
    passage: Passage
    sounds: dict[str, tuple[bytes, int]]
    levels: dict[str, Level] = field(default_factory=dict)


def export(
    sounds: AnsweredSounds,
    out: Path,
    settings: TestSettings,
    progress: Progress = silent,
) -> ExportedTest:
    """Write a listening test into a new or empty folder, and its key beside it.

    Equal answers and settings give equal files.

    Raises:
        DatasetError: the folder holds something else, or lies in the data set.
        UsageError: no song can be used, or the settings do not fit.
        DiskFull: there is no room.
    """
    key_path = out.with_name(f"{out.name}.key.json")
    refuse_inside(out, sounds.dataset.folder)
    if out.is_file() or (out.is_dir() and any(out.iterdir())) or key_path.exists():
        what = key_path if key_path.exists() else out
        raise DatasetError(f"{what}: is there already: choose another folder, or delete it")
    name = settings.name if settings.name is not None else slug(out.name)[:40]
    if not NAME.fullmatch(name):
        raise UsageError(f"--name {one_line(name)}: expected 1 to 64 characters of a-z 0-9 _ -")
    seed = Seed(settings.seed) / "listening test"
    notes: list[str] = []
    songs, training = _songs(sounds, settings, seed, notes, progress)
    every = [page for pages in songs.values() for page in pages]
    both = [*every, *([training] if training else [])]
    for page in both:  # an anchor that failed on one passage is left out everywhere
        page.sounds = {s: page.sounds[s] for s in page.sounds if s in _systems(sounds)}
    if len(both[0].sounds) < 2:
        raise UsageError("listening test: expected two stimuli or more a page, got one")
    levels = {
        (number, system): level
        for number, page in enumerate(both)
        for system, level in page.levels.items()
        if system in page.sounds
    }
    lufs = common_level(levels, settings.level_lufs)
    if lufs < settings.level_lufs:
        notes.append(
            f"the level is {lufs:g} LUFS in place of {settings.level_lufs:g}: a stimulus has a "
            "high peak for its loudness"
        )
    silent_ones = sorted({system for (_, system), level in levels.items() if level.silent})
    notes += [f"{one_line(system)} is silent on a page" for system in silent_ones]
    with naming_a_full_disk(out):
        (out / "stimuli" / name).mkdir(parents=True)
        (out / "configs").mkdir()
        (out / "tests").mkdir()
    writer = _Writer(out, name, settings, seed, lufs, sounds)
    ids = writer.page_ids(len(every))
    order = dict(zip(map(id, every), ids, strict=True))
    for done, page in enumerate(both):
        writer.write(page, order.get(id(page), TRAINING))
        progress("stimuli", done + 1, len(both), "pages")
    each = min(settings.songs_each or len(songs), len(songs))
    lists = [
        [order[id(page)] for song in of_list for page in songs[song]]
        for of_list in balanced_lists(list(songs), each)
    ]
    test = writer.test(sorted(ids), lists, training is not None)
    demand_test(test, "listening test")
    key = writer.key(test)
    demand_key(key, "key of the listening test")
    configs = writer.configurations(test)
    used = {page.number for page in both}
    rows = [row for number, row in enumerate(sounds.dataset.rows) if number in used]
    write_whole(out / "CREDITS.md", credits(rows).encode())
    of_lists = LISTS.format(id=name, count=len(lists)) if len(lists) > 1 else ""
    readme = README.format(id=name, first=configs[0], lists=of_lists)
    write_whole(out / "README.md", readme.encode())
    write_whole(key_path, pretty(key).encode())
    write_whole(out / "test.json", pretty(test).encode())  # last: with it the test is whole
    for spdx in sorted({row["license"] for row in rows}):
        if not redistributable(spdx):
            notes.append(
                f"the licence {spdx or 'of a song'} may not allow to pass on changed sound"
            )
    notes += [f"left out: {what}: {why}" for what, why in sounds.left_out.items()]
    return ExportedTest(
        out, key_path, configs, len(songs), len(every), len(both[0].sounds), len(lists),
        len(lists[0]), lufs, tuple(notes),
    )  # fmt: skip


def _systems(sounds: AnsweredSounds) -> list[str]:
    return [REFERENCE, *sounds.systems, *sounds.anchors]


def _songs(
    sounds: AnsweredSounds,
    settings: TestSettings,
    seed: Seed,
    notes: list[str],
    progress: Progress,
) -> tuple[dict[str, list[_Page]], _Page | None]:
    """The pages of each song, in an order drawn at random, and the training page.

    The training page is of a song of its own, or of the first song if there is no other.
    """
    by_song = sounds.songs()
    names = sorted(by_song)
    (seed / "songs").rng().shuffle(names)
    songs: dict[str, list[_Page]] = {}
    training: _Page | None = None
    for song in names:
        if len(songs) == settings.songs and (training or not settings.training):
            break
        count = settings.passages if len(songs) < settings.songs else 1
        pages = _pages(sounds, song, by_song[song], settings.seconds, count)
        if not pages:
            continue
        if len(songs) < settings.songs:
            songs[song] = pages
            progress("passages", len(songs), settings.songs, "songs")
        else:
            training = pages[0]
    if not songs:
        reasons = "; ".join(f"{what}: {why}" for what, why in list(sounds.left_out.items())[:3])
        raise UsageError(f"listening test: no song can be used: {reasons or 'all are silent'}")
    if len(songs) < settings.songs:
        notes.append(f"{len(songs)} songs in place of {settings.songs}: there are no more")
    if settings.training and training is None:
        page = next(iter(songs.values()))[0]
        training = _Page(
            page.song, page.number, page.license, page.passage, page.sounds, page.levels
        )
        notes.append("the training page has the sounds of a rated page: there is no further song")
    return songs, training


def _pages(
    sounds: AnsweredSounds, song: str, numbers: Sequence[int], seconds: float, count: int
) -> list[_Page]:
    """The pages of a song, of examples of which every system has a sound."""
    rows = sounds.dataset.rows
    excerpts: dict[str, tuple[int, Excerpt]] = {}
    for number in numbers:
        example = sounds.dataset[number]
        wanted = sounds.wanted(example)
        if wanted is not None:
            excerpts[example.id] = (number, Excerpt(example.id, example.start, wanted))
    while excerpts:
        chosen = passages([excerpt for _, excerpt in excerpts.values()], seconds, count)
        pages = []
        for passage in chosen:
            number = excerpts[passage.example][0]
            try:
                of_systems = sounds.of(sounds.dataset[number])
            except NoSound as error:
                sounds.left_out[passage.example] = str(error)
                del excerpts[passage.example]
                break
            page = _Page(song, number, rows[number]["license"], passage, {})
            for system, audio in _of_one_shape(of_systems).items():
                cut = passage.of(audio)
                exponent = flac.exponent_for(cut)
                page.levels[system] = level_of(cut)
                page.sounds[system] = (flac.encode(cut.scaled(2.0**-exponent)), exponent)
            pages.append(page)
        else:
            return pages
    return []


def _of_one_shape(sounds: Mapping[str, Audio]) -> dict[str, Audio]:
    """The sounds with equal numbers of channels: players refuse others."""
    channels = max(audio.channels for audio in sounds.values())
    return {
        system: audio
        if audio.channels == channels
        else audio.with_samples(np.repeat(audio.samples[:1], channels, axis=0))
        for system, audio in sounds.items()
    }


@dataclass
class _Writer:
    """Writes stimuli under names that tell nothing, and remembers what they are."""

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

    def write(self, page: _Page, id: str) -> None:
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
        import io

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
