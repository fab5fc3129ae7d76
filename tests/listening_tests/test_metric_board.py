"""The board of metrics and listeners: rows by hand, several tests, sounds, strangers' files."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import soundfile
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.listening_tests import ratings as rating_files
from automix_bench.listening_tests.board_of_files import Files
from automix_bench.listening_tests.metric_board import CEILING, FLOOR, metric_board
from automix_bench.listening_tests.panel import pages_of, told_pairs
from automix_bench.listening_tests.rated_sounds import RatedSounds, of_cards, of_folder
from automix_bench.listening_tests.rating import Rating
from automix_bench.listening_tests.ratings import read_rating_files, read_ratings
from tests.listening_tests.test_ratings import MRSTFT, SDR, SI_SDR, cards_of, people

POISON = "=cmd|' /C calc'!A0 <b>\x1b[31m| x"


def rated(table, rater="ann", songs="s"):
    return [
        Rating(rater, f"{songs}{s}", f"m{m}", score)
        for s, row in enumerate(table)
        for m, score in enumerate(row)
    ]


def board_of(ratings, values, source="test", **facts):
    pages = {rating.song for rating in ratings}
    test = RatedSounds(source, tuple(ratings), values, {p: p for p in pages}, "seed", **facts)
    return metric_board([test])


def values_of(table):
    return {(f"s{s}", f"m{m}"): value for s, row in enumerate(table) for m, value in enumerate(row)}


PEOPLE = [[10.0, 20.0, 30.0, 40.0], [40.0, 10.0, 30.0, 20.0]]
RIGHT = [[1.0, 3.0, 2.0, 4.0], [4.0, 4.0, 3.0, 2.0]]
WRONG = [[-p for p in row] for row in PEOPLE]


def test_a_board_by_hand():
    """tau is scipy's, song by song; the ends stand where their values put them."""
    board = board_of(rated(PEOPLE), {"wrong": values_of(WRONG), "right": values_of(RIGHT)})
    (stratum,) = board.strata
    assert [row.metric for row in stratum.rows] == ["right", FLOOR, "wrong", CEILING]
    right, floor, wrong, ceiling = stratum.rows
    taus = [scipy.stats.kendalltau(p, v).statistic for p, v in zip(PEOPLE, RIGHT, strict=True)]
    assert right.kendall.value == pytest.approx(np.mean(taus))
    assert right.pairs.value == pytest.approx((5 / 6 + 3.5 / 6) / 2.0)
    assert (wrong.kendall.value, wrong.pairs.value, wrong.spearman.value) == (-1.0, 0.0, -1.0)
    assert (floor.kendall.value, floor.pairs.value) == (0.0, 0.5)
    assert np.isnan(ceiling.kendall.value)  # one rater agrees with nobody
    assert (stratum.songs, stratum.systems, stratum.raters) == (2, 4, 1)
    assert (stratum.ratings, stratum.rated_pairs) == (8, 12)
    means = [np.mean(table, axis=0) for table in (PEOPLE, RIGHT)]
    assert right.kendall_of_means.value == pytest.approx(scipy.stats.kendalltau(*means).statistic)
    assert [row.rank for row in stratum.rows] == [1, None, 2, None]


def test_the_ceiling_by_hand():
    """Ann and Bob agree, Cem does not. Ann against the mean of Bob and Cem (20, 20, 20): no order,
    so it does not count; neither does Bob. Cem against Ann and Bob: -1."""
    three = [*rated([[10, 20, 30]]), *rated([[10, 20, 30]], "bob"), *rated([[30, 20, 10]], "cem")]
    (stratum,) = board_of(three, {"m": values_of([[1, 2, 3]])}).strata
    ceiling = next(row for row in stratum.rows if row.part == "ceiling")
    assert ceiling.kendall.value == -1.0
    two = [*rated([[10, 20, 30]]), *rated([[10, 30, 20]], "bob")]
    (stratum,) = board_of(two, {"m": values_of([[1, 2, 3]])}).strata
    ceiling = next(row for row in stratum.rows if row.part == "ceiling")
    assert ceiling.kendall.value == pytest.approx(1 / 3)
    assert ceiling.pairs.value == pytest.approx(2 / 3)
    assert ceiling.spearman.value == pytest.approx(1 / 2)


