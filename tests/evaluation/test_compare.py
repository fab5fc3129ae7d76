"""Models compared pair by pair and by stratum, rank intervals, and sample sizes."""

import json
import math
from dataclasses import astuple, replace

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.severity import severity_bin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.compare import compare, metrics_of
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.sample_size import sample_size
from automix_bench.evaluation.strata import strata, stratum_of
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import Score, Scorecard
from tests.support.tone_source import Tones

MRSTFT, SI_SDR = (plugin.load("metrics", name) for name in ("mrstft", "si_sdr"))
DATA = "d" * 64


def card(model, values, metric="mrstft", stems=("mix",), **changed):
    """A card with values by song: a number for each clip, the same for every stem."""
    scores = tuple(
        Score(f"{song}-{n}", song, stem, metric, value)
        for song, of in values.items()
        for n, value in enumerate(of)
        for stem in stems
    )
    made = Scorecard(
        "mixing", 1, DATA, model, scores, {"audio_seconds": 1.0, "work_seconds": 1.0}, {}
    )
    return replace(made, **changed)


def songs(rng, count, mean=1.0, spread=0.3, clips=3):
    return {
        f"s{n:02}": list(map(float, mean + rng.normal(0.0, spread) + rng.normal(0.0, 0.05, clips)))
        for n in range(count)
    }


