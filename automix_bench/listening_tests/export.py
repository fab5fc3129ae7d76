"""Write a listening test from the answers of models; `exported_test` says what lies where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from automix_bench.dataset.credits import credits
from automix_bench.dataset.folder import refuse_inside
from automix_bench.errors import DatasetError, UsageError, naming_a_full_disk
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.licence import redistributable
from automix_bench.listening_tests.answered_pages import answered_songs
from automix_bench.listening_tests.answered_sounds import AnsweredSounds
from automix_bench.listening_tests.equal_levels import common_level
from automix_bench.listening_tests.export_settings import TestSettings
from automix_bench.listening_tests.export_writer import TestWriter
from automix_bench.listening_tests.exported_test import (
    NAME,
    REFERENCE,
    TRAINING,
    balanced_lists,
    demand_key,
    demand_test,
)
from automix_bench.listening_tests.texts import LISTS, README
from automix_bench.sampling import Seed
from automix_bench.song import slug
from automix_bench.untrusted.shown import one_line


@dataclass(frozen=True)
class ExportedTest:
    """What was written.

    Attributes:
        key: the path of the key.
        configs: the names of the files in `configs` and `tests`, one for each list.
        notes: what the user should know: songs and anchors left out, a lower level, licences.
    """

    folder: Path
    key: Path
    configs: tuple[str, ...]
    songs: int
    pages: int
    stimuli_a_page: int
    lists: int
    pages_each: int
    level_lufs: float
    notes: tuple[str, ...]


def export(
    sounds: AnsweredSounds,
    out: Path,
    settings: TestSettings,
    progress: Progress = silent,
) -> ExportedTest:
    """Write a listening test into a new or empty folder, and its key beside it.

    Equal answers and settings give equal files.

    Raises:
        DatasetError: the folder holds something else, or lies in the data set.
        UsageError: no song can be used, or the settings do not fit.
        DiskFull: there is no room.
    """
    key_path = out.with_name(f"{out.name}.key.json")
    refuse_inside(out, sounds.dataset.folder)
    if out.is_file() or (out.is_dir() and any(out.iterdir())) or key_path.exists():
        what = key_path if key_path.exists() else out
        raise DatasetError(f"{what}: is there already: choose another folder, or delete it")
    name = settings.name if settings.name is not None else slug(out.name)[:40]
    if not NAME.fullmatch(name):
        raise UsageError(f"--name {one_line(name)}: expected 1 to 64 characters of a-z 0-9 _ -")
    seed = Seed(settings.seed) / "listening test"
    notes: list[str] = []
    songs, training = answered_songs(sounds, settings, seed, notes, progress)
    every = [page for pages in songs.values() for page in pages]
    both = [*every, *([training] if training else [])]
    for page in both:  # an anchor that failed on one passage is left out everywhere
        page.sounds = {s: page.sounds[s] for s in page.sounds if s in _systems(sounds)}
    levels = {
        (number, system): level
        for number, page in enumerate(both)
        for system, level in page.levels.items()
        if system in page.sounds
    }
    lufs = common_level(levels, settings.level_lufs)
    if lufs < settings.level_lufs:
        notes.append(
            f"the level is {lufs:g} LUFS in place of {settings.level_lufs:g}: a stimulus has a "
            "high peak for its loudness"
        )
    silent_ones = sorted({system for (_, system), level in levels.items() if level.silent})
    notes += [f"{one_line(system)} is silent on a page" for system in silent_ones]
    with naming_a_full_disk(out):
        (out / "stimuli" / name).mkdir(parents=True)
        (out / "configs").mkdir()
        (out / "tests").mkdir()
    writer = TestWriter(out, name, settings, seed, lufs, sounds)
    ids = writer.page_ids(len(every))
    order = dict(zip(map(id, every), ids, strict=True))
    for done, page in enumerate(both):
        writer.write(page, order.get(id(page), TRAINING))
        progress("stimuli", done + 1, len(both), "pages")
    each = min(settings.songs_each or len(songs), len(songs))
    lists = [
        [order[id(page)] for song in of_list for page in songs[song]]
        for of_list in balanced_lists(list(songs), each)
    ]
    test = writer.test(sorted(ids), lists, training is not None)
    demand_test(test, "listening test")
    key = writer.key(test)
    demand_key(key, "key of the listening test")
    configs = writer.configurations(test)
    used = {page.number for page in both}
    rows = [row for number, row in enumerate(sounds.dataset.rows) if number in used]
    write_whole(out / "CREDITS.md", credits(rows).encode())
    of_lists = LISTS.format(id=name, count=len(lists)) if len(lists) > 1 else ""
    readme = README.format(id=name, first=configs[0], lists=of_lists)
    write_whole(out / "README.md", readme.encode())
    write_whole(key_path, pretty(key).encode())
    write_whole(out / "test.json", pretty(test).encode())  # last: with it the test is whole
    for spdx in sorted({row["license"] for row in rows}):
        if not redistributable(spdx):
            notes.append(
                f"the licence {spdx or 'of a song'} may not allow to pass on changed sound"
            )
    notes += [f"left out: {what}: {why}" for what, why in sounds.left_out.items()]
    return ExportedTest(
        out, key_path, configs, len(songs), len(every), len(both[0].sounds), len(lists),
        len(lists[0]), lufs, tuple(notes),
    )  # fmt: skip


def _systems(sounds: AnsweredSounds) -> list[str]:
    return [REFERENCE, *sounds.systems, *sounds.anchors]
