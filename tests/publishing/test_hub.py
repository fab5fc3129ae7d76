"""Pushing to the hub: against a stand-in that listens on this machine, and never another."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from automix_bench import errors
from automix_bench.making.make import make
from automix_bench.publishing.hub import push, shipment
from automix_bench.publishing.parquet import export_parquet
from tests.support.fake_hub import stand_in
from tests.support.tone_source import Tones

PUSH = """
import sys
from pathlib import Path
from huggingface_hub import HfApi
from automix_bench.publishing.hub import push
push(Path(sys.argv[1]), "me/tones", hub=HfApi(endpoint=sys.argv[2], token="hf_none"))
"""


class Silent:
    """A hub that may not be asked."""

    def create_repo(self, repo_id, *, private, repo_type, exist_ok):
        raise AssertionError("asked for a repository")

    def upload_folder(self, **_):
        raise AssertionError("asked to upload")


class Kept(Silent):
    """A hub that keeps what it is asked."""

    def __init__(self):
        self.asked = []

    def create_repo(self, repo_id, *, private, repo_type, exist_ok):
        self.asked.append((repo_id, private, repo_type, exist_ok))

    def upload_folder(self, *, repo_id, folder_path, repo_type, commit_message, allow_patterns):
        self.asked.append((repo_id, folder_path, repo_type, tuple(allow_patterns)))


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")} | {
        "SHA256SUMS": (folder / "SHA256SUMS").read_bytes()
    }


@pytest.mark.parametrize("what", ["data", "parquet"])
def test_what_is_pushed_arrives_whole_once_and_again(dataset, tmp_path, what, monkeypatch):
    pytest.importorskip("huggingface_hub")
    folder = dataset.folder
    if what == "parquet":
        folder = export_parquet(dataset.folder, tmp_path / "out", file_bytes=1_000_000).folder
    # The stand-in speaks the protocol before Xet; nothing is asked of any other machine.
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    with stand_in() as hub:
        for _ in range(2):
            command = [sys.executable, "-c", PUSH, str(folder), hub.url]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, (done.stderr, hub.asked)
            assert hub.repos["me/tones"] == files(folder)
        assert hub.private == {"me/tones": True}


def test_a_dry_run_asks_nobody_and_lists_what_would_go(dataset):
    found = push(dataset.folder, "me/tones", dry_run=True, hub=Silent())
    assert found.sizes == {name: len(content) for name, content in files(dataset.folder).items()}
    assert found.licences == {"CC0-1.0": 12}
    assert "CC0-1.0 (open): 12 examples" in str(found)
    total = sum(found.sizes.values())
    assert f"{total:,}  bytes in {len(found.sizes)} files" in str(found)


class NoDerivatives(Tones):
    spdx = "CC-BY-ND-4.0"

    def _listing(self, number):
        listing = super()._listing(number)
        return replace(listing, license=self.spdx) if number == 1 else listing


class Unknown(NoDerivatives):
    spdx = "LicenseRef-unknown"


@pytest.mark.parametrize("source", [NoDerivatives, Unknown])
def test_what_may_not_be_passed_on_is_not_unless_told(recipe, tmp_path, source):
    folder = make(recipe(source=source()), tmp_path / "data").folder
    out = export_parquet(folder, tmp_path / "out").folder
    for place in (folder, out):
        dry = push(place, "me/x", dry_run=True)
        assert dry.refused == (source.spdx,)
        assert f"refused unless regardless: {source.spdx}\n" in str(dry)
        with pytest.raises(errors.UsageError, match=f"{source.spdx} is not known to allow"):
            push(place, "me/x", hub=Silent())
        hub = Kept()
        push(place, "me/x", hub=hub, regardless=True, private=False)
        assert hub.asked[0] == ("me/x", False, "dataset", True)
        assert hub.asked[1][3] == tuple(sorted(files(place)))


def test_what_is_damaged_or_unfinished_is_not_pushed(dataset, tmp_path):
    with pytest.raises(errors.DatasetError, match="nothing finished here to push"):
        shipment(tmp_path, "me/x")
    path = dataset.folder / "00001.tar"
    content = bytearray(path.read_bytes())
    content[1_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.DatasetError, match=r"00001.tar: missing or not as SHA256SUMS"):
        push(dataset.folder, "me/x", hub=Silent())


OFFLINE = """
import sys
from pathlib import Path
from automix_bench.workers.exit_codes import ending
from automix_bench.publishing.hub import push
try:
    push(Path(sys.argv[1]), "me/tones")
except Exception as error:
    print(ending(error))
"""


def test_a_hub_that_is_not_reached_is_told_in_one_line(dataset, tmp_path):
    pytest.importorskip("huggingface_hub")
    # Port 9 of this machine discards; nobody listens there.
    settings = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(dataset.folder)],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.startswith("Ending(code=2, line='push to me/tones: the hub was not reached")
    assert "push again" in done.stdout


def test_a_bug_while_pushing_keeps_its_traceback(dataset):
    with pytest.raises(AssertionError, match="asked for a repository"):
        push(dataset.folder, "me/tones", hub=Silent())


def test_a_hub_that_is_not_installed_is_named(dataset, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(errors.MissingPart, match="push needs huggingface_hub"):
        push(dataset.folder, "me/x")


@pytest.mark.parametrize("said", [b"", b"\xff\xfe{", "without"], ids=str)
def test_nothing_goes_where_the_list_of_files_is_damaged(dataset, tmp_path, said):
    # Without the manifest's line no licence would be known, and none refused.
    for folder in (dataset.folder, export_parquet(dataset.folder, tmp_path / "out").folder):
        sums = folder / "SHA256SUMS"
        lines = sums.read_bytes().splitlines(keepends=True)
        kept = b"".join(line for line in lines if b".parquet" not in line)
        sums.write_bytes(kept if said == "without" else said)
        with pytest.raises(errors.DatasetError, match="SHA256SUMS: damaged"):
            push(folder, "me/x", hub=Silent())


@pytest.mark.parametrize("name", ["tones", "not a name", "me/", "a/b/c", ""])
def test_a_name_that_no_repository_has_is_refused_in_a_dry_run_too(dataset, name):
    with pytest.raises(errors.UsageError, match="wanted owner/name"):
        push(dataset.folder, name, dry_run=True)
