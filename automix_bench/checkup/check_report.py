"""What a check-up shows of a model: a line for each trial."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from automix_bench import __version__
from automix_bench.audio import Audio
from automix_bench.checkup.check_trial import FAIL, CheckTrial
from automix_bench.song import slug


@dataclass(frozen=True)
class CheckLine:
    """One trial and what it shows.

    Attributes:
        verdict: one of `check_trial.VERDICTS`.
        figure: in the trial's unit; None if there is none.
        reason: in one line; empty if the figure says all.
        figures: further figures; a name ends with its unit.
        sounds: of a trial that fails, by name.
        seconds: that it took.
        unit: of the figure, where the model returns numbers; empty: that of the trial.
    """

    trial: CheckTrial
    verdict: str
    figure: float | None
    reason: str
    seconds: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    sounds: Mapping[str, Audio] = field(default_factory=dict)
    unit: str = ""

    @property
    def figure_unit(self) -> str:
        """The unit of the figure."""
        return self.unit or self.trial.unit

    @property
    def limit(self) -> str:
        """The tolerance that the figure is held to."""
        return (self.unit and self.trial.number_limit) or self.trial.limit

    @property
    def figure_text(self) -> str:
        """The figure with its unit; empty if there is none."""
        if self.figure is None or not math.isfinite(self.figure):
            return ""
        digits = 2 if abs(self.figure) < 10.0 else 1
        text = f"{round(self.figure, digits) + 0.0:.{digits}f}"  # no -0.00
        whole = float(self.figure).is_integer() and not self.figure_unit.startswith(("dB", "LU"))
        return f"{text.split('.')[0] if whole else text} {self.figure_unit}".rstrip()

    def to_json(self) -> dict[str, Any]:
        """Everything but the sounds."""
        return {
            "trial": self.trial.name,
            "challenge": self.trial.challenge,
            "tries": self.trial.description,
            "expects": self.trial.expects,
            "verdict": self.verdict,
            "figure": self.figure,
            "unit": self.figure_unit,
            "limit": self.limit,
            "reason": self.reason,
            "figures": dict(self.figures),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class CheckReport:
    """What a check-up shows of a model.

    Attributes:
        model: its title.
        code, weights: see `evaluation.entry.Entry`.
        task: what it was asked as a model of.
        isolation: how it was kept apart; see `isolation.box.STATES`.
        lacking: why it was not boxed; empty if it was.
    """

    model: str
    code: str
    weights: str
    task: str
    isolation: str
    lacking: str
    lines: tuple[CheckLine, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the trials that the model fails."""
        return tuple(line.trial.name for line in self.lines if line.verdict == FAIL)

    def line(self, name: str) -> CheckLine:
        """The line of a trial.

        Raises:
            KeyError: it was not tried.
        """
        by_name = {line.trial.name: line for line in self.lines}
        return by_name[name]

    def counts(self) -> dict[str, int]:
        """How many lines have each verdict."""
        verdicts = [line.verdict for line in self.lines]
        return {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}

    def to_json(self) -> dict[str, Any]:
        """Everything but the sounds: the model, the versions, every line with every figure."""
        return {
            "model": self.model,
            "code": self.code,
            "weights": self.weights,
            "task": self.task,
            "isolation": self.isolation,
            "lacking": self.lacking,
            "versions": versions(),
            "counts": self.counts(),
            "lines": [line.to_json() for line in self.lines],
        }

    def write_sounds(self, folder: Path) -> tuple[Path, ...]:
        """Write what is worth hearing of the lines that fail: WAV files of 32-bit floats, so that
        what is over full scale stays so.

        Returns:
            The files.

        Raises:
            OSError: they cannot be written.
        """
        import soundfile

        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for line in self.lines:
            for name, audio in line.sounds.items() if line.verdict == FAIL else ():
                path = folder / f"{line.trial.name}-{slug(name)}.wav"
                soundfile.write(path, audio.samples.T, audio.rate, subtype="FLOAT")
                written.append(path)
        return tuple(written)


def versions() -> dict[str, str]:
    """Of this package, of Python, of numpy, and of the system."""
    return {
        "automix_bench": __version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "system": platform.platform(),
    }
