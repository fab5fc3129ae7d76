"""`croissant.json`: a machine-readable description of a data set in MLCommons Croissant 1.1.

It lists the shards and the manifest with their hashes, and three record sets: `examples`, the rows
of the manifest; `sounds`, every FLAC file in the shards; `splits`, the names of the splits.
https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. It has no date and no address,
because `make` knows neither: add `datePublished` and `url` when you publish it.

mlcroissant 1.1 distinguishes unpacked archives only by their names: to load `sounds` of two data
sets on one machine, give each its own `CROISSANT_CACHE`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from automix_bench.dataset.manifest import MANIFEST, ManifestRow
from automix_bench.dataset.plan import Plan, read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_index import shard_name
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import pretty
from automix_bench.licence import join
from automix_bench.untrusted.shown import for_json, for_latex

CROISSANT = "croissant.json"
SPLITS = {"train": "cr:TrainingSplit", "valid": "cr:ValidationSplit", "test": "cr:TestSplit"}

TEXT, INTEGER, FLOAT = "sc:Text", "cr:Int64", "cr:Float64"
FIELDS = (
    ("id", TEXT, "Unique in the data set; the files of an example begin with it."),
    ("song", TEXT, "The song that the excerpt is of: the unit of inference."),
    ("artist", TEXT, "Artists never fall on both sides of a split."),
    ("license", TEXT, "An SPDX expression: the song's, the weights' and the effects' together."),
    ("attribution", TEXT, "Who is to be credited."),
    ("split", TEXT, "train, valid or test."),
    ("start", INTEGER, "Where the excerpt begins in the song, in samples."),
    ("length", INTEGER, "Samples per channel."),
    ("rate", INTEGER, "Samples per second, in Hz."),
    ("channels", INTEGER, "1 for mono, 2 for stereo."),
    ("gain_db", FLOAT, "What the excerpt was multiplied by, in dB."),
    ("mix_kind", TEXT, "What the mix before the console is: released, sum (of stems), unknown."),
    ("stem_sum_db", FLOAT, "How far the song's mix is from the sum of its stems, in dB."),
    ("before_lufs", FLOAT, "Integrated loudness of the mix before the console, in LUFS."),
    ("after_lufs", FLOAT, "Integrated loudness of the mix after the console, in LUFS."),
    ("mix_severity_db", FLOAT, "How far the console moved the mix, in dB."),
    ("console", TEXT, "Every effect and knob between before and after, as JSON."),
    ("shard", TEXT, "The tar file that holds the example."),
    ("offset", INTEGER, "Where it begins in that file, in bytes."),
    ("size", INTEGER, "How long it is there, in bytes."),
    ("sha256", TEXT, "Of the example's files together."),
)

CONTEXT: Mapping[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_of(folder: Path) -> str:
    """The description of a finished data set, whose files are hashed now.

    Raises:
        DatasetError: there is no finished data set in the folder, or it is damaged.
    """
    plan, rows = read_plan(folder), Dataset(folder).rows
    names = {MANIFEST, *(shard_name(number) for number, _ in plan.shards())}
    sums = {name: file_sha256(folder / name) for name in sorted(names)}
    sizes = {name: (folder / name).stat().st_size for name in sums}
    return croissant(plan, rows, sums, sizes)


def croissant(
    plan: Plan,
    rows: Iterable[ManifestRow],
    sums: Mapping[str, str],
    sizes: Mapping[str, int],
) -> str:
    """The content of `croissant.json`. Equal data sets have equal ones.

    Args:
        rows: of the manifest.
        sums: the sha256 of the manifest and of every shard, by file name.
        sizes: their sizes in bytes, by file name.
    """
    rates, licences, credits, splits = set[int](), set[str](), set[str](), set[str]()
    for row in rows:
        rates.add(row["rate"])
        licences.add(row["license"])
        credits.add(row["attribution"])
        splits.add(row["split"])
    recipe, name = plan.recipe, plan.recipe["name"]
    key, title = re.sub(r"[^A-Za-z0-9_.:-]", "-", name), _for_bibtex(name).replace(r"\_", "_")
    shards = sorted(file for file in sums if file.endswith(".tar"))
    record = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": name,
        "description": f"{recipe['description']} Excerpts of music as stems and mixes, before "
        "and after a console of effects whose every setting is kept. Made by automix_bench "
        f"{plan.code} from the plan {plan.root}.",
        "version": f"{recipe['version']}.0.0",
        "license": join(*licences),
        "creator": _creators(credits),
        "citeAs": f"@misc{{{key}, title = {{{title}, version {recipe['version']}}}, "
        f"note = {{made by automix\\_bench {_for_bibtex(plan.code)}, plan {plan.root}}}}}",
        "keywords": ["music", "automatic mixing", "audio effects", "multitrack"],
        "isLiveDataset": False,
        "distribution": [
            _file(MANIFEST, "application/x-parquet", sums, sizes),
            *(_file(shard, "application/x-tar", sums, sizes) for shard in shards),
            {
                "@type": "cr:FileSet",
                "@id": "flac",
                "name": "flac",
                "description": _sounds_in(plan),
                "containedIn": [{"@id": shard} for shard in shards],
                "encodingFormat": "audio/flac",
                "includes": "*.flac",
            },
        ],
        "recordSet": [_splits(splits), _examples(), _sounds(rates)],
    }
    return for_json(pretty(record))


def _for_bibtex(text: str) -> str:
    """As `for_latex`, without braces of the text itself: BibTeX counts escaped ones too."""
    bare = for_latex(text).replace(r"\{", r"\textbraceleft ")
    return bare.replace(r"\}", r"\textbraceright ")


def _sounds_in(plan: Plan) -> str:
    if plan.store == "both":
        return f"Stems and mixes, <id>.<before|after>.<stem>.flac, {plan.bits} bit."
    return (
        f"Stems and mixes as they entered the consoles, <id>.before.<stem>.flac, {plan.bits} bit; "
        "what left them is rendered by automix_bench. Examples of one excerpt share theirs."
    )


def _creators(credits: Iterable[str]) -> list[dict[str, str]]:
    named = sorted(set(credits) - {""})
    return [{"@type": "sc:Organization", "name": name} for name in (*named, "automix_bench")]


def _file(
    name: str, kind: str, sums: Mapping[str, str], sizes: Mapping[str, int]
) -> dict[str, object]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{sizes[name]} B",
        "encodingFormat": kind,
        "sha256": sums[name],
    }


def _splits(names: Iterable[str]) -> dict[str, object]:
    known = [split for split in SPLITS if split in set(names)]
    fields = (("name", TEXT), ("url", "sc:URL"))
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "What the column `split` of the examples says.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"splits/{n}", "name": n, "dataType": kind}
            for n, kind in fields
        ],
        "data": [{"splits/name": split, "splits/url": SPLITS[split]} for split in known],
    }


def _examples() -> dict[str, object]:
    fields: list[dict[str, object]] = [
        {
            "@type": "cr:Field",
            "@id": f"examples/{name}",
            "name": name,
            "description": description,
            "dataType": kind,
            "source": {"fileObject": {"@id": MANIFEST}, "extract": {"column": name}},
        }
        for name, kind, description in FIELDS
    ]
    references = {"references": {"field": {"@id": "splits/name"}}}
    return {
        "@type": "cr:RecordSet",
        "@id": "examples",
        "name": "examples",
        "description": "A row per example: what it is of, what was done to it, and where it lies.",
        "key": {"@id": "examples/id"},
        "field": [{**f, **references} if f["name"] == "split" else f for f in fields],
    }


def _sounds(rates: Collection[int]) -> dict[str, object]:
    rate = {"samplingRate": min(rates)} if len(rates) == 1 else {}

    def field(name: str, kind: str, file_property: str, **more: object) -> dict[str, object]:
        source = {"fileSet": {"@id": "flac"}, "extract": {"fileProperty": file_property}, **more}
        place = {"@type": "cr:Field", "@id": f"sounds/{name}", "name": name}
        return {**place, "dataType": kind, "source": source}

    return {
        "@type": "cr:RecordSet",
        "@id": "sounds",
        "name": "sounds",
        "description": "Every stem and mix as a file: its name says whose it is.",
        "key": {"@id": "sounds/file"},
        "field": [
            field("file", TEXT, "filename"),
            field("audio", "sc:AudioObject", "content", **rate),
        ],
    }
