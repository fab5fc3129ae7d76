"""Read the YAML and JSON files that come with data sets. Nothing in them is trusted: wrong types
read as if nothing was stated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from automix_bench.errors import Rejected

LARGEST_BYTES = 1_000_000


class _Loader(yaml.SafeLoader):
    """A loader without aliases: a few of them, nested, can stand for more than fits in memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has aliases, which no data set needs")
        return super().compose_node(parent, index)


def read(path: Path, folder: str) -> Mapping[str, Any]:
    """The mapping in a `.json` or `.yaml` file.

    Args:
        folder: the song's folder, for messages.

    Raises:
        Rejected: the file is larger than 1 MB, cannot be read, or holds no mapping.
    """
    kind = "JSON" if path.suffix == ".json" else "YAML"
    mend = "mend or remove it"
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise Rejected(folder, f"its {path.name} is larger than 1 MB; {mend}")
        text = path.read_bytes().decode("utf-8-sig")
        content = json.loads(text) if kind == "JSON" else yaml.load(text, _Loader)
    except OSError as error:
        raise Rejected(folder, f"its {path.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:120]
        raise Rejected(folder, f"its {path.name} is no {kind} ({reason}); {mend}") from error
    if not isinstance(content, Mapping):
        raise Rejected(folder, f"its {path.name} holds no names with values; {mend}")
    return content


def text(content: Mapping[str, Any], name: str) -> str:
    """A text, or several texts joined by commas; empty if the value is of another type."""
    value = content.get(name)
    values = value if isinstance(value, list) else [value]
    return ", ".join(each.strip() for each in values if isinstance(each, str) and each.strip())


def mapping(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A mapping with texts for keys; empty if the value is of another type."""
    value = content.get(name)
    if not isinstance(value, Mapping):
        return {}
    return {key: item for key, item in value.items() if isinstance(key, str)}
