"""Score a submission again from one's own references, and refuse what does not agree."""

from __future__ import annotations

import glob
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import AutomixError, DatasetError
from automix_bench.evaluation.answer_sound import stated_shape
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_costs import SECONDS
from automix_bench.evaluation.run_folder import RunRecord, identity, stated_answer
from automix_bench.evaluation.score import score
from automix_bench.evaluation.scored_data import ALL, facts_of
from automix_bench.executor import Executor, Progress, silent
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.submissions.archive import Archive, opened_archive
from automix_bench.submissions.record import demand_submission, overlapping_items
from automix_bench.submissions.score_differences import largest_differences
from automix_bench.task import Task
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.scorecard_record import no_cost
from automix_bench.untrusted.shown import one_line

RESCORED = "re-scored"
REMEDY = "pack the run again"
DECODING_SECONDS, DECODING_BYTES = 120, 4 << 30
MOST_BYTES_A_SAMPLE, MOST_TAG_BYTES = 4, 1 << 18
"""The largest FLAC file of an answer: its samples, hardly compressed, and some text."""


@dataclass(frozen=True)
class Verified:
    """A submission that was scored again.

    Attributes:
        card: our scores, and facts of our data. Isolation and cost are left out, because only the
            submitter saw them.
        record: the content of `submission.json`.
        badge: `re-scored`.
        largest: the largest difference from the submitter's scores, by metric.
        stated: what only the submitter saw: `isolation`, `processor`, `cost`, and `floor_cost`, the
            cost of the task's floor on the same machine.
        overlap: the examples that the submitter found among what the system was trained on.
    """

    card: Scorecard
    record: Mapping[str, Any]
    largest: Mapping[str, float]
    badge: str = RESCORED
    stated: Mapping[str, Any] = field(default_factory=dict)
    overlap: tuple[str, ...] = ()