def test_the_floor_is_the_spread_of_all_orders():
    """Of the 24 orders of four systems one has a tau of 1, which is more than 2.5 %."""
    (stratum,) = board_of(rated(PEOPLE[:1]), {"m": values_of(PEOPLE[:1])}).strata
    floor = next(row for row in stratum.rows if row.part == "floor")
    assert (floor.kendall.low, floor.kendall.high) == pytest.approx((-1.0, 1.0))
    many = [[10.0, 20.0, 30.0, 40.0]] * 50
    (stratum,) = board_of(rated(many), {"m": values_of(many)}).strata
    floor = next(row for row in stratum.rows if row.part == "floor")
    deviation = np.sqrt(2 * 13 / (9 * 4 * 3)) / np.sqrt(50)  # var tau = 2 (2n + 5) / (9 n (n - 1))
    assert floor.kendall.high == pytest.approx(1.96 * deviation, rel=0.15)


def test_songs_may_have_systems_of_their_own():
    """As in a data set of mixes, where each song was mixed by other people."""
    ratings = [
        *(Rating("ann", "s0", name, score) for name, score in (("a", 10.0), ("b", 20.0))),
        *(Rating("ann", "s1", name, score) for name, score in (("c", 30.0), ("d", 20.0))),
    ]
    values = {("s0", "a"): 1.0, ("s0", "b"): 2.0, ("s1", "c"): 1.0, ("s1", "d"): 2.0}
    (stratum,) = board_of(ratings, {"m": values}).strata
    row = next(row for row in stratum.rows if row.part == "metric")
    assert row.kendall.value == 0.0  # right on one song, wrong on the other
    assert np.isnan(row.kendall_of_means.value)
    assert (stratum.systems, stratum.rated_pairs) == (4, 2)


def test_pairs_of_metrics_are_told_apart_over_songs():
    table = [list(np.random.default_rng(n).permutation(4) * 10.0) for n in range(12)]
    alike, other = values_of(table), values_of([[-p for p in row] for row in table])
    board = board_of(rated(table), {"one": alike, "same": dict(alike), "against": other})
    (stratum,) = board.strata
    rows = {row.metric: row for row in stratum.rows}
    assert rows["one"].told_apart == rows["same"].told_apart == ("against",)
    assert rows["against"].told_apart == ("one", "same")
    assert (rows["one"].rank, rows["same"].rank, rows["against"].rank) == (1, 1, 3)
    assert rows["one"].group == rows["same"].group == "a"
    last = stratum.pairs[-1]
    assert ({last.ahead, last.behind}, last.difference, last.p) == ({"one", "same"}, 0.0, 1.0)
    # With five songs no two metrics can differ significantly.
    few = board_of(rated(table[:5]), {"one": alike, "against": other}).strata[0]
    assert all(row.told_apart == () for row in few.rows)
    assert "5 songs cannot tell any two of 2 metrics apart" in few.notes[0]
    assert stratum.notes == ()


def test_what_is_undefined_is_named_and_left_out_for_all():
    table = [list(np.random.default_rng(n).permutation(4) * 10.0) for n in range(6)]
    gap = values_of(table) | {("s0", "m0"): float("nan")}
    holes = {p: float("nan") if p[0] < "s3" else v for p, v in values_of(table).items()}
    board = board_of(rated(table), {"whole": values_of(table), "gap": gap, "holes": holes})
    (stratum,) = board.strata
    assert "left out: holes: undefined on 12 of 24 rated sounds" in stratum.notes[0]
    assert "left out: s0/m0: gap undefined" in stratum.notes[1]
    assert {row.metric for row in stratum.rows if row.rank} == {"whole", "gap"}
    assert stratum.ratings == 23
    with pytest.raises(UsageError, match="nothing to compare: test: left out: holes"):
        board_of(rated(table), {"holes": holes})
    alike = [replace(r, score=50.0) for r in rated(table)]
    with pytest.raises(UsageError, match="rate all systems alike"):
        board_of(alike, {"whole": values_of(table)})


