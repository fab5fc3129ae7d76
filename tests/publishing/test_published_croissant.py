"""The Croissant description for publication: mlcroissant finds nothing that is missing."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.dataset.croissant import croissant_of
from automix_bench.errors import DatasetError, UsageError
from automix_bench.making.make import make
from automix_bench.publishing.published_croissant import _licences, published_croissant
from tests.support.poison import PoisonedTones

URL, DATE = "https://example.org/data", "2026-05-01"
CHECK = """
import json, sys
import mlcroissant
data = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = data.metadata.ctx.issues
print(json.dumps({
    "errors": sorted(issues.errors),
    "warnings": sorted(issues.warnings),
    "date": str(data.metadata.date_published),
    "url": data.metadata.url,
    "license": data.metadata.license,
    "examples": len(list(data.records(record_set="examples"))),
}))
"""


def test_mlcroissant_has_no_error_and_no_warning_left(dataset, tmp_path, monkeypatch):
    pytest.importorskip("mlcroissant")
    monkeypatch.setenv("CROISSANT_CACHE", str(tmp_path / "cache"))
    path = dataset.folder / "published.json"
    path.write_text(published_croissant(dataset.folder, URL, DATE))
    done = subprocess.run([sys.executable, "-c", CHECK, str(path)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    read = json.loads(done.stdout)
    assert (read["errors"], read["warnings"]) == ([], [])
    assert (read["date"][:10], read["url"], read["examples"]) == (DATE, URL, 12)
    assert read["license"] == ["https://spdx.org/licenses/CC0-1.0.html"]


def test_it_is_the_description_of_the_data_set_with_what_make_does_not_know(dataset):
    stored = json.loads(croissant_of(dataset.folder))
    record = json.loads(published_croissant(dataset.folder, URL, DATE, "https://a.b/files/"))
    songs = len({row["song"] for row in dataset.rows})
    assert record["prov:wasDerivedFrom"] == [
        {"@type": "prov:Entity", "prov:label": f"{songs} songs, A. Tester, CC0-1.0"}
    ]
    assert record["prov:wasGeneratedBy"]["prov:label"].startswith("recipe tones version 1, plan ")
    assert record["@context"]["prov"] == "http://www.w3.org/ns/prov#"
    addresses = [f["contentUrl"] for f in record["distribution"] if "contentUrl" in f]
    assert sorted(addresses) == [
        "https://a.b/files/00000.tar",
        "https://a.b/files/00001.tar",
        "https://a.b/files/manifest.parquet",
    ]
    for name in ("name", "description", "version", "creator", "citeAs", "recordSet"):
        assert record[name] == stored[name]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("example.org", DATE), "expected an address, https://…, got example.org"),
        ((URL, "May 2026"), "expected a date such as 2026-05-01, got May 2026"),
        ((URL, DATE, "file:///x"), "expected an address, https://…, got file:///x"),
    ],
)
def test_what_is_no_address_or_no_date_is_refused(dataset, arguments, why):
    with pytest.raises(UsageError, match=why):
        published_croissant(dataset.folder, *arguments)


def test_a_strangers_credit_is_text(recipe, tmp_path):
    folder = make(recipe(source=PoisonedTones(count=2, seconds=1.0)), tmp_path / "data").folder
    text = published_croissant(folder, URL, DATE)
    assert [c for c in text if c != "\n" and not c.isprintable()] == []
    record = json.loads(text)
    assert len(record["prov:wasDerivedFrom"]) == 2
    assert all("forged" in one["prov:label"] for one in record["prov:wasDerivedFrom"])
    assert all(one["prov:label"].isprintable() for one in record["prov:wasDerivedFrom"])
    assert record["license"] == [
        "https://spdx.org/licenses/CC-BY-4.0.html",
        "https://spdx.org/licenses/CC-BY-SA-4.0.html",
    ]


@pytest.mark.parametrize("spdx", ["MIT OR CC0-1.0", "LicenseRef-unknown AND MIT", ""])
def test_a_licence_that_is_a_choice_or_has_no_page_stays_an_expression(spdx):
    licences = _licences([{"license": spdx}, {"license": "MIT"}])
    assert sorted(licences) == sorted([spdx, "https://spdx.org/licenses/MIT.html"])


def test_the_command_prints_it_and_wants_address_and_date(dataset, tmp_path):
    words = ["card", str(dataset.folder), "--croissant"]
    done = CliRunner().invoke(cli.app, [*words, "--url", URL, "--published", DATE])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(published_croissant(dataset.folder, URL, DATE))
    for lacking in (words, [*words[:2], "--url", URL], ["card", "metrics", "sdr", "--croissant"]):
        done = CliRunner().invoke(cli.app, lacking)
        assert isinstance(done.exception, UsageError)
        assert "--croissant --url URL --published DATE" in str(done.exception)
    (tmp_path / "empty").mkdir()
    words = ["card", str(tmp_path / "empty"), "--croissant", "--url", URL, "--published", DATE]
    assert isinstance(CliRunner().invoke(cli.app, words).exception, DatasetError)
