"""Locks between processes: held by one at a time, free after death, and where there are none."""

import errno
import fcntl
import os
import threading
import time

import pytest

from automix_bench.errors import DatasetError
from automix_bench.files import locks


def test_a_lock_file_is_held_by_one_at_a_time_and_then_gone(tmp_path):
    inside, most = [], []

    def work():
        for _ in range(40):
            with locks.alone(tmp_path / "lock"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.pop()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()
    assert most == [1] * 240
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_a_forked_child_still_has_open_is_free(tmp_path):
    until, done = os.pipe()
    with locks.alone(tmp_path / "lock"), locks.opened(tmp_path) as state:
        assert state == "held"
        os.link(tmp_path / "lock", tmp_path / "other")
        with locks.opened(tmp_path / "other", wait=False) as state:
            assert state == "busy"
        child = os.fork()
        if child == 0:
            os.close(done)
            os.read(until, 1)  # until the parent closes its end
            os._exit(0)
    try:
        for path in (tmp_path / "other", tmp_path):
            with locks.opened(path, wait=False) as state:
                assert state == "held"
    finally:
        os.close(done)
        os.waitpid(child, 0)
        os.close(until)


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_a_file_system_has_no_locks_everyone_goes_on(tmp_path, monkeypatch, error):
    def flock(descriptor, how):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(fcntl, "flock", flock)
    with locks.alone(tmp_path / "lock"), locks.alone(tmp_path / "lock"):
        pass
    with locks.opened(tmp_path, wait=False) as state:
        assert state == "no locks here"
    with locks.work_alone(tmp_path, "a test"), locks.work_alone(tmp_path, "a test"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_second_worker_in_a_folder_is_refused(tmp_path):
    with (
        locks.work_alone(tmp_path, "a test"),
        pytest.raises(DatasetError, match="a test is at work there"),
        locks.work_alone(tmp_path, "a test"),
    ):
        pass
    with locks.work_alone(tmp_path, "a test"):
        pass