def test_tests_are_not_pooled():
    """A metric that is right in one test and wrong in the other has a row in each."""
    one = RatedSounds(
        "one", tuple(rated(PEOPLE)), {"m": values_of(PEOPLE)}, {"s0": "s0", "s1": "s1"}, ""
    )
    other = replace(one, source="other", values={"m": values_of(WRONG)})
    board = metric_board([one, other])
    assert board.by_source() == {"m": {"one": 1.0, "other": -1.0}}
    assert [record["source"] for record in board.records()] == ["one"] * 3 + ["other"] * 3
    with pytest.raises(UsageError, match="two sources are called one"):
        metric_board([one, one])


def test_examples_of_a_song_count_as_one_song():
    ratings = people(songs=3)
    cards = cards_of(ratings)
    by_example = [replace(r, song=f"{r.song}-0") for r in ratings]
    one, other = (
        metric_board([of_cards("t", which, cards, [MRSTFT])]).strata[0]
        for which in (ratings, by_example)
    )
    assert one.songs == other.songs == 3
    assert one.rows == other.rows


def test_names_that_match_nothing_are_named():
    ratings = people(songs=3)
    extra = [*ratings, Rating("r0", "s0", "unheard", 3.0), Rating("r0", "s9", "best", 3.0)]
    cards = [*cards_of(ratings), replace(cards_of(ratings)[0], model="silent")]
    test = of_cards("t", extra, cards, [MRSTFT, SDR, SI_SDR])
    assert test.notes == (
        "t: rated, without a scorecard: unheard",
        "t: rated, in no scorecard: s9",
        "t: a scorecard, but not rated: silent",
    )
    assert len(test.ratings) == len(ratings)
    with pytest.raises(UsageError, match="no song has two systems that are rated and scored"):
        of_cards("t", [replace(r, system=f"x{r.system}") for r in ratings], cards, [MRSTFT])
    many = [Rating("r0", "s0", f"x{n}", 3.0) for n in range(9)]
    with pytest.raises(UsageError, match="rated x0, x1, x2, x3, x4 on s0; scored"):
        of_cards("t", many, cards, [MRSTFT])


# Sounds in a folder.


def write(path, level=1.0, seconds=1.0, rate=8_000, channels=2, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).standard_normal((int(seconds * rate), channels))
    soundfile.write(path, 0.1 * level * noise, rate, subtype="PCM_24")


@pytest.fixture
def sounds(tmp_path):
    """Three systems that play the target ever softer, for three songs."""
    for seed, song in enumerate(("one", "two", "three")):
        for name, level in (("target", 1.0), ("good", 0.9), ("poor", 0.5), ("bad", 0.2)):
            write(tmp_path / "audio" / song / f"{name}.wav", level, seed=seed)
    return tmp_path / "audio"


LISTENED = [
    Rating(rater, song, system, score + len(rater))
    for rater in ("ann", "bert")
    for song in ("one", "two", "three")
    for system, score in (("target", 90.0), ("good", 80.0), ("poor", 40.0), ("bad", 10.0))
]
SDR_OF_SOUNDS = plugin.load("metrics", "sdr")


def test_sounds_are_measured_against_the_target_which_is_no_system(sounds):
    test = of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS])
    assert test.values["sdr"]["one", "poor"] == pytest.approx(20 * np.log10(1 / 0.5), abs=0.01)
    assert test.values["sdr"]["two", "bad"] == pytest.approx(20 * np.log10(1 / 0.8), abs=0.01)
    (stratum,) = metric_board([test]).strata
    assert stratum.rows[0].kendall.value == 1.0
    assert (stratum.systems, stratum.rated_pairs) == (3, 9)
    assert test.notes == ()


