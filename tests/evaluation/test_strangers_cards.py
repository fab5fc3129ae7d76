"""A card from a stranger is checked field by field before it is ranked, compared or shown."""

import copy
import json
import math
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.errors import AutomixError, DatasetError, UnknownPlugin, UsageError
from automix_bench.evaluation.card_checks import common_metrics, task_of
from automix_bench.evaluation.compare import compare
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.sample_size import sample_size
from automix_bench.evaluation.strata import strata
from automix_bench.scorecard import Score, Scorecard, read_scorecard
from automix_bench.untrusted.scorecard_record import stated_range

DISTANCE, SDR, SI_SDR = (
    plugin.load("metrics", name) for name in ("audible_distance", "sdr", "si_sdr")
)
MIXING = replace(task_named("mixing"), metrics=(DISTANCE, SI_SDR))
DATA = "d" * 64
SONGS = ("a", "b", "c", "d", "e", "f")


def card(model, values=(1.0, 2.0, 3.0, 1.5, 2.5, 2.0), scored=("audible_distance",), **changed):
    """A card with one example a song, and one value of every metric for each."""
    scores = tuple(
        Score(f"{song}-1", song, "mix", metric, value)
        for song, value in zip(SONGS, values, strict=False)
        for metric in scored
    )
    cost = {"audio_seconds": 30.0, "work_seconds": 0.5}
    made = Scorecard("mixing", task_named("mixing").version, DATA, model, scores, cost, {})
    return replace(made, **changed)


def with_score(of, place, **changed):
    scores = list(of.scores)
    scores[place] = replace(scores[place], **changed)
    return replace(of, scores=tuple(scores))


def written(path, of, change=lambda record: None):
    """The file of a card, with something changed in its JSON."""
    of.write(path)
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    return path


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments])


FLOOR, CEILING, MINE = card("plain_sum", (4.0,) * 6), card("oracle", (0.0,) * 6), card("mine")


# --- the file: every field, a dozen wrong values ----------------------------------------------

WRONG = {
    "text": [None, 3, True, [], {}, "", " ", "x" * 2_000, "\ud800"],
    "long text": [None, 3, True, [], {}],
    "whole": [None, -1, 1.5, "1", True, [], {}, 10**30, math.nan, math.inf],
    "truth": [None, 0, 1, "true", [], {}],
    "seconds": [None, -0.5, "1", True, [], {}, 10**400, math.nan, math.inf, -math.inf, 1e300],
    "status": [None, "", "OK", "fine", "passed", 1, True, [], {}],
    "value": [None, -5.0, -1e-9, 60.000001, 1e300, 10**400, math.nan, math.inf, "1", True, [], {}],
    "list": [None, 3, "x", {}, True],
    "object": [None, 3, "x", [], True, {"a": 3}, {"a": None}],
}
FIELDS = [
    *((("scores", 2, name), "text") for name in ("example", "song", "stem", "metric")),
    (("scores", 2, "reason"), "long text"),
    (("scores", 2, "status"), "status"),
    (("scores", 2, "value"), "value"),
    *((("cost", name), "seconds") for name in ("audio_seconds", "work_seconds")),
    *(((name,), "text") for name in ("task", "dataset", "model")),
    (("task_version",), "whole"),
    (("format",), "whole"),
    (("told_the_answer",), "truth"),
    (("scores",), "list"),
    (("cost",), "object"),
    (("environment",), "object"),
    (("metrics",), "object"),
]
CASES = [(path, wrong) for path, kind in FIELDS for wrong in WRONG[kind]]


def set_at(record, path, value):
    *before, last = path
    for key in before:
        record = record[key]
    record[last] = value


@pytest.mark.parametrize("path", [path for path, _ in FIELDS], ids=str)
def test_every_field_with_a_wrong_value_is_refused_in_one_line_that_names_it(path, tmp_path):
    kind = dict(FIELDS)[path]
    MINE.write(tmp_path / "card.json")
    whole = json.loads((tmp_path / "card.json").read_text())
    for wrong in WRONG[kind]:
        record = copy.deepcopy(whole)
        set_at(record, path, wrong)
        (tmp_path / "card.json").write_text(json.dumps(record))
        with pytest.raises(DatasetError) as caught:
            read_scorecard(tmp_path / "card.json")
        message = str(caught.value)
        assert message.startswith(f"{tmp_path / 'card.json'}: "), message
        assert path[-1] in message or "score 2" in message, (wrong, message)
        assert "expected" in message, message
        assert len(message.splitlines()) == 1
        assert len(message) < 1_000
        if path[0] == "scores" and len(path) > 1:
            assert "score 2" in message


