"""Write the pages and the pictures of the docs, from what the code says of itself.

python docs/_build/make_pages.py             pages and pictures
python docs/_build/make_pages.py reverb mp3  pages, and the pictures of these effects only
python docs/_build/make_pages.py sensitivity pages, and what each metric sees, measured anew (minutes)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import metric_pages
from captions import KINDS, labels
from families import FAMILIES, Family, Shown

from automix_bench import plugin
from automix_bench.catalogue import entries
from automix_bench.catalogue.entries import PluginEntry, RecipeEntry, Setting
from automix_bench.settings import Knob, Option

DOCS = Path(__file__).parent.parent
MADE = "<!-- Written by docs/_build/make_pages.py: change the docstrings it reads, not this page. -->\n"


def pages() -> dict[str, str]:
    """The text of every page, by its path in the folder of the docs."""
    found = {f"effects/{name}.md": _family(family) for name, family in FAMILIES.items()}
    found |= metric_pages.pages(MADE, markdown)
    own = {"reference.md": _reference(), "recipes.md": _recipes(), "tasks.md": _tasks()}
    return {**own, **found}


def plotted() -> dict[str, Shown]:
    """Every effect that has a picture, and how it is shown."""
    every = (pair for family in FAMILIES.values() for pair in family.effects.items())
    return {name: shown for name, shown in every if shown.kind}


def picture_of(effect: str) -> Path:
    """Where the picture of an effect lies."""
    return DOCS / "effects" / "pictures" / f"{effect}.png"


def main(names: Sequence[str]) -> None:
    """Write every page, and the pictures of the effects named, or of all."""
    if "sensitivity" in names:
        metric_pages.measure()
    metric_pages.draw()
    for path, text in pages().items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
    from pictures import write

    for name, shown in plotted().items():
        if not names or name in names:
            picture_of(name).parent.mkdir(parents=True, exist_ok=True)
            write(plugin.load("effects", name), shown, picture_of(name))
            print(picture_of(name).relative_to(DOCS), picture_of(name).stat().st_size, "bytes")


ABOUT = {
    "tasks": "what a model is shown, what is wanted, and which metrics measure it",
    "models": "`plain_sum` and `do_nothing` are floors, `oracle` is the ceiling",
    "metrics": "[every card](metrics.md), with what each is blind to and what it sees",
    "embeddings": "networks that turn sounds into vectors, to compare sets of sounds; `aisfx` brings its weights in a wheel, "
    "the others want weights that you have",
    "effects": "by family below",
    "normalisers": "choose an effect's settings for each sound",
    "sources": "where songs come from: files, MUSDB18, MedleyDB, MoisesDB, Slakh, MIDI, tracker modules, LMMS projects, composed "
    "songs, and sources that combine others, take a subset of them or remove duplicates",
    "separators": "`as_recorded` is for true multitracks, `whole` for finished mixes without stems",
    "executors": "who renders, runs and scores: one after another, processes, a Ray cluster, SLURM "
    "([scale](scale.md))",
    "recipes": "[every recipe](recipes.md) with its settings",
    "trainings": "networks and how they are [trained](training.md#train-a-network)",
}
EXIT_CODES = "The [exit codes](benchmark.md#exit-codes) of all commands are on the benchmark's page."


def _reference() -> str:
    lines = [MADE, "# Reference\n", "## Names\n"]
    lines += [
        "`automix-bench list KIND` prints these, `automix-bench card KIND NAME` the card of one: "
        "equations and sources, ranges, what a metric is blind to. A path to a `.py` file works "
        "everywhere a name does.\n",
        "| kind | | names |",
        "| --- | --- | --- |",
    ]
    for kind in plugin.KINDS:
        known = ", ".join(f"`{name}`" for name in plugin.names(kind))
        lines.append(f"| {kind} | {ABOUT[kind]} | {known} |")
    lines += ["", "## Effects\n", "| page | effects |", "| --- | --- |"]
    for name, family in FAMILIES.items():
        links = ", ".join(f"[`{one}`](effects/{name}.md#{one})" for one in family.effects)
        lines.append(f"| [{family.title}](effects/{name}.md) | {links} |")
    lines += ["", "`automix-bench list effects --knobs` prints every setting: range, unit, neutral"]
    lines += ["settings, and the inverse or why there is none."]
    lines += ["", "## Python\n", "[From Python](python.md) has every name of the public face."]
    lines += ["", "## Commands\n", f"`automix-bench --help` lists all commands. {EXIT_CODES}", ""]
    return "\n".join(lines)


def _family(family: Family) -> str:
    blocks = [MADE, f"# {family.title}\n", family.about + "\n"]
    blocks.append(
        "What is said of an effect here is its docstring; the tests hold it to the inverse and to "
        "the neutral settings that it claims. An inverse's error is measured on noise, as decibels "
        "below the sound.\n"
    )
    for name, shown in family.effects.items():
        blocks += _effect(entries.entry("effects", name), shown)
    return "\n".join(blocks)


def _effect(entry: PluginEntry, shown: Shown) -> Iterator[str]:
    yield f"## {entry.name}\n"
    yield f"`from automix_bench.effects.{entry.name} import {entry.title}`\n"
    yield markdown(entry.description)
    if entry.settings:
        yield _settings(entry)
    if entry.claims is not None:
        facts = {"Inverse": entry.claims.inverse, "Adds up": entry.claims.takes}
        if entry.claims.nothing_at:
            facts["Changes nothing at"] = entry.claims.nothing_at
        yield "\n".join(f"* {name}: {fact}" for name, fact in facts.items()) + "\n"
    if shown.kind:
        common, _ = labels(shown.examples)
        at = f" At {common}." if common else ""
        yield f"![{entry.name}](pictures/{picture_of(entry.name).name})\n"
        yield f"*{KINDS[shown.kind]}{at}*\n"


def _settings(entry: PluginEntry) -> str:
    lines = ["| setting | range | unit | if not given |", "| --- | --- | --- | --- |"]
    for name, spec in entry.settings.items():
        default = f"{entry.defaults[name]}" if name in entry.defaults else ""
        lines.append(f"| `{name}` | {_range(spec)} | {getattr(spec, 'unit', '')} | {default} |")
    return "\n".join(lines) + "\n"


def _range(spec: Knob | Option) -> str:
    if isinstance(spec, Knob):
        return str(spec).removesuffix(spec.unit).strip()
    return ", ".join(f"`{word}`" for word in spec.words) or "text"


def markdown(docstring: str) -> str:
    """A docstring as Markdown: what is indented stands as it is, what it raises in a list."""
    text, _, raised = docstring.partition("\nRaises:\n")
    blocks = list[str]()
    for block in text.strip("\n").split("\n\n"):
        if all(line.startswith("    ") for line in block.splitlines()):
            inside = "\n".join(line[4:] for line in block.splitlines())
            blocks.append(f"```text\n{inside}\n```")
        else:
            blocks.append(_said(block))
    for name, reason in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", raised, re.MULTILINE):
        blocks.append(f"* Raises `{name}`: {' '.join(reason.split())}")
    listed = "\n\n".join(blocks)
    return re.sub(r"(\n\* .*)\n(?=\n\* )", r"\1", listed) + "\n"


def _said(prose: str) -> str:
    """A paragraph with what a reader looks for in bold."""
    bold = re.sub(r"\b(Latency|Undone)\b", r"**\1**", prose)
    if bold == prose:
        bold = re.sub(r"\b(latency)\b", r"**\1**", prose)
    return bold.replace("<", "&lt;")


def _recipes() -> str:
    known = entries.recipes()
    lines = [MADE, "# Recipes\n", "| recipe | what it makes |", "| --- | --- |"]
    lines += [f"| [`{one.name}`](#{one.name}) | {one.summary} |" for one in known]
    lines += [
        "",
        "`automix-bench show RECIPE` prints what one draws, `--plot FILE` as a picture.\n",
    ]
    lines += ["## Settings of the music\n", "For every recipe that says so, with `--set`.\n"]
    lines.append(_table(entries.material_settings()))
    return "\n".join((*lines, *(_recipe(one) for one in known)))


def _tasks() -> str:
    """Every task: what is shown and wanted, of whose data, and between which two models."""
    lines = [
        f"{MADE}\n# Tasks\n\nWhat a model is shown in its `Brief`, and what its `Answer` should hold. "
        "The first metric ranks; `automix-bench card tasks NAME` has them all.\n",
        "| task | shown | wanted | reads data of | floor | ranked by |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in plugin.names("tasks"):
        task = plugin.load("tasks", name)
        shown, _, wanted = task.description.removeprefix("Shown: ").partition(" Wanted: ")
        recipes = ", ".join(f"`{recipe}`" for recipe in task.recipes)
        ends = f"`{task.floor}` | `{task.metrics[0].name}`"
        lines.append(f"| `{name}` | {shown[:-1]} | {wanted[:-1]} | {recipes} | {ends} |")
    return "\n".join(lines) + "\n"


def _recipe(recipe: RecipeEntry) -> str:
    # In a docstring a line that goes on is one line.
    written = re.sub(r"(?<=\S) {4,}(?=--)", " \\\n        ", recipe.description)
    shared = "\nand the [settings of the music](#settings-of-the-music).\n"
    also = shared if recipe.takes_material else ""
    return f"## {recipe.name}\n\n{markdown(written)}\n{_table(recipe.settings)}{also}"


def _table(settings: Mapping[str, Setting]) -> str:
    lines = ["| setting | takes | if not given | |", "| --- | --- | --- | --- |"]
    lines += [f"| `{n}` | {s.kind} | {s.default} | {s.meaning} |" for n, s in settings.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