def test_a_lower_value_is_better_where_the_metric_says_so(sounds):
    loudness = plugin.load("metrics", "rms_error")
    test = of_folder("t", LISTENED, sounds, "target", [loudness])
    assert test.values["rms_error"]["one", "good"] == pytest.approx(20 * np.log10(0.9), abs=0.01)


def test_missing_and_unrated_sounds_are_named(sounds):
    (sounds / "one" / "bad.wav").unlink()
    (sounds / "three" / "target.wav").unlink()
    write(sounds / "two" / "extra.wav")
    test = of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS])
    assert test.notes == (
        "t: rated, without a sound: one/bad, three/target",
        "t: without the sound target: three",
        "t: a sound, but not rated: two/extra",
    )
    assert {rating.song for rating in test.ratings} == {"one", "two"}


@pytest.mark.parametrize("count", [5, 6, 7])
def test_a_note_names_five_and_counts_the_rest(count):
    ratings = people(songs=2)
    extra = [Rating("r0", "s0", f"x{n}", 3.0) for n in range(count)]
    (note,) = of_cards("t", [*ratings, *extra], cards_of(ratings), [MRSTFT]).notes
    more = f" and {count - 5} more" if count > 5 else ""
    assert note == f"t: rated, without a scorecard: x0, x1, x2, x3, x4{more}"


def test_a_rater_who_rated_some_systems_counts_with_those():
    """Bob rated two of three systems: he is compared with Ann on these, and she with him."""
    some = [Rating("bob", "s0", "m0", 50.0), Rating("bob", "s0", "m2", 40.0)]
    (stratum,) = board_of([*rated([[10, 20, 30]]), *some], {"m": values_of([[1, 2, 3]])}).strata
    ceiling = next(row for row in stratum.rows if row.part == "ceiling")
    assert ceiling.kendall.value == -1.0
    alone = [Rating("bob", "s0", "m0", 50.0)]
    (stratum,) = board_of([*rated([[10, 20, 30]]), *alone], {"m": values_of([[1, 2, 3]])}).strata
    ceiling = next(row for row in stratum.rows if row.part == "ceiling")
    assert np.isnan(ceiling.kendall.value)


def test_sounds_that_do_not_fit_are_refused_and_trimmed_when_asked(sounds):
    write(sounds / "one" / "good.wav", seconds=0.75)
    with pytest.raises(
        DatasetError, match=r"good.wav: expected .* 8000 samples as .*target.wav, got "
    ):
        of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS])
    test = of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS], trim=True)
    assert len(test.values["sdr"]) == 9
    write(sounds / "one" / "good.wav", rate=16_000, seconds=0.5)
    with pytest.raises(DatasetError, match="16000 Hz"):
        of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS], trim=True)
    (sounds / "one" / "good.wav").write_bytes(b"RIFF, they said")
    with pytest.raises(DatasetError, match=r"one/good.wav: no readable audio"):
        of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS])


def test_names_in_ratings_are_no_paths(sounds, tmp_path):
    write(tmp_path / "secret" / "x.wav")
    hostile = [replace(r, system=f"../../secret/{r.system}", song="../audio/one") for r in LISTENED]
    with pytest.raises(DatasetError, match="no rated sound with its target there"):
        of_folder("t", hostile, sounds, "target", [SDR_OF_SOUNDS])
    (sounds / "one" / "good.mp3").write_bytes(b"")
    with pytest.raises(DatasetError, match="two sounds of one name"):
        of_folder("t", LISTENED, sounds, "target", [SDR_OF_SOUNDS])
    with pytest.raises(DatasetError, match="no such folder"):
        of_folder("t", LISTENED, tmp_path / "none", "target", [SDR_OF_SOUNDS])


# Files of strangers.

