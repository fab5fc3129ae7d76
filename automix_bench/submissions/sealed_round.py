"""Hidden rounds: a benchmark whose songs and settings nobody knows until the round is over.

    seal       A secret is drawn, and the data are made from it. The sha256 over the 32 bytes of
               the secret and the 64 digits of the data's fingerprint is published.
    results    means over songs with intervals are published, never a score of one item; from a
               mean, two ends of an interval and three songs each song's score could be computed
    reveal     the secret and the fingerprint are published
    regenerate anybody checks the sum, and makes the same data

Whoever seals cannot change the data later. Whoever submits cannot know them earlier.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import isnan, nan
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.card_checks import demand_sound
from automix_bench.executor import Executor, Progress, silent
from automix_bench.files.atomic import file_sha256, write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.recipe_parts.settings_from_text import settings_of
from automix_bench.scorecard import Scorecard
from automix_bench.submissions.benchmark import (
    SPLIT,
    Benchmark,
    make_benchmark,
    official_benchmark,
    songs_of,
)
from automix_bench.submissions.verify import record_of
from automix_bench.untrusted.fields import (
    Schema,
    is_number,
    mapping,
    number,
    sha256_text,
    text,
    whole,
)
from automix_bench.untrusted.fields import record as an_object
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.shown import one_line

FORMAT = 1
DATA, ROUND, SECRET = "data", "round.json", "secret.json"
REMEDY = "ask for the file that `benchmark seal` or `benchmark reveal` wrote"
LEAST_SONGS = 4
"""A round has so many songs, and a metric is defined on so many, where its mean is published."""
_LEAST_FIRST = 1 << 24
"""Songs of rounds have higher numbers than songs of published benchmarks."""
_PUBLIC = {
    "format": whole(),
    "benchmark": text(200),
    "commitment": sha256_text,
    "songs": whole(1),
    "examples": whole(1),
}
PUBLIC = Schema(_PUBLIC)


def _three_numbers(value: object) -> str:
    """The check of a mean and the ends of its interval."""
    is_list = isinstance(value, list) and len(value) == 3
    if isinstance(value, list) and is_list and all(v is None or is_number(v) for v in value):
        return ""
    return "a list of a mean and the ends of its interval, numbers or null"


_MEANS = Schema(
    {"coverage": number(0.0, 1.0), "metrics": mapping(_three_numbers)}, {"archive": sha256_text}
)
RESULTS = Schema({**_PUBLIC, "tasks": mapping(mapping(an_object(_MEANS)))})
REVEALED = Schema({**_PUBLIC, "secret": sha256_text, "fingerprint": sha256_text})
HELD = Schema({"secret": sha256_text, "benchmark": text(200)})


def seal(
    benchmark: Benchmark,
    folder: Path,
    given: Sequence[str] = (),
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Draw a secret, make the data of a round, and write what is published of it. A seal that was
    stopped goes on with its secret.

    Args:
        folder: of the round: `secret.json` and `data` stay with whoever seals, `round.json` is for
            everybody.
        given: settings that the benchmark needs, as `name=value`.

    Raises:
        DatasetError: the folder holds another round, or the round has too few songs.
        UsageError: the recipe has no seed.
    """
    path = folder / SECRET
    if path.is_file():
        held = _held(folder)
        if held["benchmark"] != benchmark.name:
            got = one_line(held["benchmark"])
            raise DatasetError(f"{path}: expected a round of {benchmark.name}, got one of {got}")
    else:
        held = {"secret": secrets.token_bytes(32).hex(), "benchmark": benchmark.name}
        hidden_benchmark(benchmark, held["secret"])  # a recipe without a seed writes nothing
        folder.mkdir(parents=True, exist_ok=True)
        _write_for_owner(path, pretty(held).encode())
    dataset = make_benchmark(
        hidden_benchmark(benchmark, held["secret"]),
        folder / DATA,
        given,
        executor=executor,
        progress=progress,
        told=told,
    )
    _demand_songs(songs_of(dataset), str(folder))
    record = _public(benchmark, dataset, commitment(held["secret"], dataset.fingerprint))
    write_whole(folder / ROUND, pretty(record).encode())
    return record


