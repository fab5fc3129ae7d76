"""Official benchmarks: a frozen recipe, and the fingerprint of what it makes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.environment import environment
from automix_bench.executor import Executor, Progress, silent
from automix_bench.files.canonical_json import fingerprint
from automix_bench.making.make import make
from automix_bench.plugin import did_you_mean
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.settings_from_text import parsed, recipe_from, setting_text
from automix_bench.separation.separate import SeparationCache
from automix_bench.task import Task
from automix_bench.untrusted.fields import Schema, mapping, sha256_text, text, whole
from automix_bench.untrusted.shown import one_line

FOLDER = Path(__file__).parent / "benchmarks"
FORMAT = 1
SPLIT = "test"
HELD_OUT = (0.0, 0.0, 1.0)
"""The shares of train, valid and test. All songs of a benchmark are for testing. The exception is
music whose data set has a split of its own."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-[1-9][0-9]*")
_REQUIRED = {
    "format": whole(),
    "title": text(200),
    "recipe": text(100),
    "recipe_version": whole(1),
    "tasks": mapping(whole(1)),
    "settings": mapping(text(200)),
}
_FURTHER = {
    "songs": whole(1),
    "examples": whole(1),
    "plan": sha256_text,
    "fingerprint": sha256_text,
    "needs": mapping(text(300)),
    "made_with": mapping(text(100)),
}
DEFINITION = Schema(_REQUIRED, _FURTHER)


@dataclass(frozen=True)
class Benchmark:
    """A frozen data set and the tasks that it is for.

    Attributes:
        name: ends in its version: `automix-composed-1`. What changes the data is another version.
        tasks: the version of each task.
        recipe: the name of a recipe, or a `.py` file beside the definition.
        settings: of the recipe, as text.
        songs, examples: how many it has; 0 where nobody here has the music.
        plan: the root of its plan, which is the same on every machine.
        fingerprint: of its examples, see `Dataset.fingerprint`. Empty where nobody here has the
            music.
        needs: settings that whoever makes it must give, with what they are.
        place: the folder of its definition.
        made_with: the versions of packages, and the processor, with which the fingerprint was made.
    """

    name: str
    title: str
    recipe: str
    recipe_version: int
    tasks: Mapping[str, int]
    settings: Mapping[str, str]
    songs: int = 0
    examples: int = 0
    plan: str = ""
    fingerprint: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    made_with: Mapping[str, str] = field(default_factory=dict)
    place: Path = FOLDER

    @property
    def recipe_source(self) -> str:
        """What a recipe is loaded by: its name, or the path of its file."""
        return str(self.place / self.recipe) if self.recipe.endswith(".py") else self.recipe

    def task(self, name: str) -> Task:
        """A task of it, in the version that it is frozen with.

        Raises:
            UsageError: it has no such task.
            DatasetError: this installation has another version of the task.
        """
        if name not in self.tasks:
            guess = did_you_mean(name, self.tasks)
            raise UsageError(f"benchmark {self.name}: no task {one_line(name)[:100]}{guess}")
        task = task_named(name)
        if task.version != self.tasks[name]:
            raise DatasetError(
                f"benchmark {self.name}: {name}: expected version {self.tasks[name]}, this "
                f"installation has {task.version}: its scores do not compare"
            )
        return task

    def recipe_with(self, given: Sequence[str] = ()) -> Recipe:
        """Its recipe.

        Args:
            given: the settings that it needs, as `name=value`.

        Raises:
            UsageError: one of these is missing, or is not wanted.
            DatasetError: this installation has another version of the recipe.
        """
        own = parsed(f"benchmark {self.name}", given)
        for name, what in self.needs.items():
            if name not in own:
                raise UsageError(f"benchmark {self.name}: give --set {name}=…: {what}")
        if odd := sorted(set(own) - set(self.needs)):
            wanted = ", ".join(self.needs) or "none"
            raise UsageError(
                f"benchmark {self.name}: {one_line(odd[0])[:100]}: its settings are fixed; "
                f"expected {wanted} to be set"
            )
        settings = {**self.settings, **own}
        texts = [f"{name}={setting_text(value)}" for name, value in settings.items()]
        recipe = recipe_from(self.recipe_source, texts)
        if recipe.version != self.recipe_version:
            raise DatasetError(
                f"benchmark {self.name}: recipe {self.recipe}: expected version "
                f"{self.recipe_version}, this installation has {recipe.version}"
            )
        return replace(recipe, splits=HELD_OUT)


def benchmark_names() -> list[str]:
    """The official benchmarks."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def benchmark_named(name: str) -> Benchmark:
    """An official benchmark, or that in a `.toml` file.

    Raises:
        UsageError: there is no such benchmark.
        DatasetError: the file is not a benchmark.
    """
    if name.endswith(".toml"):
        return read_benchmark(Path(name))
    return official_benchmark(name)


def official_benchmark(name: str) -> Benchmark:
    """An official benchmark. The name may come from a stranger: it is never taken for a path, since
    the definition of a benchmark may name a recipe to be run.

    Raises:
        UsageError: there is no such benchmark.
    """
    if name not in benchmark_names():
        guess = did_you_mean(name, benchmark_names(), "automix-bench benchmark list")
        raise UsageError(f"no benchmark {one_line(name)[:100]!r}{guess}")
    return read_benchmark(FOLDER / f"{name}.toml")


def read_benchmark(path: Path) -> Benchmark:
    """The benchmark in a file; the file has its name.

    Raises:
        UsageError: there is no such file.
        DatasetError: a field is missing, unknown or wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: expected a benchmark in TOML: {error}") from None
    if not NAME.fullmatch(path.stem):
        raise DatasetError(f"{path}: expected a name such as my-songs-1.toml, in a-z 0-9 -")
    remedy = "see docs/benchmarks.md"
    DEFINITION.demand(content, str(path), remedy)
    if content.pop("format") != FORMAT:
        raise DatasetError(f"{path}: format: expected {FORMAT}: {remedy}")
    if not content["tasks"]:
        raise DatasetError(f"{path}: tasks: expected one or more, got none: {remedy}")
    built_in = plugin.names("tasks")
    if odd := [name for name in content["tasks"] if name not in built_in]:
        shown = one_line(odd[0])[:100]
        raise DatasetError(f"{path}: tasks: expected built-in ones, got {shown}: {remedy}")
    pins = ("songs", "examples", "plan", "fingerprint")
    if 0 < sum(name in content for name in pins) < len(pins):
        raise DatasetError(f"{path}: expected all of {', '.join(pins)}, or none: {remedy}")
    return Benchmark(path.stem, **content, place=path.parent)


