"""Find a plug-in by its name.

A built-in plug-in is a file in the folder of its kind: `effects/gain.py` holds the effect `gain`,
`metrics/sets/kad.py` the metric `sets/kad`. A name is looked up in this order:

* the path of a `.py` file that lists one object in `__all__`;
* `package.module:object`, imported as Python imports it;
* a built-in plug-in;
* a plug-in that an installed package publishes in the entry-point group `automix_bench.<kind>`.

Recipes are not part of the package. Their built-in names are the files of the folder `recipes`,
which stands beside the package in a checkout.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from automix_bench.errors import BrokenPlugin, UnknownPlugin, UsageError

_SOUND = ("effects", "normalisers", "sources", "separators")
_BENCHMARK = ("embeddings", "executors", "metrics", "models", "recipes", "tasks", "trainings")
KINDS = tuple(sorted((*_SOUND, *_BENCHMARK)))
MANY = 12

_FILE_PREFIX = "automix_bench_file_"
_KIND = "_automix_bench_kind"


def names(kind: str) -> list[str]:
    """The names of all plug-ins of a kind, such as "effects", built in or published by packages, in
    alphabetical order.

    Raises:
        UnknownPlugin: there is no such kind.
    """
    if kind not in KINDS:
        raise UnknownPlugin(f"no kind of plug-in {kind!r}{did_you_mean(kind, KINDS)}")
    return sorted({*_built_in(kind), *_published(kind)})


def load(kind: str, name: str) -> Any:
    """The object that `name` stands for.

    Raises:
        UnknownPlugin: there is no such plug-in. The message gives the closest names.
        BrokenPlugin: its file has an error, or does not list exactly one object in `__all__`.
    """
    if name.endswith(".py"):
        module = _from_file(Path(name))
        setattr(module, _KIND, kind)
        return _only_object(module)
    if "@" in name:
        return _from_loaded(name)
    if ":" in name:
        return _from_reference(name)
    if name in _built_in(kind):
        if kind == "recipes":
            return _only_object(_from_file(_recipes() / f"{name}.py"))
        return _only_object(_imported(f"automix_bench.{kind}.{name.replace('/', '.')}"))
    if name in _published(kind):
        return _published(kind)[name].load()
    guess = did_you_mean(name, names(kind), f"automix-bench list {kind}")
    raise UnknownPlugin(f"no {name!r} in {kind}{guess}")


def name_of(kind: str, thing: Any) -> str:
    """The name under which `load` finds a class or function again.

    A plug-in from a file is named by the file's stem and content, `width@5e0c…:Width`, and not by
    its path: the same code has the same name on every machine. `load` finds such a name after a
    file of that content has been loaded.

    Raises:
        BrokenPlugin: it is defined in the script that is being run, so no other process can import
            it.
    """
    module, package = str(thing.__module__), f"automix_bench.{kind}."
    if module.startswith(package):
        return module.removeprefix(package).replace(".", "/")
    if module.startswith(_FILE_PREFIX):
        stem = Path(str(sys.modules[module].__file__)).stem
        return f"{stem}@{module.removeprefix(_FILE_PREFIX)}:{thing.__qualname__}"
    if module == "__main__":
        raise BrokenPlugin(
            f"{thing.__qualname__} is defined in the script that is being run: put it into a file "
            "of its own and load that file, so that other processes find it"
        )
    return f"{module}:{thing.__qualname__}"


def name_within(kind: str, function: Any) -> str:
    """The name of a function, after the folders of its kind that its file lies in:
    `legacy/crest`."""
    _, within, file = str(function.__module__).rpartition(f".{kind}.")
    folders = file.split(".")[:-1] if within else []
    return "/".join((*folders, str(function.__name__)))


def source_of(thing: Any) -> Path | None:
    """The file that defines a class, a function, or the class of an object. Decorators and
    `functools.partial` are looked through. None if there is no such file."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    thing = inspect.unwrap(thing) if callable(thing) else thing
    definition = thing if inspect.isroutine(thing) or isinstance(thing, type) else type(thing)
    try:
        path = inspect.getsourcefile(definition)
    except TypeError:  # built into Python
        return None
    return Path(path) if path and Path(path).is_file() else None


def is_ours(path: Path | None) -> bool:
    """Whether a file is one of the recipes that come with the package."""
    return path is not None and path.resolve().parent == _recipes().resolve()


