"""The model that is checked: asked in its box, in as many processes as a trial needs."""

from __future__ import annotations

import contextlib
import copy
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio, total
from automix_bench.checkup.check_errors import DoesNotApply, NotAnswered
from automix_bench.checkup.check_tracks import CheckTracks, levelled
from automix_bench.checkup.compare import FLOOR_DB
from automix_bench.checkup.model_kinds import CONSOLE, MOST_STEMS, NUMBERS, ModelKind
from automix_bench.checkup.returned import Returned, Tolerance, apart, mix_of_console
from automix_bench.evaluation.ask_model import ask_here
from automix_bench.evaluation.entry import Entry
from automix_bench.isolation.answer_faults import why_not_comparable, why_not_storable
from automix_bench.isolation.box import IN_PROCESS
from automix_bench.isolation.model_process import ModelProcess, Reply
from automix_bench.isolation.privileges import Limits
from automix_bench.isolation.running import ModelPlace
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems

STEM_SECONDS = 2.0
"""How much of a stem a removal model is shown."""
_DRAWS = 7
"""How many further answers tell how far those of a model that draws at random spread."""
_THREE_TIMES_DB = 9.5


@dataclass
class Subject:
    """A model under test.

    Attributes:
        entry: which model.
        kind: what it is shown and what it returns.
        music: what it is shown.
        limits: how much of the machine it may use.
    """

    entry: Entry
    kind: ModelKind
    music: CheckTracks
    limits: Limits = field(default_factory=Limits)
    _process: ModelProcess | None = None
    _unasked: Any = None

    def __post_init__(self) -> None:
        if self.entry.model is not None:
            try:
                self._unasked = copy.deepcopy(self.entry.model)
            except Exception:  # anybody's object
                self._unasked = self.entry.model

    @property
    def state(self) -> str:
        """How it is kept apart; see `isolation.box.STATES`. Empty before it is first asked."""
        if self.entry.model is not None:
            return IN_PROCESS
        return self._process.state if self._process else ""

    @property
    def lacking(self) -> str:
        """Why it is not boxed; empty if it is."""
        return self._process.lacking if self._process else ""

    @cached_property
    def brief(self) -> Brief:
        """The plain brief that most trials change."""
        return self.brief_of(self.tracks)

    @cached_property
    def answer(self) -> Answer:
        """The answer to the plain brief.

        Raises:
            NotAnswered: there is none.
        """
        return self.ask(self.brief)

    @property
    def tracks(self) -> Stems:
        """The tracks of the plain brief: those of the song, or a few for removal models."""
        return self.shown_of(self.music.tracks)

    def shown_of(self, tracks: Stems) -> Stems:
        """As many tracks as a model of this kind is shown at once; of stems each with a peak of
        its own at `PEAK_DB`."""
        if not self.kind.removes:
            return tracks
        few = {name: _start(tracks[name], STEM_SECONDS) for name in list(tracks)[:MOST_STEMS]}
        return {name: levelled({name: track})[name] for name, track in few.items()}

    def brief_of(self, tracks: Stems, reference: Audio | None = None, clean: bool = False) -> Brief:
        """What the model is shown of some tracks; see `ModelKind.brief`.

        Args:
            reference: default: a mix of another song.
        """
        if self.kind.with_reference and reference is None:
            reference = self.music.reference
        return self.kind.brief(tracks, reference, clean)

    @cached_property
    def unrest(self) -> float:
        """How far answers to the plain brief are apart, in dB or in the unit of the numbers: of a
        model that draws at random, no comparison can be closer. The largest of a few answers.

        Raises:
            NotAnswered: there is no answer.
        """
        distance = apart(self.plain_answer, self.returned(self.brief))
        if distance <= (0.0 if self.kind.returns == NUMBERS else FLOOR_DB):
            return distance
        draws = [self.plain_answer, *(self.returned(self.brief) for _ in range(_DRAWS))]
        return max(apart(one, other) for one, other in itertools.combinations(draws, 2))

    def stated(self, tolerance: Tolerance) -> float:
        """A tolerance in dB, or in the unit of the numbers."""
        return tolerance.number if self.kind.returns == NUMBERS else tolerance.db

    def allowed(self, tolerance: Tolerance) -> float:
        """The difference that a comparison with the plain answer allows: what the trial allows, or
        three times what the model differs from itself."""
        own = 3.0 * self.unrest if self.kind.returns == NUMBERS else self.unrest + _THREE_TIMES_DB
        return max(self.stated(tolerance), own)

    @property
    def unit_of_numbers(self) -> str:
        """The unit of the numbers that the model returns; empty if it returns sounds."""
        return self.kind.unit if self.kind.returns == NUMBERS else ""

    def demand_sounds(self) -> None:
        """Refuse a trial about sounds where a model returns numbers.

        Raises:
            DoesNotApply: it does.
        """
        if self.kind.returns == NUMBERS:
            raise DoesNotApply(f"a model of {self.kind.task} returns numbers and no sounds")

    def demand_levels(self) -> None:
        """Refuse a trial about levels where a model returns numbers that are not levels relative
        to what it is shown: what becomes of other numbers, only their task knows.

        Raises:
            DoesNotApply: it does.
        """
        if self.kind.returns == NUMBERS and not self.kind.relative:
            raise DoesNotApply(
                f"whether the numbers of {self.kind.task} stay the same, only the task knows"
            )

    def demand_tracks(self) -> None:
        """Refuse a trial about tracks and their mix where a model mixes no tracks.

        Raises:
            DoesNotApply: it does not.
        """
        if not self.kind.has_tracks:
            raise DoesNotApply(f"a model of {self.kind.task} mixes no tracks")

    def demand_several(self) -> None:
        """Refuse a trial about many tracks where a model is shown one sound.

        Raises:
            DoesNotApply: it is.
        """
        if not self.kind.several:
            raise DoesNotApply(f"a model of {self.kind.task} is shown {self.kind.shown}")

    def reply(self, brief: Brief) -> Reply:
        """What comes back for a brief, whether it fits or not."""
        if self.entry.model is not None:
            return ask_here(self.entry.model, brief, Answer())
        if self._process is None:
            self._process = ModelProcess(self._place, (), self.limits)
        return self._process.ask(brief)

    def ask(self, brief: Brief) -> Answer:
        """The answer to a brief.

        Raises:
            NotAnswered: there is none that fits the brief.
        """
        return self.fitting(brief, self.reply(brief))

    def fitting(self, brief: Brief, reply: Reply) -> Answer:
        """The answer of a reply. Of a model that returns a console, its `mix` is the sound that the
        console makes.

        Raises:
            NotAnswered: there is none that fits the brief.
        """
        failure = reply.failure or why_not_storable(reply.answer)
        if failure or reply.answer is None:
            raise NotAnswered(failure)
        if self.kind.returns == NUMBERS:
            self._demand_numbers(reply.answer)
            return reply.answer
        answer = reply.answer
        if self.kind.returns == CONSOLE:
            mix = mix_of_console(answer.console, brief.stems)
            answer = replace(answer, stems={"mix": mix})
        whole = total(brief.stems.values())
        one_of_many = len(self.kind.returned) > 1  # such as vocals, which a song may not have
        for name in self.kind.names(brief):
            expected = whole if self.kind.returned else brief.stems[name]
            fault = why_not_comparable(name, expected, answer.stems)
            if fault and not (one_of_many and fault.endswith("is silent where sound was wanted")):
                raise NotAnswered(fault)
        return answer

    def _demand_numbers(self, answer: Answer) -> None:
        names = self.kind.returned
        if not answer.values or (names and not set(names) & set(answer.values)):
            expected = f"numbers such as {names[0]}" if names else "numbers"
            raise NotAnswered(f"expected {expected} in the answer, got {sorted(answer.values)}")

    def wanted(self, brief: Brief, answer: Answer) -> Stems:
        """The sounds of an answer that the task asks for."""
        return {name: answer.stems[name] for name in self.kind.names(brief)}

    def sounds(self, brief: Brief) -> Stems:
        """The sounds that the task asks for, as the model answers a brief.

        Raises:
            NotAnswered: it gives no answer that fits.
        """
        return self.wanted(brief, self.ask(brief))

    @property
    def plain(self) -> Stems:
        """The sounds of the answer to the plain brief.

        Raises:
            NotAnswered: there is none.
        """
        return self.wanted(self.brief, self.answer)

    def returned(self, brief: Brief) -> Returned:
        """What of an answer to a brief the task asks for: sounds or numbers.

        Raises:
            NotAnswered: it gives no answer that fits.
        """
        return self.of_answer(brief, self.ask(brief))

    def of_answer(self, brief: Brief, answer: Answer) -> Returned:
        """What of an answer the task asks for: sounds or numbers."""
        if self.kind.returns == NUMBERS:
            names = self.kind.returned or tuple(answer.values)
            return Returned(numbers={n: answer.values[n] for n in names if n in answer.values})
        return Returned(sounds=self.wanted(brief, answer))

    @property
    def plain_answer(self) -> Returned:
        """What of the answer to the plain brief the task asks for.

        Raises:
            NotAnswered: there is none.
        """
        return self.of_answer(self.brief, self.answer)

    @contextlib.contextmanager
    def another(self) -> Iterator[Subject]:
        """The same model in a process of its own that has been asked nothing; of an object of this
        process, a copy as it was before it was asked."""
        entry = self.entry
        if entry.model is not None:
            entry = replace(entry, model=copy.deepcopy(self._unasked))
        other = Subject(entry, self.kind, self.music, self.limits)
        try:
            yield other
        finally:
            other.close()

    @contextlib.contextmanager
    def in_its_box(
        self, code: str, forbidden: Sequence[Path] = (), with_model: bool = True
    ) -> Iterator[Subject]:
        """Other code in a process and a box as the model has them.

        Args:
            code: a model's file.
            forbidden: what it may not read.
            with_model: it may read the model's own files.
        """
        with tempfile.TemporaryDirectory(prefix="check-") as folder:
            path = Path(folder) / "in_its_box.py"
            path.write_text(code, encoding="utf-8")
            own = self._place
            read = (path, *(own.read if with_model else ()))
            place = replace(own, name=str(path), read=read, words=(), exchange="")
            process = ModelProcess(place, forbidden, self.limits)
            other = replace(self, entry=replace(self.entry, model=None, place=place))
            other._process = process
            try:
                yield other
            finally:
                other.close()

    def close(self) -> None:
        """End the model's process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    @property
    def _place(self) -> ModelPlace:
        assert self.entry.place is not None, "a model that answers here has no process"
        return self.entry.place


def _start(audio: Audio, seconds: float) -> Audio:
    return audio.excerpt(0, min(audio.length, round(seconds * audio.rate)))
