"""Write docs/live.md: how live mixing is asked and scored, and what a causal balance reaches.

python docs/_build/live_page.py FOLDER    makes the data in FOLDER, runs the models there (minutes)

Data sets and answers that are in FOLDER already are used again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_tables import table_head, table_row
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.charts.number_text import interval
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import Scorecard, by_song, read_scorecard
from automix_bench.statistics.significance import paired

PAGE = Path(__file__).parent.parent / "live.md"
SETTINGS = ("count=24", "first=400", "song_seconds=45", "seconds=20", "per_song=1")
TASK, FLOOR, MODEL = "live_mixing", "plain_sum", "live_balance"
SHOWN = ("audible_distance", "mrstft", "loudness_error", "gain_jumps", "clicks", "clipped_runs", "latency")

TEXT = '''# Live mixing

The task `live_mixing` asks for a mix while the music is played. Its data come from the recipe [`live_multitrack`](recipes.md#live_multitrack): the microphones of a stage, which hear each other.

## A live model

```python
from automix_bench.audio import total


class Half:
    """Add the microphones at half their level, frame by frame."""

    def live(self, show):
        return lambda frame: total(frame.values()).scaled(0.5)
```

`live(show)` is called once before each show. It is told the names of the microphones (`show.stems`), `show.rate`, `show.channels` and `show.frame_samples`: 50 ms. It gets no sound, and not how long the
show is. What it returns is called with one frame after another, audio by name, and returns the frame of the mix, of the same shape. The last frame is filled up with silence.

`automix-bench evaluate live_mixing DATA my_model.py` runs it like any other model: in the [box](isolation.md), with its costs. The harness sends a frame only when it has the mix of the one before. So
nothing that lies ahead is in the model's process, and no code there can find it. A model may send mixes early, but they are then made without their frames.

* A frame of another shape, NaN, an error, a crash or a time-out fails this item alone; the line says in which frame. The next show begins in order.
* What `live` returns may have `latency_samples`, a whole number of up to 50 ms: how late its mix is. The harness then sends as much silence at the end, and takes the latency off the beginning. Scorecards
  hold it (`latency_seconds` in `cost`), and boards tell it. The metric `latency` measures what is left: a latency that is not the stated one.
* Frames that took longer than 50 ms are counted (`late_frames` of `frames` in `cost`), with the pipe. They do not fail, as that would depend on the machine; boards tell their share.
* A model may remember earlier shows of a run. So data with several consoles for one excerpt (`--consoles`) would let it know what comes, and are not for this task; excerpts of one song do not overlap. Several
  answers to each example (`--samples`) are asked in processes of their own.
* A model that takes whole briefs fails with one line. One that has both forms, as `plain_sum` does, takes part in both kinds of task. The ceiling `oracle` is told the mix as everywhere.
* A model in [another language](model-protocol.md#live-models) gets the same frames through the pipe.

## What is scored

`audible_distance` ranks, as in the other mixing tasks. `gain_jumps` counts where the gain of the mix against the released one moves faster than 10 dB a second in most of the spectrum; where two mixes have another balance, it counts
some that are none, so compare with the value of `{floor}`, whose faders never move. `clicks`, `clipped_runs` and `latency` are measured as well.

## A balance that rides itself

`{model}` brings every channel to one loudness while it is played, after Perez-Gonzalez and Reiss (WASPAA 2009), with a gate against bleed, and moves a fader by at most 6 dB a second once a channel has been played for a second. Its rule is
[`mixing_rules/live_faders.py`](../automix_bench/mixing_rules/live_faders.py).

Measured by `python docs/_build/live_page.py FOLDER` on 24 composed songs, 20 s of each, that no setting was chosen on and that no version met before (`first=400`). Means over songs with 95 % intervals:

{tables}

By `audible_distance`, `{model}` is nearer to the released mix than `{floor}` by {difference} dB (paired by song, p {p} by sign flips), on {won} of {songs} songs. Late frames: {late}. The settings were chosen on 20 other composed songs (numbers 200 to 207 and 300 to 311). A version before this one, whose gate learned of bleed a frame later, was nearer by 0.84 dB [-0.31, 1.45] on 16 others (`first=100`), on 14 of them.

What it cannot do: it sets levels only, no places, no equalisers. In the first second of a channel its fader moves by up to 30 dB a second, as nothing is known before; without a sound check every mix begins so. The composer's engineer and these songs are one piece of
software with one taste, and its stage is a model of a stage: that a rule helps here does not show that it helps on yours. Songs are taken as independent, though two in a row are of one band.
'''


def main(folder: Path) -> None:
    """Make what is missing in the folder, measure, and write the page."""
    made = make(recipe_from("live_multitrack", list(SETTINGS)), folder / "live_multitrack")
    evaluated = evaluate(TASK, Dataset(made.folder), [MODEL], folder / "runs")
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    first = task_named(TASK).metrics[0]
    floor, model = (by_song(cards[name].of(first)) for name in (FLOOR, MODEL))
    result = paired(
        {song: [a - b for a, b in zip(values, model[song], strict=True)] for song, values in floor.items()},
        seed="live",
        tests=1,
    )
    text = TEXT.format(
        floor=FLOOR,
        model=MODEL,
        tables="\n".join(_table([cards[FLOOR], cards[MODEL], cards["oracle"]])),
        difference=interval(result.difference),
        p=f"= {result.p:.2g}" if result.p >= 0.001 else "< 0.001",
        won=result.won,
        songs=len(result.songs),
        late=", ".join(_late(cards[name]) for name in (FLOOR, MODEL)),
    )
    PAGE.write_text(text, encoding="utf-8")


def _table(cards: Sequence[Scorecard]) -> Iterator[str]:
    metrics = {metric.name: metric for metric in task_named(TASK).metrics}
    chosen = [metrics[name] for name in SHOWN]
    yield from table_head("model", *(f"{metric.name}{metric.after_number}" for metric in chosen))
    for card in cards:
        yield table_row(f"`{card.model}`", *(interval(card.estimate(metric)) for metric in chosen))


def _late(card: Scorecard) -> str:
    return f"{card.cost['late_frames']} of {card.cost['frames']} of `{card.model}`"




if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/_build/live_page.py FOLDER")
    main(Path(sys.argv[1]))