@pytest.mark.parametrize(
    "path",
    [("model",), ("scores",), ("cost",), ("scores", 0, "value"), ("format",)],
    ids=str,
)
def test_a_field_that_is_missing_or_unknown_is_named(path, tmp_path):
    def without(record):
        for key in path[:-1]:
            record = record[key]
        del record[path[-1]]

    with pytest.raises(DatasetError, match=rf"{path[-1]}"):
        read_scorecard(written(tmp_path / "card.json", MINE, without))
    with pytest.raises(DatasetError, match=r"rank_me_first: expected one of the fields"):
        read_scorecard(
            written(tmp_path / "card.json", MINE, lambda r: r.update(rank_me_first=True))
        )


def test_the_message_names_file_item_field_expected_and_got(tmp_path):
    path = written(tmp_path / "card.json", with_score(MINE, 3, value=-5.0))
    with pytest.raises(DatasetError) as caught:
        read_scorecard(path)
    assert str(caught.value).startswith(
        f"{path}: score 3 (example 'd-1', stem 'mix', metric 'audible_distance'): value: expected "
        "a number in [0, 60] where the status is ok, got -5.0: "
    )


def test_a_cost_that_is_left_out_is_unknown(tmp_path):
    path = written(tmp_path / "card.json", MINE, lambda r: r.update(cost={}))
    assert math.isnan(read_scorecard(path).speed)
    assert read_scorecard(path).scores == MINE.scores


STATUSES = [
    ("ok", math.nan, "expected a number in"),
    ("failed", math.nan, "expected a number in"),
    ("failed", 0.0, "expected the worst, 60, where failed, got 0"),
    ("undefined", 0.0, "expected null where undefined, got 0"),
]


@pytest.mark.parametrize(("status", "value", "message"), STATUSES)
def test_a_value_fits_its_status(status, value, message, tmp_path):
    path = written(tmp_path / "card.json", with_score(MINE, 1, status=status, value=value))
    with pytest.raises(DatasetError, match=message):
        read_scorecard(path)


@pytest.mark.parametrize(("status", "value"), [("ok", 60.0), ("ok", 0.0), ("undefined", math.nan)])
def test_what_may_be_is_read_as_it_was_written(status, value, tmp_path):
    of = with_score(MINE, 1, status=status, value=value)
    path = written(tmp_path / "card.json", of)
    assert str(read_scorecard(path)) == str(of)
    failed = with_score(MINE, 1, status="failed", value=60.0, reason="no answer")
    assert read_scorecard(written(path, failed)) == failed


def test_an_item_stands_once_and_an_example_belongs_to_one_song(tmp_path):
    twice = replace(MINE, scores=(*MINE.scores, replace(MINE.scores[0], value=0.0)))
    with pytest.raises(DatasetError, match=r"score 6 .*: item: expected once, got twice"):
        read_scorecard(written(tmp_path / "card.json", twice))
    other = Score("a-1", "b", "vocals", "audible_distance", 0.0)
    with pytest.raises(DatasetError, match=r"song: expected 'a' as in its other scores, got 'b'"):
        read_scorecard(written(tmp_path / "card.json", replace(MINE, scores=(*MINE.scores, other))))


