"""The data card of a Parquet export: that of the data set, with the header that the hub reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from automix_bench.dataset.card import STORED_BEFORE, data_card, reading
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import Plan
from automix_bench.errors import Rejected
from automix_bench.untrusted.shown import for_yaml

# The names that the hub has for licences of songs, by their SPDX names.
HUB = {
    "Apache-2.0": "apache-2.0",
    "CC-BY-2.0": "cc-by-2.0",
    "CC-BY-2.5": "cc-by-2.5",
    "CC-BY-3.0": "cc-by-3.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-NC-2.0": "cc-by-nc-2.0",
    "CC-BY-NC-3.0": "cc-by-nc-3.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CC-BY-NC-SA-2.0": "cc-by-nc-sa-2.0",
    "CC-BY-NC-SA-3.0": "cc-by-nc-sa-3.0",
    "CC-BY-NC-SA-4.0": "cc-by-nc-sa-4.0",
    "CC-BY-SA-3.0": "cc-by-sa-3.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC0-1.0": "cc0-1.0",
    "MIT": "mit",
}


def export_card(
    plan: Plan,
    rows: Sequence[ManifestRow],
    rejected: Sequence[Rejected],
    features: Mapping[str, Any],
    bytes_of: Mapping[str, int],
) -> str:
    """The card as Markdown with a YAML header.

    Args:
        features: of the columns, as `parquet.features` returns them.
        bytes_of: the size of each split's files together.
    """
    card = data_card(plan, rows, rejected)
    body = card.split("---\n", 2)[2].replace(reading(plan), EXPORTED)
    body = body.replace(STORED_BEFORE, "")  # an export has both sides
    return _header(plan, rows, features, bytes_of) + body


def _header(
    plan: Plan,
    rows: Sequence[ManifestRow],
    features: Mapping[str, Any],
    bytes_of: Mapping[str, int],
) -> str:
    lines = [
        "---",
        f"pretty_name: {for_yaml(plan.recipe['name'])}",
        "task_categories:",
        "- audio-to-audio",
        "tags:",
        *(f"- {tag}" for tag in TAGS),
        "annotations_creators:",
        "- machine-generated",
        *_licence(sorted({row["license"] for row in rows})),
        "configs:",
        "- config_name: default",
        "  data_files:",
    ]
    for split in bytes_of:
        lines += [f"  - split: {split}", f"    path: data/{split}-*.parquet"]
    lines += ["dataset_info:", "  features:", *_feature_lines(features, "  "), "  splits:"]
    for split, size in bytes_of.items():
        count = sum(row["split"] == split for row in rows)
        lines += [f"  - name: {split}", f"    num_bytes: {size}", f"    num_examples: {count}"]
    total = sum(bytes_of.values())
    lines += [f"  download_size: {total}", f"  dataset_size: {total}", "---", ""]
    return "\n".join(lines)


def _licence(licences: Sequence[str]) -> list[str]:
    if len(licences) == 1 and licences[0] in HUB:
        return [f"license: {HUB[licences[0]]}"]
    # The examples have several, or one that the hub has no name for: the card lists them.
    return ["license: other", "license_name: per-example", "license_link: README.md"]


def _feature_lines(features: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for name, feature in features.items():
        lines.append(f"{indent}- name: {name}")
        kind = feature["_type"]
        if kind == "Value":
            lines.append(f"{indent}  dtype: {feature['dtype']}")
        elif kind == "Audio":
            decode = str(feature["decode"]).lower()
            lines += [f"{indent}  dtype:", f"{indent}    audio:", f"{indent}      decode: {decode}"]
        else:
            lines += [f"{indent}  list:", *_feature_lines(feature["feature"], f"{indent}  ")]
    return lines


TAGS = ("audio", "music", "automatic-mixing", "audio-effect-removal", "pseudo-multitrack")

EXPORTED = """## How to read it

```python
import io
import datasets
import soundfile

example = datasets.load_dataset(".", split="train")[0]
for stem in example["stems"]:
    sound, rate = soundfile.read(io.BytesIO(stem["before"]["bytes"]))
```

A row per example: `before_mix` and `after_mix`, the `stems` by name with their sounds `before` and
`after`, and the `console` between the two as JSON. Sounds are FLAC and declared
`decode: false`: soundfile gives the integers that were stored, and no other decoder is needed.
`sha256sum -c SHA256SUMS` finds what is damaged.
"""
