"""The artists in a file's tags: all of them."""

from __future__ import annotations

from pathlib import Path

from automix_bench.music.files.songs import one_line


def artists(path: Path, stated: str = "") -> tuple[str, ...]:
    """The artists that a file's tags name, in order, each once.

    A file may have several artist tags (FLAC, Ogg) or several values in one (ID3, MP4). The package
    `tinytag` reads them.

    Args:
        stated: the artist that the decoder gives, for formats that `tinytag` does not read.
    """
    import tinytag

    try:
        tags = tinytag.TinyTag.get(path, duration=False)
        more = (tags.artist or "", *tags.other.get("artist", ()))
    except Exception:  # a damaged tag; the decoder decides whether the file is one
        more = ()
    names = (one_line(name) for name in more if isinstance(name, str))
    return tuple(dict.fromkeys(filter(None, names))) or tuple(filter(None, (one_line(stated),)))
