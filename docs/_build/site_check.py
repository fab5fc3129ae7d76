"""Read a built site as a browser would: links, anchors, and what its pages load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches without a click, by tag; a link is fetched only for some relations.
LOADED = {
    **dict.fromkeys(("script", "img", "iframe", "audio", "video", "source", "embed"), "src"),
    **{"object": "data", "image": "href", "use": "href", "input": "src", "track": "src"},
}
FETCHED = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "modulepreload", "manifest"}
_IN_CSS = re.compile(r"""@import\s*["']([^"']+)|url\(\s*["']?([^"')]+)""")


class _Page(HTMLParser):
    """What a page loads, what it links to, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.loaded = list[str]()
        self.linked = list[str]()
        self.anchors = set[str]()
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag loads, links to and names."""
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        self._in_style = tag == "style"
        if tag in LOADED and LOADED[tag] in has:
            self.loaded.append(has[LOADED[tag]])
        self.loaded += [one.split()[0] for one in has.get("srcset", "").split(",") if one.strip()]
        self.loaded += _urls(has.get("style", ""))
        if tag == "link" and FETCHED & set(has.get("rel", "").split()):
            self.loaded.append(has["href"])
        if tag == "a" and "href" in has:
            self.linked.append(has["href"])

    def handle_data(self, data: str) -> None:
        """Note what a style in the page loads."""
        if self._in_style:
            self.loaded += _urls(data)


def _urls(css: str) -> list[str]:
    return [first or second for first, second in _IN_CSS.findall(css)]


def faults(site: Path) -> Iterator[str]:
    """One line for each link or anchor that leads nowhere, and each thing loaded from a host."""
    pages = {p: _Page(p.read_text(encoding="utf-8")) for p in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        for address in page.loaded:
            yield from _not_loaded(site, path, address)
        for address in dict.fromkeys(page.linked):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            if not there.is_file() or not there.is_relative_to(site.resolve()):
                yield f"{name}: the link to {address} leads nowhere"
            elif parts.fragment and there.suffix == ".html":
                anchors = pages[there].anchors if there in pages else set[str]()
                if unquote(parts.fragment) not in anchors:
                    yield f"{name}: {address}: no such anchor"
    for path in sorted(site.rglob("*.css")):
        for address in _urls(path.read_text(encoding="utf-8")):
            yield from _not_loaded(site, path, address)


def _not_loaded(site: Path, path: Path, address: str) -> Iterator[str]:
    parts = urlsplit(address)
    if parts.scheme == "data" or not (parts.path or parts.netloc):
        return
    name = path.relative_to(site)
    if parts.scheme or parts.netloc:
        yield f"{name}: would load {address}"
    elif not (path.parent / unquote(parts.path)).is_file():
        yield f"{name}: {address} is not there"