def verify(
    path: Path,
    dataset: Dataset,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Verified:
    """Check a submission and score its answers again.

    Nothing in the archive is run. JSON is read under limits of size, and sounds are decoded in a
    process with limits of time and memory before they are read here.

    Args:
        dataset: our own data set, with the split that is scored.

    Raises:
        DatasetError: the archive is damaged or hostile, of other data or of another version, does
            not answer every example, or its scores are not those of its answers. The message names
            the item, what was expected and what came.
    """
    with (
        opened_archive(path) as archive,
        tempfile.TemporaryDirectory(prefix="submission-") as place,
    ):
        folder = Path(place)
        record = _record(archive, folder)
        task = _task(record, path)
        _demand_data(record, dataset, path)
        _demand_own_name(record["model"], task, path)
        _extract(archive, record["files"], folder)
        ids = [dataset.rows[number]["id"] for number in scored_examples(task, dataset).numbers]
        _demand_covered(archive, ids)
        overlap = _overlap(record, dataset, folder, path)
        with _named_inside(path, folder):
            _demand_run(record, identity(folder / "run"), path)
            _demand_answers(archive, folder / "run", ids)
            theirs = read_scorecard(folder / "card.json")
        _demand_shapes(task, dataset, folder / "run", path)
        card = _scored(path, task, dataset, folder / "run", executor, progress)
        largest = _differences(path, task, card, theirs)
        stated = _stated(record, theirs)
        return Verified(card, record, largest, stated=stated, overlap=overlap)


def _overlap(
    record: Mapping[str, Any], dataset: Dataset, folder: Path, path: Path
) -> tuple[str, ...]:
    """The items that the submitter found in the training corpus; empty without a record."""
    if "overlap.json" not in record["files"]:
        return ()
    with _named_inside(path, folder):
        return overlapping_items(folder / "overlap.json", "overlap.json", dataset)


@contextmanager
def _named_inside(path: Path, folder: Path) -> Iterator[None]:
    """Errors about extracted files name the archive and the member, not a file of this machine."""
    try:
        yield
    except AutomixError as error:
        message = str(error).replace(f"{folder}/run/", "").replace(f"{folder}/", "")
        raise DatasetError(f"{path}: {message.removeprefix(f'{path}: ')}") from error


def _stated(record: Mapping[str, Any], theirs: Scorecard) -> dict[str, Any]:
    """What only the submitter saw."""
    return {
        "isolation": theirs.isolation,
        "processor": record["environment"].get("processor", ""),
        "cost": dict(theirs.cost),
        "floor_cost": record.get("floor_cost"),
    }


def record_of(path: Path) -> dict[str, Any]:
    """What a submission says of itself: its `submission.json`, every field checked.

    Raises:
        DatasetError: the archive is damaged or hostile.
    """
    with opened_archive(path) as archive, tempfile.TemporaryDirectory(prefix="submission-") as at:
        return _record(archive, Path(at))


def _record(archive: Archive, folder: Path) -> dict[str, Any]:
    """What the submission says of itself; its files are those of the archive."""
    archive.demand("submission.json")
    archive.extract("submission.json", folder / "submission.json")
    where = f"{archive.path}: submission.json"
    with _named_inside(archive.path, folder):
        record = read_json_object(folder / "submission.json", "record of a submission", REMEDY)
    demand_submission(record, where)
    listed, there = set(record["files"]), set(archive.sizes) - {"submission.json"}
    if odd := sorted(listed ^ there):
        state = "listed but missing" if odd[0] in listed else "there but not listed"
        raise DatasetError(f"{archive.path}: {one_line(odd[0])}: {state}: {REMEDY}")
    for name in ("card.json", "run/run.json"):
        if name not in listed:
            raise DatasetError(f"{archive.path}: expected a member {name}, got none: {REMEDY}")
    return record


def _task(record: Mapping[str, Any], path: Path) -> Task:
    name = record["task"]
    if name not in plugin.names("tasks"):
        raise DatasetError(f"{path}: task: expected a built-in task, got {one_line(name)[:100]}")
    task = task_named(name)
    given = record["task_version"]
    if given != task.version:
        raise DatasetError(
            f"{path}: task_version: expected {task.version} of {name}, got {given}: score and pack "
            "the run again with this version"
        )
    return task


def _demand_data(record: Mapping[str, Any], dataset: Dataset, path: Path) -> None:
    if record["dataset"] != dataset.fingerprint:
        raise DatasetError(
            f"{path}: dataset: expected the fingerprint {dataset.fingerprint[:12]}…, got "
            f"{one_line(record['dataset'])[:12]}…: it answers other examples"
        )
    if record["split"] != (dataset.split or ALL):
        raise DatasetError(
            f"{path}: split: expected {dataset.split or ALL}, got {one_line(record['split'])[:20]}"
        )


def _demand_own_name(model: str, task: Task, path: Path) -> None:
    """Refuse a model that would stand on a board as its floor or its ceiling."""
    if model in (task.floor, task.ceiling):
        raise DatasetError(
            f"{path}: model: expected a name of its own, got {model}, an end of the board"
        )


def _extract(archive: Archive, hashes: Mapping[str, str], folder: Path) -> None:
    """Write every member below the folder; refuse one whose hash is not as listed."""
    (folder / "run").mkdir()
    for name, expected in sorted(hashes.items()):
        if archive.extract(name, folder / name) != expected:
            raise DatasetError(f"{archive.path}: {name}: its sha256 is not as listed: {REMEDY}")


def _demand_covered(archive: Archive, ids: Sequence[str]) -> None:
    """Refuse an archive that lacks an example, or has one that is not asked for."""
    answered = {
        name.removeprefix("run/").removesuffix(".json")
        for name in archive.sizes
        if name.startswith("run/") and name.endswith(".json")
    } - {"run", SECONDS.removesuffix(".json")}
    if lacking := [one for one in ids if one not in answered]:
        raise DatasetError(
            f"{archive.path}: {lacking[0]}: no answer; {len(ids) - len(lacking)} of {len(ids)} "
            "examples are answered, and a submission answers all"
        )
    if strange := sorted(answered - set(ids)):
        raise DatasetError(f"{archive.path}: {one_line(strange[0])}: no example of this data set")


def _demand_run(record: Mapping[str, Any], run: RunRecord, path: Path) -> None:
    """Refuse a run of another model, and of one that is shown the targets."""
    if run["model"] != record["model"]:
        raise DatasetError(f"{path}: model: expected that of run/run.json, got another")
    if run["told_the_answer"]:
        raise DatasetError(
            f"{path}: run/run.json: expected a model that is asked, got one that is told the answer"
        )


def _demand_answers(archive: Archive, run: Path, ids: Sequence[str]) -> None:
    """Refuse failures, and sounds that are in no answer, because nobody would score them."""
    answered: set[str] = set()
    for one in ids:
        names, failure = stated_answer(run, one)
        if failure:
            raise DatasetError(f"{archive.path}: {one}: {one_line(failure)[:300]}")
        answered |= {f"run/{name}" for name in names}
    there = {name for name in archive.sizes if name.endswith(".flac")}
    if strange := sorted(there - answered):
        raise DatasetError(f"{archive.path}: {one_line(strange[0])}: in no answer: {REMEDY}")


def _demand_shapes(task: Task, dataset: Dataset, run: Path, path: Path) -> None:
    """Refuse sounds that claim another rate, length or number of channels than is wanted, before
    they are decoded; then decode all of them in a process with limits."""
    for number in scored_examples(task, dataset).numbers:
        example = dataset[number]
        sounds = task.wanted(example).stems or task.brief(example).stems
        one = next(iter(sounds.values()))
        wanted = one.rate, one.channels, one.length
        most = one.channels * one.length * MOST_BYTES_A_SAMPLE + MOST_TAG_BYTES
        for sound in sorted(run.glob(f"{glob.escape(example.id)}.*.flac")):
            claims = stated_shape(_head(sound))
            if claims != wanted:
                raise DatasetError(
                    f"{path}: {sound.name}: expected {wanted[0]} Hz, {wanted[1]} channels and "
                    f"{wanted[2]} samples, got {_said(claims)}"
                )
            if (size := sound.stat().st_size) > most:
                raise DatasetError(
                    f"{path}: {sound.name}: expected at most {most} bytes for its sound, got {size}"
                )
    command = [sys.executable, "-m", "automix_bench.submissions.decode_all", str(run)]
    limits = [str(DECODING_SECONDS), str(DECODING_BYTES)]
    try:
        done = subprocess.run(
            [*command, *limits],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10 * DECODING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DatasetError(f"{path}: its sounds took too long to decode") from None
    last = done.stdout.strip().splitlines()[-1:] or [""]
    if done.returncode or last[0] != "ok":
        raise DatasetError(f"{path}: {one_line(last[0])[:300] or 'a sound'}: cannot be decoded")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(42)


def _said(claims: tuple[int, int, int] | None) -> str:
    if claims is None:
        return "no FLAC"
    return f"{claims[0]} Hz, {claims[1]} channels and {claims[2]} samples"


def _scored(
    path: Path,
    task: Task,
    dataset: Dataset,
    run: Path,
    executor: Executor | None,
    progress: Progress,
) -> Scorecard:
    with _named_inside(path, run.parent):
        card = score(task, dataset, run, executor=executor, progress=progress)
    if failed := [one for one in card.scores if one.status == "failed"]:
        raise DatasetError(f"{path}: {failed[0].example}: {one_line(failed[0].reason)[:300]}")
    facts = facts_of(task, dataset)
    return replace(card, recipe=facts.recipe, note=facts.note, isolation="", cost=no_cost())


def _differences(path: Path, task: Task, ours: Scorecard, theirs: Scorecard) -> dict[str, float]:
    """The largest difference of each metric; refuse scores that are not those of the answers."""
    if (theirs.task, theirs.task_version, theirs.dataset) != (
        ours.task,
        ours.task_version,
        ours.dataset,
    ):
        raise DatasetError(f"{path}: card.json: expected the card of this run, got another's")

    def refusal(name: str, our: str, their: str | None) -> str:
        if their is None:
            return f"{path}: card.json: no score of {name}"
        return f"{path}: {name}: the card states {their}, its answer scores {our}"

    return largest_differences(task.metrics, ours, theirs, refusal)


def as_json(verified: Verified) -> dict[str, Any]:
    """A verified submission as JSON values, without its scores."""
    facts = ("benchmark", "task", "task_version", "dataset", "split", "model", "system")
    return {
        **{name: verified.record.get(name) for name in facts},
        "badge": verified.badge,
        "overlap": len(verified.overlap) if "overlap.json" in verified.record["files"] else None,
        "largest_differences": dict(verified.largest),
    }
