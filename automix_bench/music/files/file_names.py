"""What a file of a multitrack is by its name: a stem, the released mix, or a sub-mix.

The words are those of the field: MUSDB18 and DSD100 (`mixture`, `accompaniment`,
`linear_mixture`), MedleyDB (`X_MIX`), demucs (`no_vocals`), mixing desks and workstations
(`Drum Bus`, `Stereo Out`, `2mix`, `Print`), karaoke (`minus one`, `off vocal`) and games
(`song.ogg`, `backing.ogg`, `preview.ogg`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Literal

from automix_bench.mixing_rules.track_roles import role_of
from automix_bench.song import slug

Kind = Literal["stem", "mix", "sum", "without", "group", "preview", "song", "backing"]

DRUM_PIECES = frozenset(("kick", "snare", "hihat", "toms", "cymbals", "overheads"))
WHOLE_KIT = frozenset(
    (
        *("drum", "drums", "drumkit", "drum_kit", "kit", "drumset", "drum_set", "full_drums"),
        *("full_kit", "drums_full", "stereo_drums", "drums_stereo", "full_drum_kit"),
    )
)

_NUMBERED = re.compile(r"(?:\d+[\s._-]+)?(.*?)(?:[\s._-]+(\d+))?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_COPY = re.compile(r"[\s._-]+(copy|copie|kopie|copia)$", re.IGNORECASE)
_MIX = re.compile(
    r"(full|stereo|final|main|song|rough|ref|pre|un|master|post|dry|wet|live|re)?mix"
    r"(es|ed|down|downs|ture|tures|dn|final|master|full|stereo|bus|buss|print|bounce)?"
)
_SUB_MIX = re.compile(r"sub-?mix(es|down|ture)?")
_MASTER = re.compile(r"(pre|un|re|full|final|song|stereo)?master(s|ed|ing)?|mstr")
# Words that say nothing of what is in a mix: versions, formats, and who asked for it.
_ABOUT_WORDS = """
    a the of for to and by in at with v ver version versions final finals rev revision r
    stereo st lr l hq hd hi res hires bit bits k khz hz wav wave flac mp3 aif aiff ogg bounce
    bounced print printed export exported render rendered new old latest update updated ok
    approved full whole complete entire main song track file audio released release original album
    single edit official rough reference ref normalized normalised norm loud dithered dither float
    pcm alt alternate alternative demo out output outs outputs bus buss sum summed total all radio
    extended club preview copy take trk tracks pass everything mono"""
_ABOUT = frozenset(_ABOUT_WORDS.split())
# Of these at least one must be there where no word says mix or master.
_WHOLE_WORDS = """
    reference ref rough demo lr main original version album output mono release single edit
    print bounce bounced full complete entire total sum summed stereo all everything
    final released"""
_WHOLE = frozenset(_WHOLE_WORDS.split())
_WHOLES = ("2-track", "two-track", "2-trk", "2-bus", "2-tr", "stereo-out", "main-out", "mix-out")
_SUM = re.compile(
    r"\b(linear|plain|naive|unprocessed)-(mix|mixture|sum)\b|\bsum-of-(the-)?(stems|tracks)\b"
    r"|\b(stems?|tracks?)-(sum|mix|mixdown)\b|\bsum(med)?-(stems|tracks)\b"
)
_GROUP = frozenset(
    (
        "bus",
        "buss",
        "group",
        "grp",
        "sub",
        "submix",
        "stem",
        "stems",
        "sum",
        "all",
        "summed",
        "subgroup",
    )
)
# A microphone or a synthesiser below: `Kick Sub.wav` is a track.
_SUB_IS_A_SOUND = frozenset(("kick", "bass", "snare", "toms", "effects"))

_INSTRUMENTAL = re.compile(
    r"\b(accompaniments?|accomp|instrumentals?|karaoke|off-vocals?|non-?vocals?|bgm|tv-mix"
    r"|tv-track|mr|playback)\b|^(inst|instr|acc|tv)$"
)
_UNNAMED = re.compile(r"\b(minus-?(one|1)|backing-?(tracks?|mix|music)|backtracks?|music-minus)\b")
_BEFORE = re.compile(
    r"\b(?:no|non|minus|without|wo|w-o|less|sans|ohne|sin)-"
    r"(?:(?:the|any|lead|main|backing|back|bg|live|electric|acoustic)-)?([a-z]+)"
)
_GLUED = re.compile(r"^(?:no|non|minus)([a-z]{3,})$")
_AFTER = re.compile(r"([a-z]+?)-?(?:less|minus|removed|muted|free)\b")
_MORE_ROLES = (
    ("overheads", re.compile(r"over-?heads?\b|\boh-?[lr]?\b")),
    ("vocals", re.compile(r"\b(vocs?|bgvs?|bvs?|bvox|vx|voc|rap|acapp?ell?as?|cappella)\b")),
    ("keys", re.compile(r"keyboard|\bsynth|\bwurli|mellotron|\bepiano\b")),
    ("guitar", re.compile(r"\b(gtrs|e-?gtrs?|a-?gtrs?|agtr|egtr|guits)\b")),
    ("rooms", re.compile(r"\brooms?\b|ambien")),
    ("loops", re.compile(r"\bloops?\b|\bclick\b")),
    ("winds", re.compile(r"woodwind|\bpipe\b|\breed\b|harmonica")),
    ("orchestra", re.compile(r"orch")),
    ("other", re.compile(r"\bothers?\b|\brest\b")),
)


@dataclass(frozen=True)
class FileName:
    """What a file is by its name.

    Attributes:
        kind: `stem`; `mix`, the released mix; `sum`, a plain sum of the stems; `without`, all but
            one role; `group`, the sum of the tracks of a role; `preview`, an excerpt or a lossy
            copy of the mix; `song`, called as the song, or `song`; `backing`, all but what is not
            named, or a track.
        word: the name as a stem, without numbers at either end.
        number: at the end of the name; 0 without one.
        role: of a stem; for `without` the role that lacks, for `group` that of its tracks. Empty if
            it is not known.
    """

    kind: Kind
    word: str
    number: int = 0
    role: str = ""


def read(file: str, titles: Iterable[str] = ()) -> FileName:
    """What a file is by its name.

    Args:
        file: its path or name.
        titles: what the song may be called, such as the name of its folder. A file's name may begin
            or end with it.
    """
    bare = PurePosixPath(file).stem
    match = _NUMBERED.fullmatch(bare)
    text, number = match.groups() if match else (bare, None)
    word, own = slug(text).replace("-", "_") or "stem", int(number or 0)
    named = [_words(title) for title in titles]
    words = _without_title(_words(_COPY.sub("", bare)), named)
    if not words:
        role = _role(_words(bare))
        is_title = bool(slug(bare)) and not role
        return FileName("song" if is_title else "stem", word, own, role)
    kind, role = _kind_and_role(words)
    return FileName(kind, word, own, role)


def common_beginning(files: Sequence[str]) -> str:
    """The words that the names of three files or more all begin with; it is no part of what each
    of them is."""
    words = [_words(PurePosixPath(file).stem) for file in files]
    alike = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    shortest = min((len(each) for each in words), default=0)
    common = [column[0] for column in alike]
    return " ".join(common[: shortest - 1]) if len(files) > 2 else ""


def family(role: str) -> frozenset[str]:
    """The roles of the tracks that the sum of a role has."""
    return DRUM_PIECES | {"drums", "rooms"} if role == "drums" else frozenset((role,))


def role_of_word(word: str) -> str:
    """The role in a stem's name; empty if there is none."""
    return _role(word.split("_"))


