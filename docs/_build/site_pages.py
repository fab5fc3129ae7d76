"""Which pages the site has, where each stands in the navigation, and their text for Sphinx.

The home page, docs/README.md, is the navigation: a section is a section, the first link of a line a
page, further links of the line pages below it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from posixpath import normpath

HOME = "docs/README.md"
MORE = "More"
# Beside the docs, and what these link to; a folder's other pages stand below its README.
BESIDE = (
    *("CONTRIBUTING.md", "CHANGELOG.md", "recipes/README.md"),
    *("notebooks/*.ipynb", "data_cards/*.md", "leaderboards/**/*.md"),
)
PICTURES = (".png", ".svg", ".jpg")

_LINK = re.compile(r"(?<!\\)(?P<picture>!?)\[(?P<text>(?:[^][]|\[[^]]*\])*)\]\((?P<target>[^()\s]+)\)")
_CODE = re.compile(r"^ *(```|~~~).*?^ *\1 *$|``.+?``|`[^`\n]+`", re.M | re.S)


class SiteError(Exception):
    """A page that cannot be built; the message names the page and what is wrong."""


@dataclass(frozen=True)
class Section:
    """A part of the navigation.

    Attributes:
        pages: the pages, by file of the repository, in order; below each those that hang on it.
        names: what a page is called in the navigation, if not by its heading.
    """

    title: str
    pages: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]


def places(root: Path) -> dict[str, str]:
    """Where every page stands in the site (without a suffix), by its file in the repository.

    A page is any of the docs and of `BESIDE`, and any other Markdown that a page links to.
    """
    files = [p for p in (root / "docs").rglob("*.md") if "_build" not in p.relative_to(root).parts]
    for pattern in BESIDE:
        files += root.glob(pattern)
    names = {str(path.relative_to(root)) for path in files}
    new = names
    while new := {one for page in new for one in _linked_pages(root, page)} - names:
        names |= new
    return {name: _place(name) for name in sorted(names)}


def _linked_pages(root: Path, page: str) -> Iterator[str]:
    """The Markdown files of the repository that a page links to."""
    if not page.endswith(".md"):
        return
    prose = _CODE.sub("", (root / page).read_text(encoding="utf-8"))
    for target in (match["target"] for match in _LINK.finditer(prose)):
        if re.match(r"[a-z]+:|//", target):
            continue
        file, _ = resolved(page, target)
        if file.endswith(".md") and file != "README.md" and (root / file).is_file():
            yield file


def _place(name: str) -> str:
    path = PurePosixPath(name)
    if name == HOME:
        return "index"
    if path.name == "README.md":
        return str(path.with_name("index"))
    inner = path.relative_to("docs") if path.parts[0] == "docs" else path
    return str(inner.with_suffix("")) if len(path.parts) > 1 else path.stem.lower()


def navigation(root: Path, known: Mapping[str, str]) -> tuple[Section, ...]:
    """The sections of the home page, then one of the pages that no line of it names."""
    text = (root / HOME).read_text(encoding="utf-8")
    placed = {HOME}
    sections = []
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        title, _, body = part.partition("\n")
        pages = dict[str, tuple[str, ...]]()
        names = dict[str, str]()
        for line in re.findall(r"^\* .*(?:\n  .*)*", body, re.M):
            linked = {resolved(HOME, m["target"])[0]: m["text"] for m in _LINK.finditer(line)}
            fresh = [file for file in linked if file in known and file not in placed]
            names |= {file: linked[file].capitalize() for file in fresh[1:]}
            names |= {file: linked[file] for file in fresh[:1]}
            placed.update(fresh)
            if fresh:
                pages[fresh[0]] = tuple(fresh[1:])
        if pages:
            sections.append(Section(title, pages, names))
    rest = dict(_below_their_readme(sorted(known.keys() - placed), known, sections))
    sections = [
        replace(s, pages={one: (*below, *rest.get(one, ())) for one, below in s.pages.items()})
        for s in sections
    ]
    more = dict.fromkeys(rest.get("", ()), ())
    return (*sections, Section(MORE, more, {})) if more else tuple(sections)


def _below_their_readme(
    names: list[str], known: Mapping[str, str], sections: list[Section]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Pages by the README of the nearest folder above them; by "" if there is none."""
    listed = {page for section in sections for page in section.pages}
    below = dict[str, list[str]]()
    for name in names:
        above = (f"{folder}/README.md" for folder in PurePosixPath(name).parents)
        parent = next((one for one in above if one in listed and one != HOME), "")
        below.setdefault(parent, []).append(name)
    return ((parent, tuple(children)) for parent, children in below.items())


def resolved(page: str, target: str) -> tuple[str, str]:
    """The file of the repository that a relative link leads to, and its anchor."""
    path, _, anchor = target.partition("#")
    if not path:
        return page, anchor
    return normpath(str(PurePosixPath(page).parent / path)).removesuffix("/"), anchor


def relinked(
    root: Path, page: str, text: str, known: Mapping[str, str], repository: str | None
) -> tuple[str, set[str]]:
    """A page's text with links as the site has them, and the pictures that it shows.

    A link to a page leads to its place. A link to another file leads to the repository at the
    address `repository`; without one its text stands there alone.

    Raises:
        SiteError: a link leads nowhere.
    """
    pictures = set[str]()

    def link(match: re.Match[str]) -> str:
        target = match["target"]
        if re.match(r"[a-z]+:|//", target):
            return match[0]
        file, anchor = resolved(page, target)
        if not (root / file).exists():
            raise SiteError(f"{page}: the link to {target} leads nowhere")
        if file in ("README.md", "."):
            file = HOME
        if f"{file}/README.md" in known:
            file = f"{file}/README.md"
        if match["picture"] and file.endswith(PICTURES):
            pictures.add(file)
            return f"![{match['text']}]({_relative(picture_place(file), known[page])})"
        if file not in known:
            return f"[{match['text']}]({repository}/{file})" if repository else match["text"]
        if file == page:
            return f"[{match['text']}](#{anchor})" if anchor else match["text"]
        place = _relative(known[file] + PurePosixPath(file).suffix, known[page])
        return f"[{match['text']}]({place}{'#' + anchor if anchor else ''})"

    return outside_code(text, lambda prose: _LINK.sub(link, prose)), pictures


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change what stands outside code, in blocks or in a line.

    Code within the text of a link is the link's, so code is first replaced by a sign.
    """
    code = [match[0] for match in _CODE.finditer(text)]
    signs = iter(range(len(code)))
    changed = change(_CODE.sub(lambda _: f"\x00{next(signs)}\x00", text))
    return re.sub("\x00(\\d+)\x00", lambda match: code[int(match[1])], changed)


def picture_place(file: str) -> str:
    """Where a picture stands in the site's source."""
    return file.removeprefix("docs/")


def _relative(place: str, page_place: str) -> str:
    return os.path.relpath(place, PurePosixPath(page_place).parent)


def hidden_toctree(lines: list[str], caption: str = "") -> str:
    """A toctree that stands in the navigation alone."""
    head = ["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), ""]
    return "\n" + "\n".join([*head, *lines, "```"]) + "\n"