def _demand_songs(count: int, where: str) -> None:
    if count < LEAST_SONGS:
        raise DatasetError(
            f"{where}: expected a round of {LEAST_SONGS} songs or more, got {count}: published "
            "means would tell the score of each"
        )


def _write_for_owner(path: Path, content: bytes) -> None:
    """Write a new file that nobody else on the machine can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _held(folder: Path) -> dict[str, Any]:
    """What whoever sealed a round keeps."""
    record = read_json_object(folder / SECRET, "secret of a round", "seal the round again")
    HELD.demand(record, str(folder / SECRET), "seal the round again")
    return record


def commitment(secret: str, fingerprint: str) -> str:
    """The sha256 over the 32 bytes of the secret and the fingerprint's 64 digits."""
    return sha256(bytes.fromhex(secret) + fingerprint.encode()).hexdigest()


def hidden_benchmark(benchmark: Benchmark, secret: str) -> Benchmark:
    """A benchmark with a seed that is drawn from a secret. Composed songs are drawn from it too.

    Raises:
        UsageError: the recipe has no seed.
    """
    offered = plugin.load("recipes", benchmark.recipe_source)
    known = settings_of(offered) if callable(offered) else {}
    if "seed" not in known:
        raise UsageError(f"benchmark {benchmark.name}: recipe {benchmark.recipe} has no seed")
    settings = {**benchmark.settings, "seed": str(_drawn(secret, "seed", 1 << 53))}
    if "first" in benchmark.settings:
        first = _LEAST_FIRST + 2 * _drawn(secret, "first", 1 << 40)
        settings["first"] = str(first)
    unpinned: dict[str, Any] = {"songs": 0, "examples": 0, "plan": "", "fingerprint": ""}
    return replace(benchmark, settings=settings, **unpinned)


def _drawn(secret: str, what: str, below: int) -> int:
    return int.from_bytes(sha256(bytes.fromhex(secret) + what.encode()).digest()) % below


def _public(benchmark: Benchmark, dataset: Dataset, sealed: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "benchmark": benchmark.name,
        "commitment": sealed,
        "songs": songs_of(dataset),
        "examples": len(dataset),
    }


def results(
    folder: Path,
    cards: Sequence[Scorecard],
    benchmark: Benchmark | None = None,
    archives: Mapping[str, Path] | None = None,
) -> dict[str, Any]:
    """What is published of scores in a round: means over songs with intervals, by task.

    Args:
        folder: of the round.
        cards: of models that were evaluated on the round's data.
        benchmark: what the round is of; None is the official one of its name.
        archives: the submission that a model is of, by the model's name. Its row then has the name
            of the system, and the sha256 of the archive, by which boards know it.

    Raises:
        DatasetError: a card is of other data, or holds a score that cannot be; an archive is of
            another benchmark or task; two rows have one name; or there are too few songs.
        UsageError: an archive is given for a model without a card.
    """
    record, dataset = read_round(folder / ROUND), Dataset(folder / DATA, SPLIT)
    benchmark = _benchmark_of(record, benchmark)
    _demand_songs(songs_of(dataset), str(folder))
    submitted = dict(archives or {})
    if strange := sorted(set(submitted) - {card.model for card in cards}):
        raise UsageError(f"{one_line(strange[0])}: expected a card of this model, got none")
    tasks: dict[str, dict[str, Any]] = {}
    for card in cards:
        if card.dataset != dataset.fingerprint:
            raise DatasetError(f"{one_line(card.model)}: expected a card of this round's data")
        task = benchmark.task(card.task)
        demand_sound([card], task.metrics)
        means = {}
        for metric in task.metrics:
            mean = card.estimate(metric)
            ends = (mean.value, mean.low, mean.high) if mean.songs >= LEAST_SONGS else (nan,) * 3
            means[metric.name] = [None if isnan(end) else float(f"{end:.4g}") for end in ends]
        row: dict[str, Any] = {"coverage": card.coverage, "metrics": means}
        name = card.model
        if name in submitted:
            row["archive"] = file_sha256(submitted[name])
            name = _system_of(submitted[name], benchmark, card.task)
        rows = tasks.setdefault(card.task, {})
        if name in rows:
            raise DatasetError(f"{card.task}: {one_line(name)}: expected one row, got two")
        rows[name] = row
    return {**record, "tasks": tasks}


