"""Take a mix apart by separators, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.model import Answer, Brief
from automix_bench.separator import Separator
from automix_bench.song import Origin, Song
from automix_bench.task_parts.four_stems import FOUR_STEMS

__all__ = ["Separate"]

_REST = "accompaniment"


@dataclass(frozen=True)
class Separate:
    """Separate the mix by the first separator, and its `accompaniment` by the next.

    Where several stems are shown, their sum is the mix. A `residual` is added to the accompaniment,
    else to `other`, else left out. By default Spleeter takes the voice out (Hennequin et al., JOSS
    5 (50), 2020), and `harmonic_percussive` makes drums, bass and other of the rest (Fitzgerald,
    DAFx 2010): what comes with the package and runs on a CPU. Another choice, in a file of yours:

        demucs = Separate(("demucs",))

    Attributes:
        separators: names of separators or paths of their files.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        if not mix.samples.any():
            return Answer(stems=dict.fromkeys(FOUR_STEMS, mix))
        stems = {_REST: mix}
        for name in self.separators:
            if _REST not in stems:
                break
            stems |= _separated(name, stems.pop(_REST))
        return Answer(stems=stems)


def _separated(name: str, mix: Audio) -> dict[str, Audio]:
    """The stems that a separator finds in a mix, without `residual`."""
    offered = plugin.load("separators", name)
    separator: Separator = offered() if isinstance(offered, type) else offered
    song = Song("shown", "unknown", {}, mix, "LicenseRef-unknown", Origin("shown", mix.sha256))
    stems = dict(separator(song).stems)
    residual = stems.pop("residual", None)
    rest = next((one for one in (_REST, "other") if one in stems), None)
    if residual is not None and rest is not None:
        stems[rest] += residual
    return stems
