"""Names of files and folders that systems leave behind, and that nobody's music is in.

Macs write a file's other half beside it as `._x`, or keep it in `.AppleDouble` and `__MACOSX`. NAS
boxes keep previews in `@eaDir`, and their bins and snapshots are ordinary folders.
"""

from __future__ import annotations

from pathlib import PurePath

LEAVINGS = frozenset(
    (
        # Synology, QNAP and other NAS boxes.
        *("@eadir", "@tmp", "@sharebin", "@recycle", "@recently-snapshot", "@qnap", "@transcode"),
        *("#recycle", "#snapshot", "#archive", "@synoresource", "@__thumb", "~snapshot"),
        # Macs, also through netatalk and zip archives.
        *("__macosx", "network trash folder", "temporary items", "thevolumesettingsfolder"),
        *("desktop db", "desktop df", "icon\r"),
        # Windows, Linux, and what they share.
        *("$recycle.bin", "recycler", "recycled", "system volume information", "thumbs.db"),
        *("desktop.ini", "lost+found"),
    )
)
"""Such names, in lower case. Names with a leading dot are hidden, and leavings as well."""

# netatalk and CAP write a leading dot as its hexadecimal number.
_HIDDEN = (".", ":2e")
_SYNOLOGY = ("@synoeastream", "@synoresource")


def is_leaving(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or a leaving of a system."""
    lower = name.lower()
    return lower.startswith(_HIDDEN) or lower.endswith(_SYNOLOGY) or lower in LEAVINGS


def lies_in_leavings(path: PurePath) -> bool:
    """Whether a relative path, or a folder in it, is hidden or a leaving of a system."""
    return any(is_leaving(part) for part in path.parts)
