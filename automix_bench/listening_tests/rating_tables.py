"""Read tables of ratings or choices, in any dialect of CSV.

Cells are separated by `,`, `;` or tabs, with or without a space behind; heads may have capitals;
numbers may have a decimal comma. The encoding is UTF-8, with or without a byte order mark, or
UTF-16 with one. A row with more cells than the table has heads is an error.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from automix_bench.errors import DatasetError
from automix_bench.listening_tests.rating import Preference, Rating

PLAIN = ("rater", "song", "system", "score")
PLAIN_PAIRS = ("rater", "song", "better", "worse")
MUSHRA = ("session_uuid", "trial_id", "rating_stimulus", "rating_score")
CHOICES = ("session_uuid", "trial_id", "choice_reference", "choice_non_reference", "choice_answer")
MIX_EVALUATION = ("participant_id", "legacy_song_id", "legacy_mix_code", "preference_score_0_1")
"""The table `evaluations.csv` of the Mix Evaluation Dataset, whose sounds are called
`audio/SONG/MIX.wav` after the same names."""
KINDS = (MUSHRA, PLAIN, CHOICES, PLAIN_PAIRS, MIX_EVALUATION)
SEPARATORS = (",", ";", "\t", "|")
NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?")


class NoRatings(DatasetError):
    """A file holds neither ratings nor choices."""


@dataclass(frozen=True)
class RatingTable:
    """A table of one of `KINDS`.

    Attributes:
        columns: the heads of its kind.
        rows: the cells below those heads, each row with its line in the file.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def rated(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """The rows that hold a score, if the kind allows rows without one."""
        if self.columns != MIX_EVALUATION:
            return self.rows
        return tuple((line, row) for line, row in self.rows if row[-1])

    def ratings(self, highest: float) -> Iterator[Rating]:
        """The scores; none in a table of choices.

        Args:
            highest: the highest score of the scale; that of `MIX_EVALUATION` is 1.

        Raises:
            DatasetError: a cell is empty, or a score is not a number from 0 to `highest`.
        """
        if self.columns in (MUSHRA, PLAIN, MIX_EVALUATION):
            for line, (rater, song, system, score) in self.rated:
                where = f"{self.path}, line {line}"
                demand_names(where, rater=rater, song=song, system=system)
                end = 1.0 if self.columns == MIX_EVALUATION else highest
                yield Rating(rater, song, system, score_of(where, score, end))

    def choices(self) -> Iterator[Preference]:
        """The choices; none in a table of scores.

        Raises:
            DatasetError: a cell is empty, or names no system that was asked about.
        """
        if self.columns in (CHOICES, PLAIN_PAIRS):
            for line, (rater, song, *cells) in self.rows:
                where = f"{self.path}, line {line}"
                demand_names(where, rater=rater, song=song)
                chosen = _chosen(where, *cells) if len(cells) == 3 else (cells[0], cells[1])
                if not all(chosen) or chosen[0] == chosen[1]:
                    raise DatasetError(
                        f"{where}: wanted two systems, got {chosen[0]!r} better than {chosen[1]!r}"
                    )
                yield Preference(rater, song, *chosen)


def read_table(path: Path, content: bytes) -> RatingTable:
    """Read a table, whatever its dialect.

    Raises:
        NoRatings: the table is empty, or has not the heads of ratings or choices.
        DatasetError: the file is no text, a quote is not closed, a row has too many cells, or a
            head is there twice.
    """
    text = _text(path, content)
    rows = _rows(path, text, ",")
    for separator in SEPARATORS:
        rows = _rows(path, text, separator)
        heads = [_head(cell) for cell in rows[0][1]] if rows else []
        for columns in KINDS:
            if set(columns) <= set(heads):
                return RatingTable(path, columns, tuple(_under(path, columns, heads, rows[1:])))
        if set(CHOICES) - set(heads) == {CHOICES[0]}:
            raise NoRatings(
                f"{path}: webMUSHRA's own service writes no rater beside choices: add a column "
                f"{CHOICES[0]} that tells raters apart"
            )
    first = text.strip().partition("\n")[0][:200]
    if not first:
        raise NoRatings(f"{path}: no ratings there: the file is empty")
    raise NoRatings(
        f"{path}: wanted the columns {','.join(PLAIN)}; or {','.join(PLAIN_PAIRS)}; or webMUSHRA's "
        f"{','.join(MUSHRA)}; or the Mix Evaluation Dataset's {','.join(MIX_EVALUATION)}; got "
        f"{first!r}"
    )


def _text(path: Path, content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path}: not a table of ratings: {error}: save it as UTF-8 text"
        ) from error
    return re.sub(r"\Asep=.[ \t]*(\r\n|\r|\n)", "", text)  # Excel's first line


def _rows(path: Path, text: str, separator: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, with their lines; PHP escapes a quote by a backslash."""
    for escape in (None, "\\"):
        reader = csv.reader(
            io.StringIO(text, newline=None),
            delimiter=separator,
            skipinitialspace=True,
            escapechar=escape,
            strict=True,
        )
        try:
            rows = [(reader.line_num, [" ".join(cell.split()) for cell in row]) for row in reader]
        except csv.Error as error:
            reason, line = error, reader.line_num
        else:
            return [(line, row) for line, row in rows if any(row)]
    raise DatasetError(f"{path}, line {line}: not a table of ratings: {reason}")


def _head(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.casefold())


def _under(
    path: Path,
    columns: Sequence[str],
    heads: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The cells below those heads; the empty text where a row ends early."""
    if twice := [name for name in columns if Counter(heads)[name] > 1]:
        raise DatasetError(f"{path}: the column {twice[0]} is there twice: leave one")
    places = [heads.index(name) for name in columns]
    for line, row in rows:
        if any(row[len(heads) :]):
            raise DatasetError(
                f"{path}, line {line}: expected {len(heads)} cells, got {len(row)}: put quotes "
                "around a cell that holds the separator, such as a number with a decimal comma"
            )
        yield line, tuple(row[place] if place < len(row) else "" for place in places)


def demand_names(where: str, **names: str) -> None:
    """Refuse empty names.

    Raises:
        DatasetError: a name is empty.
    """
    for what, name in names.items():
        if not name:
            raise DatasetError(f"{where}: expected the name of a {what}, got nothing")


def score_of(where: str, text: str | None, highest: float) -> float:
    """The score from 0 to 100 that a text states on a scale from 0 to `highest`.

    Raises:
        DatasetError: the text is not a number from 0 to `highest`.
    """
    number = (text or "").strip()
    value = float(number.replace(",", ".")) if NUMBER.fullmatch(number) else float("nan")
    if not (isfinite(value) and 0.0 <= value <= highest):
        raise DatasetError(f"{where}: wanted a score from 0 to {highest:g}, got {text!r}")
    return value * 100.0 / highest


def _chosen(where: str, reference: str, other: str, answer: str) -> tuple[str, str]:
    by_answer: Mapping[str, tuple[str, str]] = {
        "reference": (reference, other),
        "non_reference": (other, reference),
        reference: (reference, other),
        other: (other, reference),
    }
    if answer not in by_answer:
        raise DatasetError(f"{where}: wanted {reference} or {other}, got {answer!r}")
    return by_answer[answer]
