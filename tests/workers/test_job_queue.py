"""The order of jobs: needs first, items when they are ready, and no more than are wanted."""

from automix_bench.workers.job_queue import Jobs


def drained(jobs, *, ahead):
    handed_out = []
    while (job := jobs.next(ahead=ahead)) is not None:
        handed_out.append(job)
    return handed_out


def needs(item):
    return [f"{item}{n}" for n in range(int(item[1:]))]


def test_without_needs_items_come_in_order_and_then_it_is_over():
    jobs = Jobs(["a", "b", "c"], None, 1)
    assert jobs.next(ahead=True) is None
    assert not jobs.over(ahead=False)
    assert [job.thing for job in drained(jobs, ahead=False)] == ["a", "b", "c"]
    assert jobs.over(ahead=False)
    assert jobs.over(ahead=True)


def test_an_item_comes_when_all_it_needs_is_done():
    jobs = Jobs(["x2", "y0", "z1"], needs, 9)
    ahead = drained(jobs, ahead=True)
    assert [job.thing for job in ahead] == ["x20", "x21", "z10"]
    assert [job.thing for job in drained(jobs, ahead=False)] == ["y0"]
    assert not jobs.over(ahead=False)
    assert jobs.over(ahead=True)
    jobs.done(ahead[0])
    assert jobs.next(ahead=False) is None
    jobs.done(ahead[2])
    jobs.done(ahead[1])
    assert [job.thing for job in drained(jobs, ahead=False)] == ["z1", "x2"]
    assert jobs.over(ahead=False)


def test_no_more_items_are_looked_at_than_are_wanted():
    seen = []

    def noted(item):
        seen.append(item)
        return needs(item)

    jobs = Jobs([f"{letter}1" for letter in "abcdefgh"], noted, 2)
    first = drained(jobs, ahead=True)
    assert seen == ["a1", "b1"]
    jobs.done(first[0])
    assert jobs.next(ahead=True) is None  # a1 is ready, and waits to be taken
    assert jobs.next(ahead=False).thing == "a1"
    assert jobs.next(ahead=True).thing == "c10"
    assert seen == ["a1", "b1", "c1"]


def test_an_item_fails_once_with_what_it_needs_and_its_other_needs_are_dropped():
    jobs = Jobs(["x3", "y1"], needs, 9)
    one, two = jobs.next(ahead=True), jobs.next(ahead=True)
    assert jobs.failed(one)
    assert not jobs.failed(two)
    jobs.done(two)
    jobs.again(two)
    assert [job.thing for job in drained(jobs, ahead=True)] == ["y10"]
    assert jobs.next(ahead=False) is None
    assert not jobs.over(ahead=False)


def test_a_lost_job_comes_next():
    jobs = Jobs(["a", "b", "c"], None, 9)
    lost = jobs.next(ahead=False)
    jobs.again(lost)
    left = drained(jobs, ahead=False)
    assert [(job.thing, job.tries) for job in left] == [("a", 2), ("b", 1), ("c", 1)]
