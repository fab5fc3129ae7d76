"""Signals that are held are noted, raised when asked, and handled as before afterwards."""

import os
import signal
import threading

import pytest

from automix_bench.workers.end_signals import EndedBySignal, holding_end_signals

pytestmark = pytest.mark.usefixtures("handlers_of_python")


def send(number):
    os.kill(os.getpid(), number)


def test_nothing_is_raised_before_it_is_asked_for():
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with holding_end_signals() as held:
        held.raise_it()
        send(signal.SIGTERM)
        assert held.number == signal.SIGTERM
        send(signal.SIGHUP)
        with pytest.raises(EndedBySignal) as ended:
            held.raise_it()
    assert ended.value.signal == signal.SIGTERM
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_second_ctrl_c_is_not_held():
    with holding_end_signals() as held:
        send(signal.SIGINT)
        assert held.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with holding_end_signals() as held:
            send(signal.SIGHUP)
            assert held.number is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_nothing_changes():
    handlers = []

    def work():
        with holding_end_signals():
            handlers.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [before]