TEXTS = {
    "deep": b"[" * 300_000 + b"]" * 300_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "empty": b"",
    "cut": b'{"format": 1, "model": "x',
    "a list": b"[1, 2]",
    "a number": b"7",
    "null": b"null",
    "not text": b"\xff\xfe\x00\x00",
    "twice": b'{"format": 1, "model": "a", "model": "b"}',
    "a long number": b'{"format": ' + b"9" * 5_000 + b"}",
    "exponent": b'{"format": 1e999}',
    "nan": b'{"format": NaN}',
    "many lists": b"[" + b"[]," * 4_100_000 + b"[]]",
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_card_is_refused_in_one_line(name, tmp_path):
    (tmp_path / "card.json").write_bytes(TEXTS[name])
    with pytest.raises(DatasetError, match=r"card\.json: .*scor") as caught:
        read_scorecard(tmp_path / "card.json")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_beyond_the_limit_is_not_read(tmp_path):
    with (tmp_path / "card.json").open("wb") as file:
        file.truncate(10 << 30)  # sparse
    with pytest.raises(DatasetError, match="expected at most 134217728 bytes, got 10737418240"):
        read_scorecard(tmp_path / "card.json")


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400])
def test_numbers_that_json_does_not_have_are_refused_by_item(token, tmp_path):
    MINE.write(tmp_path / "card.json")
    text = (tmp_path / "card.json").read_text().replace('"value": 3.0', f'"value": {token}')
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(DatasetError, match=r"score 2 .*'c-1'.*value: expected a number in \[0, 60"):
        read_scorecard(tmp_path / "card.json")


# --- metrics of one's own ---------------------------------------------------------------------

STATED = {"unit": "1", "better": "higher", "low": 0.0, "high": 1.0}


def test_a_metric_of_ones_own_is_held_to_the_range_that_the_card_states(tmp_path):
    own = card("mine", (0.5,) * 6, ("share",), task="peaks", metrics={"share": STATED})
    assert read_scorecard(written(tmp_path / "card.json", own)) == own
    for value in (1.5, -0.1):
        with pytest.raises(DatasetError, match=r"value: expected a number in \[0, 1\]"):
            read_scorecard(written(tmp_path / "card.json", with_score(own, 2, value=value)))
    for wrong in ({"low": 2.0}, {"better": "best"}, {"high": math.inf}, {"unit": 3}):

        def restate(record, wrong=wrong):
            record["metrics"]["share"].update(wrong)

        with pytest.raises(DatasetError, match=r"metrics: (expected an? |'share': expected low)"):
            read_scorecard(written(tmp_path / "card.json", own, restate))


def test_a_card_cannot_widen_the_range_of_a_tasks_own_metric(tmp_path):
    wide = {**stated_range(DISTANCE), "low": -100.0}
    cheat = with_score(replace(MINE, metrics={"audible_distance": wide}), 0, value=-5.0)
    with pytest.raises(DatasetError, match=r"expected a number in \[0, 60\]"):
        read_scorecard(written(tmp_path / "card.json", cheat))


def test_a_stated_range_is_not_believed_where_the_metric_is_known():
    loose = replace(SDR, name="own", low=0.0, high=1.0, perfect=1.0, measure=lambda **k: 0.0)
    task = replace(MIXING, name="peaks", metrics=(loose,))
    cards = [
        card(model, values, ("own",), task="peaks")
        for model, values in (("plain_sum", (0.1,) * 6), ("oracle", (1.0,) * 6), ("m", (9.0,) * 6))
    ]
    with pytest.raises(DatasetError, match=r"the card of m: a-1, mix, own: value: .*\[0, 1\]"):
        board(task, cards)


@pytest.mark.parametrize("change", [{"better": "lower"}, {"high": 2.0}, {"unit": "dB"}])
def test_cards_that_state_another_metric_under_one_name_are_refused(change):
    """The first card would decide which of two models is better."""
    one = card("one", (0.5,) * 6, ("share",), task="peaks", metrics={"share": STATED})
    other = card("two", (0.6,) * 6, ("share",), task="peaks", metrics={"share": STATED | change})
    for cards in ([one, other], [other, one]):
        with pytest.raises(UsageError, match="share is not built in, and the cards do not agree"):
            common_metrics(cards, MIXING, None)
    assert common_metrics([one, replace(one, model="two")], MIXING, None)[0].better == "higher"


