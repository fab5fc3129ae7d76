"""The four stems that music separation is scored on: vocals, drums, bass and other."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.song import Stems, role

_STEM_OF_ROLE = {
    **dict.fromkeys(("vocals", "vocal", "voice", "vox", "choir"), "vocals"),
    **dict.fromkeys(
        ("drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion"),
        "drums",
    ),
    "bass": "bass",
}
_NONE_OF_FOUR = ("residual", "accompaniment")
FOUR_STEMS = ("vocals", "drums", "bass", "other")
"""The targets of MUSDB18 (Rafii et al., 2017), of SiSEC and of museval. `other` is what is neither
vocals nor drums nor bass. A stem that a song does not have is not asked for."""


def which_of_four(stem: str) -> str:
    """The one of the `FOUR_STEMS` that a stem belongs to, by its name.

    >>> which_of_four("kick"), which_of_four("bass-2"), which_of_four("guitar-1")
    ('drums', 'bass', 'other')
    """
    return _STEM_OF_ROLE.get(role(stem), "other")


def four_stems(stems: Stems) -> Stems:
    """The stems of a song, summed to the `FOUR_STEMS` that it has.

    `residual` is left out, and so is `accompaniment`, which is several of the four.
    """
    of_target: dict[str, list[str]] = {}
    for name in stems:
        if name not in _NONE_OF_FOUR:
            of_target.setdefault(which_of_four(name), []).append(name)
    return {
        target: total(stems[name] for name in sorted(of_target[target]))
        for target in FOUR_STEMS
        if target in of_target
    }
