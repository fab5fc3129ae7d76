"""The hub's `.eval_results`: read back by the hub's own client."""

from dataclasses import replace

import pytest
import yaml
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import UsageError
from automix_bench.evaluation.eval_results import eval_results, write_eval_results
from automix_bench.evaluation.leaderboard import board
from tests.cli.test_boards import VALUES, mixing
from tests.cli.test_boards import card as with_metrics
from tests.evaluation.test_board_forms import CARDS, TASK, card
from tests.support.poison import POISON

SHA = "5503434ddd753f426f4b38109466949a1217c2bb"
MADE = board(TASK, CARDS)


def read(text):
    """The only entry of a file, as the hub's client reads it; it writes the same again."""
    hub = pytest.importorskip("huggingface_hub")
    content = yaml.safe_load(text)
    (entry,) = hub.parse_eval_result_entries(content)
    assert hub.eval_result_entries_to_yaml([entry]) == content
    return entry


def test_the_hubs_client_reads_the_covered_share_of_each_ranked_model():
    texts = eval_results(MADE, "owner/mixing-1", revision=SHA, source="https://example.org/board")
    assert list(texts) == ["alike", "good", "worse"]
    entries = {model: read(text) for model, text in texts.items()}
    assert {model: entry.value for model, entry in entries.items()} == {
        "alike": 0.75,
        "good": 0.75,
        "worse": 0.0,
    }
    good = entries["good"]
    assert (good.dataset_id, good.task_id, good.dataset_revision) == (
        "owner/mixing-1",
        "mixing",
        SHA,
    )
    assert (good.source_url, good.verify_token) == ("https://example.org/board", None)
    assert "here -0.250" in entries["worse"].notes
    assert "here" not in good.notes
    assert "from plain_sum (0) to oracle (1); mrstft 1.00 [1.00, 1.00], lower is" in good.notes
    assert f"mixing version {TASK.version}, recipe not recorded" in good.notes
    assert f"3 songs, data {'d' * 64}" in good.notes
    assert read(eval_results(MADE, "owner/mixing-1")["good"]).source_url is None


def test_each_model_has_a_folder_of_its_own_and_a_strangers_name_leads_nowhere_else(tmp_path):
    names = ["../../x", "X", "日本語", "ほか", POISON]
    cards = [CARDS[0], CARDS[3], *(card(name, [1.0, 2.0, 3.0], 1.0) for name in names)]
    cards[2] = replace(cards[2], note=POISON)
    files = write_eval_results(board(TASK, cards), tmp_path, "a/b")
    assert len(set(files.values())) == 5
    for path in files.values():
        assert path.relative_to(tmp_path).parts[1:] == (
            ".eval_results",
            "automix-bench-mixing.yaml",
        )
        assert path.resolve().is_relative_to(tmp_path.resolve())
        text = path.read_text()
        assert read(text).value == pytest.approx(0.5)
        assert all(c == "\n" or c.isprintable() for c in text)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"dataset": "mixing"}, "expected OWNER/NAME, got mixing"),
        ({"revision": "main"}, "expected a commit, 40 digits of 0-9 a-f, got main"),
        ({"source": "javascript:x"}, "source: expected an address, https://…, got javascript:x"),
    ],
)
def test_what_the_hub_would_not_take_is_refused(arguments, why):
    with pytest.raises(UsageError, match=why):
        eval_results(MADE, **{"dataset": "a/b", **arguments})


def test_boards_of_another_metric_or_without_ranks_are_refused():
    with pytest.raises(UsageError, match=r"ranked by si_sdr here.*leave the metric out"):
        eval_results(board(TASK, CARDS, "si_sdr"), "a/b")
    with pytest.raises(UsageError, match="no model has a rank and a covered share"):
        eval_results(board(TASK, [CARDS[0], CARDS[3], CARDS[-1]]), "a/b")


def test_the_command_writes_them_beside_the_board(tmp_path):
    paths = []
    for model, values in VALUES.items():
        paths.append(tmp_path / f"{model}.json")
        with_metrics(model, *values).write(paths[-1])
    words = ["board", "mixing", *map(str, paths), "--csv", "--eval-results", str(tmp_path / "hub")]
    done = CliRunner().invoke(cli.app, [*words, "--hub-dataset", "a/b", "--label", "near=Ours"])
    assert done.exit_code == 0, done.output
    files = sorted(path.relative_to(tmp_path / "hub").parts[0] for path in tmp_path.glob("hub/*"))
    assert files == ["clean", "ours"]
    written = tmp_path / "hub" / "ours" / ".eval_results" / "automix-bench-mixing.yaml"
    entry = read(written.read_text())
    assert entry.value == pytest.approx((4.25 - 1.25) / 4.25, abs=1e-6)
    assert (
        f"{mixing.name} version {mixing.version}, recipe wet_multitrack, split test" in entry.notes
    )
    done = CliRunner().invoke(cli.app, words)
    assert "--eval-results DIR and --hub-dataset OWNER/NAME go together" in str(done.exception)