def test_a_card_names_no_code(tmp_path):
    """The name of a task or metric on a card is never imported."""
    (tmp_path / "evil.py").write_text("raise SystemExit('loaded')\n")
    for name in (str(tmp_path / "evil.py"), "os:system", "evil@0123:x"):
        of = card("m", scored=(name,), task=name)
        path = written(tmp_path / "card.json", of)
        assert read_scorecard(path).task == name
        with pytest.raises(UsageError, match="not built in: add --task FILE"):
            task_of([of], None)
        with pytest.raises(UsageError, match="not built in, and the card does not state"):
            common_metrics([of], MIXING, None)


def test_a_user_may_name_any_metric_and_a_wrong_name_is_one_of_no_metric():
    with pytest.raises(UnknownPlugin, match="si_sdrr"):
        common_metrics([card("m")], MIXING, ["si_sdrr"])


# --- cards against each other -----------------------------------------------------------------


def test_null_with_ok_does_not_rank_first_on_the_cells_that_are_left(tmp_path):
    cheat = card("cheat", (math.nan,) * 5 + (0.1,))
    paths = [written(tmp_path / f"{c.model}.json", c) for c in (FLOOR, CEILING, MINE, cheat)]
    done = run("board", "mixing", *paths)
    assert isinstance(done.exception, DatasetError)
    assert "value: expected a number in [0, 60] where the status is ok, got null" in str(
        done.exception
    )
    assert run("board", "mixing", *paths[:3]).exit_code == 0


def test_who_has_a_value_and_who_has_none_is_told():
    one = with_score(card("one", (3.0,) * 6), 2, status="undefined", value=math.nan)
    other = card("two", (3.0,) * 6)
    for pair in ([one, other], [other, one]):
        with pytest.raises(DatasetError, match="got a value for two and none for one"):
            compare(pair, [DISTANCE])


@pytest.mark.parametrize("which", ["one", "floor", "ceiling"])
def test_what_is_undefined_for_one_is_undefined_for_all(which):
    """Undefined depends on the reference alone: a model cannot leave out a cell."""
    cards = {"floor": FLOOR, "ceiling": CEILING, "mine": MINE, "one": card("one", (3.0,) * 6)}
    cards[which] = with_score(cards[which], 2, status="undefined", value=math.nan)
    with pytest.raises(
        DatasetError, match=r"c-1, mix, audible_distance: expected undefined for all models"
    ):
        board(MIXING, list(cards.values()))
    pair = [cards[which], MINE]
    for check in (lambda: compare(pair, [DISTANCE]), lambda: sample_size(pair, DISTANCE, 0.1)):
        with pytest.raises(DatasetError, match="expected undefined for all models or for none"):
            check()
    all_of = [with_score(c, 2, status="undefined", value=math.nan) for c in (FLOOR, CEILING, MINE)]
    assert [row.estimates["audible_distance"].songs for row in board(MIXING, all_of).rows] == [
        5,
        5,
        5,
    ]
    failed = with_score(MINE, 2, status="failed", value=60.0)
    assert board(MIXING, [*all_of[:2], failed]).rows[-1].model == "mine"


def test_cards_are_of_the_same_items_and_songs_in_whatever_order():
    shuffled = replace(MINE, scores=MINE.scores[::-1])
    gains = [row.gain.value for row in board(MIXING, [FLOOR, CEILING, shuffled]).rows]
    assert gains == [row.gain.value for row in board(MIXING, [FLOOR, CEILING, MINE]).rows]
    for odd in (
        replace(MINE, scores=MINE.scores[1:]),
        with_score(MINE, 2, song="a"),
        with_score(MINE, 2, stem="bass"),
        with_score(MINE, 2, example="z-1"),
    ):
        with pytest.raises(DatasetError, match="not scored on the same items: "):
            board(MIXING, [FLOOR, CEILING, odd])
        with pytest.raises(DatasetError, match="not scored on the same items"):
            compare([MINE, replace(odd, model="odd")], [DISTANCE])


def test_a_status_nobody_knows_is_refused_also_without_a_file():
    odd = with_score(MINE, 0, value=1.0)
    object.__setattr__(odd.scores[0], "status", "perfect")
    for check in (
        lambda: board(MIXING, [FLOOR, CEILING, odd]),
        lambda: compare([FLOOR, odd], [DISTANCE]),
        lambda: sample_size([odd], DISTANCE, 0.1),
        lambda: strata(odd, [DISTANCE], lambda score: score.stem),
    ):
        with pytest.raises(
            DatasetError, match="the card of mine: a-1, mix, audible_distance: status: exp"
        ):
            check()


