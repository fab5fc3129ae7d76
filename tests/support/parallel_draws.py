"""Draws by the ten thousand, in processes of their own: there nothing checks every call's types."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.recipe import Chance
from automix_bench.sampling import Seed
from automix_bench.settings import Random


def workers() -> ProcessPoolExecutor:
    """A pool of fresh processes."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=context)


def values_of(one: Random, count: int) -> tuple[int, dict[str, list[Any]]]:
    """How many of so many draws of a random effect are there, and what each of its settings was,
    by the way that a recipe draws: a chain, and a seed for every excerpt."""
    chain, seed = RandomChain((one,)), Seed(20261122) / "marginals"
    there = [place for number in range(count) for place in chain.draw(seed / number).places]
    names = [*one.knobs, *(one.jointly.names if one.jointly is not None else ())]
    return len(there), {name: [getattr(place, name) for place in there] for name in names}


def labels_of(desk: Chance, path: Seed, count: int, stem: str) -> list[Any]:
    """The labels of so many consoles for one stem, as `render` draws them."""
    seeds = (path / f"song-{number // 4}" / (number % 4) for number in range(count))
    return [desk.draw((stem,), seed).labels for seed in seeds]
