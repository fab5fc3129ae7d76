"""The commands of `listen`, from answers to an analysed table."""

import csv
import json

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import DatasetError
from automix_bench.listening_tests.exported_test import read_key, read_test
from tests.listening_tests.test_results import SCORES, session_of, write_php


def output_of(*words):
    result = CliRunner().invoke(cli.app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_export_read_and_ratings(runs, tones_data, tmp_path):
    questions = tmp_path / "q.json"
    questions.write_text('[{"name": "age", "label": "Age?", "kind": "number"}]')
    shown = output_of(
        *("listen", "export", *runs, tones_data.folder, tmp_path / "trial"),
        *("--songs", 3, "--seconds", 3, "--anchor", "plain_sum", "--questions", questions),
        *("--label", "drums_up=Ours, loud"),
    )
    assert "3 songs, 6 pages with 4 stimuli at -23 LUFS" in shown
    key_path = tmp_path / "trial.key.json"
    test, key = read_test(tmp_path / "trial"), read_key(key_path)
    assert [question["name"] for question in test["questions"]] == ["age"]
    scores = {**SCORES, "Ours, loud": SCORES["drums_up"]}
    for number in range(4):
        session = session_of(test, key, f"u{number}", lambda s, n=number: scores[s] - 2 * n)
        file = write_php(tmp_path / "results", session)
    out = tmp_path / "ratings.csv"
    told = json.loads(output_of("listen", "read", file, "--key", key_path, "--out", out, "--json"))
    assert (told["ratings"], told["raters"], told["misfits"]) == (4 * 6 * 4, 4, [])
    with out.open(newline="") as table:
        assert {row["system"] for row in csv.DictReader(table)} == set(SCORES) - {"drums_up"} | {
            "Ours, loud"
        }
    ranked = json.loads(output_of("ratings", out, "--json"))
    order = ["reference", "Ours, loud", "no_keys", "plain_sum"]
    assert [system["system"] for system in ranked["systems"]] == order
    write_php(tmp_path / "results", session_of(test, key, "u9", lambda s: 100))
    output_of("listen", "read", file, "--key", key_path, "--out", out)
    with pytest.raises(DatasetError, match="--strict: 6 misfits, first: u9"):
        output_of("listen", "read", file, "--key", key_path, "--out", out, "--strict")


def test_power_with_a_pilot_and_without(tmp_path):
    shown = output_of("listen", "power", "--difference", 10, "--systems", 2, "--songs", 32)
    assert "speech codecs" in shown
    assert " 32 " in shown
    rows = [(f"r{r}", f"s{s}", f"m{m}", 40 + 10 * m + (7 * r + 3 * s + 5 * m * r * s) % 11)
            for r in range(5) for s in range(5) for m in range(3)]  # fmt: skip
    with (tmp_path / "p.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("rater", "song", "system", "score"), *rows])
    told = json.loads(
        output_of(
            *("listen", "power", "--pilot", tmp_path / "p.csv", "--without", "m2"),
            *("--difference", 5, "--songs", 8, "--raters", 12, "--json"),
        )
    )
    assert told["spread"]["source"] == str(tmp_path / "p.csv")
    (design,) = told["designs"]
    assert (design["songs"], design["design"]["raters"]) == (8, 12)
    assert 0.0 < design["power"] <= 1.0