BOTH = ("audible_distance", "si_sdr")


def test_the_metrics_of_both_are_compared_and_what_one_lacks_is_named(tmp_path):
    """Whichever of the two comes first."""
    more, less = card("more", scored=BOTH), card("less", (2.0,) * 6, ("audible_distance", "sdr"))
    paths = [written(tmp_path / f"{c.model}.json", c) for c in (more, less)]
    for pair in (paths, paths[::-1]):
        done = run("compare", *pair, "--json")
        assert done.exit_code == 0, done.output
        said = json.loads(done.stdout)
        assert {d["metric"] for d in said["differences"]} == {"audible_distance"}
        assert said["lacking"] == {"si_sdr": ["less"], "sdr": ["more"]}
        text = run("compare", *pair).stdout
        assert "Not compared: si_sdr, of which less has no scores." in text
        assert "Not compared: sdr, of which more has no scores." in text
        for command in (("compare",), ("power", "--difference", "1")):
            done = run(command[0], *pair, *command[1:], "--metric", "si_sdr")
            assert isinstance(done.exception, UsageError)
            assert str(done.exception).startswith(
                "the card of less has no scores of si_sdr, only of audible_distance, sdr"
            )
    apart = [card("one"), card("two", scored=("sdr",))]
    with pytest.raises(
        UsageError, match=r"no metric in common \(one: audible_distance; two: sdr\)"
    ):
        common_metrics(apart, MIXING, None)


PEAKS = '''
from dataclasses import replace
from automix_bench.metric import metric
from automix_bench.catalogue.tasks import task_named
__all__ = ["peaks"]

@metric(unit="1", better="higher", low=0.0, high=1.0, perfect=1.0, source="none", ranks=True)
def share(*, reference, estimate):
    """NaN nowhere."""
    return 1.0

peaks = replace(task_named("mixing"), name="peaks", metrics=(share,))
'''


def test_the_cards_of_a_task_of_ones_own_say_task(tmp_path):
    task = tmp_path / "peaks.py"
    task.write_text(PEAKS)
    cards = [
        written(
            tmp_path / f"{model}.json",
            card(model, (value,) * 6, ("share",), task="peaks", metrics={"share": STATED}),
        )
        for model, value in (("plain_sum", 0.1), ("oracle", 1.0), ("mine", 0.5))
    ]
    power = ("power", *cards[:2], "--metric", "share", "--difference", "0.1")
    for command in (("compare", *cards), power):
        done = run(*command)
        assert isinstance(done.exception, UsageError)
        assert "is of the task peaks, which is not built in: add --task FILE" in str(done.exception)
        assert run(*command, "--task", task).exit_code == 0
        done = run(*command, "--task", "mixing")
        assert "--task mixing: expected the task peaks" in str(done.exception)
    done = run("board", "peaks", *cards)
    assert isinstance(done.exception, UsageError)
    assert "give its .py FILE in place of its name" in str(done.exception)
    assert "--task FILE" in str(done.exception)
    assert run("board", task, *cards).exit_code == 0
    done = run("board", "mixing", *cards)
    assert "is of peaks version" in str(done.exception)
    assert "or make the board of its own task: by name, or by its .py FILE" in str(done.exception)


@pytest.mark.parametrize("command", ["board", "compare", "power", "strata"])
def test_every_command_that_takes_cards_reads_them_with_the_same_care(command, tmp_path):
    bad = written(tmp_path / "bad.json", with_score(MINE, 0, value=-5.0))
    good = written(tmp_path / "good.json", FLOOR)
    arguments = {
        "board": ("mixing", good, bad),
        "compare": (good, bad),
        "power": (good, bad, "--metric", "audible_distance", "--difference", "1"),
        "strata": (bad, tmp_path),
    }[command]
    done = run(command, *arguments)
    assert isinstance(done.exception, AutomixError)
    assert "value: expected a number in [0, 60]" in str(done.exception)
