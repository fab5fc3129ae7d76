"""Listening tests: any file of ratings is analysed, or refused in one line."""

import json
from dataclasses import replace
from math import isnan
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import AutomixError, DatasetError, UsageError
from automix_bench.listening_tests.analysis import bradley_terry, mixed_model, rank_analysis
from automix_bench.listening_tests.analysis_of_files import analysed
from automix_bench.listening_tests.rating import Preference, Rating
from automix_bench.listening_tests.ratings import (
    preferences,
    read_preferences,
    read_rating_files,
    read_ratings,
)
from automix_bench.listening_tests.screening import read_screened, screened

HEADS = "rater,song,system,score"
METHODS = ("mixed", "ranks", "pairs")


def run(*arguments):
    """The exit code and the output of the command; of an error that a user can mend its line."""
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    if isinstance(result.exception, AutomixError):
        line = str(result.exception)
        assert "\n" not in line
        return SimpleNamespace(exit_code=result.exception.exit_code, output=line)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def demand_one_line(error):
    assert "\n" not in str(error)


def written(folder, ratings, name="ratings.csv"):
    lines = [f"{r.rater},{r.song},{r.system},{r.score!r}" for r in ratings]
    path = folder / name
    path.write_text("\n".join([HEADS, *lines]), encoding="utf-8")
    return path


def everyone(scores, raters=6, songs=3):
    """Ratings by raters who all say the same of each system."""
    return [
        Rating(f"r{r}", f"s{s}", system, float(score))
        for r in range(raters)
        for s in range(songs)
        for system, score in scores.items()
    ]


def crowd(seed=0, raters=4, songs=3, unit=100.0, step=None, true=(0.3, 0.5, 0.7)):
    """Ratings on a scale to `unit`, rounded to steps."""
    rng = np.random.default_rng(seed)
    strict = rng.normal(0.0, 0.08, raters)
    scores = np.clip(
        np.array(true) + strict[:, None, None] + rng.normal(0.0, 0.1, (raters, songs, len(true))),
        0.0,
        1.0,
    )
    scores = unit * scores if step is None else step * np.round(unit * scores / step)
    return [
        Rating(f"r{r}", f"s{s}", f"k{k}", float(scores[r, s, k]))
        for r, s, k in np.ndindex(*scores.shape)
    ]


def mushra_of_nineteen(folder):
    """A webMUSHRA file as its service writes it, of whose 19 raters three know the reference."""
    rng = np.random.default_rng(3)
    heads = (
        '"session_test_id","email","age","gender","session_uuid","trial_id","rating_stimulus",'
        '"rating_score","rating_time","rating_comment"'
    )
    true = {"reference": 99, "anchor35": 20, "anchor70": 45, "C1": 60, "C2": 70, "C3": 72}
    lines = [heads]
    for rater in range(19):
        for song in ("training_1", "trial1", "trial2", "trial3", "trial4"):
            for stimulus, mean in true.items():
                score = int(np.clip(mean + rng.normal(0.0, 12.0), 0, 100))
                if stimulus == "reference":
                    score = 100 if rater < 3 else int(rng.integers(40, 90))
                comment = 'so \\"dull\\", bad' if rater == 2 else ""
                lines.append(
                    f'"mushra_1","m{rater}@example.org","30","other","uuid-{rater}","{song}",'
                    f'"{stimulus}","{score}","{rng.integers(900, 90000)}","{comment}"'
                )
    path = folder / "mushra.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# Fitting


@pytest.mark.parametrize("method", METHODS)
def test_where_screening_leaves_three_of_nineteen_they_are_analysed(tmp_path, method):
    path = mushra_of_nineteen(tmp_path)
    result = run("ratings", path, "--reference", "reference", "--analysis", method)
    assert result.exit_code == 0, result.output
    for rater in range(3, 19):
        assert f"left out: uuid-{rater}: reference below 90 on 4 of 4" in result.output
    assert "by 3 raters" in result.output
    assert "left out: training_1: a training page" in result.output


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("step", [None, 1.0, 10.0])
def test_the_least_that_is_asked_for_is_enough(tmp_path, seed, step):
    path = written(tmp_path, crowd(seed, raters=2, songs=2, unit=10.0, step=step and step / 10))
    facts = json.loads(run("ratings", path, "--json").output)
    assert facts["method"] == "mixed model"
    assert len(facts["systems"]) == 3


