"""The model that is checked: asked in its box, in as many processes as a trial needs."""

from __future__ import annotations

import contextlib
import copy
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio, total
from automix_bench.checkup.check_errors import DoesNotApply, NotAnswered
from automix_bench.checkup.check_tracks import CheckTracks, levelled
from automix_bench.checkup.compare import difference_db
from automix_bench.checkup.model_kinds import MOST_STEMS, ModelKind
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
    def unrest_db(self) -> float:
        """The difference of two answers to the plain brief, in dB: of a model that draws at random,
        no comparison can be closer.

        Raises:
            NotAnswered: there is no answer.
        """
        return difference_db(self.plain, self.sounds(self.brief))

    def allowed_db(self, most_db: float) -> float:
        """The difference that a comparison with the plain answer allows: what the trial allows, or
        what the model differs from itself, and 6 dB."""
        return max(most_db, self.unrest_db + 6.0)

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
        """The answer of a reply.

        Raises:
            NotAnswered: there is none that fits the brief.
        """
        failure = reply.failure or why_not_storable(reply.answer)
        if failure or reply.answer is None:
            raise NotAnswered(failure)
        whole = total(brief.stems.values())
        one_of_many = len(self.kind.returned) > 1  # such as vocals, which a song may not have
        for name in self.kind.names(brief):
            expected = whole if self.kind.returned else brief.stems[name]
            fault = why_not_comparable(name, expected, reply.answer.stems)
            if fault and not (one_of_many and fault.endswith("is silent where sound was wanted")):
                raise NotAnswered(fault)
        return reply.answer

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
