"""Ray, really: clusters on this machine, the same bytes, and every outcome."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from automix_bench import errors
from automix_bench.executor import Executor, WorkerLost
from automix_bench.executors.ray import Ray
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.workers.end_signals import keeping_handlers
from tests.executors.test_local import (
    EFFECT,
    RECIPE,
    demand_that_no_worker_outlives,
    outcomes_of,
)
from tests.making.test_make import small_recipe, sums
from tests.support import executor_work
from tests.support.executor_work import Counted, Deadly

ray = pytest.importorskip("ray")
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one CPU each, the second with what Ray takes for a GPU; this process is a
    driver of it."""
    from ray.cluster_utils import Cluster

    room = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=room)
    cluster.add_node(num_gpus=1, **room)
    with keeping_handlers():
        ray.init(address=cluster.address, logging_level="ERROR", log_to_driver=True)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return make(small_recipe(), tmp_path_factory.mktemp("made") / "whole").folder


def test_every_item_has_its_outcome_and_what_it_told_is_heard_in_order(cluster):
    assert isinstance(Ray(), Executor)
    messages = []
    outcomes = outcomes_of(
        Ray(), executor_work.count, [3, 1, 2], lambda *told: messages.append(told)
    )
    assert {item: outcome.result for item, outcome in outcomes.items()} == {1: 1, 2: 2, 3: 3}
    assert [told for told in messages if told[0] == 3] == [(3, 0), (3, 1), (3, 2)]
    assert len(messages) == 6


def test_what_is_told_is_heard_while_the_item_is_at_work(cluster):
    begun = time.monotonic()
    messages = []
    with closing(
        Ray().map(
            executor_work.tell_then_wait,
            [4.0],
            lambda *told: messages.append((told, time.monotonic() - begun)),
        )
    ) as outcomes:
        (outcome,) = list(outcomes)
    waited = time.monotonic() - begun
    assert outcome.error is None
    assert [told for told, _ in messages] == [(4.0, "begun"), (4.0, "ends")]
    assert waited - messages[0][1] > 0.5


def test_what_fails_says_so_as_itself_and_the_others_finish(cluster):
    outcomes = outcomes_of(Ray(), executor_work.fail, range(6))
    assert [n for n in range(6) if outcomes[n].error is None] == [0, 5]
    assert [type(outcomes[n].error) for n in range(1, 5)] == [
        errors.Rejected,
        FileNotFoundError,
        errors.MissingPart,
        ZeroDivisionError,
    ]
    assert (outcomes[1].error.item, outcomes[1].error.reason) == ("song.wav", "silent")
    assert 'raise ZeroDivisionError("a bug")' in outcomes[4].error.__notes__[0]


