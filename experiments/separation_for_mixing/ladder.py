"""What each arm of the ladder shows a network of the same excerpt of the same song."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.effect import Unsuitable
from automix_bench.errors import DatasetError, Rejected
from automix_bench.example import Example
from automix_bench.files.atomic import file_sha256
from automix_bench.sampling import Seed
from automix_bench.separator import Separator
from automix_bench.separators.small_separator import SmallSeparator
from automix_bench.separators.spleeter import Spleeter
from automix_bench.song import Song, Stems
from experiments.separation_for_mixing.as_if_separated import as_if_separated, in_the_mix
from experiments.separation_for_mixing.songs import WET, grouped, is_silent

HERE = Path(__file__).parent
FIXED = HERE / "fixed.json"
_SEED = Seed(20261129)


@lru_cache(maxsize=4)
def fixed(path: Path = FIXED) -> Mapping[str, Any]:
    """What was fixed before anything was run."""
    read: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def fixed_sha256() -> str:
    """The sha256 of what was fixed."""
    return file_sha256(FIXED)


def code_sha256() -> str:
    """The sha256 of all that decides what the arms show: the files of songs, errors and arms."""
    digest = hashlib.sha256()
    for name in ("songs.py", "as_if_separated.py", "ladder.py", "training.py"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def shown(arm: Mapping[str, Any], example: Example, arms: Mapping[str, Any]) -> dict[str, Audio]:
    """The stems that an arm shows of an example.

    Args:
        arm: one of `arms` in `fixed.json`.
        arms: all of them, for an arm that shows as others do.

    Raises:
        Rejected: the example cannot be shown so.
    """
    stems = example.before.stems
    dry = {name: one for name, one in stems.items() if not name.startswith(WET)}
    match arm["shows"]:
        case "tracks":
            out = dry
        case "groups":
            out = grouped(dry)
        case "wet groups":
            out = truth_of(example)
        case "separated":
            rng = (_SEED / "errors" / example.id).rng()
            kind = fixed()["kinds"][arm["kind"]]
            out = as_if_separated(truth_of(example), example.before.mix, arm["sdr_db"], kind, rng)
        case "separator":
            out = by_separator(example)
        case "spleeter":
            out = _by_spleeter(example)
        case "either":
            of = arm["of"]
            number = int((_SEED / "either" / example.song).rng().integers(len(of)))
            return shown(arms[of[number]], example, arms)
        case other:
            raise ValueError(f"an arm shows no {other!r}")
    return _played(out, arm.get("effects", "none"), example.id)


def truth_of(example: Example) -> dict[str, Audio]:
    """The wet groups as they are in the mix: their sum is the mix.

    Raises:
        Rejected: all groups are silent.
    """
    wet = {
        name.removeprefix(WET): one
        for name, one in example.before.stems.items()
        if name.startswith(WET) and not is_silent(one)
    }
    if not wet:
        raise Rejected(example.id, "all groups are silent")
    return in_the_mix(wet, example.before.mix)


def by_separator(example: Example) -> dict[str, Audio]:
    """The four groups by the separator that was trained here.

    Raises:
        DatasetError: its weights are not those that were fixed.
    """
    separator, wanted = SmallSeparator(lead=True), fixed()["separator"]["weights"]
    found = separator.fingerprint()["weights"]
    if found != wanted:
        raise DatasetError(
            f"small_separator: expected the weights {wanted[:16]}…, which were fixed, got "
            f"{found[:16]}…"
        )
    return _separated(example, separator)


def _by_spleeter(example: Example) -> dict[str, Audio]:
    return _separated(example, Spleeter())


def _separated(example: Example, separator: Separator) -> dict[str, Audio]:
    before = example.before
    song = Song(before.id, before.artist, {}, before.mix, before.license, before.origin)
    stems = separator(song).stems
    return {name: one for name, one in stems.items() if name != "residual" and not is_silent(one)}


def _played(stems: Stems, effects: str, id: str) -> dict[str, Audio]:
    """Stems through random strips, those of the recipe `pseudo_multitrack`; or with their effects
    normalised; or as they are."""
    if effects == "none":
        return dict(stems)
    chain = normalising_chain() if effects == "normalised" else _random_chain()
    drawn = RandomConsole(default=chain).draw(sorted(stems), _SEED / "effects" / id)
    out: dict[str, Audio] = {}
    for name, stem in stems.items():
        try:
            out[name] = drawn.strips[name].settled(stem)[1]
        except Unsuitable:
            out[name] = stem
    return out


@lru_cache(maxsize=1)
def _random_chain() -> RandomChain:
    console = plugin.load("recipes", "pseudo_multitrack")().console
    chain: RandomChain = console.default
    return chain


@lru_cache(maxsize=1)
def normalising_chain() -> RandomChain:
    """Brings a track to the mean effects of all stems of a corpus, whatever its role: the strip of
    the recipe `fx_normalised` for stems without means of their own."""
    console = plugin.load("recipes", "fx_normalised")().console
    chain: RandomChain = console.default
    return chain
