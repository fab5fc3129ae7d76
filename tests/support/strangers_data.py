"""A small data set that a test changes at will; its hashes are made to fit afterwards."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from automix_bench.dataset.example_files import example_hash
from automix_bench.dataset.manifest import ManifestRow, read_manifest, write_manifest
from automix_bench.dataset.shard_index import ShardSummary, read_head, write_index
from automix_bench.dataset.shard_reader import read_files
from automix_bench.dataset.shard_writer import tar_member
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import canonical, fingerprint

Members = list[tuple[str, bytes]]


@dataclass
class StrangersData:
    """A finished data set of one shard, to be changed and then written with `seal`.

    Attributes:
        members: the files of every example, in order.
        rows: of the manifest; `seal` fills in where the examples lie.
    """

    folder: Path
    members: list[Members] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row in read_manifest(self.folder):
            self.rows.append({**row})
            self.members.append(list(read_files(self.folder, row).items()))

    def settings(self, number: int) -> dict[str, object]:
        """The JSON of an example."""
        settings: dict[str, object] = json.loads(self.members[number][0][1])
        return settings

    def set_json(self, number: int, content: object) -> None:
        """Put another JSON file into an example: a value, or bytes."""
        encoded = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.members[number][0] = (self.members[number][0][0], encoded)

    def seal(self) -> None:
        """Write shard, index, manifest and hashes, all of which fit each other."""
        head, shard = read_head(self.folder, 0), self.folder / "00000.tar"
        with shard.open("wb") as file:
            for row, members in zip(self.rows, self.members, strict=True):
                row["offset"] = file.tell()
                for name, content in members:
                    file.write(b"".join(tar_member(name, content)))
                row["size"] = file.tell() - row["offset"]
                row["sha256"] = example_hash(dict(members))
            file.write(bytes(1024))
        lines = [canonical(row) for row in self.rows]
        summary: ShardSummary = {
            "part": head["part"],
            "sha256": file_sha256(shard),
            "rejected": head["rejected"],
        }
        write_index(self.folder, 0, summary, lines)
        with (self.folder / "manifest.parquet").open("wb") as file:
            write_manifest(file, cast(list[ManifestRow], self.rows))
        self.sums()

    def set_column(self, name: str, values: list[object] | None) -> None:
        """Give a column of the manifest other values, of any type; None leaves the column out."""
        path = self.folder / "manifest.parquet"
        table = pq.read_table(path)
        place = table.schema.get_field_index(name)
        if values is None:
            table = table.remove_column(place)
        else:
            column = table.schema.field(place).type
            try:
                array = pa.array(values, column)
            except (pa.ArrowException, OverflowError):
                array = pa.array(values)
            table = table.set_column(place, name, array)
        buffer = io.BytesIO()  # if the table cannot be written, the file stays
        pq.write_table(table, buffer)
        path.write_bytes(buffer.getvalue())
        self.sums()

    def set_plan(self, changed: object) -> None:
        """Write another plan, whose root fits."""
        if isinstance(changed, dict):
            rest = {key: value for key, value in changed.items() if key != "root"}
            try:
                changed = {**rest, "root": fingerprint(rest)}
            except ValueError:  # canonical JSON has no NaN and no half characters
                changed = {**rest, "root": "0" * 64}
        text = changed if isinstance(changed, str) else json.dumps(changed)
        (self.folder / "plan.json").write_text(text)
        self.sums()

    def sums(self) -> None:
        """Write SHA256SUMS anew."""
        held = sorted(path for path in self.folder.iterdir() if path.name != "SHA256SUMS")
        lines = [f"{file_sha256(path)}  {path.name}\n" for path in held if path.is_file()]
        (self.folder / "SHA256SUMS").write_text("".join(lines))