def files_loaded(kind: str) -> tuple[Path, ...]:
    """The files that this process has loaded as plug-ins of a kind and that still exist."""
    modules = [module for name, module in sys.modules.items() if name.startswith(_FILE_PREFIX)]
    paths = [Path(str(m.__file__)).absolute() for m in modules if getattr(m, _KIND, "") == kind]
    return tuple(path for path in paths if path.is_file())


def did_you_mean(name: str, known: Iterable[str], lister: str = "") -> str:
    """The end of a message: the closest of the known names, and all of them. Where there are
    `MANY` and more, the closest few, and `lister`, the command that lists all."""
    every = list(known)
    close = difflib.get_close_matches(name, every) or difflib.get_close_matches(name.lower(), every)
    close += [one for one in every if len(name) > 2 and name.lower() in one and one not in close]
    guess = f", did you mean {close[0]!r}?" if close else ";"
    if len(every) < MANY:
        return f"{guess} there are {', '.join(every) or 'none'}"
    near = f" near it: {', '.join(close[1:4])};" if close[1:] else ""
    such_as = f"there are {len(every)}, such as {', '.join(every[:5])}"
    return f"{guess}{near} {f'all of them: {lister}' if lister else such_as}"


def _built_in(kind: str) -> tuple[str, ...]:
    if kind == "recipes":
        return tuple(path.stem for path in _recipes().glob("*.py")) if _recipes().is_dir() else ()
    return _modules(kind)


@functools.cache
def _modules(kind: str) -> tuple[str, ...]:
    """The built-in names of a kind. They are listed once, because reading a data set looks up every
    effect of every example."""
    return tuple(_modules_in(importlib.import_module(f"automix_bench.{kind}"), ""))


def _modules_in(package: ModuleType, before: str) -> Iterator[str]:
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            inner = importlib.import_module(f"{package.__name__}.{module.name}")
            yield from _modules_in(inner, f"{before}{module.name}/")
        else:
            yield f"{before}{module.name}"


def _published(kind: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"automix_bench.{kind}")}


def _recipes() -> Path:
    """The folder of the built-in recipes: inside an installed package, beside it in a checkout."""
    inside = Path(__file__).parent / "recipes"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "recipes"


def _only_object(module: ModuleType) -> Any:
    offered = getattr(module, "__all__", [])
    if len(offered) != 1 or not hasattr(module, offered[0]):
        raise BrokenPlugin(f"{module.__file__}: must list one object in __all__, lists {offered}")
    return getattr(module, offered[0])


def _from_loaded(name: str) -> Any:
    """The object of a name such as `width@5e0c…:Width`."""
    stem, _, rest = name.partition("@")
    digest, _, qualified = rest.partition(":")
    loaded: Any = sys.modules.get(_FILE_PREFIX + digest)
    if loaded is None:
        raise UnknownPlugin(f"{name} is defined in a file {stem}.py that has not been loaded")
    for attribute in qualified.split("."):
        loaded = getattr(loaded, attribute)
    return loaded


def _from_reference(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    module = _imported(module_name)
    if not hasattr(module, attribute):
        public = [name for name in vars(module) if not name.startswith("_")]
        guess = did_you_mean(attribute, public)
        raise UnknownPlugin(f"no {attribute!r} in {module_name}{guess}")
    return getattr(module, attribute)


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise UnknownPlugin(f"{module}: {error}; install the package that holds it") from error
    except BaseException as error:
        own = module.startswith("automix_bench.")
        spec = None if own else importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            raise
        raise _with_line(Path(spec.origin), error) from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UnknownPlugin(f"no plug-in file at {path}")
    # The name holds the content: two files called `mine.py` get two modules, an edited file is read
    # again, and a file that is loaded twice gives one class.
    name = f"{_FILE_PREFIX}{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UnknownPlugin(f"no plug-in file at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        raise _with_line(path, error) from error
    return module


def _with_line(path: Path, error: BaseException) -> BaseException:
    """The error of a file as a `BrokenPlugin` that names the line. A `UsageError` or an
    interrupt stays as it is."""
    if isinstance(error, UsageError) or not isinstance(error, Exception | SystemExit):
        return error
    if isinstance(error, SyntaxError):
        return BrokenPlugin(f"{path}, line {error.lineno or 0}: {error.msg}")
    line = _last_line_in(path, error)
    return BrokenPlugin(f"{path}, line {line}: {type(error).__name__}: {error}")


def _last_line_in(path: Path, error: BaseException) -> int:
    """The last line of `path` in the traceback of `error`; 0 if there is none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
