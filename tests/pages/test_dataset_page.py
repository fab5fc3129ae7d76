"""The page about a data set: its numbers, that it needs no other file, and that it is the same for
equal data."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors
from automix_bench.dataset.manifest import knobs
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.traits import spectrum_db
from automix_bench.making.make import make
from automix_bench.pages.dataset_measures import by_split, knobs_of, measure_audio, stem_severities
from automix_bench.pages.dataset_page import dataset_report
from automix_bench.pages.dataset_sounds import heard_examples
from automix_bench.song import Song
from tests.support.tone_source import Tones

VOID = {"meta", "br", "line", "rect", "circle", "polyline", "path"}


class Reader(HTMLParser):
    """Checks that every tag is closed, and keeps the text by the tag it stands in."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.addresses = [], [], []

    def handle_starttag(self, tag, attributes):
        self.addresses += [v for k, v in attributes if k in ("href", "src")]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID, tag

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))


@dataclass(frozen=True)
class Halved:
    """A separator of two equal stems that hold 0.45 of the mix each: |r| is 1, and the residual
    lies at -20 dB."""

    license: str = "MIT"

    def __call__(self, song):
        part, rest = song.mix.scaled(0.45), song.mix.scaled(0.1)
        stems = {"one": part, "two": part, "residual": rest}
        return Song(song.id, song.artist, stems, song.mix, song.license, song.origin)

    def fingerprint(self):
        return {"separator": "halved"}


def read(path):
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def test_the_page_stands_alone_and_is_the_same_each_time(recipe, dataset, tmp_path):
    dataset_report(dataset.folder, tmp_path / "one.html")
    again = make(recipe(), tmp_path / "again").folder
    dataset_report(again, tmp_path / "two.html")
    page = (tmp_path / "one.html").read_text()
    assert page == (tmp_path / "two.html").read_text()
    reader = read(tmp_path / "one.html")
    assert reader.addresses == []
    assert "http" not in page
    assert (
        page.count("<script") == 3 * 3 * 2 + 1
    )  # a sound each: examples, groups, before and after
    assert str(tmp_path) not in page
    assert "{{" not in page
    titles = [text for tag, text in reader.texts if tag == "h2"]
    assert titles == [
        "Listen",
        "Contents",
        "Mixes",
        "Levels of the mixes",
        "How much the consoles change the sound",
        "Long-term spectra",
        "Stems compared with each other",
        "Effects",
        "Values of the settings",
        "Licences",
        "Items left out",
    ]
    cells = [text for tag, text in reader.texts if tag == "td"]
    assert "CC0-1.0" in cells
    assert ("figcaption", "frequency_hz") in reader.texts


def test_without_listening_there_are_no_spectra(dataset, tmp_path):
    dataset_report(dataset.folder, tmp_path / "page.html", examples_decoded=0, examples_heard=0)
    page = (tmp_path / "page.html").read_text()
    assert "Long-term spectra" not in page
    assert "<script" not in page
    assert "Listen" not in page
    assert "Integrated loudness" in page


