"""Read the results of the Web Audio Evaluation Tool: one XML file a session.

Two layouts: root `waetresult` with pages `page`, and that of 2015, root `browserevaluationresult`
with pages `audioholder`, in which the Mix Evaluation Dataset was collected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from automix_bench.errors import DatasetError, UsageError
from automix_bench.listening_tests.rating import Rating
from automix_bench.listening_tests.rating_tables import NoRatings, demand_names, score_of

NO_RATING = ("outside-reference",)
PAGES = {"waetresult": ("page", "ref"), "browserevaluationresult": ("audioholder", "id")}
"""By root: the element of a page, and the attribute with its name."""


class _NoDoctype(ElementTree.TreeBuilder):
    """A result file declares no entities; a few lines of them can stand for gigabytes of text."""

    def doctype(self, *declared: Any) -> None:
        raise ValueError("expected no document type, got one")


def read_waet(path: Path, content: bytes, axis: str | None) -> Iterator[Rating]:
    """Read the ratings of the pages that are complete.

    Scores range from 0 to 1 in the file; they are multiplied by 100.

    Args:
        axis: the question to read, of a test that asks several at once.

    Raises:
        NoRatings: the file holds another kind of XML.
        DatasetError: the file is damaged, or a rating is missing or out of range.
        UsageError: the test asked several questions and none of them is named.
    """
    try:
        root = ElementTree.fromstring(content, ElementTree.XMLParser(target=_NoDoctype()))
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise DatasetError(f"{path}: not a result file: {error}") from error
    if root.tag not in PAGES:
        raise NoRatings(f"{path}: wanted the root waetresult, got {root.tag[:200]}")
    pages, name_of_page = PAGES[root.tag]
    rater = " ".join(root.get("key", "").split()) or path.stem
    for page in root.findall(pages):
        if page.get("state", "complete") != "complete":
            continue
        if pages == "audioholder" and page.get("id") is None:  # a page that was never shown
            continue
        song = re.sub(r"-repeat-\d+$", "", " ".join(page.get(name_of_page, "").split()))
        for element in page.findall("audioelement"):
            if element.get("type") not in NO_RATING:
                name = str(element.get("name") or element.get("ref") or element.get("id", ""))
                system = " ".join(name.split())
                demand_names(str(path), song=song, system=system)
                yield Rating(rater, song, system, _value(path, song, system, element, axis))


def _value(
    path: Path, song: str, system: str, element: ElementTree.Element, axis: str | None
) -> float:
    values = {_axis(value): value.text for value in element.findall("value")}
    if axis is None and len(values) > 1:
        raise UsageError(f"{path}: say with --axis which question: {', '.join(sorted(values))}")
    name = axis if axis is not None else next(iter(values), "default")
    if name not in values:
        raise DatasetError(f"{path}: {system} on {song} has no rating of {name}")
    return score_of(f"{path}: {system} on {song}", values[name], 1.0)


def _axis(value: ElementTree.Element) -> str:
    name = value.get("interface-name")
    return "default" if name in (None, "", "null") else str(name)