EVALUATIONS = (
    "evaluation_id,session_id,participant_id,song_id,mix_id,legacy_song_id,legacy_mix_code,"
    "preference_score_0_1,comment_raw\n"
)
EARLY_WAET = """<?xml version="1.0" encoding="utf-8"?>
<browserevaluationresult>
  <audioholder id="one"><audioelement id="good"><value>0.8</value></audioelement>
    <audioelement id="poor"><value>0.25</value></audioelement></audioholder>
  <audioholder><audioelement id="good"><value>0.1</value></audioelement></audioholder>
</browserevaluationresult>
"""


def test_the_table_of_the_mix_evaluation_data_set_is_read(tmp_path):
    """Below its folder, in the tables' own place; a row without a score is named."""
    table = tmp_path / "set" / "mix_evaluation_relationship_tables" / "data" / "evaluations.csv"
    table.parent.mkdir(parents=True)
    rows = "e1,x,p1,s_1,m_1,one,good,0.75,dull\ne2,x,p1,s_1,m_2,one,poor,,\n"
    table.write_text(EVALUATIONS + rows)
    table.with_name("songs.csv").write_text("song_id,title\ns_1,One\n")
    files = read_rating_files([tmp_path / "set"])
    assert files.ratings == (Rating("p1", "one", "good", 75.0),)
    assert files.unread[f"{table}, 1 rows"] == "without a score"
    assert any(path.endswith("songs.csv") for path in files.unread)
    assert read_ratings([table]) == read_rating_files([table], highest=10.0).ratings
    table.write_text(EVALUATIONS + "e1,x,p1,s_1,m_1,one,good,7,\n")
    with pytest.raises(DatasetError, match="line 2: wanted a score from 0 to 1, got '7'"):
        read_ratings([table])


def test_the_first_layout_of_waet_is_read(tmp_path):
    path = tmp_path / "subject7.xml"
    path.write_text(EARLY_WAET)
    expected = (Rating("subject7", "one", "good", 80.0), Rating("subject7", "one", "poor", 25.0))
    assert read_ratings([path]) == expected


