"""Lay out what Sphinx reads: the pages of the repository, the API reference, the navigation."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import nbformat
from api_pages import API, api_pages
from site_pages import HOME, Section, hidden_toctree, navigation, picture_place, places, relinked

# The API reference stands after this page, which has an example of every name.
BEFORE_API = "docs/python.md"


def lay_out(root: Path, source: Path, repository: str | None) -> tuple[Section, ...]:
    """Write the source of the site into the folder `source`; returns the navigation.

    Raises:
        SiteError: a link leads nowhere.
    """
    known = places(root)
    sections = navigation(root, known)
    below = _toctrees(sections, known)
    pictures = set[str]()
    for file, place in known.items():
        path = source / f"{place}{PurePosixPath(file).suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.endswith(".ipynb"):
            shown = _notebook(root, file, known, repository, path)
        else:
            text = (root / file).read_text(encoding="utf-8")
            text, shown = relinked(root, file, _without_front_matter(text), known, repository)
            path.write_text(text + below.get(file, ""), encoding="utf-8")
        pictures |= shown
    for name, text in api_pages(root).items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    for picture in pictures:
        copy = source / picture_place(picture)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / picture, copy)
    return sections


def _toctrees(sections: tuple[Section, ...], known: Mapping[str, str]) -> dict[str, str]:
    """What is added to each page for the navigation, by its file."""
    added = {HOME: ""}
    for section in sections:
        lines = list[str]()
        def entry(page: str, names: Mapping[str, str] = section.names) -> str:
            place = f"/{known[page]}"
            return f"{names[page]} <{place}>" if page in names else place

        for page, below in section.pages.items():
            lines.append(entry(page))
            if page == BEFORE_API:
                lines.append(f"/{API}/index")
            if below:
                added[page] = hidden_toctree([entry(one) for one in below])
        added[HOME] += hidden_toctree(lines, section.title)
    return added


def _without_front_matter(text: str) -> str:
    """Without the YAML that cards of data sets begin with: the Hub reads it, people do not."""
    return re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.S)


def _notebook(
    root: Path, file: str, known: Mapping[str, str], repository: str | None, path: Path
) -> set[str]:
    """Write a notebook with the links of its prose as the site has them."""
    notebook = nbformat.read(root / file, as_version=4)
    pictures = set[str]()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source, shown = relinked(root, file, cell.source, known, repository)
            pictures |= shown
    nbformat.write(notebook, path)
    return pictures
