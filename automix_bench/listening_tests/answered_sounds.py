"""The sounds of a listening test: what is wanted, what models answered, and the anchors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import UsageError
from automix_bench.evaluation.compared import compared, wanted_of
from automix_bench.evaluation.entry import model_named
from automix_bench.evaluation.labels import label_of
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_folder import (
    StoredAnswer,
    demand_run_of,
    identity,
    read_answer,
)
from automix_bench.example import Example
from automix_bench.isolation.model_errors import error_line
from automix_bench.listening_tests.anchors import LOW_PASS, chosen_anchors, low_passed
from automix_bench.listening_tests.exported_test import MOST_STIMULI, REFERENCE
from automix_bench.model import Answer, Model
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line


class NoSound(Exception):
    """A system has no sound of an example. The message says which, and why."""


@dataclass
class AnsweredSounds:
    """The answers of runs of one task on one data set.

    Attributes:
        systems: the run folders by what the systems are called.
        anchors: the names of the anchors; those that fail are taken away by `without`.
        own_anchors: whether the user named the anchors: then a failing one is an error.
        stem: which sound of an answer is rated.
    """

    task: Task
    dataset: Dataset
    systems: Mapping[str, Path]
    anchors: tuple[str, ...]
    own_anchors: bool
    stem: str
    left_out: dict[str, str] = field(default_factory=dict)

    def songs(self) -> dict[str, list[int]]:
        """The numbers of the examples that the task scores, by song."""
        songs: dict[str, list[int]] = {}
        rows = self.dataset.rows
        for number in scored_examples(self.task, self.dataset).numbers:
            songs.setdefault(rows[number]["song"], []).append(number)
        return songs

    def wanted(self, example: Example) -> Audio | None:
        """The sound that the task wants of an example; None if it wants none of this stem."""
        references = _references(self.task, example, wanted_of(self.task, example))
        return references.get(self.stem)

    def of(self, example: Example) -> dict[str, Audio]:
        """All sounds of an example by system: the reference, the answers, and the anchors.

        Raises:
            NoSound: a system has none.
            UsageError: an anchor that the user named fails.
        """
        wanted = wanted_of(self.task, example)
        reference = _references(self.task, example, wanted)[self.stem]
        sounds = {REFERENCE: reference}
        for system, folder in self.systems.items():
            stored = read_answer(folder, example.id)
            sounds[system] = self._sound(system, example, wanted, stored)
        for name in self.anchors:
            try:
                sounds[name] = self._anchor(name, example, wanted, reference)
            except (UsageError, NoSound) as error:
                if self.own_anchors:
                    raise UsageError(f"--anchor {name}: {example.id}: {error}") from error
                self.left_out[f"anchor {name}"] = f"{example.id}: {error}"
        if failed := [name for name in self.anchors if name not in sounds]:
            self.anchors = tuple(name for name in self.anchors if name not in failed)
        return sounds

    def _sound(self, system: str, example: Example, wanted: Answer, stored: StoredAnswer) -> Audio:
        parts = compared(self.task, example, wanted, stored)
        if fault := parts.stem_faults.get(self.stem, ""):
            raise NoSound(f"{one_line(system)}: {one_line(fault)}")
        return parts.estimates[self.stem]

    def _anchor(self, name: str, example: Example, wanted: Answer, reference: Audio) -> Audio:
        if match := LOW_PASS.fullmatch(name):
            return low_passed(reference, float(match[1]))
        model = model_named(name)
        if not isinstance(model, Model):
            raise UsageError(f"{name} is told the answer, or is no model of briefs: name another")
        try:
            answer = model(self.task.brief(example))
        except Exception as error:  # whatever a model raises
            raise NoSound(error_line(error)) from error
        stored = StoredAnswer(answer.stems, "", values=answer.values, console=answer.console)
        return self._sound(name, example, wanted, stored)


def answered_sounds(
    runs: Sequence[Path],
    data: Path,
    *,
    task: str | None = None,
    labels: Mapping[str, str] | None = None,
    anchors: Sequence[str] = (),
    stem: str | None = None,
) -> AnsweredSounds:
    """Open the answers of several runs.

    Args:
        task: the name or file of the task, if it is not built in.
        labels: what models are called in the results, if not by their names.
        anchors: see `anchors.chosen_anchors`.
        stem: which sound is rated, if the task wants several.

    Raises:
        DatasetError: a folder holds no run, or the run of another task, split or data set.
        UsageError: the task asks for no sound, two runs are of one model, a stem or an anchor is
            wrong, or a page would have too many stimuli.
    """
    records = [identity(folder) for folder in runs]
    first = records[0]
    if task is None and first["task"] not in plugin.names("tasks"):
        raise UsageError(
            f"{runs[0]}: a run of the task {one_line(first['task'])}, which is not built in: add "
            "--task FILE, the .py file of that task"
        )
    of_task = task_named(task or first["task"])
    dataset = Dataset(data, first["split"])
    for folder in runs:
        demand_run_of(folder, of_task, dataset)
    names = [record["model"] for record in records]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        folders = ", ".join(str(f) for f, name in zip(runs, names, strict=True) if name == twice[0])
        raise UsageError(f"{folders}: two runs of the model {one_line(twice[0])}: give one of them")
    called = label_of(names, labels or {})
    systems = {called[name]: folder for name, folder in zip(names, runs, strict=True)}
    chosen = tuple(
        name for name in chosen_anchors(of_task, anchors) if anchors or name not in names
    )
    if clash := sorted({REFERENCE, *chosen} & systems.keys()):
        raise UsageError(
            f"the system {one_line(clash[0])} is called as the hidden reference or an anchor is: "
            f"add --label {one_line(clash[0])}=ANOTHER"
        )
    if (count := 1 + len(systems) + len(chosen)) > MOST_STIMULI:
        raise UsageError(
            f"listening test: expected at most {MOST_STIMULI} stimuli a page, got {count}: the "
            f"hidden reference, {len(systems)} systems and {len(chosen)} anchors: leave out some"
        )
    return AnsweredSounds(
        of_task, dataset, systems, chosen, bool(anchors), _stem(of_task, dataset, stem)
    )


def _references(task: Task, example: Example, wanted: Answer) -> Mapping[str, Audio]:
    return wanted.stems if task.sounds is None else task.sounds(example, wanted)


def _stem(task: Task, dataset: Dataset, stem: str | None) -> str:
    """The stem that is rated.

    Raises:
        UsageError: the task wants no sounds, or several and none is named, or another one.
    """
    stems: dict[str, None] = {}
    for number in scored_examples(task, dataset).numbers[:20]:
        example = dataset[number]
        stems.update(dict.fromkeys(_references(task, example, wanted_of(task, example))))
    if not stems:
        raise UsageError(
            f"task {task.name}: it asks for numbers or settings, and nobody can listen to those: "
            "a listening test wants a task whose answers are sounds, such as mixing"
        )
    if stem is None and len(stems) > 1:
        raise UsageError(
            f"task {task.name}: say with --stem which of its sounds are rated: {', '.join(stems)}"
        )
    if stem is not None and stem not in stems:
        raise UsageError(f"--stem {one_line(stem)}: expected one of {', '.join(stems)}")
    return stem or next(iter(stems))
