"""The Croissant description of a data set that is published: with its address, date and provenance.

`croissant.json` in a data set has neither address nor date, which Croissant 1.1 requires, because
`make` knows neither. This adds them, the addresses of licences, and provenance by PROV-O, as
https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html recommends. Tests validate it with
the package mlcroissant, which is not needed here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from automix_bench.dataset.credits import licence_links
from automix_bench.dataset.croissant import croissant_of
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import Plan, read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import UsageError
from automix_bench.files.canonical_json import pretty
from automix_bench.untrusted.shown import for_json, one_line

PROV = "http://www.w3.org/ns/prov#"

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def published_croissant(folder: Path, url: str, published: str, files: str = "") -> str:
    """The description as JSON-LD. The files are hashed now.

    Args:
        url: the page of the data set.
        published: its date, `YYYY-MM-DD`.
        files: the address below which the files lie; empty if they lie beside the description.

    Raises:
        UsageError: an address or the date is none.
        DatasetError: there is no finished data set in the folder, or it is damaged.
    """
    for address in filter(None, (url, files)):
        if not _ADDRESS.fullmatch(address):
            raise UsageError(f"expected an address, https://…, got {one_line(address)}")
    try:
        day = date.fromisoformat(published).isoformat()
    except ValueError:
        raise UsageError(f"expected a date such as 2026-05-01, got {one_line(published)}") from None
    plan, rows = read_plan(folder), Dataset(folder).rows
    record: dict[str, Any] = json.loads(croissant_of(folder))
    record["@context"]["prov"] = PROV
    record |= {"url": url, "datePublished": day, "license": _licences(rows), **_origins(plan, rows)}
    for file in record["distribution"]:
        if files and "contentUrl" in file:
            file["contentUrl"] = f"{files.removesuffix('/')}/{file['contentUrl']}"
    return for_json(pretty(record))


def _licences(rows: Sequence[ManifestRow]) -> list[str]:
    """The address of each licence that applies; where there is a choice or an exception, or no
    address, the expression."""
    names: dict[str, None] = {}
    for spdx in sorted({row["license"] for row in rows}):
        plain = not re.search(r" (OR|WITH) |LicenseRef-", spdx)
        links = [link for _, link in licence_links(spdx)] if plain else []
        names |= dict.fromkeys(links or [spdx])
    return list(names)


def _origins(plan: Plan, rows: Sequence[ManifestRow]) -> dict[str, object]:
    """What the data set was made from, and by what."""
    songs = {(row["origin_sha256"], row["attribution"], row["license"]) for row in rows}
    counts = Counter((who, spdx) for _, who, spdx in songs)
    recipe = plan.recipe
    return {
        "prov:wasDerivedFrom": [
            {
                "@type": "prov:Entity",
                "prov:label": f"{count} song{'s' * (count != 1)}"
                + (f", {one_line(who)}" if who else "")
                + (f", {one_line(spdx)}" if spdx else ""),
            }
            for (who, spdx), count in sorted(counts.items())
        ],
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:label": f"recipe {one_line(recipe['name'])} version {recipe['version']}, plan "
            f"{plan.root}",
        },
        "prov:wasAttributedTo": {
            "@type": "prov:SoftwareAgent",
            "prov:label": f"automix_bench {one_line(plan.code)}",
        },
    }
