"""The pages of the API reference: which names are public. Sphinx reads their docstrings.

Public are the names of `automix_bench.__all__`, of `automix_bench.torch.__all__`, and what the
examples of CONTRIBUTING.md import from the contracts in the root of the package.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import automix_bench as ab

API = "api"

# Each name of `automix_bench.__all__` is on one of these pages; a test and `api_pages` compare.
GROUPS = {
    "sounds": ("Sounds, songs and effects", "Audio Song Console Example effect".split()),
    "making": ("Making data", "recipe Recipe make Dataset".split()),
    "evaluating": (
        "Evaluating models",
        "task Task Brief model Answer Entry weights metric evaluate read_scorecard Scorecard "
        "compare".split(),
    ),
}


def api_pages(root: Path) -> dict[str, str]:
    """The Markdown of every page of the reference, by its path in the source of the site."""
    grouped = {name for _, names in GROUPS.values() for name in names}
    if lacking := set(ab.__all__) ^ grouped:
        raise SystemExit(f"docs/_build/api_pages.py: GROUPS lacks or has too much: {lacking}")
    pages = {
        f"{API}/{page}.md": _page(title, {"automix_bench": names})
        for page, (title, names) in GROUPS.items()
    }
    pages[f"{API}/training.md"] = _page("Training in PyTorch", {"automix_bench.torch": _torch()})
    pages[f"{API}/plugins.md"] = _page("Contracts of plug-ins", contracts(root), PLUGINS)
    return {f"{API}/index.md": _index(pages), **pages}


PLUGINS = (
    "What a file of your own imports: see [Contributing](../contributing.md), which has an example "
    "of each."
)


def contracts(root: Path) -> dict[str, list[str]]:
    """What the examples of CONTRIBUTING.md import from modules of the root, by module."""
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    imported = dict[str, list[str]]()
    for name, names in re.findall(r"^from automix_bench\.(\w+) import ([\w, ]+)$", text, re.M):
        if (root / "automix_bench" / f"{name}.py").exists():
            one = imported.setdefault(f"automix_bench.{name}", [])
            one += [word for word in names.split(", ") if word not in one]
    public = {id(getattr(ab, name)) for name in ab.__all__}
    others = {
        module: [n for n in names if id(_named(module, n)) not in public]
        for module, names in imported.items()
    }
    return {module: sorted(names) for module, names in sorted(others.items()) if names}


def _named(module: str, name: str) -> object:
    return getattr(importlib.import_module(module), name)


def _torch() -> list[str]:
    names: list[str] = importlib.import_module("automix_bench.torch").__all__
    return names


def _page(title: str, names: dict[str, list[str]], about: str = "") -> str:
    lines = [f"# {title}", "", *([about, ""] if about else [])]
    for module, inside in names.items():
        short = "ab" if module == "automix_bench" else module
        for name in inside:
            lines += [f"## {short}.{name}", "", *_directive(f"{module}.{name}"), ""]
    return "\n".join(lines)


def _directive(path: str) -> list[str]:
    module, _, name = path.rpartition(".")
    kind = "autoclass" if isinstance(_named(module, name), type) else "autofunction"
    if not callable(_named(module, name)):
        kind = "autodata"
    return ["```{eval-rst}", f".. {kind}:: {path}", "```"]


def _index(pages: dict[str, str]) -> str:
    names = [Path(path).stem for path in pages]
    titles = {name: pages[f"{API}/{name}.md"].partition("\n")[0][2:] for name in names}
    lines = [
        "# API reference",
        "",
        "Every public name, from its docstring. [From Python](../python.md) has an example of each. "
        "`ab` is `import automix_bench as ab`.",
        "",
        "| page | names |",
        "| --- | --- |",
    ]
    for name, title in titles.items():
        heads = re.findall(r"^## ((?:[\w.]*\.)?(\w+))$", pages[f"{API}/{name}.md"], re.M)
        links = [f"[`{short}`]({name}.md#{head.lower().replace('.', '')})" for head, short in heads]
        lines.append(f"| [{title}]({name}.md) | {', '.join(links)} |")
    toctree = ["```{toctree}", ":hidden:", "", *names, "```"]
    return "\n".join([*lines, "", *toctree, ""])
