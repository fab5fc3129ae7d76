"""Read the ratings and choices of a listening test from the files of the tool that collected them.

    webMUSHRA           mushra.csv: session_uuid, trial_id, rating_stimulus, rating_score
                        paired_comparison.csv: session_uuid, trial_id, choice_reference,
                        choice_non_reference, choice_answer
    Web Audio           one XML file a session (APE, MUSHRA and its other interfaces), root
    Evaluation Tool     `waetresult`
    plain CSV           rater,song,system,score   or, of pairs,   rater,song,better,worse

Scores range from 0 to 100; those of the Web Audio Evaluation Tool range from 0 to 1 and are
multiplied by 100. The kind of a file is recognised by its content.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

from automix_bench.errors import DatasetError, UsageError

PLAIN = ("rater", "song", "system", "score")
PLAIN_PAIRS = ("rater", "song", "better", "worse")
MUSHRA = ("session_uuid", "trial_id", "rating_stimulus", "rating_score")
CHOICES = ("session_uuid", "trial_id", "choice_reference", "choice_non_reference", "choice_answer")
NO_RATING = ("outside-reference",)


@dataclass(frozen=True)
class Rating:
    """One person's score, from 0 to 100, of one system on one song."""

    rater: str
    song: str
    system: str
    score: float


@dataclass(frozen=True)
class Preference:
    """One person's choice between two systems on one song."""

    rater: str
    song: str
    better: str
    worse: str


def read_ratings(paths: Sequence[Path], axis: str | None = None) -> tuple[Rating, ...]:
    """Read the ratings in these files; of a folder, in all its XML and CSV files.

    Args:
        axis: the question to read, of a test that asks several at once.

    Raises:
        DatasetError: a file is missing, of an unknown kind, or damaged.
        UsageError: the test asked several questions and none of them is named.
    """
    ratings: list[Rating] = []
    for path in _files(paths):
        if path.suffix == ".xml":
            ratings += _waet(path, axis)
        else:
            ratings += _from_table(path)
    if not ratings:
        raise DatasetError(f"{', '.join(map(str, paths))}: no ratings there")
    return tuple(ratings)


def read_preferences(paths: Sequence[Path], axis: str | None = None) -> tuple[Preference, ...]:
    """Read the choices between two systems in these files.

    Scores are turned into choices: see `preferences`.

    Args:
        axis: the question to read, of a test that asks for scores on several at once.

    Raises:
        DatasetError: a file is missing, of an unknown kind, or damaged.
        UsageError: the test asked several questions and none of them is named.
    """
    choices: list[Preference] = []
    for path in _files(paths):
        rows = list(_rows(path)) if path.suffix != ".xml" else []
        if rows and _has(rows[0], PLAIN_PAIRS):
            choices += [_plain_choice(path, n, row) for n, row in enumerate(rows, start=2)]
        elif rows and _has(rows[0], CHOICES):
            choices += [_choice(path, row) for row in rows]
        else:
            choices += preferences(read_ratings([path], axis))
    if not choices:
        raise DatasetError(f"{', '.join(map(str, paths))}: no choices there")
    return tuple(choices)


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


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.iterdir() if p.suffix in (".xml", ".csv"))
        elif path.is_file():
            yield path
        else:
            raise DatasetError(f"{path}: no ratings there: give a .csv, an .xml or their folder")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, restkey="", restval="")
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: not a table of ratings: {error}") from error


def _from_table(path: Path) -> Iterator[Rating]:
    rows = list(_rows(path))
    if not rows:
        return
    for columns in (MUSHRA, PLAIN):
        if _has(rows[0], columns):
            yield from (_rating(path, n, row, columns) for n, row in enumerate(rows, start=2))
            return
    raise DatasetError(
        f"{path}: wanted the columns {','.join(PLAIN)} or webMUSHRA's {','.join(MUSHRA)}, got "
        f"{','.join(rows[0])}"
    )


def _has(row: Mapping[str, str], columns: Sequence[str]) -> bool:
    return set(columns) <= set(row)


def _rating(path: Path, line: int, row: Mapping[str, str], columns: Sequence[str]) -> Rating:
    rater, song, system, score = (row[name] for name in columns)
    return Rating(rater, song, system, _score(f"{path}, line {line}", score, 100.0))


def _score(where: str, text: str | None, most: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= most:
        raise DatasetError(f"{where}: wanted a score from 0 to {most:g}, got {text!r}")
    return value * 100.0 / most


def _plain_choice(path: Path, line: int, row: Mapping[str, str]) -> Preference:
    rater, song, better, worse = (row[name] for name in PLAIN_PAIRS)
    if not better or not worse or better == worse:
        raise DatasetError(
            f"{path}, line {line}: wanted two systems, got {better!r} better than {worse!r}"
        )
    return Preference(rater, song, better, worse)


def _choice(path: Path, row: Mapping[str, str]) -> Preference:
    rater, song, reference, other, answer = (row[name] for name in CHOICES)
    chosen = {
        "reference": (reference, other),
        "non_reference": (other, reference),
        reference: (reference, other),
        other: (other, reference),
    }.get(answer)
    if chosen is None:
        raise DatasetError(
            f"{path}: {rater} on {song}: wanted {reference} or {other}, got {answer!r}"
        )
    return Preference(rater, song, *chosen)


def _waet(path: Path, axis: str | None) -> Iterator[Rating]:
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise DatasetError(f"{path}: not a result file: {error}") from error
    if root.tag != "waetresult":
        raise DatasetError(f"{path}: wanted the root waetresult, got {root.tag}")
    rater = root.get("key") or path.stem
    for page in root.findall("page"):
        if page.get("state", "complete") != "complete":
            continue
        song = re.sub(r"-repeat-\d+$", "", page.get("ref", ""))
        for element in page.findall("audioelement"):
            if element.get("type") not in NO_RATING:
                system = str(element.get("name") or element.get("ref", ""))
                yield Rating(rater, song, system, _value(path, song, system, element, axis))


def _value(
    path: Path, song: str, system: str, element: ElementTree.Element, axis: str | None
) -> float:
    values = {_axis(value): value.text for value in element.findall("value")}
    if axis is None and len(values) > 1:
        raise UsageError(f"{path}: say with --axis which question: {', '.join(sorted(values))}")
    name = axis if axis is not None else next(iter(values), "default")
    if name not in values:
        raise DatasetError(f"{path}: {system} on {song} has no rating of {name}")
    return _score(f"{path}: {system} on {song}", values[name], 1.0)


def _axis(value: ElementTree.Element) -> str:
    name = value.get("interface-name")
    return "default" if name in (None, "", "null") else str(name)
