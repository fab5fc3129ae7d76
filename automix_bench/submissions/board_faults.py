"""What is wrong with a folder of leaderboards."""

from __future__ import annotations

from pathlib import Path

from automix_bench.errors import DatasetError
from automix_bench.submissions.board_entry import read_entry
from automix_bench.submissions.board_folder import benchmarks_in
from automix_bench.submissions.board_rounds import ROUNDS, hidden_rounds
from automix_bench.submissions.board_tables import tables
from automix_bench.submissions.incoming import FOLDER as INCOMING
from automix_bench.submissions.incoming import incoming_faults


def faults(folder: Path) -> list[str]:
    """What is wrong with a folder of leaderboards, one line each: entries that cannot be read,
    files that have no place there, and tables that are not those of the entries."""
    try:
        known = {benchmark.name: benchmark for benchmark in benchmarks_in(folder)}
    except DatasetError as error:
        return [str(error)]
    found: list[str] = []
    for name, benchmark in known.items():
        for path in sorted((folder / name).glob("*.json")):
            try:
                read_entry(path, benchmark)
            except DatasetError as error:
                found.append(str(error))
        try:
            hidden_rounds(folder, benchmark)
        except DatasetError as error:
            found.append(str(error))
    if found:
        return found
    try:
        made = tables(folder)
    except DatasetError as error:
        return [str(error)]
    for name, content in made.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{path}: is missing: run automix-bench leaderboard tables")
        elif path.read_bytes() != content.encode():
            found.append(
                f"{path}: is not made of the entries: run automix-bench leaderboard tables"
            )
    for name in known:
        place = folder / name
        own = {
            place / f"{name}.toml",
            place / known[name].recipe,
            *place.glob("*.json"),
            *(folder / each for each in made),
        }
        own |= {place / ROUNDS, *(place / ROUNDS).glob("*.json")}
        waiting = place / INCOMING
        own |= {waiting, *waiting.rglob("*")}
        found += incoming_faults(place)
        strange = [path for path in sorted(place.rglob("*")) if path not in own]
        found += [f"{path}: has no place here" for path in strange]
    return found
