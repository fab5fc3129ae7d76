"""Which files a model consists of: its own, the modules of its own that it imports, its weights."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from os.path import relpath
from pathlib import Path

from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import canonical
from automix_bench.files.installed import is_installed
from automix_bench.files.weights import content_sha256, forget, named_by
from automix_bench.isolation.loading import stated_fingerprint

UNKNOWN = "unknown"
NONE = "none"
_loaded: dict[Path, str] = {}
"""Files of models, with their sha256 when this process first met them."""


def code_files(source: Path) -> tuple[Path, ...]:
    """A model's file and the modules of its own that it imports, directly or through one another.

    A module is the model's own if it lies beside the file, in its package, or anywhere outside of
    the Python installation. Imports are read from the code, so those inside of functions count.
    Modules of this package do not: their version is part of every result.
    """
    source = source.resolve()
    own_package = package_of(source)
    found: dict[Path, None] = {}
    waiting = [source]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        if path.suffix == ".py":
            for name, level in _imported_names(path):
                waiting += _files_of(name, level, path, source.parent, own_package)
    return tuple(sorted(found))


def code_sha256(source: Path) -> str:
    """The hash of a model's code: that of its file, or of all its files if there are several."""
    files = code_files(source)
    if len(files) == 1:
        return file_sha256(source)
    lines = [[relpath(path, source.resolve().parent), file_sha256(path)] for path in files]
    return hashlib.sha256(canonical(lines).encode()).hexdigest()


def weights_sha256(title: str, model: object, source: Path | None) -> str:
    """The hash of what a model in this process says as its `fingerprint` and of the weights that
    its code names with `ab.weights`; `unknown` if it does neither, `none` for a model of this
    package with the weights that it comes with.

    Raises:
        UsageError: `fingerprint` is not a text, or raises; or weights cannot be read any more.
    """
    stated = stated_fingerprint(title, model)
    if str(getattr(model, "__module__", "")).startswith("automix_bench.models."):
        if stated == _usual_fingerprint(title, model):
            return NONE
        return stated_weights_sha256(stated, [])
    return stated_weights_sha256(stated, named_by(code_files(source)) if source else [])


def _usual_fingerprint(title: str, model: object) -> str:
    """What a model of this package says of itself without settings; empty if it needs some."""
    kind = type(model)
    try:
        return stated_fingerprint(title, kind()) if is_dataclass(kind) else ""
    except TypeError:
        return ""


def stated_weights_sha256(fingerprint: str, named: Iterable[Path]) -> str:
    """The hash of a fingerprint and of the weights in some places; `unknown` if there is neither.

    Raises:
        UsageError: weights cannot be read.
    """
    places = list(named)
    if not places and not fingerprint:
        return UNKNOWN
    files = sorted([place.name, content_sha256(place)] for place in places)
    return hashlib.sha256(canonical([fingerprint, files]).encode()).hexdigest()


def changed_since_import(source: Path) -> bool:
    """Whether a file of a model's code, or weights that it named, changed since this process first
    met them, so that the modules in memory may be those of another model."""
    files = code_files(source)
    hashes = {path: file_sha256(path) for path in files}
    changed = any(_loaded.get(path, digest) != digest for path, digest in hashes.items())
    _loaded.update(hashes)
    return changed or any(content_sha256(at) != old for at, old in named_by(files).items())


def unload(source: Path) -> None:
    """Make Python import the modules of a model anew, the next time that it is loaded."""
    files = set(code_files(source))
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and Path(file).resolve() in files:
            del sys.modules[name]
            package, _, attribute = name.rpartition(".")
            if package in sys.modules:  # `from package import attribute` looks there first
                vars(sys.modules[package]).pop(attribute, None)
    forget(files)
    importlib.invalidate_caches()


def _imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """The dotted names that a file may import, with the dots in front of relative ones."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # Python says so when it imports the file
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield base, node.level
            yield from ((f"{base}.{alias.name}".strip("."), node.level) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            name = called.id if isinstance(called, ast.Name) else called
            first = node.args[0]
            if name in ("import_module", "__import__") and isinstance(first, ast.Constant):
                yield str(first.value), 0


def _files_of(
    name: str, level: int, importer: Path, beside: Path, own_package: str
) -> Iterator[Path]:
    """The files that one import reads, if they are the model's own.

    Args:
        beside: the folder of the model's file.
    """
    if level:
        yield from _below(importer.parents[level - 1], name.split(".") if name else [])
        return
    top, *rest = name.split(".")
    if top == "automix_bench" or top in sys.stdlib_module_names:
        return
    places = _top_level(top, beside)
    if top == own_package or not any(is_installed(place) for place in places):
        for place in places:
            yield from _below(place, rest) if place.is_dir() else [place.resolve()]


def file_of_module(name: str) -> Path | None:
    """The file of a module, which is not imported for that; None if there is none."""
    top, *rest = name.split(".")
    for place in _top_level(top, Path()):
        below = list(_below(place, rest)) if place.is_dir() else [place.resolve()]
        if below:
            return below[-1]
    return None


def _below(package: Path, parts: list[str]) -> Iterator[Path]:
    """The files that are read when a module below a package is imported, as far as they exist."""
    paths, folder = [package / "__init__.py"], package
    for part in parts:
        paths += [folder / f"{part}.py", *folder.glob(f"{part}.*.so")]
        folder /= part
        paths.append(folder / "__init__.py")
    yield from (path.resolve() for path in paths if path.is_file())


def _top_level(name: str, beside: Path) -> list[Path]:
    """Where a top-level module lies: its file, or the folders of its package."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None:
        places = [beside / f"{name}.py", beside / name]
        return [place for place in places if place.exists()]
    if spec.submodule_search_locations is not None:
        return [Path(place) for place in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.has_location and spec.origin else []


def package_of(source: Path) -> str:
    """The top-level package that a file lies in; empty if it lies in none."""
    folder, name = source.parent, ""
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder, name = folder.parent, folder.name
    return name
