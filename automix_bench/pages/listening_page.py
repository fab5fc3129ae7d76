"""Write a page to listen to: the released mix beside the mix of each model, and stems before and
after their effects. The reader switches between sounds without a gap, at equal loudness or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Chain
from automix_bench.errors import naming_a_full_disk
from automix_bench.evaluation import answers
from automix_bench.example import Example
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.pages.template import filled

STEMS_SHOWN = 3


@dataclass(frozen=True)
class Sound:
    """One line of the page.

    Attributes:
        title: the name of the sound.
        detail: what the sound is, in a few words.
    """

    title: str
    detail: str
    audio: Audio


def listening_page(
    folder: Path,
    examples: Dataset | Sequence[Example],
    runs: Mapping[str, Path],
    numbers: Sequence[int],
) -> Path:
    """Write `index.html` and the FLAC files that it plays into `folder`; return the path of the
    page.

    Args:
        runs: the run folders of mixing models, by the models' names on the board.
        numbers: the indices of the examples on the page.

    Raises:
        DiskFull: there is no room.
    """
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    page = filled("listening.html", examples=[_example(folder, examples[n], runs) for n in numbers])
    write_whole(folder / "index.html", page.encode())
    # This file tells sources of songs that the sounds here are not songs.
    write_whole(folder / ".automix_bench", b"a page to listen to\n")
    return folder / "index.html"


def _example(folder: Path, example: Example, runs: Mapping[str, Path]) -> dict[str, Any]:
    """The values of an example for the template. Its sounds are written into the folder."""
    before = example.before
    groups = [_group(folder, example.id, "the mix", list(_mixes(example, runs)))]
    for name in _stems_with_effects(example)[:STEMS_SHOWN]:
        chain = example.console.strips[name]
        pair = [
            Sound("before", "without its effects", before.stems[name]),
            Sound("after", _effect_names(chain), example.after.stems[name]),
        ]
        groups.append(_group(folder, f"{example.id}.{name}", name, pair))
    return {
        "id": example.id,
        "credit": before.origin.attribution or before.artist,
        "license": before.license,
        "name": before.origin.name,
        "groups": groups,
    }


def _mixes(example: Example, runs: Mapping[str, Path]) -> Iterator[Sound]:
    yield Sound("as released", "the mix that models are asked for", example.before.mix)
    for model, run in runs.items():
        answer = answers.read(run / f"{example.id}.json")
        if "mix" in answer.stems:
            mix = answer.stems["mix"]
            # FLAC holds no sample beyond full scale.
            halvings = flac.exponent_for(mix)
            lowered = f", lowered by {6.02 * halvings:.0f} dB to fit" if halvings else ""
            yield Sound(model, f"the model's answer{lowered}", mix.scaled(2.0**-halvings))


def _stems_with_effects(example: Example) -> list[str]:
    """The names of the stems that have effects, most effects first."""
    strips = example.console.strips
    chosen = [name for name in strips if strips[name].effects and name != "residual"]
    return sorted(chosen, key=lambda name: (-len(strips[name].effects), name))


def _effect_names(chain: Chain) -> str:
    return " → ".join(type(effect).__name__ for effect in chain.effects)


def _group(folder: Path, key: str, title: str, sounds: Sequence[Sound]) -> dict[str, Any]:
    """The values of a group of sounds for the template. The reader switches between them; the
    volume of each makes it as loud as the quietest of the group."""
    levels = [integrated_lufs(sound.audio) for sound in sounds]
    quietest = min((level for level in levels if isfinite(level)), default=0.0)
    shown = []
    for number, (sound, level) in enumerate(zip(sounds, levels, strict=True)):
        file = f"{key}.{number}.flac"
        write_whole(folder / file, flac.encode(sound.audio))
        shown.append(
            {
                "file": file,
                "volume": 10.0 ** ((quietest - level) / 20.0) if isfinite(level) else 1.0,
                "title": sound.title,
                "detail": sound.detail,
                "level": f"{level:.1f} LUFS" if isfinite(level) else "silent",
            }
        )
    return {"key": key, "title": title, "sounds": shown}
