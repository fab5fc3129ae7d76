"""Read the results of an exported listening test into one table of ratings.

The results of webMUSHRA (`mushra.csv`), of the Web Audio Evaluation Tool (XML) and of `listen
serve` (`ratings.csv`) hold pages and stimuli under names that tell nothing. The key turns them into
songs and systems. What does not fit the key is named, never guessed.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import write_whole
from automix_bench.listening_tests.exported_test import TRAINING, Key, read_key
from automix_bench.listening_tests.rating import Rating
from automix_bench.listening_tests.ratings import SUFFIXES, read_rating_files
from automix_bench.untrusted.shown import for_csv, one_line

HEADS = ("rater", "song", "system", "score", "page", "example", "song_seconds", "rule", "stem")
TEST_COLUMNS = ("session_test_id", "test")
"""The column with the id of the test: of webMUSHRA, and of `listen serve`."""
RATINGS, SESSIONS = "ratings.csv", "sessions"
"""What `listen serve` writes into its folder."""


@dataclass(frozen=True)
class ReadResults:
    """The ratings of a test.

    Attributes:
        rows: the cells below `HEADS`.
        misfits: a line for each thing that does not fit the key or looks wrong.
    """

    rows: tuple[tuple[str, ...], ...]
    misfits: tuple[str, ...]

    @property
    def raters(self) -> int:
        return len({row[0] for row in self.rows})


def read_results(paths: Sequence[Path], key_path: Path) -> ReadResults:
    """Read the results in these files and folders.

    Ratings of the training page are left out. Left out and named are pages and stimuli that the key
    does not know, and files of another test. Kept and named are pages on which stimuli are missing
    or all scores are equal. Of a stimulus that a rater rated twice on one page the last score
    counts.

    Raises:
        DatasetError: a file is missing or damaged, or no rating fits the key.
    """
    key = read_key(key_path)
    misfits: list[str] = []
    scores: dict[tuple[str, str, str], float] = {}
    for path in _files(paths, misfits):
        for rating in _ratings(path, key, misfits):
            _take(rating, key, scores, misfits)
    rows, pages = [], dict[tuple[str, str], dict[str, float]]()
    for (rater, page, system), score in sorted(scores.items()):
        place = key.pages[page]
        pages.setdefault((rater, page), {})[system] = score
        where = (page, place["example"], f"{place['song_seconds']:g}", place["rule"], place["stem"])
        rows.append((rater, str(place["song"]), system, f"{score:g}", *map(str, where)))
    for (rater, page), of_page in sorted(pages.items()):
        if missing := [system for system in key.systems(page) if system not in of_page]:
            misfits.append(f"{rater}, page {page}: not rated: {', '.join(missing)}")
        elif len(set(of_page.values())) == 1:
            one = next(iter(of_page.values()))
            misfits.append(f"{rater}, page {page}: all scores are {one:g}")
    told = tuple(dict.fromkeys(map(one_line, misfits)))
    if not rows:
        raise DatasetError(
            f"{', '.join(map(str, paths))}: no rating fits {key_path}: "
            f"{'; '.join(told[:3]) or 'there is none'}"
        )
    return ReadResults(tuple(rows), told)


def write_ratings(results: ReadResults, path: Path) -> None:
    """Write the table, which `ratings` and `agreement` read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows([for_csv(cell) for cell in row] for row in results.rows)
    write_whole(path, text.getvalue().encode())


def _files(paths: Sequence[Path], misfits: list[str]) -> Iterator[Path]:
    for path in paths:
        if (path / SESSIONS).is_dir():
            yield path / RATINGS
        elif path.is_dir():
            entries = sorted(entry for entry in path.rglob("*") if entry.is_file())
            for entry in entries:
                if entry.suffix.lower() in SUFFIXES:
                    yield entry
                else:
                    misfits.append(f"{entry}: not read: its name does not end in .csv or .xml")
        else:
            yield path


def _ratings(path: Path, key: Key, misfits: list[str]) -> Sequence[Rating]:
    """The ratings of a file; none of a file of another test."""
    ratings = read_rating_files([path], training=("none",)).ratings
    if not ratings:
        misfits.append(f"{path}: no scores there")
    names = _tests(path) if path.suffix.lower() != ".xml" else set()
    if strange := sorted(names - {key.test}):
        misfits.append(f"{path}: of the test {strange[0]}, and the key is of {key.test}")
        return ()
    return ratings


def _tests(path: Path) -> set[str]:
    """The ids of tests that a table names; none if it has no column of them."""
    text = path.read_text("utf-8-sig", errors="replace")
    rows = csv.DictReader(io.StringIO(text, newline=None))
    names: set[str] = set()
    with contextlib.suppress(csv.Error):  # a cell of a book's length
        for row in rows:
            names.update(str(row[name]) for name in TEST_COLUMNS if row.get(name))
    return names


def _take(
    rating: Rating, key: Key, scores: dict[tuple[str, str, str], float], misfits: list[str]
) -> None:
    if rating.song == TRAINING:
        return
    if rating.song not in key.pages:
        misfits.append(f"{rating.rater}: the key has no page {rating.song}")
        return
    system = key.system(rating.song, rating.system)
    if system is None:
        misfits.append(
            f"{rating.rater}, page {rating.song}: the key has no stimulus {rating.system}"
        )
        return
    place = (rating.rater, rating.song, system)
    if place in scores:
        misfits.append(f"{rating.rater}, page {rating.song}: {system} is rated twice")
    scores[place] = rating.score
