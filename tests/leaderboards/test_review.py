"""The check of a pull request, the comment on it, and the two workflows."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import DatasetError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.scorecard import read_scorecard
from automix_bench.submissions import benchmark as benchmarks
from automix_bench.submissions import incoming
from automix_bench.submissions.benchmark import as_toml, frozen, make_benchmark, read_benchmark
from automix_bench.submissions.pack import pack
from automix_bench.submissions.record import read_system_card
from tests.submissions.test_boards import OPEN, RECIPE, TASK
from tests.support.system_card import FILLED

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "leaderboards" / "review.py"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HOSTILE = (
    "a`b\n# heading <script>x</script> @everyone ![i](http://x) fixes #1 \x1b[31m \u202e | &lt;"
)


@pytest.fixture(scope="module")
def review():
    sys.path.insert(0, str(SCRIPT.parent))
    import review as module

    yield module
    sys.path.remove(str(SCRIPT.parent))
    del sys.modules["review"]


# The check.


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An official benchmark of tones, and the archive of a submission to it."""
    folder = tmp_path_factory.mktemp("review")
    official = folder / "official"
    official.mkdir()
    (official / "tones.py").write_text(RECIPE)
    (official / "tones-1.toml").write_text(as_toml(OPEN))
    dataset = make_benchmark(read_benchmark(official / "tones-1.toml"), folder / "data")
    pinned = frozen(read_benchmark(official / "tones-1.toml"), folder / "data")
    (official / "tones-1.toml").write_text(pinned)
    evaluated = evaluate(TASK, dataset, ("equal_loudness",), folder / "runs")
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    (folder / "system.toml").write_text(FILLED)
    archive = pack(
        TASK,
        dataset,
        evaluated.runs["equal_loudness"],
        cards["equal_loudness"],
        {**read_system_card(folder / "system.toml"), "name": "Mine"},
        folder / "mine.abench",
        benchmark="tones-1",
    )
    return official, archive


@pytest.fixture
def request_of(made, review, tmp_path, monkeypatch):
    """A pull request in which files can be changed, and the result of its check."""
    official, archive = made
    monkeypatch.setattr(benchmarks, "FOLDER", official)
    commands = []

    def run(*words, seconds):
        commands.append(words)
        done = CliRunner().invoke(cli.app, [*map(str, words)])
        if done.exit_code:
            raise DatasetError(str(done.exception))
        return done.stdout

    def download(address, out, *, sha256, size, **_):
        content = Path(archive).read_bytes()
        assert (size, sha256) == (len(content), hashlib.sha256(content).hexdigest())
        shutil.copy(archive, out)

    monkeypatch.setattr(review, "_run", run)
    monkeypatch.setattr(incoming, "download", download)
    for side in ("base", "submitted"):
        (tmp_path / side / "leaderboards" / "tones-1").mkdir(parents=True)
        (tmp_path / side / "leaderboards" / "README.md").write_text("Boards.\n")

    class Request:
        folder = tmp_path / "submitted" / "leaderboards"

        def result(self):
            return review.check(tmp_path / "base", tmp_path / "submitted", 7, COMMIT)

        def rows(self):
            return [(row["file"], row["state"]) for row in self.result()["files"]]

        def add(self, name="tones-1/incoming/mine.toml", **changed):
            content = Path(archive).read_bytes()
            fields = {
                "format": 1,
                "url": "https://example.org/mine.abench",
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
            } | changed
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = [f"{key} = {json.dumps(value)}\n" for key, value in fields.items()]
            path.write_text("".join(lines))
            return path

    made_request = Request()
    made_request.commands = commands
    return made_request


MINE = "leaderboards/tones-1/incoming/mine.toml"


