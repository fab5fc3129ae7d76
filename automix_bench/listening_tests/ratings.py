"""Read the ratings and choices of a listening test from the files of the tool that collected them.

    webMUSHRA           mushra.csv: session_uuid, trial_id, rating_stimulus, rating_score
                        paired_comparison.csv: session_uuid, trial_id, choice_reference,
                        choice_non_reference, choice_answer
    Web Audio           one XML file a session (APE, MUSHRA and its other interfaces), root
    Evaluation Tool     `waetresult`
    Mix Evaluation      evaluations.csv: participant_id, legacy_song_id, legacy_mix_code,
    Dataset             preference_score_0_1; or its XML files of 2015, root
                        `browserevaluationresult`
    plain CSV           rater,song,system,score   or, of pairs,   rater,song,better,worse

Scores range from 0 to 100; those of the Web Audio Evaluation Tool and of the Mix Evaluation Dataset
range from 0 to 1 and are multiplied by 100. The kind of a file is recognised by its content. The
files come from strangers: their size is bounded, and XML may not declare entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from math import isfinite
from pathlib import Path

from automix_bench.errors import DatasetError, UsageError
from automix_bench.listening_tests.rating import Preference, Rating
from automix_bench.listening_tests.rating_tables import NoRatings, read_table
from automix_bench.listening_tests.waet import read_waet

SUFFIXES = (".csv", ".tsv", ".xml")
MOST_BYTES = 64 << 20
TABLES_OF_MIX_EVALUATION = ("data", "mix_evaluation_relationship_tables/data")
"""Where the tables lie below the folder of the Mix Evaluation Dataset."""
TRAINING = re.compile(
    r"(?<![a-z])(training|practi[cs]e|familiari[sz]ation|warm[\s_-]?up)|\Atrain[\s_-]?\d*\Z", re.I
)
"""The names of pages on which raters learn the test."""


@dataclass(frozen=True)
class RatingFiles:
    """What the files of a listening test hold.

    Attributes:
        training: the names of the training pages, which were left out.
        unread: the files of a folder that were not read, and why.
        of_choices: the files that hold choices and no scores.
    """

    ratings: tuple[Rating, ...]
    choices: tuple[Preference, ...]
    training: tuple[str, ...]
    unread: Mapping[str, str]
    of_choices: tuple[Path, ...]


def read_rating_files(
    paths: Sequence[Path],
    axis: str | None = None,
    training: Sequence[str] = (),
    highest: float = 100.0,
) -> RatingFiles:
    """Read these files; of a folder, all its CSV, TSV and XML files.

    Args:
        axis: the question to read, of a test that asks several at once.
        training: patterns of the names of pages to leave out, such as `intro*`; `none` leaves out
            none. By default those with a word such as "training" or "practice".
        highest: the highest score of the scale in tables; scores become those of a scale to 100.

    Raises:
        DatasetError: a file is missing, of an unknown kind, or damaged, or holds training pages
            alone. In a folder, a file of an unknown kind is passed over.
        UsageError: the test asked several questions and none of them is named; or `highest` is not
            above 0.
    """
    if not (isfinite(highest) and highest > 0.0):
        raise UsageError(f"--highest {highest:g}: expected a number above 0, such as 10 or 100")
    ratings: list[Rating] = []
    choices: list[Preference] = []
    unread: dict[str, str] = {}
    of_choices: list[Path] = []
    for path, folder in _files(paths, unread):
        try:
            own, chosen, unrated = _read(path, axis, highest)
        except NoRatings as error:
            if folder is None:
                raise
            unread[str(path)] = str(error).removeprefix(f"{path}: ")
            continue
        if unrated:
            unread[f"{path}, {unrated} rows"] = "without a score"
        ratings += own
        choices += chosen
        if chosen and not own:
            of_choices.append(path)
    pages = dict.fromkeys([*(r.song for r in ratings), *(c.song for c in choices)])
    left_out = tuple(page for page in pages if _is_training(page, training))
    if left_out and len(left_out) == len(pages):
        raise DatasetError(
            f"{_listed(paths)}: all pages are training pages by their names "
            f"({', '.join(left_out[:5])}): say --training none"
        )
    return RatingFiles(
        tuple(rating for rating in ratings if rating.song not in left_out),
        tuple(choice for choice in choices if choice.song not in left_out),
        left_out,
        unread,
        tuple(of_choices),
    )


def ratings_in(files: RatingFiles, paths: Sequence[Path]) -> tuple[Rating, ...]:
    """The scores.

    Raises:
        DatasetError: there are none.
    """
    if files.ratings:
        return files.ratings
    if files.of_choices:
        raise DatasetError(
            f"{_listed(paths)}: no ratings there, but choices between two systems: take --analysis "
            "pairs, without --reference"
        )
    raise DatasetError(f"{_listed(paths)}: no ratings there{_reasons(files)}")


def choices_in(files: RatingFiles, paths: Sequence[Path]) -> tuple[Preference, ...]:
    """The choices, and those that scores imply.

    Raises:
        DatasetError: there are neither choices nor scores.
    """
    if not files.choices and not files.ratings:
        raise DatasetError(f"{_listed(paths)}: no choices there{_reasons(files)}")
    return files.choices + preferences(files.ratings)


def read_ratings(paths: Sequence[Path], axis: str | None = None) -> tuple[Rating, ...]:
    """The scores in these files; see `read_rating_files`.

    Raises:
        DatasetError: a file is missing, of an unknown kind, or damaged, or there are no scores.
        UsageError: the test asked several questions and none of them is named.
    """
    return ratings_in(read_rating_files(paths, axis), paths)


def read_preferences(paths: Sequence[Path], axis: str | None = None) -> tuple[Preference, ...]:
    """The choices between two systems in these files, and those that scores imply.

    Raises:
        DatasetError: a file is missing, of an unknown kind, or damaged, or there are no choices.
        UsageError: the test asked several questions and none of them is named.
    """
    return choices_in(read_rating_files(paths, axis), paths)


def preferences(ratings: Iterable[Rating]) -> tuple[Preference, ...]:
    """The choices that scores imply: one for every two systems that a person scored on one song.

    Equal scores imply no choice.
    """
    pages: dict[tuple[str, str], list[Rating]] = {}
    for rating in ratings:
        pages.setdefault((rating.rater, rating.song), []).append(rating)
    ordered = [
        sorted(pair, key=lambda rating: -rating.score)
        for page in pages.values()
        for pair in combinations(page, 2)
        if pair[0].score != pair[1].score and pair[0].system != pair[1].system
    ]
    return tuple(
        Preference(better.rater, better.song, better.system, worse.system)
        for better, worse in ordered
    )


def _files(paths: Sequence[Path], unread: dict[str, str]) -> Iterator[tuple[Path, Path | None]]:
    """The files to read, each with the folder that it was found in; others go to `unread`."""
    for path in paths:
        if path.is_file():
            yield path, None
        elif not path.is_dir():
            raise DatasetError(f"{path}: no ratings there: give a .csv, an .xml or their folder")
        else:
            for entry in sorted(_tables_in(path).iterdir()):
                if entry.is_file() and entry.suffix.lower() in SUFFIXES:
                    yield entry, path
                else:
                    unread[str(entry)] = (
                        "a folder: name it on the command line"
                        if entry.is_dir()
                        else f"its name does not end in {', '.join(SUFFIXES)}"
                    )


def _tables_in(folder: Path) -> Path:
    """The folder, or that of the tables in a folder of the Mix Evaluation Dataset."""
    inner = [folder / place for place in TABLES_OF_MIX_EVALUATION]
    return next((one for one in inner if (one / "evaluations.csv").is_file()), folder)


def _read(
    path: Path, axis: str | None, highest: float
) -> tuple[Sequence[Rating], Sequence[Preference], int]:
    """The scores and the choices in a file, and how many of its rows have no score."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DatasetError(
                f"{path}: expected ratings of at most {MOST_BYTES} bytes, got {path.stat().st_size}"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix.lower() == ".xml" or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return tuple(read_waet(path, content, axis)), (), 0
    table = read_table(path, content)
    if not table.rows:
        raise NoRatings(f"{path}: no ratings there: the table has heads alone")
    unrated = len(table.rows) - len(table.rated)
    return tuple(table.ratings(highest)), tuple(table.choices()), unrated


def _is_training(page: str, patterns: Sequence[str]) -> bool:
    if not patterns:
        return TRAINING.search(page) is not None
    return any(p != "none" and fnmatchcase(page.casefold(), p.casefold()) for p in patterns)


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def _reasons(files: RatingFiles) -> str:
    reasons = [f"{path}: {reason}" for path, reason in files.unread.items()]
    return ": not read: " + "; ".join(reasons[:5]) if reasons else ""