def test_entities_that_stand_for_gigabytes_are_refused(tmp_path):
    path = tmp_path / "a.xml"
    bomb = ['<!ENTITY a0 "ha">']
    bomb += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    text = EARLY_WAET.partition("\n")[2].replace(">0.8<", ">&a11;<")
    path.write_text(f"<!DOCTYPE x [{''.join(bomb)}]>{text}")
    with pytest.raises(DatasetError, match="expected no document type, got one"):
        read_ratings([path])
    path.write_text(f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{text}')
    with pytest.raises(DatasetError, match="expected no document type"):
        read_ratings([path])


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(rating_files, "MOST_BYTES", 10)
    path = tmp_path / "a.csv"
    path.write_text("rater,song,system,score\na,s,x,1\n")
    with pytest.raises(DatasetError, match="expected ratings of at most 10 bytes, got 32"):
        read_ratings([path])


# The command.


def run(*arguments, code=0):
    result = CliRunner().invoke(cli.app, ["agreement", *map(str, arguments)])
    if code == 0:
        assert result.exit_code == 0, (result.output, result.exception)
        return result
    assert getattr(result.exception, "exit_code", None) == code, result.exception
    return str(result.exception)


@pytest.fixture
def files(tmp_path):
    """A file of ratings, the cards of its systems, and a second test of the same systems."""
    ratings = people(raters=6, songs=8)
    for name, of in (("first.csv", ratings), ("second.csv", people(1, raters=3, songs=8))):
        lines = [f"{r.rater},{r.song},{r.system},{r.score}" for r in of]
        (tmp_path / name).write_text("\n".join(["rater,song,system,score", *lines]))
    cards = []
    for card in cards_of(ratings):
        cards.append(tmp_path / f"{card.model}.json")
        card.write(cards[-1])
    return tmp_path / "first.csv", tmp_path / "second.csv", cards


def test_the_command_prints_a_board_for_each_test(files):
    first, second, cards = files
    rows = json.loads(run(first, *cards, second, "--json").stdout)
    assert next(row["metric"] for row in rows if row["source"] == str(first)) == "mrstft"
    assert {row["source"] for row in rows} == {str(first), str(second)}
    assert {row["raters"] for row in rows if row["source"] == str(second)} == {3}
    text = run(first, second, *cards, "--wide").stdout
    assert "Kendall's tau by source" in text
    assert "told apart: mrstft ahead of si_sdr by 2.00" in text


def test_the_tables_hold_the_same_numbers_and_no_formula(files):
    first, _, cards = files
    rows = json.loads(run(first, *cards, "--json").stdout)
    table = list(csv.DictReader(io.StringIO(run(first, *cards, "--csv").stdout)))
    assert [row["metric"] for row in table] == [row["metric"] for row in rows]
    assert [float(row["kendall"]) for row in table] == [row["kendall"]["value"] for row in rows]
    assert table[0]["told_apart"] == " ".join(rows[0]["told_apart"])
    page = run(first, *cards, "--markdown").stdout
    assert page.count("\n| ") == len(rows) + 2
    assert "| 1 " in page
    board = board_of(rated(PEOPLE), {POISON: values_of(PEOPLE)}, source=POISON)
    assert "<b>" not in board.to_markdown().replace("\\<b\\>", "")
    assert all(cell[:1] != "=" for row in csv.reader(io.StringIO(board.to_csv())) for cell in row)
    frame = board.to_frame()
    assert next(iter(frame["kendall"])) == 1.0


def test_the_command_measures_sounds(sounds, tmp_path):
    path = tmp_path / "r.csv"
    lines = [f"{r.rater},{r.song},{r.system},{r.score}" for r in LISTENED]
    path.write_text("\n".join(["rater,song,system,score", *lines]))
    given = (path, "--sounds", sounds, "--metric", "sdr", "--metric", "rms_error")
    rows = json.loads(run(*given, "--target", "target", "--json").stdout)
    assert {row["metric"]: row["rank"] for row in rows if row["rank"]} == {"rms_error": 1, "sdr": 1}
    assert "expected --target NAME" in run(*given, code=2)
    assert run(*given, "--reference", "target").stdout.count("floor") == 1
    few = run(path, "--sounds", sounds, "--sounds", sounds, "--target", "target", code=2)
    assert "expected one folder, or one for each of 1 tests, got 2" in few
    other = tmp_path / "other.csv"
    other.write_text(path.read_text())
    of_two = ("--target", "target", "--metric", "sdr", "--json")
    for folders in (("--sounds", sounds), ("--sounds", sounds, "--sounds", sounds)):
        rows = json.loads(run(path, other, *folders, *of_two).stdout)
        assert {row["metric"] for row in rows if row["rank"]} == {"sdr"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "expected a file of ratings, got none"),
        (("first.csv",), "expected scorecards of the rated systems, or --sounds"),
        (("none.json", "first.csv"), "no scorecard there"),
        (("none.csv", "best.json"), "no ratings there"),
        (("first.csv", "best.json", "--sounds", "."), "expected no scorecard beside it"),
    ],
)
def test_what_does_not_fit_together_is_refused(files, given, message, monkeypatch):
    monkeypatch.chdir(files[0].parent)
    result = CliRunner().invoke(cli.app, ["agreement", *given])
    assert result.exit_code != 0
    assert message in str(result.exception)


def test_repeated_ratings_of_one_rater_count_once():
    twice = [*rated([[10.0, 20.0]]), *rated([[30.0, 20.0]])]
    (page,) = pages_of(twice, {"s0": "s0"})
    assert page.means.tolist() == [20.0, 20.0]
    assert told_pairs([page]) == 0


def test_sounds_are_not_cut_unless_it_is_asked_for():
    assert not Files((Path("ratings.csv"),)).trim