def better(values, by, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return {song: [v - by + rng.normal(0.0, noise) for v in of] for song, of in values.items()}


VALUES = songs(np.random.default_rng(0), 12)
GOOD = card("good", better(VALUES, 0.2, 0.05))
POOR = card("poor", VALUES)


def test_the_better_model_is_ahead_by_what_it_is_better_whichever_comes_first():
    for cards in ([GOOD, POOR], [POOR, GOOD]):
        (difference,) = compare(cards, [MRSTFT]).differences
        assert (difference.one, difference.other) == ("good", "poor")
        assert difference.paired.difference.value == pytest.approx(0.2, abs=0.03)
        assert (
            0.1 < difference.paired.difference.low < 0.2 < difference.paired.difference.high < 0.3
        )
        assert difference.sure
        assert difference.p == difference.paired.p == 2 / 2**12
        assert (difference.paired.won, difference.paired.lost) == (12, 0)
        gains = list(difference.paired.songs.values())
        assert gains == sorted(gains, reverse=True)


def test_up_is_better_where_the_metric_says_so():
    up = [
        replace(c, scores=tuple(replace(s, metric="si_sdr") for s in c.scores))
        for c in (GOOD, POOR)
    ]
    (difference,) = compare(up, [SI_SDR]).differences
    assert difference.one == "poor"


def test_songs_are_named_where_they_belong():
    gains = {"s03": 2.0, "s05": -1.0}
    other = {song: [v - gains.get(song, 0.1) for v in of] for song, of in VALUES.items()}
    (difference,) = compare([POOR, card("other", other)], [MRSTFT]).differences
    names = list(difference.paired.songs)
    assert (difference.one, names[0], names[-1]) == ("other", "s03", "s05")


def test_the_same_scores_give_the_same_comparison_and_a_model_against_its_twin_is_no_news():
    assert compare([GOOD, POOR], [MRSTFT]) == compare([GOOD, POOR], [MRSTFT])
    (difference,) = compare([GOOD, replace(GOOD, model="twin")], [MRSTFT]).differences
    assert (difference.p, difference.paired.difference.value, difference.sure) == (1.0, 0.0, False)


def test_all_pairs_and_metrics_are_corrected_for_together():
    third = card("third", better(VALUES, 0.1, 0.05, seed=1))
    both = [
        replace(c, scores=(*c.scores, *(replace(s, metric="si_sdr") for s in c.scores)))
        for c in (GOOD, POOR, third)
    ]
    comparison = compare(both, [MRSTFT, SI_SDR])
    assert len(comparison.differences) == comparison.tests == 6
    assert max(d.p for d in comparison.differences) >= max(
        d.paired.p for d in comparison.differences
    )
    assert min(d.p for d in comparison.differences) == pytest.approx(6 * 2 / 2**12)


def test_a_song_undefined_in_both_is_left_out_and_a_failed_one_counts():
    nan = {**VALUES, "s00": [math.nan] * 3}
    (difference,) = compare([card("one", nan), card("two", better(nan, 0.1))], [MRSTFT]).differences
    assert difference.paired.difference.songs == 11
    failed = {**VALUES, "s00": [MRSTFT.worst] * 3}
    (difference,) = compare([card("one", failed), card("two", VALUES)], [MRSTFT]).differences
    assert difference.one == "two"
    assert next(iter(difference.paired.songs)) == "s00"


def test_few_songs_are_told_to_be_too_few():
    few = {song: VALUES[song] for song in list(VALUES)[:5]}
    comparison = compare([card("a", few), card("b", better(few, 1.0))], [MRSTFT])
    assert comparison.hopeless
    assert not comparison.differences[0].sure


def test_what_does_not_compare_is_refused():
    for cards, message in (
        ([GOOD], "two scorecards or more, got 1"),
        ([GOOD, GOOD], "two scorecards of good"),
    ):
        with pytest.raises(UsageError, match=message):
            compare(cards, [MRSTFT])
    for other, message in (
        (replace(POOR, dataset="e" * 64), "different data sets"),
        (replace(POOR, task_version=2), "mixing version 2"),
        (replace(POOR, scores=POOR.scores[1:]), "not scored on the same items"),
    ):
        with pytest.raises(DatasetError, match=message):
            compare([GOOD, other], [MRSTFT])
    with pytest.raises(DatasetError, match="has no scores of si_sdr"):
        compare([GOOD, POOR], [SI_SDR])
    with pytest.raises(UsageError, match="no scores of si_sdr, only of mrstft"):
        metrics_of(GOOD, task_named("mixing"), ["si_sdr"])
    assert metrics_of(GOOD, task_named("mixing"), None) == (MRSTFT,)


def test_the_board_has_rank_intervals_and_letters():
    task = replace(task_named("mixing"), version=1, metrics=(MRSTFT,))
    cards = [
        card(task.floor, better(VALUES, -1.0)),
        card(task.ceiling, better(VALUES, 1.0)),
        GOOD,
        POOR,
        card("as good", better(VALUES, 0.2, 0.05, seed=9)),
        card("cut off", VALUES),
    ]
    cut = cards[-1].scores[0]
    cards[-1] = replace(cards[-1], scores=(replace(cut, status="failed"), *cards[-1].scores[1:]))
    made = board(task, cards)
    rows = {row.model: row for row in made.rows}
    assert rows["poor"].standing.group == ""
    assert (rows["poor"].standing.low, rows["poor"].standing.high) == (3, 3)
    assert rows["good"].standing.group == rows["as good"].standing.group == "a"
    assert (rows["good"].standing.low, rows["good"].standing.high) == (1, 2)
    assert rows["cut off"].standing is rows[task.floor].standing is None
    text = made.to_markdown()
    assert "| 3 | poor |" in text
    assert "| 1 [1–2] a | " in text
    standing = next(r for r in made.to_json()["rows"] if r["model"] == "poor")["standing"]
    assert standing == {"low": 3, "high": 3, "group": ""}


def test_scores_by_stem_are_by_role():
    voices = card("m", VALUES, stems=("vocals", "vocals-2", "bass"))
    by_stem = strata(voices, [MRSTFT], stratum_of("stem", voices, None))
    assert [(s.stratum, s.cells, s.estimate.songs) for s in by_stem] == [
        ("bass", 36, 12),
        ("vocals", 72, 12),
    ]
    assert [s.failed for s in by_stem] == [0, 0]
    one_failed = replace(voices.scores[0], status="failed", value=2.0)
    lame = replace(voices, scores=(one_failed, *voices.scores[1:]))
    assert one_failed.stem == "vocals"
    assert [s.failed for s in strata(lame, [MRSTFT], stratum_of("stem", lame, None))] == [0, 1]
    near = card("m", {"s0": [0.0], "s1": [0.0], "s2": [1.0]}, stems=("bass",))
    (only,) = strata(near, [MRSTFT], stratum_of("stem", near, None))
    assert only.estimate == near.estimate(MRSTFT)
    assert only.estimate.low == MRSTFT.low
    louder = replace(
        voices,
        model="n",
        scores=tuple(
            replace(s, value=s.value - (0.3 if s.stem == "bass" else 0.0)) for s in voices.scores
        ),
    )
    parts = compare([voices, louder], [MRSTFT], stratum_of("stem", voices, None)).differences
    assert {(d.stratum, d.sure) for d in parts} == {("bass", True), ("vocals", False)}


def test_scores_by_severity_are_those_of_the_manifest(recipe, tmp_path):
    made = make(recipe(source=Tones(count=3), excerpts_per_song=2), tmp_path / "data")
    data = Dataset(made.folder)
    scores = tuple(
        Score(row["id"], row["song"], stem, "mrstft", 1.0)
        for row in data.rows
        for stem in row["stems"]
    )
    of = Scorecard("effect_removal", 1, data.fingerprint, "m", scores, {}, {})
    counts = {}
    for row in data.rows:
        for severity in row["stem_severity_db"]:
            name = severity_bin(severity)
            counts[name] = counts.get(name, 0) + 1
    by_severity = strata(of, [MRSTFT], stratum_of("severity", of, data))
    assert {s.stratum: s.cells for s in by_severity} == counts
    assert len(counts) > 1
    order = ["none", "mild", "medium", "strong"]
    assert [s.stratum for s in by_severity] == [name for name in order if name in counts]
    mixes = replace(
        of, scores=tuple(Score(row["id"], row["song"], "mix", "mrstft", 1.0) for row in data.rows)
    )
    part = stratum_of("severity", mixes, data)
    for row, score in zip(data.rows, mixes.scores, strict=True):
        assert part(score) == severity_bin(row["mix_severity_db"])
    with pytest.raises(DatasetError, match="the card of good is of other data"):
        stratum_of("severity", GOOD, data)
    with pytest.raises(UsageError, match="say with --data"):
        stratum_of("severity", GOOD, None)
    with pytest.raises(
        UsageError, match=r"no --by .*; there are severity, effect, stem, operation"
    ):
        stratum_of("colour", GOOD, data)


def test_scores_by_operation_are_those_of_the_labels(tmp_path):
    settings = ["count=3", "song_seconds=10", "seconds=1.5", "per_song=2"]
    data = Dataset(make(recipe_from("text_manipulation", settings), tmp_path / "data").folder)
    stems = ("mix", "touched", "untouched")
    scores = tuple(
        Score(row["id"], row["song"], stem, "mrstft", 1.0) for row in data.rows for stem in stems
    )
    of = Scorecard("text_manipulation", 1, data.fingerprint, "m", scores, {}, {})
    part = stratum_of("operation", of, data)
    operations = [row["console"]["labels"]["operation"] for row in data.rows]
    assert [part(score) for score in scores[:: len(stems)]] == operations
    assert [part(score) for score in scores[1 :: len(stems)]] == operations
    assert len(set(operations)) > 1


def test_data_without_instructions_have_no_operation(recipe, tmp_path):
    data = Dataset(make(recipe(source=Tones(count=2)), tmp_path / "data").folder)
    row = data.rows[0]
    scores = (Score(row["id"], row["song"], "mix", "mrstft", 1.0),)
    of = Scorecard("mixing", 1, data.fingerprint, "m", scores, {}, {})
    assert stratum_of("operation", of, data)(scores[0]) == "no operation"


def test_scores_by_effect_are_those_of_the_manifest(recipe, tmp_path):
    made = make(recipe(source=Tones(count=6), excerpts_per_song=2), tmp_path / "data")
    data = Dataset(made.folder)
    cells = [(row, stem) for row in data.rows for stem in (*row["stems"], "mix")]
    scores = tuple(Score(row["id"], row["song"], stem, "mrstft", 1.0) for row, stem in cells)
    of = Scorecard("effect_removal", 1, data.fingerprint, "m", scores, {}, {})
    part, seen = stratum_of("effect", of, data), set()
    for (row, stem), score in zip(cells, scores, strict=True):
        console = row["console"]
        chain = console["bus"] if stem == "mix" else console["strips"][stem]
        names = sorted({one["effect"] for one in chain if one["effect"] != "gain"})
        seen.add(part(score))
        assert part(score) == (" + ".join(names) or "no effect")
    assert {"pan", "soft_clip"} <= seen
    assert any(" + " in name for name in seen)
    assert {s.stratum for s in strata(of, [MRSTFT], part)} == seen
    with pytest.raises(UsageError, match="--by effect: say with --data"):
        stratum_of("effect", GOOD, None)


def test_songs_that_are_needed_are_those_of_the_differences():
    size = sample_size([GOOD, POOR], MRSTFT, 0.2)
    # Only the noise of 0.05 is left in the differences: few songs do, and one card cannot know.
    assert size.needed[1] <= 4
    assert size.power > 0.99
    assert size.least < 0.05
    alone = sample_size([GOOD], MRSTFT, 0.2)
    assert alone.needed[1] > 5 * size.needed[1]
    assert alone.components.between == pytest.approx(2.0 * 0.09, rel=0.6)
    assert list(alone.needed) == [1, 2, 4, 8, 16]
    assert list(alone.needed.values()) == sorted(alone.needed.values(), reverse=True)


def test_cards_of_different_data_say_nothing_of_a_sample_size():
    with pytest.raises(DatasetError, match="score both on one"):
        sample_size([GOOD, replace(POOR, task_version=99)], MRSTFT, 0.2)


def test_stems_are_no_more_clips():
    one, many = (card("m", VALUES, stems=stems) for stems in (("mix",), ("a", "b", "c")))
    few, more = (sample_size([c], MRSTFT, 0.1).components for c in (one, many))
    assert astuple(few) == pytest.approx(astuple(more))


def test_one_clip_a_song_says_nothing_of_more_clips():
    single = {song: of[:1] for song, of in VALUES.items()}
    size = sample_size([card("m", single)], MRSTFT, 0.1)
    assert list(size.needed) == [1]
    assert size.to_json()["components"]["within"] is None


def test_power_refuses_what_makes_no_sense():
    one_song = {"s00": [1.0, 2.0]}
    for cards, difference, message in (
        ([GOOD, POOR, GOOD], 0.1, "one scorecard or two, got 3"),
        ([GOOD], 0.0, "must lie above 0"),
        ([card("m", one_song)], 0.1, "defined on 1 song"),
    ):
        with pytest.raises(UsageError, match=message):
            sample_size(cards, MRSTFT, difference)


@pytest.fixture
def paths(tmp_path):
    for c in (GOOD, POOR):
        c.write(tmp_path / f"{c.model}.json")
    return [str(tmp_path / "good.json"), str(tmp_path / "poor.json")]


def output_of(*arguments):
    result = CliRunner().invoke(cli.app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands_say_it(paths):
    text = output_of("compare", *paths)
    assert "good is better than poor in mrstft, by 0.2" in text
    assert "12 of 12" in text
    facts = json.loads(output_of("compare", *paths, "--metric", "mrstft", "--json"))
    assert facts["differences"][0]["one"] == "good"
    assert facts["differences"][0]["p_holm"] == 2 / 2**12
    assert "No difference is sure" not in text
    power = output_of("power", *paths, "--metric", "mrstft", "--difference", "0.3")
    assert "Songs to find a difference of 0.3" in power
    assert json.loads(
        output_of("power", paths[0], "--metric", "mrstft", "--difference", "1", "--json")
    )
    by_stem = output_of("compare", *paths, "--by", "stem", "--json")
    assert json.loads(by_stem)["differences"][0]["stratum"] == "mix"