def test_an_honest_submission_is_scored_again(request_of, review, tmp_path):
    request_of.add()
    (row,) = request_of.result()["files"]
    assert (row["file"], row["state"], row["badge"]) == (MINE, "verified", "re-scored")
    assert (row["task"], row["model"], row["system"]) == ("mixing", "equal_loudness", "Mine")
    assert row["largest"] < 1e-6
    assert [words[:2] for words in request_of.commands] == [
        ("benchmark", "make"),
        ("submit", "verify"),
    ]
    (tmp_path / "result.json").write_text(json.dumps(request_of.result()))
    assert review.verdict(review.read_result(tmp_path / "result.json")) == 0


def test_an_archive_that_the_verifier_refuses_is_refused_in_its_line(
    request_of, review, monkeypatch
):
    request_of.add()

    def refuse(*words, seconds):
        if words[0] == "submit":
            raise DatasetError("/x/mine.abench: e-1, mix, sdr: the card states 3, its answer 2")

    monkeypatch.setattr(review, "_run", refuse)
    (row,) = request_of.result()["files"]
    assert row["state"] == "refused"
    assert "e-1, mix, sdr: the card states 3" in row["line"]
    assert review.verdict(request_of.result()) == 3


def test_an_archive_of_another_benchmark_is_refused_before_data_are_made(request_of, made):
    official, _ = made
    shutil.copy(official / "tones-1.toml", official / "tones-2.toml")
    request_of.add("tones-2/incoming/mine.toml")
    (row,) = request_of.result()["files"]
    (official / "tones-2.toml").unlink()
    assert (row["state"], row["line"]) == (
        "refused",
        "benchmark: expected tones-2, got tones-1",
    )
    assert request_of.commands == []


def test_music_that_is_not_here_is_for_people(request_of, made):
    official, _ = made
    text = (official / "tones-1.toml").read_text()
    (official / "tones-1.toml").write_text(text + '\n[needs]\nsongs = "the folder of songs"\n')
    request_of.add()
    (row,) = request_of.result()["files"]
    (official / "tones-1.toml").write_text(text)
    assert (row["state"], row["line"]) == (
        "by hand",
        "fetched; tones-1 needs music that is not here: songs",
    )
    assert request_of.commands == []


def test_what_is_wrong_with_the_small_file_is_told(request_of):
    request_of.add(url="http://example.org/mine.abench")
    (row,) = request_of.result()["files"]
    assert row["state"] == "refused"
    assert row["line"].startswith("tones-1/incoming/mine.toml: url: expected https://…")


def test_one_submission_at_a_time(request_of):
    request_of.add()
    request_of.add("tones-1/incoming/second.toml")
    assert request_of.rows() == [("leaderboards", "refused")]
    assert "got 2 and 2" in request_of.result()["files"][0]["line"]


def test_too_many_files_are_refused(request_of):
    for number in range(6):
        (request_of.folder / f"{number}.md").write_text("x")
    assert request_of.rows() == [("leaderboards", "refused")]


def test_other_files_are_for_people_and_definitions_are_not_read(request_of):
    """The definition of a benchmark may name a program; a stranger's is never loaded."""
    evil = request_of.folder / "evil-1"
    evil.mkdir()
    (evil / "evil-1.toml").write_text('format = 1\nrecipe = "evil.py"\ntasks = {"evil.py" = 1}\n')
    (evil / "evil.py").write_text("raise SystemExit('run!')")
    request_of.add("evil-1/incoming/mine.toml")
    (request_of.folder / "README.md").unlink()
    assert request_of.rows() == [
        ("leaderboards/README.md", "by hand"),
        ("leaderboards/evil-1/evil-1.toml", "by hand"),
        ("leaderboards/evil-1/evil.py", "by hand"),
        ("leaderboards/evil-1/incoming/mine.toml", "by hand"),
    ]
    assert request_of.commands == []


def test_an_entry_that_is_no_entry_is_refused(request_of):
    (request_of.folder / "tones-1" / "mixing-mine.json").write_text('{"format": 1, "rank": 1}')
    (row,) = request_of.result()["files"]
    assert (row["file"], row["state"]) == ("leaderboards/tones-1/mixing-mine.json", "refused")
    assert "expected" in row["line"]


