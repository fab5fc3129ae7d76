"""What it costs to keep a model in a process and a box of its own.

    python speed/isolation.py DATA [--pairs 5]

One run of `equal_loudness` on a data set of `mixing`, with all answers asked and stored, in this
process and in a box of its own, in turns. It prints the ratio of the two, pair by pair, and what a
start of the process and an exchange of one brief cost.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.entry import Entry, entry
from automix_bench.evaluation.run import run
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.models.equal_loudness import EqualLoudness
from automix_bench.models.plain_sum import PlainSum


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="a data set that the task mixing reads")
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    task, dataset = replace(task_named("mixing"), metrics=()), Dataset(given.data)
    boxed = entry("equal_loudness")
    here = Entry("equal_loudness", EqualLoudness(), boxed.code)

    def seconds(one: Entry) -> float:
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            run(one, task, dataset, Path(folder) / "run", fresh=True)
            return time.perf_counter() - begun

    seconds(boxed), seconds(here)  # what is compiled or read for the first time
    ratios, here_s = [], []
    for pair in range(given.pairs):
        first, second = (boxed, here) if pair % 2 else (here, boxed)
        took = {id(one): seconds(one) for one in (first, second)}
        ratios.append(took[id(boxed)] / took[id(here)])
        here_s.append(took[id(here)])
        print(f"pair {pair + 1}: here {took[id(here)]:.2f} s, boxed {took[id(boxed)]:.2f} s")
    print(f"{len(dataset)} examples; boxed / here: median {statistics.median(ratios):.3f}")

    brief = task.brief(dataset[0])
    size = sum(stem.samples.nbytes for stem in brief.stems.values())
    begun = time.perf_counter()
    place = entry("plain_sum").place
    assert place is not None, "a built-in model has a place"
    with ModelProcess(place) as process:
        process.start()
        started = time.perf_counter() - begun
        process.ask(brief)
        exchanges, calls = [], []
        for _ in range(10):
            exchanges.append(process.ask(brief).seconds)
            begun = time.perf_counter()
            PlainSum()(brief)
            calls.append(time.perf_counter() - begun)
    cost = statistics.median(exchanges) - statistics.median(calls)
    example = statistics.median(here_s) / len(dataset)
    print(f"a start: {started:.2f} s; an exchange of {size / 1e6:.1f} MB: {1e3 * cost:.1f} ms,")
    print(f"which is {cost / example:.1%} of the {1e3 * example:.0f} ms that an example takes here")


if __name__ == "__main__":
    main()
