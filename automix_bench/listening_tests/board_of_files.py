"""From files of ratings, and scorecards or sounds, to the board of metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.catalogue.metrics import metrics_named
from automix_bench.errors import UsageError
from automix_bench.evaluation.card_checks import common_metrics, task_of
from automix_bench.executor import Progress, silent
from automix_bench.listening_tests.agreement import names_of
from automix_bench.listening_tests.metric_board import MetricBoard, metric_board
from automix_bench.listening_tests.rated_sounds import RatedSounds, of_cards, of_folder
from automix_bench.listening_tests.screening import ScreenedRatings, left_out_lines, read_screened
from automix_bench.listening_tests.simulated_raters import (
    UTILITY,
    SimulatedPanel,
    simulated_on_cards,
    simulated_test,
)
from automix_bench.scorecard import read_scorecard

Simulation = tuple[str, SimulatedPanel, int]
"""The metric that simulated raters follow, the raters, and a seed."""


@dataclass(frozen=True)
class Files:
    """What a board is made of.

    Attributes:
        paths: files or folders of ratings, each a test of its own, and scorecards.
        sounds: folders of sounds in place of scorecards: one for all tests, or one for each.
        target: the sound of each song that metrics compare with; None for the hidden reference.
        trim: cut the sounds of a song to the shortest.
        called: texts `RATED=NAME`; see `agreement.names_of`.
        task: the task of the cards, if it is not built in.
    """

    paths: tuple[Path, ...]
    sounds: tuple[Path, ...] = ()
    target: str | None = None
    trim: bool = False
    called: tuple[str, ...] = ()
    task: str | None = None


@dataclass(frozen=True)
class Screening:
    """How files of ratings are read; see `screening.read_screened`."""

    reference: str | None = None
    anchor: str | None = None
    axis: str | None = None
    training: tuple[str, ...] = ()
    highest: float = 100.0

    def read(self, path: Path) -> ScreenedRatings:
        """The ratings in a file or a folder."""
        return read_screened(
            [path],
            reference=self.reference,
            anchor=self.anchor,
            axis=self.axis,
            training=self.training,
            highest=self.highest,
        )


DEFAULT = Screening()


def metric_board_of_files(
    files: Files,
    metrics: Sequence[str] | None = None,
    screening: Screening = DEFAULT,
    simulation: Simulation | None = None,
    *,
    told: Callable[[str], None],
    progress: Progress = silent,
) -> MetricBoard:
    """Read ratings, cards or sounds, and rank the metrics for each test.

    Args:
        metrics: names; None for those that all cards share, or for all cheap ones on sounds.
        simulation: simulated raters in place of files of ratings.
        told: is called with a line for each file, rater, sound or metric that is left out.

    Raises:
        UsageError: what was given does not fit together.
        DatasetError: a file is missing, damaged or of something else.
    """
    cards = [path for path in files.paths if is_card(path)]
    rated = [path for path in files.paths if path not in cards]
    if simulation is not None:
        tests = [_simulated(files, cards, rated, metrics, simulation)]
    elif not rated:
        raise UsageError(
            "agreement: expected a file of ratings, got none: webMUSHRA .csv, WAET .xml, the Mix "
            "Evaluation Dataset's evaluations.csv, or a .csv of rater,song,system,score"
        )
    elif files.sounds:
        tests = _on_sounds(files, cards, rated, metrics, screening, told, progress)
    else:
        tests = _on_cards(files, cards, rated, metrics, screening, told)
    board = metric_board(tests)
    for stratum in board.strata:
        for note in stratum.notes:
            told(note)
    return board


def is_card(path: Path) -> bool:
    """Whether a file is a scorecard by its first character; by its name if it is not there."""
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    except OSError:
        return path.suffix.lower() == ".json" and not path.is_dir()


def _read(
    screening: Screening, path: Path, alone: bool, told: Callable[[str], None]
) -> ScreenedRatings:
    screened = screening.read(path)
    for line in left_out_lines(screened.unread, screened.training, screened.excluded):
        told(line if alone else f"{path}: {line}")
    return screened


def _on_cards(
    files: Files,
    cards: Sequence[Path],
    rated: Sequence[Path],
    metrics: Sequence[str] | None,
    screening: Screening,
    told: Callable[[str], None],
) -> list[RatedSounds]:
    if not cards:
        raise UsageError(
            "agreement: expected scorecards of the rated systems, or --sounds FOLDER with the "
            "rated sounds, got neither"
        )
    scorecards = [read_scorecard(path) for path in cards]
    chosen = common_metrics(scorecards, task_of(scorecards, files.task), metrics)
    return [
        of_cards(
            str(path),
            _read(screening, path, len(rated) == 1, told).ratings,
            scorecards,
            chosen,
            names_of(files.called),
        )
        for path in rated
    ]


def _on_sounds(
    files: Files,
    cards: Sequence[Path],
    rated: Sequence[Path],
    metrics: Sequence[str] | None,
    screening: Screening,
    told: Callable[[str], None],
    progress: Progress,
) -> list[RatedSounds]:
    target = files.target or screening.reference
    if cards:
        raise UsageError(f"--sounds: expected no scorecard beside it, got {cards[0]}")
    if target is None:
        raise UsageError(
            "--sounds: expected --target NAME, or --reference NAME, too: the sound of each song "
            "that metrics compare with"
        )
    if len(files.sounds) not in (1, len(rated)):
        raise UsageError(
            f"--sounds: expected one folder, or one for each of {len(rated)} tests, got "
            f"{len(files.sounds)}"
        )
    folders = files.sounds if len(files.sounds) > 1 else files.sounds * len(rated)
    chosen = metrics_named(",".join(metrics or ["cheap"]))
    return [
        of_folder(
            str(path),
            _read(screening, path, len(rated) == 1, told).ratings,
            folder,
            target,
            chosen,
            called=names_of(files.called),
            trim=files.trim,
            progress=progress,
        )
        for path, folder in zip(rated, folders, strict=True)
    ]


def _simulated(
    files: Files,
    cards: Sequence[Path],
    rated: Sequence[Path],
    metrics: Sequence[str] | None,
    simulation: Simulation,
) -> RatedSounds:
    followed, panel, seed = simulation
    if rated or files.sounds:
        raise UsageError(
            "--simulate: expected scorecards or nothing, because its raters are made up, got "
            f"{(*rated, *files.sounds)[0]}"
        )
    if not cards:
        if followed != UTILITY:
            raise UsageError(
                f"--simulate {followed}: expected scorecards too, or --simulate {UTILITY} for a "
                "made-up test"
            )
        return simulated_test(panel, seed=seed)
    scorecards = [read_scorecard(path) for path in cards]
    task = task_of(scorecards, files.task)
    chosen = common_metrics(scorecards, task, metrics)
    (metric,) = common_metrics(scorecards, task, [followed])
    if metric.name not in {one.name for one in chosen}:
        chosen = (*chosen, metric)
    return simulated_on_cards(scorecards, chosen, metric, panel, seed)