SINGULAR = {
    # statsmodels 0.15 ends in "Singular matrix" on these.
    "two of two, two and two": (2, 2, 2, [1, 0, 0, 0, 0, 0, 1, 0]),
    "ends of the scale": (2, 2, 3, [100, 0, 0, 100, 0, 0, 100, 0, 100, 100, 0, 100]),
    "yes or no": (3, 3, 2, [1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0]),
}


@pytest.mark.parametrize("case", SINGULAR)
def test_ratings_that_were_singular_are_analysed(case):
    raters, songs, systems, scores = SINGULAR[case]
    table = np.reshape(scores, (raters, songs, systems))
    analysis = mixed_model(
        [
            Rating(f"r{r}", f"s{s}", f"k{k}", float(table[r, s, k]))
            for r, s, k in np.ndindex(raters, songs, systems)
        ]
    )
    means = table.mean(axis=(0, 1))
    assert {s.system: s.value for s in analysis.systems} == pytest.approx(
        {f"k{k}": means[k] for k in range(systems)}, abs=1e-6
    )
    demand_numbers(analysis)


def demand_numbers(analysis):
    for system in analysis.systems:
        assert system.low <= system.value + 1e-9, system
        assert system.value <= system.high + 1e-9, system
    for pair in analysis.pairs:
        assert 0.0 <= pair.p <= 1.0
        assert not isnan(pair.difference)
    assert "nan" not in analysis.said


@pytest.mark.parametrize("unit", [1.0, 5.0, 10.0])
def test_the_unit_of_the_scores_changes_no_verdict(unit):
    ratings = crowd(1, raters=5, songs=4)
    whole = mixed_model(ratings)
    small = mixed_model([replace(r, score=r.score * unit / 100.0) for r in ratings])
    for one, other in zip(whole.systems, small.systems, strict=True):
        assert other.value == pytest.approx(one.value * unit / 100.0)
        assert other.low == pytest.approx(one.low * unit / 100.0, rel=1e-3)
        assert other.group == one.group
    assert [p.p for p in small.pairs] == pytest.approx([p.p for p in whole.pairs], rel=1e-2)


def test_where_raters_and_songs_add_up_exactly_systems_are_told_apart():
    ratings = [
        Rating(f"r{r}", f"s{s}", f"k{k}", 30.0 + 7.3 * r + 4.1 * s + 9.7 * k)
        for r, s, k in np.ndindex(2, 3, 3)
    ]
    analysis = mixed_model(ratings)
    demand_numbers(analysis)
    assert all(pair.sure for pair in analysis.pairs)


@pytest.mark.parametrize("method", METHODS)
def test_ratings_of_100_and_70_by_everybody_are_told_apart(tmp_path, method):
    analysis = analysed([written(tmp_path, everyone({"a": 100, "b": 70}))], method)
    demand_numbers(analysis)
    assert [(s.system, s.group) for s in analysis.systems] == [("a", ""), ("b", "")]
    assert analysis.pairs[0].sure
    shown = run("ratings", tmp_path / "ratings.csv", "--analysis", method).output
    assert "nan" not in shown