def test_names_from_outside_cannot_break_the_page(recipe, tmp_path):
    class Sly(Tones):
        def _listing(self, number):
            listing = super()._listing(number)
            name = f"<script>alert({number})</script>"
            short = {"length": 100} if number == 1 else {}
            return replace(listing, origin=replace(listing.origin, name=name), **short)

    folder = make(recipe(source=Sly(), description="a <b> & b"), tmp_path / "data").folder
    dataset_report(folder, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "a &lt;b&gt; &amp; b" in page
    read(tmp_path / "page.html")


def test_the_page_lists_thirty_items_that_were_left_out_and_counts_the_others(recipe, tmp_path):
    class Short(Tones):
        def _listing(self, number):
            listing = super()._listing(number)
            return replace(listing, length=100) if number >= 2 else listing

    folder = make(recipe(source=Short(count=34)), tmp_path / "data").folder
    dataset_report(folder, tmp_path / "page.html", examples_decoded=0)
    page = (tmp_path / "page.html").read_text()
    assert len(re.findall("<td>[^<]*shorter excerpts</td>", page)) == 30
    assert "2 more are listed in rejected.parquet." in page


def test_what_is_heard_goes_from_the_least_changed_to_the_most(dataset):
    heard = heard_examples(dataset, 2)
    rows = {row["id"]: row["mix_severity_db"] for row in dataset.rows}
    assert [item["id"] for item in heard][1] == max(rows, key=rows.__getitem__)
    assert len({item["id"] for item in heard}) == 2
    assert heard[0]["player"].groups[0].title == "mix"
    assert heard_examples(dataset, 0) == []
    with pytest.raises(errors.UsageError, match="got -1"):
        heard_examples(dataset, -1)


def test_no_data_set_no_page(tmp_path):
    with pytest.raises(errors.DatasetError):
        dataset_report(tmp_path, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_counts_are_the_manifest_s(recipe, tmp_path):
    wide = recipe(source=Tones(count=12), splits=(0.4, 0.3, 0.3), excerpts_per_song=2)
    rows = Dataset(make(wide, tmp_path / "data").folder).rows
    splits = by_split(rows)
    assert sum(counts["examples"] for counts in splits.values()) == 24
    assert sum(counts["songs"] for counts in splits.values()) == 12
    assert sum(counts["artists"] for counts in splits.values()) == 6
    assert sum(counts["hours"] for counts in splits.values()) == pytest.approx(24.0 / 3600.0)
    settings = knobs_of(rows)
    values = [k["value"] for row in rows for k in knobs(row["console"]) if k["knob"] == "drive_db"]
    assert settings.numbers["soft_clip", "drive_db"] == tuple(values)
    assert settings.effects["soft_clip"] == len(values)
    assert sum(settings.effects.values()) == sum(settings.chain_lengths)
    moved = stem_severities(rows)
    assert set(moved) == {"bass", "keys", "drums"}
    assert sum(map(len, moved.values())) == 3 * 24


def test_what_is_heard_is_what_is_stored(dataset):
    measures = measure_audio(dataset)
    assert measures.examples == 12
    assert measures.residual_db == ()
    keys = [spectrum_db(example.before.stems["keys"]) for example in dataset]
    assert measures.before["keys"] == pytest.approx(np.mean(keys, axis=0))
    after = [spectrum_db(example.after.mix) for example in dataset]
    assert measures.after["mix"] == pytest.approx(np.mean(after, axis=0))
    assert measures.correlation["bass", "keys"] < 0.05
    assert measure_audio(dataset, 5).examples == 5
    assert measure_audio(dataset, 0) is None


def test_residual_and_correlation_of_a_known_separation(recipe, tmp_path):
    halved = recipe(source=Tones(with_stems=False, count=2), separator=Halved())
    folder = make(halved, tmp_path / "data").folder
    measures = measure_audio(Dataset(folder))
    assert measures.residual_db == pytest.approx([-20.0] * 6, abs=0.01)
    assert measures.correlation["one", "two"] == pytest.approx(1.0, abs=1e-6)
    assert measures.level_db["one"] == pytest.approx([20.0 * np.log10(0.45)] * 6, abs=0.01)
    dataset_report(folder, tmp_path / "page.html")
    assert "1.00</td>" in (tmp_path / "page.html").read_text()


def test_what_cannot_be_written_or_heard_is_refused_before_any_work(dataset, tmp_path):
    with pytest.raises(errors.UsageError, match="got -1"):
        dataset_report(dataset.folder, tmp_path / "page.html", examples_decoded=-1)
    command = ["stats", str(dataset.folder), "--out", str(tmp_path / "none" / "page.html")]
    error = CliRunner().invoke(cli.app, command).exception
    assert isinstance(error, errors.UsageError)
    assert "there is no folder" in str(error)
    (dataset.folder / "rejected.parquet").write_bytes(b"")
    with pytest.raises(errors.DatasetError, match=r"rejected.parquet: missing or damaged"):
        dataset_report(dataset.folder, tmp_path / "page.html", examples_decoded=0)
    assert not (tmp_path / "page.html").exists()
