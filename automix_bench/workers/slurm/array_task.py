"""One task of an array job: `python -P -m automix_bench.workers.slurm.array_task ARRAY NUMBER`.

It does the items of its share one after another and puts each outcome into the spool. Put back
into the queue and begun again, it goes on with those that have none.
"""

from __future__ import annotations

import signal
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from automix_bench.executor import Outcome, attempt
from automix_bench.workers.slurm.spool import Array, Place, Telling


def do(array: Array, task: int) -> None:
    """Do what is left of a share."""
    called, ended = array.called()[task], array.ended()
    left = [n for n in range(len(called)) if Place(task, n) not in ended]
    try:
        work, items = array.work(), array.share(task)
    except Exception as error:  # of whatever module is not on this machine
        traceback.print_exc()
        for position in left:
            array.end(Place(task, position), Outcome(None, error=error), ())
        return
    for position in left:
        place = Place(task, position)
        print(f"begun: {called[position].name}", flush=True)
        array.begin(place)
        telling = Telling(array, place)
        outcome = attempt(work, items[position], telling)
        if outcome.error is not None:
            traceback.print_exception(outcome.error)
        array.end(place, outcome, telling.messages)
        print(f"ended: {called[position].name}", flush=True)


def _stop(number: int, frame: object) -> NoReturn:
    # As an interrupt, which goes upwards through whatever is at work: that takes its unfinished
    # files away, and is no error of the item's. A SystemExit would be taken for an effect's own.
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    try:
        do(Array(Path(sys.argv[1])), int(sys.argv[2]))
    except KeyboardInterrupt:
        raise SystemExit("ended by the cluster") from None
