"""Pairs of a target and an answer without skill, on which a metric shows that it is fit to rank.

They are as the tasks have them: a stem and that stem with effects (`effect_removal`), a mix and the
sum of its stems with effects (`mixing`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from automix_bench.audio import Audio, rms_db, total
from automix_bench.effect import Chain
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.files.decode import decode
from automix_bench.proofs.degradations import levelled
from automix_bench.proofs.songs import ProofSong, excerpt
from automix_bench.separation.example_clip import example_clip
from automix_bench.separators.spleeter import Spleeter
from automix_bench.song import Origin, Song
from automix_bench.sources.composed import Composed

STEMS_A_SONG = 4
QUIETEST_DB = -50.0
LEAST_CHANGE_DB = 30.0

_COMPRESSOR = Compressor(
    threshold_db=-30.0, ratio=4.0, knee_db=6.0, attack_ms=10.0, release_ms=120.0, makeup_db=0.0
)
_BELL = PeakingEQ(frequency_hz=1_000.0, gain_db=6.0, q=1.0)
_ROOM = Reverb(rt60_seconds=0.8, pre_delay_ms=10.0, damping_hz=6_000.0, wet=0.15)
CHAINS = {
    "compressor": Chain((_COMPRESSOR,)),
    "bell": Chain((_BELL,)),
    "reverb": Chain((_ROOM,)),
    "shelf": Chain((HighShelf(frequency_hz=4_000.0, gain_db=-6.0, q=0.707),)),
    "soft clip": Chain((SoftClip(drive_db=9.0),)),
    "pan": Chain((Pan(pan=0.5),)),
    "channel strip": Chain((_BELL, _COMPRESSOR, _ROOM)),
    "width": Chain((StereoWidth(width=1.4),)),
}
"""The effects between a target and the answer without skill."""


@dataclass(frozen=True, eq=False)
class ProofPair:
    """A target, and the answer of a model that leaves the effects on."""

    name: str
    target: Audio
    effected: Audio


@dataclass(frozen=True)
class Pairs:
    """The pairs of both tasks."""

    effect_removal: tuple[ProofPair, ...]
    mixing: tuple[ProofPair, ...]

    @property
    def by_task(self) -> dict[str, tuple[ProofPair, ...]]:
        """The pairs of each task that has some."""
        tasks = {"effect_removal": self.effect_removal, "mixing": self.mixing}
        return {name: pairs for name, pairs in tasks.items() if pairs}


@functools.cache
def proof_pairs() -> Pairs:
    """The pairs of two composed songs, as recorded, and of a real clip, separated.

    Raises:
        MissingPart: torch, or the wheel that holds the clip and the separator, is not installed.
    """
    composed = Composed(3, seconds=12.0)
    listings = composed.catalogue().listings[::2]
    clip = decode(example_clip())
    real = Song("clip", "clip", {}, clip, "", Origin("clip", ""))
    return pairs_of([Spleeter()(real), *(composed.load(one) for one in listings)])


def pairs_of(songs: Iterable[Song]) -> Pairs:
    """The pairs of songs with stems: 4 s from the middle of each, of the loudest stems
    (`STEMS_A_SONG`, above `QUIETEST_DB` RMS). Every stem goes through two of the chains, the next
    one through the next two."""
    of_stems: list[ProofPair] = []
    of_mixes: list[ProofPair] = []
    for song in songs:
        stems = _audible({name: excerpt(stem) for name, stem in song.stems.items()})
        pairs = [
            _pair(f"{song.id} {name}", stem, len(of_stems) + 2 * place + turn)
            for place, (name, stem) in enumerate(stems.items())
            for turn in (0, 1)
        ]
        of_stems += pairs
        mix = total(stems.values())
        of_mixes += [
            ProofPair(f"{song.id} mix {turn + 1}", mix, total(p.effected for p in pairs[turn::2]))
            for turn in (0, 1)
        ]
    return Pairs(tuple(of_stems), tuple(of_mixes))


def pairs_of_mixes(songs: Sequence[ProofSong]) -> Pairs:
    """Pairs of mixed music, each through two of the chains; there are none for `mixing`."""
    pairs = [
        _pair(song.name, song.sound, 2 * place + turn)
        for place, song in enumerate(songs)
        for turn in (0, 1)
    ]
    return Pairs(tuple(pairs), ())


def _audible(stems: Mapping[str, Audio]) -> dict[str, Audio]:
    """The loudest stems, and none that is too quiet, in the order of their names."""
    levels = {name: rms_db(stem) for name, stem in stems.items()}
    loudest = sorted(levels, key=levels.__getitem__, reverse=True)[:STEMS_A_SONG]
    return {name: stems[name] for name in sorted(loudest) if levels[name] > QUIETEST_DB}


def _pair(name: str, target: Audio, number: int) -> ProofPair:
    """The target through a chain, or through the next one whose change, its level apart, is less
    than 30 dB below the sound: a smaller one is nearly perfect itself."""
    for later in range(len(CHAINS)):
        chain = list(CHAINS)[(number + later) % len(CHAINS)]
        effected = CHAINS[chain](target)
        change = target.with_samples(levelled(effected, target).samples - target.samples)
        if rms_db(change) > rms_db(target) - LEAST_CHANGE_DB:
            break
    return ProofPair(f"{name}, {chain}", target, effected)