def test_two_raters_who_say_the_same_are_enough_for_the_mixed_model():
    analysis = mixed_model(everyone({"a": 100, "b": 70}, raters=2, songs=2))
    assert (analysis.pairs[0].difference, analysis.pairs[0].p) == (30.0, 0.0)
    assert (analysis.systems[0].low, analysis.systems[0].high) == (100.0, 100.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("score", [0.0, 50.0, 100.0, 0.1])
def test_one_score_for_all_tells_nobody_apart(tmp_path, method, score):
    path = written(tmp_path, everyone({"a": score, "b": score, "c": score}))
    analysis = analysed([path], method)
    demand_numbers(analysis)
    assert {s.group for s in analysis.systems} == {"a"}
    assert {pair.p for pair in analysis.pairs} == {1.0}


@pytest.mark.parametrize("method", METHODS)
def test_a_pair_of_identical_ratings_is_no_nan(tmp_path, method):
    ratings = crowd(2, raters=7, songs=4)
    twins = [replace(r, system="twin") for r in ratings if r.system == "k2"]
    analysis = analysed([written(tmp_path, ratings + twins)], method)
    demand_numbers(analysis)
    (pair,) = [p for p in analysis.pairs if {p.one, p.other} == {"k2", "twin"}]
    assert (pair.difference, pair.p) == (pytest.approx(0.0, abs=1e-6), pytest.approx(1.0))


def test_one_system_that_a_rater_or_a_song_lacks_is_estimated_from_the_others():
    ratings = crowd(4, raters=6, songs=5)
    for lack in ("rater", "song"):
        first = getattr(ratings[0], lack)
        part = [r for r in ratings if not (getattr(r, lack) == first and r.system == "k2")]
        analysis = mixed_model(part)
        demand_numbers(analysis)
        assert [s.system for s in analysis.systems] == ["k2", "k1", "k0"]


def test_one_song_is_analysed_by_ranks_and_the_raters_who_lack_a_system_are_named(tmp_path):
    ratings = crowd(5, raters=7, songs=1)
    del ratings[0]
    result = run("ratings", written(tmp_path, ratings))
    assert result.exit_code == 0, result.output
    assert "The mixed model was not fitted: it needs two songs, got one, s0." in result.output
    assert "Ranks are shown in its place." in " ".join(result.output.split())
    assert "left out: r0: has not rated k0" in result.output
    assert "ranks: 18 ratings by 6 raters" in result.output


def test_too_few_ratings_to_fit_name_what_ranks_lack():
    ratings = [Rating("ann", "s", "a", 3.0), Rating("bob", "t", "b", 4.0)]
    with pytest.raises(UsageError, match=r"2 values are too few for 2 means.*ann \(has not rated"):
        mixed_model(ratings)


def test_choices_without_a_bound_are_analysed_by_ranks(tmp_path):
    path = tmp_path / "pairs.csv"
    lines = [f"r{n},s,{better},{worse}" for n in range(9) for better, worse in ("ab", "bc", "ac")]
    path.write_text("\n".join(["rater,song,better,worse", *lines]))
    analysis = analysed([path], "pairs")
    assert (analysis.method, analysis.unit, analysis.ratings) == ("ranks", "% won", 27)
    assert [(s.system, s.value) for s in analysis.systems] == [
        ("a", 100.0),
        ("b", 50.0),
        ("c", 0.0),
    ]
    assert all(pair.sure for pair in analysis.pairs)
    assert "always preferred" in analysis.said


def test_ranks_say_when_so_few_raters_cannot_tell_systems_apart():
    ratings = everyone({"a": 100, "b": 70, "c": 10}, raters=3)
    assert "3 raters cannot tell any two of 3 systems apart" in rank_analysis(ratings).said
    many = everyone({"a": 100, "b": 70, "c": 10}, raters=9)
    assert "cannot tell" not in rank_analysis(many).said


def test_raters_who_choose_alike_have_no_nan():
    choices = [
        Preference(f"r{n}", "s", better, worse)
        for n in range(3)
        for better, worse in ("ab", "ab", "ab", "ba")
    ]
    analysis = bradley_terry(choices)
    demand_numbers(analysis)
    assert analysis.pairs[0].p == 0.0


@pytest.mark.parametrize("seed", range(30))
def test_no_odd_ratings_end_in_anything_but_a_result_or_one_line(seed):
    rng = np.random.default_rng(seed)
    step = (None, 1.0, 5.0, 10.0)[seed % 4]
    unit = (100.0, 10.0, 10.0, 1.0)[seed // 4 % 4]
    raters, songs, systems = rng.integers(1, 5), rng.integers(1, 4), rng.integers(1, 5)
    ratings = crowd(seed, raters, songs, unit, step and step * unit / 100.0, [0.5] * systems)
    ratings = [r for r in ratings if rng.random() < (1.0, 0.7)[seed % 2]]
    for analyse in (mixed_model, rank_analysis, lambda of: bradley_terry(preferences(of))):
        try:
            analysis = analyse(ratings)
        except UsageError as error:
            demand_one_line(error)
        else:
            demand_numbers(analysis)


# Screening


def test_if_screening_leaves_nobody_everybody_is_named_with_the_reason(tmp_path):
    ratings = everyone({"reference": 80, "anchor": 20, "x": 60}, raters=3)
    ratings += [Rating("late", "s0", "x", 50.0)]
    path = written(tmp_path, ratings)
    for method in METHODS:
        result = run("ratings", path, "--reference", "reference", "--analysis", method)
        assert result.exit_code == 2
        text = " ".join(result.output.split())
        assert "screening left out 4 of 4 raters" in text
        assert "r0 (reference below 90 on 3 of 3), r1 (" in text
        assert "late (reference not rated)" in text
        assert "Traceback" not in text


def test_one_rater_that_is_left_is_named(tmp_path):
    ratings = everyone({"reference": 100, "x": 60}, raters=1)
    ratings += [replace(r, rater="deaf", score=10.0) for r in ratings]
    with pytest.raises(UsageError, match=r"1 rater \(r0\).*deaf \(reference below 90 on 3 of 3\)"):
        analysed([written(tmp_path, ratings)], "ranks", reference="reference")


def test_a_wrong_name_of_the_reference_comes_with_the_systems():
    ratings = everyone({"Reference": 100, "x": 60})
    with pytest.raises(UsageError, match="the systems are Reference, x"):
        screened(ratings, reference="reference")
    with pytest.raises(UsageError, match="the systems are Reference, x"):
        screened(ratings, reference="Reference", anchor="low")


def test_a_scale_to_ten_is_screened_when_it_is_stated(tmp_path):
    path = written(tmp_path, everyone({"reference": 10, "x": 6}))
    with pytest.raises(
        UsageError, match=r"no score is above 10 on a scale to 100: say with --high"
    ):
        read_screened([path], reference="reference")
    ratings = read_screened([path], reference="reference", highest=10.0)
    assert ratings.excluded == {}
    assert {r.score for r in ratings.ratings} == {100.0, 60.0}
    assert run("ratings", path, "--reference", "reference", "--highest", "10").exit_code == 0
    assert run("ratings", path, "--highest", "5").exit_code == 3
    for wrong in ("0", "-1", "nan", "inf"):
        assert run("ratings", path, f"--highest={wrong}").exit_code == 2


# Files


def test_of_a_folder_every_file_is_read_or_named(tmp_path):
    rows = everyone({"a": 80, "b": 60}, raters=1)
    for rater, name in (("one", "a.csv"), ("two", "B.CSV"), ("six", "t.Tsv")):
        written(tmp_path, [replace(r, rater=rater) for r in rows], name)
    pages = "".join(
        f'<page ref="s{n}"><audioelement ref="{system}" type="normal"><value>0.5</value>'
        "</audioelement></page>"
        for n in range(3)
        for system in "ab"
    )
    (tmp_path / "c.XML").write_text(f'<waetresult key="three">{pages}</waetresult>')
    for name in ("notes.txt", "B.CSV.bak", "old.xlsx", ".hidden"):
        (tmp_path / name).write_text("not ratings")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "heads.csv").write_text(HEADS + "\n")
    (tmp_path / "other.csv").write_text("time,mood\n1,good\n")
    (tmp_path / "page.xml").write_text("<html/>")
    (tmp_path / "pairs.csv").write_text("rater,song,better,worse\nann,s0,a,b\n")
    (tmp_path / "deeper.csv").mkdir()
    files = read_rating_files([tmp_path])
    assert {r.rater for r in files.ratings} == {"one", "two", "three", "six"}
    unread = (
        "notes.txt B.CSV.bak old.xlsx .hidden empty.csv heads.csv other.csv page.xml deeper.csv"
    )
    assert sorted(files.unread) == sorted(str(tmp_path / name) for name in unread.split())
    result = run("ratings", tmp_path)
    assert result.exit_code == 0, result.output
    for name in (*unread.split(), "pairs.csv"):
        assert f"not read: {tmp_path / name}: " in result.output
    facts = json.loads(run("ratings", tmp_path, "--json").output)
    assert len(facts["unread"]) == 10
    assert len(read_preferences([tmp_path])) == 10


@pytest.mark.parametrize("name", ["empty.csv", "heads.csv", "other.csv", "page.xml"])
def test_a_file_that_is_named_must_hold_ratings(tmp_path, name):
    content = {"heads.csv": HEADS, "other.csv": "time,mood\n1,good\n", "page.xml": "<html/>"}
    (tmp_path / name).write_text(content.get(name, ""))
    result = run("ratings", tmp_path / name)
    assert result.exit_code == 3
    assert name in " ".join(result.output.split())


WEBMUSHRA = '"session_test_id","session_uuid","trial_id","rating_stimulus","rating_score"'
DIALECTS = {
    "commas": f"{HEADS}\nann,s,x,45.5\nann,s,y,7\n",
    "semicolons": "rater;song;system;score\nann;s;x;45.5\nann;s;y;7\n",
    "semicolons and decimal commas": "rater;song;system;score\nann;s;x;45,5\nann;s;y;7,0\n",
    "tabs": "rater\tsong\tsystem\tscore\nann\ts\tx\t45.5\nann\ts\ty\t7\n",
    "tabs and decimal commas": "rater\tsong\tsystem\tscore\nann\ts\tx\t45,5\nann\ts\ty\t7\n",
    "capitals": "Rater,SONG,System,Score\nann,s,x,45.5\nann,s,y,7\n",
    "spaces": "rater, song, system, score\nann, s, x, 45.5\nann , s , y , 7\n",
    "quotes": '"rater", "song", "system", "score"\n"ann", "s", "x", "45,5"\nann, s, y, 7',
    "a byte order mark": f"\ufeff{HEADS}\nann,s,x,45.5\nann,s,y,7\n",
    "a mark before quotes": '\ufeff"rater","song","system","score"\nann,s,x,45.5\nann,s,y,7\n',
    "CRLF": f"{HEADS}\r\nann,s,x,45.5\r\nann,s,y,7\r\n",
    "CR": f"{HEADS}\rann,s,x,45.5\rann,s,y,7\r",
    "CRLF, tabs, capitals": "RATER\tSONG\tSYSTEM\tSCORE\r\nann\ts\tx\t45,5\r\nann\ts\ty\t7\r\n",
    "empty lines": f"\n\n{HEADS}\n\nann,s,x,45.5\n,,,\nann,s,y,7\n\n\n",
    "other order and more": "score;age;system;song;rater;\n45,5;30;x;s;ann;\n7;30;y;s;ann;\n",
    "Excel's first line": "sep=;\r\nrater;song;system;score\r\nann;s;x;45,5\r\nann;s;y;7\r\n",
    "webMUSHRA with capitals": f'{WEBMUSHRA.upper()}\n"t","ann","s","x","45.5"\nt,ann,s,"y","7"',
    "webMUSHRA with spaces": "session uuid; Trial ID; rating-stimulus; rating score\n"
    "ann; s; x; 45,5\nann; s; y; 7\n",
    "bars": "rater|song|system|score\nann|s|x|45.5\nann|s|y|7\n",
    "exponents": f"{HEADS}\nann,s,x,4.55e1\nann,s,y,.7E+1\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_read(tmp_path, dialect, encoding):
    path = tmp_path / "ratings.csv"
    path.write_bytes(
        DIALECTS[dialect].removeprefix("\ufeff" * (encoding != "utf-8")).encode(encoding)
    )
    assert read_ratings([path]) == (Rating("ann", "s", "x", 45.5), Rating("ann", "s", "y", 7.0))
    assert read_preferences([path]) == (Preference("ann", "s", "x", "y"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEADS}\nann,s,x,45,5\n", "line 2: expected 4 cells, got 5"),
        (f"{HEADS}\nann,s,x,10\nann,s,x", "line 3: wanted a score from 0 to 100, got ''"),
        (f'{HEADS}\nann,s,x,10\nann,s,"y,10\nbob,s,x,5\n', "line 4: not a table of ratings"),
        (f"{HEADS},score\nann,s,x,10,90\n", "the column score is there twice"),
        (f"{HEADS}\n,s,x,10\n", "line 2: expected the name of a rater, got nothing"),
        (f"{HEADS}\nann,,x,10\n", "line 2: expected the name of a song"),
        (f"{HEADS}\nann,s,,10\n", "line 2: expected the name of a system"),
        (f"{HEADS}\nann,s,x,1_0\n", "got '1_0'"),
        (f"{HEADS}\nann,s,x,١٠\n", "wanted a score"),
        (f"{HEADS}\nann,s,x,{'9' * 200_000}\n", "field larger than field limit"),
        (b"rater,song\xff", "save it as UTF-8"),
        (b"\xff\xfer", "save it as UTF-8"),
        (f"{HEADS}\nann,s,x,45.5\n".encode("utf-16-le"), "wanted the columns"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path, text, message):
    path = tmp_path / "ratings.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DatasetError, match=message) as caught:
        read_ratings([path])
    assert "\n" not in str(caught.value)


PAGES = ("training", "Training_2", "trainingRandom1", "mushra-training", "train1", "practice 1")
KEPT_PAGES = ("restraining", "strain", "trial1", "The Trainer", "malpractice")


def test_training_pages_are_left_out_by_name_and_listed(tmp_path):
    ratings = [
        Rating(rater, page, system, score)
        for rater in ("ann", "bob")
        for page in (*PAGES, *KEPT_PAGES)
        for system, score in (("x", 40.0), ("y", 60.0))
    ]
    path = written(tmp_path, ratings)
    files = read_rating_files([path])
    assert files.training == PAGES
    assert {r.song for r in files.ratings} == set(KEPT_PAGES)
    assert {choice.song for choice in read_preferences([path])} == set(KEPT_PAGES)
    result = run("ratings", path)
    for page in PAGES:
        assert f"left out: {page}: a training page" in result.output
    assert json.loads(run("ratings", path, "--json").output)["training"] == list(PAGES)
    assert read_rating_files([path], training=["none"]).training == ()
    assert read_rating_files([path], training=["TRIAL*", "strain"]).training == ("strain", "trial1")
    assert "44 ratings" in run("ratings", path, "--training", "none").output
    only = written(tmp_path, [r for r in ratings if r.song == "training"], "only.csv")
    with pytest.raises(DatasetError, match=r"all pages are training pages.*--training none"):
        read_ratings([only])


WRONG = (
    "",
    "nan",
    "-1",
    "1e999",
    "inf",
    "x" * 70_000,
    "\x00",
    "\x1b[31m",
    "None",
    "[]",
    "<a>",
    '"',
    "\n",
)
XML = (
    '<waetresult key="abc"><page ref="s1" state="complete"><audioelement ref="a" name="plain" '
    'type="normal"><value interface-name="quality">0.25</value></audioelement></page></waetresult>'
)
XML_FIELDS = ("abc", "s1", "complete", '"a"', "plain", "normal", "quality", "0.25", "waetresult")


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_a_field_with_a_wrong_value_is_read_or_refused_in_one_line(tmp_path, wrong):
    good = ['"ann"', '"s"', '"x"', '"40"']
    other = ["rater,song,system,score", "bob,s,x,50", "bob,s,y,60", "ann,s,y,30"]
    texts = [",".join([*good[:n], wrong, *good[n + 1 :]]) for n in range(4)]
    files = {f"{n}.csv": "\n".join([*other, text]) for n, text in enumerate(texts)}
    files |= {f"{n + 4}.csv": other[0].replace(name, wrong) + "\nann,s,x,1" for n, name in
              enumerate(other[0].split(","))}  # fmt: skip
    files |= {f"{n}.xml": XML.replace(field, wrong) for n, field in enumerate(XML_FIELDS)}
    for name, text in files.items():
        path = tmp_path / name
        path.write_bytes(text.encode())
        for method in METHODS:
            try:
                demand_numbers(analysed([path], method, training=["none"]))
            except AutomixError as error:
                demand_one_line(error)


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" * 300_000,
        b"<waetresult>" + b"<page>" * 100_000 + b"</page>" * 100_000 + b"</waetresult>",
        b'<?xml version="1.0" encoding="klingon"?><waetresult/>',
        b'<?xml version="1.0" encoding="utf-7"?><waetresult/>',
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
        + b"".join(b'<!ENTITY %c "%s">' % (n + 1, b"&%c;" % n * 10) for n in range(98, 110))
        + b"]><waetresult>&n;</waetresult>",
        b'<waetresult><page ref="s"><audioelement ref="a"><value/></audioelement></page>'
        b"</waetresult>",
    ],
    ids=["cut", "deep", "code", "seven bits", "entities", "no value"],
)
def test_a_strangers_xml_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "save.xml"
    path.write_bytes(content)
    result = run("ratings", path)
    assert result.exit_code == 3, result.output
    assert "Traceback" not in result.output
