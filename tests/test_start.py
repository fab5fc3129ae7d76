"""The one command that sets everything up."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_only_the_programs_are_linked_not_modules_of_that_name(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    packages = tmp_path / "lib" / "site-packages"
    for name in ("binaries/bin/ffmpeg", "binaries/bin/ffprobe", "imageio/plugins/ffmpeg.py"):
        path = packages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (packages / "ffmpeg").mkdir()
    monkeypatch.setattr(start, "PLACE", tmp_path)
    monkeypatch.setattr(start, "BIN", tmp_path / "bin")
    (tmp_path / "bin").mkdir()
    start.link_ffmpeg()
    assert {path.name for path in start.BIN.iterdir()} == {"ffmpeg", "ffprobe"}
    assert (start.BIN / "ffmpeg").resolve() == packages / "binaries" / "bin" / "ffmpeg"