def test_what_is_changed_on_a_board_is_told_from_what_is_new(request_of, tmp_path):
    """A pull request may change another's entry or submission."""
    before = tmp_path / "base" / "leaderboards" / "tones-1" / "incoming"
    before.mkdir()
    (before / "mine.toml").write_text("another's")
    request_of.add()
    (row,) = request_of.result()["files"]
    assert row["line"] == "CHANGES a file that is on the board: scored again on tones-1"
    (before / "mine.toml").unlink()
    (row,) = request_of.result()["files"]
    assert row["line"] == "scored again on tones-1"


def test_links_are_refused(request_of):
    (request_of.folder / "tones-1" / "x.json").symlink_to("/etc/passwd")
    (row,) = request_of.result()["files"]
    assert (row["state"], row["line"]) == (
        "refused",
        "tones-1/x.json: expected a file, got a link or a special file",
    )


def test_a_program_beside_the_pull_request_is_not_run(review, tmp_path, monkeypatch):
    """Neither the working folder nor a variable decides what the check imports."""
    (tmp_path / "automix_bench").mkdir()
    (tmp_path / "automix_bench" / "__init__.py").write_text("raise SystemExit('run!')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert review._run("--version", seconds=60.0).strip()
    with pytest.raises(DatasetError, match="no benchmark 'nonsense'"):
        review._run("benchmark", "make", "nonsense", tmp_path / "x", seconds=60.0)
    with pytest.raises(DatasetError, match=r"--version: took over 0\.01 s"):
        review._run("--version", seconds=0.01)


# The comment.


def result_of(**row):
    one = {"file": MINE, "state": "verified", "line": "scored again on tones-1", **row}
    return {"format": 1, "pull_request": 7, "commit": COMMIT, "files": [one]}


def pull_of(**changed):
    base = {"repo": {"full_name": "we/bench"}}
    return {"number": 7, "head": {"sha": COMMIT}, "base": base, "changed_files": 1} | changed


def event_of(**changed):
    run = {"event": "pull_request", "head_sha": COMMIT, "pull_requests": []}
    run |= {"path": ".github/workflows/submission-check.yml"} | changed
    return {"workflow_run": run, "repository": {"full_name": "we/bench"}}


FILES = [{"filename": MINE}]


def write(folder, **contents):
    paths = []
    for name, value in contents.items():
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(value if isinstance(value, str) else json.dumps(value))
    return paths


def test_the_comment_tells_what_was_checked(review, tmp_path):
    row = {"model": "m", "system": "Mine", "task": "mixing", "badge": "re-scored", "largest": 0.25}
    paths = write(tmp_path, result=result_of(**row), event=event_of(), pull=pull_of(), files=FILES)
    command = [sys.executable, "-S", "-I", str(SCRIPT), "comment", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("**Check of submissions**, commit `0123456789ab`\n\n")
    assert (
        f"* **verified** `{MINE}`: system `Mine`, model `m`, task `mixing`, badge `re-scored`, "
        "largest difference from the stated scores 0.25. `scored again on tones-1`\n"
    ) in done.stdout
    assert "None of what the pull request brings was run." in done.stdout


def test_the_number_is_read_without_anything_installed(tmp_path):
    (path,) = write(tmp_path, result=result_of())
    command = [sys.executable, "-S", "-I", str(SCRIPT)]
    done = subprocess.run([*command, "number", path], capture_output=True, text=True, check=True)
    assert done.stdout == "7\n"
    assert subprocess.run([*command, "verdict", path], check=False).returncode == 0
    (path,) = write(tmp_path, result=result_of(state="refused"))
    assert subprocess.run([*command, "verdict", path], check=False).returncode == 3


def test_a_strangers_text_stays_text(review):
    """Outside of code there is nothing of the stranger's; code has no back-tick and one line."""
    row = dict.fromkeys(("line", "model", "system", "task", "badge"), HOSTILE)
    made = review.comment(result_of(**row), pull_of(), FILES)
    outside = re.sub(r"`[^`\n]*`", "", made)
    for sign in ("<", "@", "#", "[", "!", "|", "&", "\x1b", "\u202e", "heading", "fixes"):
        assert sign not in outside, sign
    assert made.count("\n* ") == 1
    assert "\x1b" not in made
    assert "\u202e" not in made


def test_a_comment_is_bounded(review, tmp_path):
    row = dict.fromkeys(("model", "system", "task", "badge"), "x" * 200)
    longest = result_of(line="y" * 400, **row)
    longest["files"] *= 5
    longest["files"] = [{**one, "file": "z" * 300} for one in longest["files"]]
    (path,) = write(tmp_path, result=longest)
    with pytest.raises(DatasetError, match="comment: expected at most 6000 signs"):
        review.comment(review.read_result(path), pull_of(), FILES)


@pytest.mark.parametrize(
    "other", ["automix_bench/score.py", ".github/workflows/submission-check.yml"]
)
def test_a_result_is_not_shown_where_the_pull_request_could_have_made_it(review, other):
    files = [*FILES, {"filename": other}]
    made = review.comment(result_of(), pull_of(changed_files=2), files)
    assert "could change its own check" in made
    assert f"`{other}`" in made
    assert "verified" not in made
    assert "verified" not in review.comment(result_of(), pull_of(changed_files=300), FILES)
    renamed = [{"filename": MINE, "status": "renamed", "previous_filename": other}]
    made = review.comment(result_of(), pull_of(), renamed)
    assert "verified" not in made
    assert f"`{other}`" in made
    traversal = [{"filename": "leaderboards/x/incoming/../../../setup.toml"}]
    assert "verified" not in review.comment(result_of(), pull_of(), traversal)


@pytest.mark.parametrize(
    ("event", "pull", "message"),
    [
        ({"head_sha": "f" * 40}, {}, "commit of the run: expected 0123"),
        ({}, {"head": {"sha": "f" * 40}}, "commit of the pull request: expected 0123"),
        ({}, {"number": 8}, "pull request: expected 7, got 8"),
        ({"event": "push"}, {}, "event: expected pull_request, got push"),
        ({"path": ".github/workflows/mine.yml"}, {}, "workflow: expected .github/"),
        ({"pull_requests": [{"number": 8}]}, {}, "pull requests of the run: expected True"),
        ({}, {"base": {"repo": {"full_name": "they/bench"}}}, "repository: expected we/bench"),
    ],
)
def test_a_result_of_something_else_is_not_shown(review, event, pull, message):
    with pytest.raises(DatasetError) as error:
        review.demand_same(result_of(), event_of(**event), pull_of(**pull))
    assert message in str(error.value)
    review.demand_same(result_of(), event_of(pull_requests=[{"number": 7}]), pull_of())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, "format: expected 1"),
        ({"pull_request": "7; rm -rf /"}, "pull_request: expected a whole number"),
        ({"pull_request": 7.0}, "pull_request: expected a whole number"),
        ({"pull_request": -7}, "pull_request: expected a whole number"),
        ({"commit": "HEAD"}, "commit: expected a commit"),
        ({"command": "x"}, "command: expected one of the fields"),
        ({"files": [{}]}, "file: expected a text"),
        ({"files": [result_of(state="fine")["files"][0]]}, "state: expected one of"),
        ({"files": [result_of(line="x" * 401)["files"][0]]}, "line: expected a text"),
        ({"files": [result_of(largest=float("inf"))["files"][0]]}, "largest: expected"),
        ({"files": result_of()["files"] * 6}, "expected at most 5 files"),
        ({"files": {}}, "files: expected a list"),
    ],
)
def test_a_result_that_is_wrong_is_refused(review, tmp_path, changed, message):
    (path,) = write(tmp_path, result=result_of() | changed)
    with pytest.raises(DatasetError) as error:
        review.read_result(path)
    assert message in str(error.value)
    assert review.main(["number", str(path)]) == 3


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1, "format": 1}', "[" * 30_000])
def test_what_is_no_result_is_refused(review, tmp_path, text, capsys):
    (path,) = write(tmp_path, result=text)
    assert review.main(["number", str(path)]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    path.write_text(" " * 70_000)
    assert review.main(["number", str(path)]) == 3
    assert "expected at most 65536 bytes" in capsys.readouterr().err


def test_what_github_would_not_write_ends_in_one_line(review, tmp_path, capsys):
    paths = write(tmp_path, result=result_of(), event={}, pull=[], files={})
    assert review.main(["comment", *map(str, paths)]) == 3
    assert capsys.readouterr().err.count("\n") == 1


# The workflows.

CHECK, COMMENT = (
    ROOT / ".github" / "workflows" / f"submission-{name}.yml" for name in ("check", "comment")
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*"))


def steps_of(path):
    workflow = yaml.safe_load(path.read_text())
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def triggers(path):
    return yaml.safe_load(path.read_text())[True]  # YAML 1.1 reads `on` as true


def test_the_pair_is_there():
    assert {CHECK, COMMENT} <= set(WORKFLOWS)
    assert set(triggers(CHECK)) == {"pull_request"}
    assert set(triggers(COMMENT)) == {"workflow_run"}
    name = yaml.safe_load(CHECK.read_text())["name"]
    assert triggers(COMMENT)["workflow_run"]["workflows"] == [name]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_trusts_a_pull_request(path):
    text = path.read_text()
    assert "pull_request_target" not in text
    assert "secrets." not in text
    assert "allow-unsafe" not in text
    workflow = yaml.safe_load(text)
    assert "permissions" in workflow
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 360
    for step in steps_of(path):
        assert "${{" not in step.get("run", ""), "what others wrote is no part of a script"
        if uses := step.get("uses"):
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", uses), "pinned by commit"
            assert re.search(re.escape(uses) + r" # v\d+\.\d+\.\d+\n", text), "with its version"
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_check_has_no_rights():
    workflow = yaml.safe_load(CHECK.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert "github.token" not in CHECK.read_text()
    base, submitted = (s for s in steps_of(CHECK) if "checkout" in s.get("uses", ""))
    assert base["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert (base["with"]["path"], submitted["with"]["path"]) == ("base", "submitted")
    assert submitted["with"]["sparse-checkout"] == "leaderboards"
    for step in steps_of(CHECK):
        if "pip install" in step.get("run", ""):
            assert step["working-directory"] == "base"
        else:
            assert "submitted/" not in step.get("run", "")
        assert not step.get("working-directory", "").startswith("submitted")


def test_the_commenter_neither_checks_out_nor_installs_what_others_wrote():
    workflow = yaml.safe_load(COMMENT.read_text())
    assert workflow["permissions"] == {
        "actions": "read",
        "contents": "read",
        "pull-requests": "write",
    }
    (checkout,) = (s for s in steps_of(COMMENT) if "checkout" in s.get("uses", ""))
    assert set(checkout["with"]) == {"persist-credentials"}  # the default branch
    runs = [step["run"] for step in steps_of(COMMENT) if "run" in step]
    assert len(runs) == 1
    assert "pip" not in runs[0]
    assert runs[0].count("python3 -I leaderboards/review.py") == 2
    (download,) = (s for s in steps_of(COMMENT) if "download-artifact" in s.get("uses", ""))
    assert download["with"]["name"] == next(
        s["with"]["name"] for s in steps_of(CHECK) if "upload-artifact" in s.get("uses", "")
    )
    assert download["with"]["path"].startswith("${{ runner.temp }}/")


def test_the_files_are_listed_before_the_commit_is_compared():
    """So that a pull request that changes in between is not shown another's result."""
    (script,) = (step["run"] for step in steps_of(COMMENT) if "run" in step)
    assert script.index("/files?per_page=100") < script.index('pulls/$number" >')
