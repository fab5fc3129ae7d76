"""The page to listen to: what strangers wrote is text, and every sound it names is there."""

import re
from dataclasses import replace

import soundfile

from automix_bench.pages.listening_page import listening_page

SLY = "<script>alert(1)</script>\"' onerror=alert(1) & <b>"


def test_titles_artists_and_licences_are_shown_as_text(dataset, tmp_path):
    example = dataset[0]
    before = example.before
    for shown in (
        replace(before, origin=replace(before.origin, attribution=SLY)),
        replace(before, origin=replace(before.origin, attribution=""), artist=SLY),
        replace(before, origin=replace(before.origin, name=SLY)),
        replace(before, license=SLY),
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        page = listening_page(folder, [replace(example, before=shown)], {}, [0]).read_text()
        assert page.count("<script") == 1  # the page's own
        assert "<b>" not in page.replace("<b>as released", "").replace("<b>before", "").replace(
            "<b>after", ""
        )
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39; onerror" in page


def test_the_page_holds_its_style_and_script_and_names_only_files_beside_it(dataset, tmp_path):
    path = listening_page(tmp_path / "listen", dataset, {}, [0, 3])
    page = path.read_text()
    assert "http" not in page
    assert "<link" not in page
    assert "<script src" not in page
    assert "const matched =" in page
    assert ".group {" in page
    names = re.findall(r'src="([^"]+)"', page)
    assert len(names) == 2 * (1 + 2 * 3)
    assert {soundfile.info(path.parent / name).samplerate for name in names} == {16_000}
    assert page.count(" checked>") == 1 + 2 * (1 + 3)
