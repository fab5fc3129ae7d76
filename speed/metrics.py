"""How fast the metrics are, in seconds of sound per second of one core's work, beside the outside
implementations that are installed, and what both say of the same pairs.

    python speed/metrics.py [NAME ...] [--songs FOLDER] [--slow]

A line a metric and a line each of its peers: its speed on a sound of 16 s that is off a little, how
many times as fast ours is, and of the six pairs of `automix-bench metric` (three songs, with noise
and clipped) the one on which the two lie farthest apart. The better of two runs counts, by
processor time; ours and theirs take turns in the same process. Slow metrics with `--slow` only.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

# Before numpy reads them: one core for each implementation, whatever it is written in.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from automix_bench.catalogue.metrics import built_in, metrics_named, missing, not_installed
from automix_bench.metric import Metric
from automix_bench.proofs.prove import peers, times_real_time
from automix_bench.proofs.songs import ProofSong, proof_songs, songs_in


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="metrics; all of them if none is named")
    parser.add_argument("--songs", type=Path, help="a folder of music to measure on")
    parser.add_argument("--slow", action="store_true", help="those that are slow, too")
    asked = parser.parse_args()
    songs = songs_in(asked.songs) if asked.songs else proof_songs()
    chosen = metrics_named(",".join(asked.names)) if asked.names else built_in()
    for metric in chosen:
        if absent := not_installed(metric):
            print(f"{metric.name:28s} not installed: {', '.join(absent)}", flush=True)
        elif metric.cheap or asked.slow or asked.names:
            print("\n".join(lines(metric, songs)), flush=True)


def lines(metric: Metric, songs: Sequence[ProofSong]) -> list[str]:
    """A metric's, and one for each peer that is installed."""
    ours = times_real_time(metric, songs[0])
    said = [f"{metric.name:28s} {ours:9.1f} x"]
    beside = [proof for proof in peers(metric, tuple(songs)) if proof.holds is not None]
    there = [peer for peer in metric.peers if not missing(peer.packages)]
    for peer, proof in zip(there, beside, strict=True):
        theirs = times_real_time(peer.compare, songs[0])
        held = "" if proof.holds else "  TOO FAR APART"
        said.append(
            f"  {peer.name:26s} {theirs:9.1f} x   ours {ours / theirs:7.1f} times as fast;  "
            f"{proof.found}{held}"
        )
    return said


if __name__ == "__main__":
    main()