def _words(text: str) -> list[str]:
    return [word for word in slug(_CAMEL.sub("-", text)).split("-") if word]


def _without_title(words: list[str], titles: Sequence[list[str]]) -> list[str]:
    """The words without the song's title at either end, the longest title first."""
    for title in sorted(titles, key=len, reverse=True):
        if title and words[: len(title)] == title:
            return words[len(title) :]
        if title and words[-len(title) :] == title and len(words) > len(title):
            return words[: -len(title)]
    return words


def _kind_and_role(words: list[str]) -> tuple[Kind, str]:
    text = "-".join(words)
    rest = [word for word in words if not _says_mix(word) and not word.isdigit()]
    telling = [word for word in rest if word not in _ABOUT]
    role = _role(telling)
    mixed = any(_MIX.fullmatch(word) for word in words) or "mix-down" in text
    mastered = any(_MASTER.fullmatch(word) for word in words)
    lacking = _lacking(text, role, mixed)
    if lacking is not None:
        return "without", lacking
    if _SUM.search(text) and not role:
        return "sum", ""
    if _SUB_MIX.search(text):
        return "group", role
    if re.search(r"\ba-?capp?ell?as?\b", text):
        return "group", "vocals"
    if mixed or mastered:
        alternative = mixed and not {"up", "down", "loud", "louder"}.isdisjoint(rest)
        return ("group", role) if role and not alternative else ("mix", "")
    if role and not _GROUP.isdisjoint(words):
        sound = {"sub", "all"} if role in _SUB_IS_A_SOUND else set[str]()
        return ("group" if _GROUP & {*words} - sound else "stem"), role
    if "preview" in words and not role:
        return ("mix" if "full" in words else "preview"), ""
    pair = any(pair in text for pair in _WHOLES)
    if (pair or not _WHOLE.isdisjoint(words)) and (not telling or (pair and telling == ["two"])):
        return "mix", ""
    if [word for word in words if not word.isdigit()] == ["song"]:
        return "song", ""
    if [word for word in words if not word.isdigit()] == ["backing"]:
        return "backing", ""
    return "stem", _role(words)


def _says_mix(word: str) -> bool:
    return bool(_MIX.fullmatch(word) or _MASTER.fullmatch(word) or _SUB_MIX.fullmatch(word))


def _lacking(text: str, role: str, mixed: bool) -> str | None:
    """The role that a mix without one lacks; empty if it is not named, None for other names."""
    if _UNNAMED.search(text):
        return ""
    for pattern in (_BEFORE, _GLUED, _AFTER):
        match = pattern.search(text)
        lost = _role([match[1]]) if match else ""
        # `Vocals no fx` and `noise-free vocals` are tracks.
        if match and lost and not _role([text[: match.start()], text[match.end() :]]):
            return lost
    instrumental = _INSTRUMENTAL.search(text) or (mixed and re.search(r"\b(inst|instr|tv)\b", text))
    # `Instrumental Guitar` and `Piano Accompaniment` are tracks.
    return "vocals" if instrumental and role in ("", "vocals") else None


def _role(words: Iterable[str]) -> str:
    text = "-".join(words)
    more = (role for role, pattern in _MORE_ROLES if pattern.search(text))
    return next(more, "") or role_of(text)