def make_benchmark(
    benchmark: Benchmark,
    folder: Path,
    given: Sequence[str] = (),
    *,
    cache: SeparationCache | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> Dataset:
    """Make the data of a benchmark, or finish it, and check that it is the published one.

    Args:
        folder: for the data.
        given: the settings that it needs, as `name=value`.
        cache, executor, progress, told: as in `make`.

    Raises:
        DatasetError: what was made is not what is published; the folder stays.
    """
    made = make(
        benchmark.recipe_with(given),
        folder,
        cache=cache,
        executor=executor,
        progress=progress,
        told=told,
    )
    return demand_benchmark(benchmark, made.folder)


def demand_benchmark(benchmark: Benchmark, folder: Path) -> Dataset:
    """The examples of a benchmark in a folder. Their files are not read: see `dataset.verify`.

    Raises:
        DatasetError: the folder holds other data than was published.
    """
    dataset = Dataset(folder, SPLIT)
    if not benchmark.fingerprint:
        return dataset
    plan = read_plan(folder)
    for what, wanted, got in (
        ("plan", benchmark.plan, plan.root),
        ("songs", benchmark.songs, songs_of(dataset)),
        ("examples", benchmark.examples, len(dataset)),
    ):
        if wanted != got:
            raise DatasetError(
                f"{folder}: {what}: benchmark {benchmark.name} has {_short(wanted)}, this data set "
                f"has {_short(got)}: it is another one"
            )
    if dataset.fingerprint != benchmark.fingerprint:
        raise DatasetError(
            f"{folder}: fingerprint: benchmark {benchmark.name} has "
            f"{_short(benchmark.fingerprint)}, this data set has {_short(dataset.fingerprint)}, "
            f"with the same plan: {_other_versions(benchmark)}"
        )
    return dataset


def songs_of(dataset: Dataset) -> int:
    """How many songs the examples are of."""
    return len({row["song"] for row in dataset.rows})


def _short(value: object) -> str:
    return str(value)[:12]


def _other_versions(benchmark: Benchmark) -> str:
    """What may have made another sound of the same plan."""
    here = environment()
    other = {
        name: f"{name} {here.get(name, 'none')} instead of {version}"
        for name, version in benchmark.made_with.items()
        if here.get(name) != version
    }
    if other:
        hint = f" ({_OLDER})" if "vectors" in other else ""
        return f"this installation has {', '.join(other.values())}{hint}"
    return (
        "packages and the processor's name are the same: it is another generation of the "
        f"processor, which rounds the last bits otherwise ({_OLDER}), or a file of the data set "
        "was changed"
    )


_OLDER = "OPENBLAS_CORETYPE=Haswell asks for sums as on processors with AVX2"


def frozen(benchmark: Benchmark, folder: Path) -> str:
    """The definition of a benchmark with the pins of the data in a folder, as TOML."""
    dataset, plan = Dataset(folder, SPLIT), read_plan(folder)
    here = environment()
    decisive = {name: here[name] for name in _DECISIVE if name in here}
    pinned = replace(
        benchmark,
        songs=songs_of(dataset),
        examples=len(dataset),
        plan=plan.root,
        fingerprint=dataset.fingerprint,
        made_with=decisive,
    )
    return as_toml(pinned)


_DECISIVE = (
    *("numpy", "scipy", "numba", "soxr", "libsndfile", "pyloudnorm"),
    *("processor", "vectors"),
)


def as_toml(benchmark: Benchmark) -> str:
    """A benchmark as the file that `read_benchmark` reads."""
    lines = [f"format = {FORMAT}", f"title = {_quoted(benchmark.title)}"]
    lines += [
        f"recipe = {_quoted(benchmark.recipe)}",
        f"recipe_version = {benchmark.recipe_version}",
    ]
    if benchmark.fingerprint:
        lines += [f"songs = {benchmark.songs}", f"examples = {benchmark.examples}"]
        lines += [f'plan = "{benchmark.plan}"', f'fingerprint = "{benchmark.fingerprint}"']
    lines += ["", "[tasks]", *(f"{name} = {version}" for name, version in benchmark.tasks.items())]
    for title in ("settings", "needs", "made_with"):
        table: Mapping[str, str] = getattr(benchmark, title)
        if table or title == "settings":
            lines += ["", f"[{title}]"]
            lines += [f"{name} = {_quoted(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{one_line(escaped)}"'


def key(benchmark: Benchmark, task: str) -> str:
    """What rows of one board have in common: benchmark, task and version, data, split, metrics."""
    measured = [[m.name, m.unit, m.better] for m in benchmark.task(task).metrics]
    parts = [benchmark.name, task, benchmark.tasks[task], benchmark.fingerprint, SPLIT, measured]
    return fingerprint(parts)[:16]
