"""Decode every FLAC file of a folder under limits of time and memory, for `verify`.

    python -m automix_bench.submissions.decode_all FOLDER CPU_SECONDS BYTES

The last line is `ok`, or the name of the file at which it ended.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path


def main(folder: Path, seconds: int, size: int) -> int:
    """Decode; returns the exit code."""
    from automix_bench.evaluation.answer_sound import decoded

    files = sorted(folder.glob("*.flac"))
    limited = sys.platform != "win32"
    used = 0
    if limited:
        import resource

        with contextlib.suppress(ValueError):  # a lower limit is there
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    for number, path in enumerate(files, 1):
        print(path.name, flush=True)
        if limited:
            limit = used + seconds + number
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        decoded(path, path.read_bytes(), "pack the run again")
    print("ok", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    except Exception:
        sys.exit(1)