def test_a_task_computes_with_one_thread_where_this_process_is(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcomes = outcomes_of(Ray(), executor_work.environment, [0])
    assert set(outcomes[0].result.values()) == {"1"}
    assert outcomes_of(Ray(), executor_work.folder, [0])[0].result == str(tmp_path)


def test_nodes_that_do_not_see_the_same_files_are_told(cluster, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    monkeypatch.setattr(os, "getcwd", lambda: str(tmp_path / "here"))
    with pytest.raises(errors.UsageError, match="start in a folder that every node sees"):
        outcomes_of(Ray(), executor_work.double, [1])


def test_a_worker_killed_is_replaced_and_one_killed_twice_is_named(cluster, tmp_path):
    outcomes = outcomes_of(Ray(), executor_work.Kill(tmp_path, at=1, times=1), range(4))
    assert sorted(outcome.result for outcome in outcomes.values()) == [0, 1, 2, 3]
    (tmp_path / "twice").mkdir()
    outcomes = outcomes_of(Ray(), executor_work.Kill(tmp_path / "twice", at=1, times=9), range(3))
    assert {n for n in range(3) if outcomes[n].error is None} == {0, 2}
    assert isinstance(outcomes[1].error, WorkerLost)
    assert str(outcomes[1].error).startswith(
        "1: its worker process was lost (WorkerCrashedError), 2"
    )
    assert len(list((tmp_path / "twice").iterdir())) == 2


def test_no_more_items_travel_than_there_is_room_for(cluster):
    begun = []

    def on_message(item, told):
        begun.append(item)

    with closing(Ray(2).map(executor_work.double, Endless(), on_message)) as outcomes:
        for _ in range(5):
            next(outcomes)
    assert Endless.asked < 20


class Endless(Sequence):
    """A million items, which notes how many were asked for."""

    asked = 0

    def __len__(self):
        return 1_000_000

    def __getitem__(self, number):
        Endless.asked = max(Endless.asked, number + 1)
        return number


# --- make ---


def test_bytes_do_not_depend_on_it_and_a_killed_worker_does_not_matter(
    cluster, undisturbed, tmp_path
):
    steps = []
    source = Deadly(count=8, folder=str(tmp_path))
    made = make(
        replace(small_recipe(), source=source),
        tmp_path / "data",
        executor=Ray(),
        progress=lambda *step: steps.append(step),
    )
    assert (tmp_path / "killed-0").exists()
    assert made.rendered == 8
    shards = [line for line in sums(undisturbed).splitlines() if line.endswith(".tar")]
    assert shards == [line for line in sums(made.folder).splitlines() if line.endswith(".tar")]
    assert sums(made.folder) == sums(
        make(replace(small_recipe(), source=source), tmp_path / "here").folder
    )
    assert steps[-1] == ("rendering", 24.0, 24.0, "s of audio")


def test_a_recipe_with_an_effect_and_a_source_from_files_goes_to_tasks(cluster, tmp_path):
    (tmp_path / "own.py").write_text(RECIPE)
    (tmp_path / "turn.py").write_text(EFFECT)
    recipe = recipe_from(str(tmp_path / "own.py"), ["count=2"])
    here = make(recipe, tmp_path / "here").folder
    assert sums(here) == sums(make(recipe, tmp_path / "there", executor=Ray()).folder)


def test_what_a_lost_node_was_at_is_done_by_another(cluster, tmp_path):
    node = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
    with closing(
        Ray(3).map(executor_work.Turns(tmp_path), range(30), lambda *told: None)
    ) as outcomes:
        all_outcomes = [next(outcomes)]
        ended = {all_outcomes[0].item}
        while {int(path.read_text()) for path in tmp_path.glob(f"{node.node_id}-*")} <= ended:
            all_outcomes.append(next(outcomes))
            ended.add(all_outcomes[-1].item)
        cluster.remove_node(node)
        all_outcomes += list(outcomes)
    assert sorted(outcome.result for outcome in all_outcomes) == list(range(30))
    assert len(list(tmp_path.iterdir())) > 30


@pytest.mark.parametrize("per_gpu", [1, 6])
def test_a_song_is_separated_by_an_actor_that_loads_its_model_once(cluster, tmp_path, per_gpu):
    """Six are the first whose shares, rounded to Ray's ten-thousandths, would be more than one."""
    one = replace(small_recipe(), separator=Counted(str(tmp_path)))
    made = make(one, tmp_path / "data", cache=tmp_path / "cache", executor=Ray(per_gpu=per_gpu))
    loaded = {path.read_text() for path in tmp_path.glob("loaded-*")}
    assert 1 <= len(loaded) <= per_gpu
    assert len(list(tmp_path.glob("separated-*"))) == 8
    assert {path.read_text() for path in tmp_path.glob("separated-*")} == loaded
    here = make(one, tmp_path / "here", cache=tmp_path / "other").folder
    assert sums(made.folder) == sums(here)


def test_an_actor_that_is_killed_is_replaced(cluster, tmp_path):
    one = replace(small_recipe(), separator=Counted(str(tmp_path), kill="tones-3"))
    made = make(one, tmp_path / "data", cache=tmp_path / "cache", executor=Ray(per_gpu=1))
    assert len(list(tmp_path.glob("loaded-*"))) == 2
    assert len(made.rows) == 24


STARTED = """
import sys
from pathlib import Path
from automix_bench.executors.ray import Ray
from automix_bench.making.make import make
from tests.making.test_make import small_recipe
if __name__ == "__main__":
    make(small_recipe(), Path(sys.argv[1]), executor=Ray(2))
    import ray
    assert not ray.is_initialized()
"""


def test_a_cluster_is_started_where_there_is_none_and_stopped(undisturbed, tmp_path):
    (tmp_path / "started.py").write_text(STARTED)
    ended = subprocess.run(
        [sys.executable, "-W", "error", tmp_path / "started.py", tmp_path / "data"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == ""
    assert sums(tmp_path / "data") == sums(undisturbed)


WAITING = """
from automix_bench.executors.ray import Ray
from tests.support import executor_work
for _ in Ray(2).map(executor_work.process_then_wait, [1, 2], lambda _, p: print(p, flush=True)):
    pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_the_process_that_started_the_cluster(by):
    demand_that_no_worker_outlives(WAITING, by, seconds=20.0)


def test_an_address_without_a_cluster_is_told_at_once(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(errors.UsageError, match=r"ray: cannot join a cluster at 127\.0\.0\.1:1: "):
        outcomes_of(Ray(), executor_work.double, [1])


def test_it_wants_a_worker_and_the_package(monkeypatch):
    with pytest.raises(errors.UsageError, match="ray: wanted 1 worker or more, got 0"):
        Ray(0)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(errors.MissingPart, match=r'pip install "automix-bench\[ray\]"'):
        outcomes_of(Ray(), executor_work.double, [1])
