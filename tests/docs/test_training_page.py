"""The training of one's own on the page is a file that works, as it stands there."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")

from automix_bench import cli
from tests.training.conftest import made

PAGE = (Path(__file__).parent.parent.parent / "docs" / "training.md").read_text(encoding="utf-8")
FILE = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)[0]


def test_it_passes_its_check_and_learns(tmp_path):
    assert "__all__" in FILE
    assert FILE.count("\n") <= 40
    (tmp_path / "my_network.py").write_text(FILE)
    words = ["train", tmp_path / "my_network.py", made(tmp_path / "data"), tmp_path / "out"]
    words = [*map(str, words), "--prepared", str(tmp_path / "prepared"), "--json"]
    checked = CliRunner().invoke(cli.app, [*words, "--check"])
    assert checked.exit_code == 0, checked.stdout
    result = json.loads(CliRunner().invoke(cli.app, words).stdout)
    log = (tmp_path / "out" / "log.jsonl").read_text().splitlines()
    assert result["best"] < 0.8 * json.loads(log[0])["validation"]