def _system_of(archive: Path, benchmark: Benchmark, task: str) -> str:
    """The name of the system in a submission, which must be to this benchmark and task."""
    record = record_of(archive)
    for what, expected in (("benchmark", benchmark.name), ("task", task)):
        if record.get(what, "") != expected:
            got = one_line(record.get(what, ""))[:100] or "none"
            raise DatasetError(f"{archive}: {what}: expected {expected}, got {got}")
    name: str = record["system"]["name"]
    return name


def reveal(folder: Path) -> dict[str, Any]:
    """The secret of a round and the fingerprint of its data, for everybody.

    Raises:
        DatasetError: the round's files are damaged, or its data are not those that were sealed.
    """
    record, held = read_round(folder / ROUND), _held(folder)
    fingerprint = Dataset(folder / DATA, SPLIT).fingerprint
    if commitment(held["secret"], fingerprint) != record["commitment"]:
        raise DatasetError(f"{folder}: its data are not those that were sealed")
    return {**record, "secret": held["secret"], "fingerprint": fingerprint}


def regenerate(
    revealed: Mapping[str, Any],
    sealed: Mapping[str, Any],
    folder: Path,
    given: Sequence[str] = (),
    *,
    benchmark: Benchmark | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> Dataset:
    """Make the data of a round that was revealed, and check all that was published of it.

    Args:
        sealed: what was published before, see `read_round`.
        folder: for the data.
        benchmark: what the round is of; None is the official one of its name.

    Raises:
        DatasetError: the secret is not the one that was sealed, or the data are others.
    """
    for name in PUBLIC.required:
        if revealed[name] != sealed[name]:
            raise DatasetError(
                f"{name}: the round was sealed with {one_line(str(sealed[name]))[:70]}, and "
                f"revealed with {one_line(str(revealed[name]))[:70]}"
            )
    if commitment(revealed["secret"], revealed["fingerprint"]) != sealed["commitment"]:
        raise DatasetError("secret and fingerprint are not those that were sealed")
    hidden = hidden_benchmark(_benchmark_of(revealed, benchmark), revealed["secret"])
    dataset = make_benchmark(hidden, folder, given, executor=executor, progress=progress, told=told)
    if dataset.fingerprint != revealed["fingerprint"]:
        raise DatasetError(
            f"{folder}: fingerprint: the round has {revealed['fingerprint'][:12]}, these data have "
            f"{dataset.fingerprint[:12]}"
        )
    return dataset


def _benchmark_of(record: Mapping[str, Any], given: Benchmark | None) -> Benchmark:
    """The benchmark of a round.

    Raises:
        DatasetError: the one that is given is another.
        UsageError: none is given, and no official one has its name.
    """
    if given is None:
        return official_benchmark(record["benchmark"])
    if given.name != record["benchmark"]:
        got = one_line(record["benchmark"])[:100]
        raise DatasetError(f"benchmark: expected a round of {given.name}, got one of {got}")
    return given


def read_round(path: Path) -> dict[str, Any]:
    """What was published of a sealed round."""
    return _read(path, PUBLIC, "sealed round")


def read_revealed(path: Path) -> dict[str, Any]:
    """What was published of a round at its end."""
    return _read(path, REVEALED, "revealed round")


def read_results(path: Path) -> dict[str, Any]:
    """What was published of scores in a round."""
    return _read(path, RESULTS, "results of a round")


def _read(path: Path, schema: Schema, what: str) -> dict[str, Any]:
    record = read_json_object(path, what, REMEDY)
    schema.demand(record, str(path), REMEDY)
    if record["format"] != FORMAT:
        raise DatasetError(f"{path}: format: expected {FORMAT}: {REMEDY}")
    return record
