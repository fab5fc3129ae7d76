"""Who made what a data set holds, under which licence, in the words that licences ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from automix_bench.dataset.manifest import ManifestRow
from automix_bench.licence import terms

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_NO_PAGE = ("AND", "OR", "WITH")


def credits(rows: Iterable[ManifestRow]) -> str:
    """The content of a file that is to go wherever the audio goes, as Markdown: by licence, with a
    link to its text, every song with who is to be credited; and what was done to them.

    The data card says the same in short; this is what CC BY 4.0, section 3(a)(1), and licences like
    it ask of whoever passes on changed material. Nothing in it depends on the order of the rows.

    Args:
        rows: of a manifest, several to a song.
    """
    songs: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        songs.setdefault(row["license"], set()).add((row["origin"], row["attribution"]))
    parts = [HEAD]
    for spdx, found in sorted(songs.items()):
        named = spdx or "No licence asked for"
        links = "".join(f"- {name}: <{link}>\n" for name, link in _links(spdx))
        lines = "".join(
            f"- {_plain(origin)}: {_plain(who) or 'nobody is named'}\n"
            for origin, who in sorted(found)
        )
        title = f"## {named} ({terms(spdx)}): {len(found)} song{'s' * (len(found) != 1)}\n"
        parts.append("\n".join(part for part in (title, links, lines) if part))
    return "\n".join(parts)


def _links(spdx: str) -> list[tuple[str, str]]:
    """Each licence of an expression that SPDX lists, and where its text is."""
    names = sorted(set(_IDENTIFIER.findall(spdx)) - {*_NO_PAGE})
    return [
        (name, f"https://spdx.org/licenses/{name}.html")
        for name in names
        if not name.startswith("LicenseRef-")
    ]


def _plain(text: str) -> str:
    return " ".join(text.split())


HEAD = """# Attribution

The audio here is made of the songs below: cut into excerpts, levelled, in part separated into stems
by a model, and played through audio effects that are written down with each example. None of those
named has endorsed that, or this data set. The licence of an entry is the song's joined with
what was used on it: a separator's weights, impulse responses.
"""
