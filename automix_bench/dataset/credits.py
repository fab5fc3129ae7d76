"""The attribution file of a data set: authors and licences, as the licences require."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from automix_bench.dataset.manifest import ManifestRow
from automix_bench.licence import terms
from automix_bench.untrusted.shown import for_markdown

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_NO_PAGE = ("AND", "OR", "WITH")


def credits(rows: Iterable[ManifestRow]) -> str:
    """The attribution as Markdown, to be passed on together with the audio.

    It lists the songs by licence, with a link to the text of the licence and the names to be
    credited, and says how the audio was changed. CC BY 4.0, section 3(a)(1), and similar licences
    ask this of those who share changed material. The data card has the same in short. The text does
    not depend on the order of the rows.

    Args:
        rows: of a manifest; a song may have several.
    """
    parts = [HEAD]
    for spdx, songs_of_licence in _songs_by_licence(rows):
        count = len(songs_of_licence)
        named = spdx or "No licence asked for"
        links = "".join(f"- {name}: <{link}>\n" for name, link in licence_links(spdx))
        lines = "".join(
            f"- {for_markdown(f'{_plain(origin)}: {_plain(who) or NOBODY}')}\n"
            for origin, who in songs_of_licence
        )
        title = f"## {for_markdown(named)} ({terms(spdx)}): {count} song{'s' * (count != 1)}\n"
        parts.append("\n".join(part for part in (title, links, lines) if part))
    return "\n".join(parts)


def credits_json(rows: Iterable[ManifestRow]) -> list[dict[str, Any]]:
    """The same as JSON values: for each licence, its terms, links to its text, and the songs."""
    return [
        {
            "license": spdx,
            "terms": terms(spdx),
            "links": dict(licence_links(spdx)),
            "songs": [{"origin": origin, "attribution": who} for origin, who in songs],
        }
        for spdx, songs in _songs_by_licence(rows)
    ]


def _songs_by_licence(rows: Iterable[ManifestRow]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Origin and attribution of each song, by licence, in alphabetical order."""
    songs: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        songs.setdefault(row["license"], set()).add((row["origin"], row["attribution"]))
    return [(spdx, sorted(of_licence)) for spdx, of_licence in sorted(songs.items())]


def licence_links(spdx: str) -> list[tuple[str, str]]:
    """The licences in an SPDX expression that SPDX lists, each with a link to its text."""
    names = sorted(set(_IDENTIFIER.findall(spdx)) - {*_NO_PAGE})
    return [
        (name, f"https://spdx.org/licenses/{name}.html")
        for name in names
        if not name.startswith("LicenseRef-")
    ]


def _plain(text: str) -> str:
    return " ".join(text.split())


NOBODY = "nobody is named"
HEAD = """# Attribution

The audio here is made of the songs below: cut into excerpts, levelled, in part separated into stems
by a model, and played through audio effects that are written down with each example. None of those
named has endorsed that, or this data set. The licence of an entry is the song's joined with
what was used on it: a separator's weights, impulse responses.
"""
